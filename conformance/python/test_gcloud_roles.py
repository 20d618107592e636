"""`gcloud iam roles` under `doorward exec`."""

from gcloud import Gcloud, needs_gcloud
from world import PROJECT

pytestmark = needs_gcloud
ROLES = ("iam", "roles")
HERE = f"--project={PROJECT}"


def test_predefined_roles_are_listed_and_described(gcloud):
    listed = {role["name"]: role for role in gcloud.json(*ROLES, "list", "--filter=name:roles/run.*")}
    assert "roles/run.invoker" in listed and listed["roles/run.invoker"]["title"] == "Cloud Run Invoker"
    described = gcloud.json(*ROLES, "describe", "roles/run.invoker")
    assert "run.routes.invoke" in described["includedPermissions"]
    assert "roles/no.such" in gcloud.refused(*ROLES, "describe", "roles/no.such")


def test_the_life_of_a_custom_role(gcloud, world):
    role = world.unique("baker").replace("-", "_")
    name = f"projects/{PROJECT}/roles/{role}"
    made = gcloud.run(
        *ROLES, "create", role, HERE, "--title=Baker", "--description=Bakes", "--permissions=run.routes.invoke,run.services.get",
        "--stage=GA", "--format=json",
    )
    assert made.returncode == 0 and f"Created role [{role}]." in made.stderr, made.stderr
    described = gcloud.json(*ROLES, "describe", role, HERE)
    assert (described["name"], described["title"], described["stage"]) == (name, "Baker", "GA")
    assert sorted(described["includedPermissions"]) == ["run.routes.invoke", "run.services.get"]
    assert [found["name"] for found in gcloud.json(*ROLES, "list", HERE) if found["name"] == name] == [name]
    assert "already exists" in gcloud.refused(*ROLES, "create", role, HERE, "--permissions=run.routes.invoke")

    changed = gcloud.json(*ROLES, "update", role, HERE, "--add-permissions=run.services.list", "--remove-permissions=run.services.get")
    assert sorted(changed["includedPermissions"]) == ["run.routes.invoke", "run.services.list"]
    assert gcloud.json(*ROLES, "update", role, HERE, "--title=Master baker")["title"] == "Master baker"
    assert gcloud.json(*ROLES, "describe", role, HERE)["includedPermissions"] == changed["includedPermissions"]
    said = gcloud.refused(*ROLES, "update", role, HERE, "--add-permissions=no.such.permission")
    assert "INVALID_ARGUMENT" in said and "no.such.permission" in said, said

    assert gcloud.json(*ROLES, "delete", role, HERE)["deleted"] is True
    assert name not in [found["name"] for found in gcloud.json(*ROLES, "list", HERE)]
    assert name in [found["name"] for found in gcloud.json(*ROLES, "list", HERE, "--show-deleted")]
    assert "deleted" not in gcloud.json(*ROLES, "undelete", role, HERE)
    gcloud.done(*ROLES, "delete", role, HERE)


def test_who_may_not_is_told(server, account, tmp_path):
    stranger = Gcloud(server, tmp_path, account.email)
    for verb, arguments in (("list", ()), ("create", ("mine", "--permissions=run.routes.invoke"))):
        assert f"Permission 'iam.roles.{verb}' denied" in stranger.refused(*ROLES, verb, HERE, *arguments)
