"""Custom roles: over gRPC with the generated client of IAM admin, and over REST as gcloud calls them."""

import pytest
from google.api_core import exceptions
from google.auth.transport.requests import AuthorizedSession
from google.cloud import iam_admin_v1

import clients
from world import PROJECT

PARENT = f"projects/{PROJECT}"


@pytest.fixture
def client(server, owner):
    return clients.client(iam_admin_v1.IAMClient, server, owner, "grpc")


@pytest.fixture
def rest(server, owner):
    """REST by google-auth's own session, which knows nothing of the API."""
    session = AuthorizedSession(owner)
    yield lambda method, path, **options: session.request(method, f"{server.url}{path}", timeout=20, **options)
    session.close()


@pytest.fixture
def role_id(world):
    return world.unique("caller").replace("-", "_")


def create(client, role_id, *permissions, **fields):
    role = iam_admin_v1.Role(title="Caller", included_permissions=permissions, **fields)
    return client.create_role(request={"parent": PARENT, "role_id": role_id, "role": role})


def test_a_role_lives_as_googles_client_expects(client, role_id):
    made = create(client, role_id, "run.routes.invoke", "iap.web.getSettings", description="It calls.")
    assert made.name == f"{PARENT}/roles/{role_id}" and made.etag and not made.deleted
    assert list(made.included_permissions) == ["iap.web.getSettings", "run.routes.invoke"]
    assert client.get_role(request={"name": made.name}) == made
    role = iam_admin_v1.Role(title="Speaker", stage=iam_admin_v1.Role.RoleLaunchStage.GA, etag=made.etag)
    changed = client.update_role(request={"name": made.name, "role": role, "update_mask": "title,stage"})
    assert (changed.title, changed.description, changed.stage.name) == ("Speaker", "It calls.", "GA")
    assert list(changed.included_permissions) == list(made.included_permissions)
    listed = {role.name: role for role in client.list_roles(request={"parent": PARENT, "page_size": 3})}
    assert not listed[made.name].included_permissions, "the basic view"
    full = client.list_roles(request={"parent": PARENT, "view": iam_admin_v1.RoleView.FULL})
    assert [role for role in full if role.name == made.name] == [changed]
    assert client.delete_role(request={"name": made.name}).deleted
    assert made.name not in [role.name for role in client.list_roles(request={"parent": PARENT})]
    shown = client.list_roles(request={"parent": PARENT, "show_deleted": True})
    assert made.name in [role.name for role in shown]
    assert not client.undelete_role(request={"name": made.name}).deleted


def test_a_custom_role_lets_its_holder_in_while_it_stands(client, world, echo, role_id):
    account = world.account("roleholder")
    made = create(client, role_id, "run.routes.invoke")
    call = lambda: echo.call(account.id_token(echo.uri)).status_code
    assert call() == 403
    world.bind(f"/v2/{echo.name}", made.name, account.member, read="GET")
    assert call() == 200
    disabled = iam_admin_v1.Role(stage=iam_admin_v1.Role.RoleLaunchStage.DISABLED)
    client.update_role(request={"name": made.name, "role": disabled, "update_mask": "stage"})
    assert call() == 403
    alpha = iam_admin_v1.Role(stage=iam_admin_v1.Role.RoleLaunchStage.ALPHA)
    client.update_role(request={"name": made.name, "role": alpha, "update_mask": "stage"})
    assert call() == 200
    client.delete_role(request={"name": made.name})
    assert call() == 403
    bindings = world.done("GET", f"/v2/{echo.name}:getIamPolicy")["bindings"]
    assert {"role": made.name, "members": [account.member]} in bindings, "the binding stays"
    client.undelete_role(request={"name": made.name})
    assert call() == 200
    none = iam_admin_v1.Role()
    client.update_role(request={"name": made.name, "role": none, "update_mask": "includedPermissions"})
    assert call() == 403


@pytest.mark.parametrize("role", [f"projects/{PROJECT}/roles/nobody", "projects/elsewhere/roles/caller"])
def test_a_custom_role_that_is_not_here_cannot_be_bound(rest, echo, role):
    policy = {"bindings": [{"role": role, "members": ["user:ada@example.com"]}]}
    refused = rest("POST", f"/v2/{echo.name}:setIamPolicy", json={"policy": policy})
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert refused.json()["error"]["message"] == f"Role ({role}) does not exist in the resource's hierarchy."


def test_roles_over_rest_have_googles_json(rest, role_id):
    path = f"/v1/{PARENT}/roles"
    body = {"roleId": role_id, "role": {"title": "Caller", "includedPermissions": ["run.routes.invoke"], "stage": "ALPHA"}}
    made = rest("POST", path, json=body).json()
    assert made == {
        "name": f"{PARENT}/roles/{role_id}", "title": "Caller", "includedPermissions": ["run.routes.invoke"],
        "etag": made["etag"],
    }
    changed = rest("PATCH", f"{path}/{role_id}?updateMask=description", json={"description": "It calls.", "title": "no"})
    assert (changed.json()["description"], changed.json()["title"]) == ("It calls.", "Caller")
    stale = rest("DELETE", f"{path}/{role_id}?etag={made['etag'].replace('+', '%2B').replace('=', '%3D')}")
    assert (stale.status_code, stale.json()["error"]["status"]) == (409, "ABORTED")
    assert rest("DELETE", f"{path}/{role_id}").json()["deleted"] is True
    assert rest("POST", f"{path}/{role_id}:undelete", json={}).status_code == 200


