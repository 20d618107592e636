"""The generated client of deny policies (google.iam.v2), over both transports."""

import pytest
from google.api_core import exceptions
from google.cloud import iam_v2, resourcemanager_v3
from google.cloud.iam_v2 import types
from google.iam.v1 import iam_policy_pb2

import clients
from server import command
from test_commands import failed
from test_explain import explained
from world import PROJECT

PARENT = f"policies/cloudresourcemanager.googleapis.com%2Fprojects%2F{PROJECT}/denypolicies"
INVOKE = "run.googleapis.com/routes.invoke"


@pytest.fixture(scope="module")
def admin(world):
    account = world.lasting_account("deny-admin")
    world.bind_on_project("roles/iam.denyAdmin", account.member)
    return account.access_token()


@pytest.fixture(params=clients.TRANSPORTS)
def client(request, server, admin):
    if request.param == "grpc":
        return clients.over_grpc(iam_v2.PoliciesClient, server, admin)
    from google.oauth2.credentials import Credentials

    return clients.client(iam_v2.PoliciesClient, server, Credentials(admin), "rest")


def identifier(account):
    return f"principal://iam.googleapis.com/projects/-/serviceAccounts/{account.email}"


def policy_of(*principals, permissions=(INVOKE,), **more):
    rule = types.DenyRule(denied_principals=principals, denied_permissions=permissions, **more)
    return types.Policy(display_name="by test", rules=[types.PolicyRule(description="why", deny_rule=rule)])


def made(client, world, policy):
    operation = client.create_policy(parent=PARENT, policy=policy, policy_id=world.unique("deny"))
    return operation.result(timeout=20)


def test_what_is_denied_is_refused_at_the_gate_until_the_policy_goes(client, world):
    service, account = world.service("gcr.io/cloudrun/hello"), world.account("denied")
    service.let_in(account.member)
    token = account.id_token(service.uri)
    assert service.call(token).status_code == 200
    policy = made(client, world, policy_of(identifier(account)))
    assert service.call(token).status_code == 403
    gone = client.delete_policy(name=policy.name).result(timeout=20)
    assert gone.name == policy.name and gone.delete_time
    assert service.call(token).status_code == 200


def test_a_policy_lives_as_googles_client_expects(client, world):
    account = world.account("named")
    created = made(client, world, policy_of(identifier(account), permissions=["iam.googleapis.com/roles.*"]))
    assert created.kind == "DenyPolicy" and created.uid and created.etag and created.create_time
    assert f"projects%2F{world.number}/denypolicies/" in created.name
    read = client.get_policy(name=created.name)
    assert read == created
    listed = {policy.name: policy for policy in client.list_policies(parent=PARENT)}
    assert created.name in listed and not listed[created.name].rules

    read.display_name = "changed"
    changed = client.update_policy(request={"policy": read}).result(timeout=20)
    assert changed.display_name == "changed" and changed.etag != read.etag
    with pytest.raises(exceptions.Conflict) as refused:
        client.update_policy(request={"policy": read})
    assert refused.value.reason == "ETAG_MISMATCH"
    client.delete_policy(name=created.name).result(timeout=20)
    with pytest.raises(exceptions.NotFound):
        client.get_policy(name=created.name)


def test_operations_are_kept_and_read_by_name(client, world, account):
    created = client.create_policy(parent=PARENT, policy=policy_of(identifier(account)), policy_id=world.unique("deny"))
    policy, name = created.result(timeout=20), created.operation.name
    polled = lambda **options: world.call("GET", f"/v2/{name}", **options)
    assert polled().json()["response"]["uid"] == policy.uid and polled().json()["done"] is True
    assert polled(token=account.access_token()).status_code == 403
    client.delete_policy(name=policy.name).result(timeout=20)
    assert polled().json()["done"] is True, "it outlives its policy"
    name = name[:-1] + ("0" if name[-1] != "0" else "1")
    assert polled().status_code == 404


def test_permissions_that_are_denied_are_not_held(client, server, world):
    account = world.account("tested")
    world.bind_on_project("roles/logging.viewer", account.member)
    theirs = clients.over_grpc(resourcemanager_v3.ProjectsClient, server, account.access_token())
    request = iam_policy_pb2.TestIamPermissionsRequest(
        resource=f"projects/{PROJECT}", permissions=["logging.logEntries.list", "resourcemanager.projects.get"]
    )
    assert len(theirs.test_iam_permissions(request).permissions) == 2
    policy = made(client, world, policy_of(identifier(account), permissions=["logging.googleapis.com/*.*"]))
    assert list(theirs.test_iam_permissions(request).permissions) == ["resourcemanager.projects.get"]
    client.delete_policy(name=policy.name).result(timeout=20)