REFUSED = [
    ("a-b", ["run.routes.invoke"], 'The role_id "a-b" is invalid. It doesn\'t match pattern "[a-zA-Z0-9_\\.]{3,64}". The role_id must be 3 to 64 characters long and can be a mix of uppercase and lowercase English letters, digits, underscores and periods.'),
    ("haunted", ["run.services.haunt"], "Permission run.services.haunt is not valid."),
    ("haunted", ["run.*"], "Permission run.* is not valid."),
    ("haunted", ["resourcemanager.projects.list"], "Permission resourcemanager.projects.list is not valid."),
]


@pytest.mark.parametrize("role_id, permissions, text", REFUSED)
def test_a_role_that_cannot_be_is_refused_in_googles_words(client, role_id, permissions, text):
    with pytest.raises(exceptions.InvalidArgument) as refused:
        create(client, role_id, *permissions)
    assert refused.value.message == text


def test_a_role_that_is_too_long_is_refused(client, role_id):
    with pytest.raises(exceptions.InvalidArgument):
        client.create_role(request={"parent": PARENT, "role_id": role_id, "role": iam_admin_v1.Role(title="t" * 101)})
    with pytest.raises(exceptions.InvalidArgument):
        create(client, role_id, description="d" * 301)


def test_the_name_of_a_role_is_taken_while_it_stands_and_after(client, role_id):
    made = create(client, role_id)
    with pytest.raises(exceptions.AlreadyExists) as refused:
        create(client, role_id)
    assert refused.value.message == f"A role named {role_id} in {PARENT} already exists."
    with pytest.raises(exceptions.FailedPrecondition):
        client.undelete_role(request={"name": made.name})
    client.delete_role(request={"name": made.name})
    with pytest.raises(exceptions.FailedPrecondition) as refused:
        create(client, role_id)
    assert refused.value.message == f"You can't create a role_id ({role_id}) which has been marked for deletion."
    for change in (client.delete_role, client.update_role):
        with pytest.raises(exceptions.FailedPrecondition):
            change(request={"name": made.name})


def test_a_role_that_is_not_there_is_not_found(client, rest):
    name = f"{PARENT}/roles/nobody_has_this"
    with pytest.raises(exceptions.NotFound) as refused:
        client.get_role(request={"name": name})
    assert refused.value.message == f"The role named {name} was not found."
    assert rest("GET", "/v1/roles/nobody.has.this").json()["error"]["message"] == "The role named roles/nobody.has.this was not found."
    answer = rest("GET", f"/v1/{PARENT}/roles/no-hyphens")
    assert answer.status_code == 400 and answer.json()["error"]["message"].startswith('The role name must be in the form "roles/{role}"')


def test_predefined_roles_are_described_and_nobody_changes_them(client):
    invoker = client.get_role(request={"name": "roles/run.invoker"})
    assert (invoker.title, invoker.stage.name) == ("Cloud Run Invoker", "GA")
    assert list(invoker.included_permissions) == ["run.jobs.run", "run.routes.invoke"]
    names = [role.name for role in client.list_roles(request={"page_size": 7})]
    assert names == sorted(names) and {"roles/owner", "roles/iam.serviceAccountUser", "roles/pubsub.publisher"} <= set(names)
    owner = client.get_role(request={"name": "roles/owner"}).included_permissions
    assert "iam.roles.create" in owner and "iam.serviceAccounts.getAccessToken" not in owner
    with pytest.raises(exceptions.InvalidArgument):
        client.delete_role(request={"name": "roles/run.invoker"})


def test_what_can_be_granted_depends_on_the_resource(client, role_id):
    made = create(client, role_id, "run.routes.invoke")
    grantable = lambda name: {role.name for role in client.query_grantable_roles(request={"full_resource_name": name})}
    on_project = grantable(f"//cloudresourcemanager.googleapis.com/{PARENT}")
    assert {"roles/owner", "roles/cloudscheduler.admin", made.name} <= on_project
    assert "roles/resourcemanager.organizationAdmin" not in on_project
    on_account = grantable(f"//iam.googleapis.com/{PARENT}/serviceAccounts/a@{PROJECT}.iam.gserviceaccount.com")
    assert "roles/iam.serviceAccountUser" in on_account and "roles/run.invoker" not in on_account
    name = f"//run.googleapis.com/{PARENT}/locations/us-central1/services/hello"
    testable = {permission.name for permission in client.query_testable_permissions(request={"full_resource_name": name})}
    assert "run.routes.invoke" in testable and "run.services.create" not in testable
    with pytest.raises(exceptions.InvalidArgument):
        client.query_grantable_roles(request={"full_resource_name": PARENT})


def test_an_editor_sees_roles_and_makes_none(server, world, role_id):
    editor = world.account("roleeditor")
    world.bind_on_project("roles/editor", editor.member)
    client = clients.over_grpc(iam_admin_v1.IAMClient, server, editor.access_token())
    assert client.list_roles(request={"parent": PARENT}) is not None
    with pytest.raises(exceptions.PermissionDenied) as refused:
        create(client, role_id)
    assert refused.value.message.startswith("Permission 'iam.roles.create' denied on resource")