@pytest.mark.parametrize(
    "policy, kind",
    [
        (policy_of("user:ada@example.com"), exceptions.BadRequest),
        (policy_of("principal://goog/subject/ada@example.com", permissions=["run.routes.invoke"]), exceptions.BadRequest),
        (policy_of(), exceptions.BadRequest),
        (policy_of("principalSet://goog/public:all", permissions=["run.googleapis.com/routes.invok"]), exceptions.BadRequest),
        (policy_of("principalSet://goog/public:all", permissions=["run.googleapis.com/service.*"]), exceptions.BadRequest),
        (policy_of("principalSet://goog/cloudIdentityCustomerId/C01Abc35"), exceptions.MethodNotImplemented),
    ],
)
def test_bad_rules_are_refused(client, world, policy, kind):
    with pytest.raises(kind):
        client.create_policy(parent=PARENT, policy=policy, policy_id=world.unique("bad"))


@pytest.mark.parametrize(
    "nobody",
    [
        "principalSet://goog/group/bakers@example.com",
        "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci/*",
        "deleted:principal://iam.googleapis.com/projects/-/serviceAccounts/gone@demo.iam.gserviceaccount.com?uid=1",
    ],
    ids=["group", "pool", "deleted"],
)
def test_a_rule_that_would_deny_nobody_is_not_taken(client, world, nobody):
    with pytest.raises(exceptions.MethodNotImplemented, match="A rule that denies"):
        client.create_policy(parent=PARENT, policy=policy_of(nobody), policy_id=world.unique("deny"))


def test_an_account_that_comes_back_is_denied_again_whatever_was_written_meanwhile(client, world):
    service, account = world.service("gcr.io/cloudrun/hello"), world.account("phoenix")
    service.let_in(account.member)
    policy = made(client, world, policy_of(identifier(account)))
    world.done("DELETE", f"/v1/{account.name}")
    shown = client.get_policy(name=policy.name)
    assert shown.rules[0].deny_rule.denied_principals[0].startswith("deleted:")
    shown.display_name = "written back"
    client.update_policy(request={"policy": shown}).result(timeout=20)
    world.done("POST", f"/v1/projects/{PROJECT}/serviceAccounts/{account.unique_id}:undelete", json={})
    assert service.call(account.id_token(service.uri)).status_code == 403
    client.delete_policy(name=policy.name).result(timeout=20)
    assert service.call(account.id_token(service.uri)).status_code == 200


def test_owners_are_not_deny_admins(server, world):
    owner = world.account("plain-owner")
    world.bind_on_project("roles/owner", owner.member)
    client = clients.over_grpc(iam_v2.PoliciesClient, server, owner.access_token())
    expected = f"Permission iam.googleapis.com/denypolicies.create denied on resource cloudresourcemanager.googleapis.com/projects/{PROJECT}"
    with pytest.raises(exceptions.PermissionDenied, match=expected):
        client.create_policy(
            parent=PARENT, policy=policy_of("principal://goog/subject/ada@example.com"), policy_id="not-mine"
        )


def test_the_command_of_a_refusal_lets_its_account_in_and_nobody_else(client, server, world):
    service, account, other = world.service("gcr.io/cloudrun/hello"), world.account("denied"), world.account("denied")
    service.let_in(account.member, other.member)
    policy = made(client, world, policy_of("principalSet://goog/public:all"))
    tokens = [who.id_token(service.uri) for who in (account, other)]
    try:
        refused = service.call(tokens[0], headers={"Accept": "application/json"})
        assert refused.status_code == 403 and "a deny policy denies it" in refused.text
        told = explained(server, refused)
        [proposed] = [line.strip() for line in told.splitlines() if "add-deny-policy-exception" in line]
        assert "add-iam-policy-binding" not in told and policy.name.rsplit("/", 1)[1] in proposed
        for _ in range(2):
            done = command(*proposed.split()[1:], "--data", server.data)
            assert done.returncode == 0, done.stderr
        assert [service.call(token).status_code for token in tokens] == [200, 403]
    finally:
        client.delete_policy(name=policy.name).result(timeout=20)


def test_an_exception_to_a_rule_that_is_not_there_is_refused(client, server, world):
    policy = made(client, world, policy_of(identifier(world.account("denied"))))
    arguments = ("--principal", "principal://goog/subject/ada@example.com", "--data", server.data)
    failed(command("add-deny-policy-exception", policy.name, "--rule", "2", *arguments), "no rule 2", "hint:")
    failed(command("add-deny-policy-exception", "projects/demo", "--rule", "1", *arguments), "hint:")
    failed(command("add-deny-policy-exception", PARENT + "/absent", "--rule", "1", *arguments), "does not exist")
    client.delete_policy(name=policy.name).result(timeout=20)
