"""The generated IAM admin client, which exists over gRPC only, and the same methods over REST as gcloud calls them."""

import base64
import json

import pytest
from google.api_core import exceptions
from google.cloud import iam_admin_v1
from google.iam.v1 import iam_policy_pb2, policy_pb2

import clients
from world import PROJECT

NAME = f"projects/{PROJECT}"


@pytest.fixture
def client(server, owner):
    return clients.client(iam_admin_v1.IAMClient, server, owner, "grpc")


def create(client, account_id, **fields):
    request = {"name": NAME, "account_id": account_id, "service_account": iam_admin_v1.ServiceAccount(**fields)}
    return client.create_service_account(request=request)


def test_an_account_lives_as_googles_client_expects(client, world):
    account_id = world.unique("life")
    created = create(client, account_id, display_name="Ada's robot", description="It walks.")
    assert created.email == f"{account_id}@{PROJECT}.iam.gserviceaccount.com"
    assert created.name == f"{NAME}/serviceAccounts/{created.email}"
    assert len(created.unique_id) == 21 and created.unique_id.startswith("1")
    assert (created.display_name, created.description, created.disabled) == ("Ada's robot", "It walks.", False)
    for name in (created.name, f"projects/-/serviceAccounts/{created.email}", f"{NAME}/serviceAccounts/{created.unique_id}"):
        assert client.get_service_account(name=name).unique_id == created.unique_id
    listed = client.list_service_accounts(request={"name": NAME, "page_size": 5})
    assert created.email in [account.email for account in listed]
    client.disable_service_account(request={"name": created.name})
    assert client.get_service_account(name=created.name).disabled
    client.enable_service_account(request={"name": created.name})
    assert not client.get_service_account(name=created.name).disabled
    client.delete_service_account(name=created.name)
    with pytest.raises(exceptions.NotFound):
        client.get_service_account(name=created.name)


def test_a_second_account_of_the_name_is_refused(client, world):
    account_id = world.unique("twin")
    create(client, account_id)
    with pytest.raises(exceptions.AlreadyExists) as refused:
        create(client, account_id)
    assert refused.value.message == f"Service account ID already exists within project {NAME}."


def test_a_name_that_is_used_again_is_another_account(client, world, echo):
    account_id = world.unique("again")
    first = create(client, account_id)
    echo.let_in(f"serviceAccount:{first.email}")
    client.delete_service_account(name=first.name)
    second = create(client, account_id)
    assert second.unique_id != first.unique_id
    request = {"audience": echo.uri, "includeEmail": True}
    path = f"/v1/projects/-/serviceAccounts/{second.email}:generateIdToken"
    token = world.done("POST", path, json=request)["token"]
    assert echo.call(token).status_code == 403
    members = world.done("GET", f"/v2/{echo.name}:getIamPolicy")["bindings"][0]["members"]
    assert members == [f"deleted:serviceAccount:{first.email}?uid={first.unique_id}"]


@pytest.mark.parametrize("account_id", ["short", "Capitals", "1digit-first", "dash-at-end-", "x" * 31, "under_score", ""])
def test_an_account_id_that_cannot_be_is_refused(client, account_id):
    with pytest.raises(exceptions.InvalidArgument):
        create(client, account_id)


def test_a_key_is_given_once(client, world, account):
    made = client.create_service_account_key(name=account.name)
    key = json.loads(made.private_key_data)
    assert key["client_email"] == account.email
    assert made.name == f"{account.name}/keys/{key['private_key_id']}"
    assert made.key_type == iam_admin_v1.ListServiceAccountKeysRequest.KeyType.USER_MANAGED
    found = client.get_service_account_key(name=made.name)
    assert found.private_key_data == b""
    listed = client.list_service_account_keys(name=account.name)
    assert made.name in [key.name for key in listed.keys]
    assert all(key.private_key_data == b"" for key in listed.keys)
    client.delete_service_account_key(name=made.name)
    with pytest.raises(exceptions.NotFound):
        client.get_service_account_key(name=made.name)


def test_an_eleventh_key_is_refused(client, account):
    for _ in range(10):
        client.create_service_account_key(name=account.name)
    with pytest.raises((exceptions.ResourceExhausted, exceptions.FailedPrecondition)) as refused:
        client.create_service_account_key(name=account.name)
    assert "Maximum number of keys on account reached." in refused.value.message
    assert len(client.list_service_account_keys(name=account.name, key_types=["USER_MANAGED"]).keys) == 10


def test_a_policy_on_an_account_is_guarded_by_its_etag(client, world, account):
    other = world.account("other")
    empty = client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=account.name))
    binding = policy_pb2.Binding(role="roles/iam.serviceAccountUser", members=[other.member])
    policy = policy_pb2.Policy(etag=empty.etag, bindings=[binding])
    written = client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=account.name, policy=policy))
    assert written.bindings[0].members == [other.member]
    with pytest.raises(exceptions.Aborted):
        client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=account.name, policy=policy))
    request = iam_policy_pb2.TestIamPermissionsRequest(resource=account.name, permissions=["iam.serviceAccounts.actAs"])
    theirs = clients.over_grpc(iam_admin_v1.IAMClient, world.server, other.access_token())
    assert list(theirs.test_iam_permissions(request).permissions) == ["iam.serviceAccounts.actAs"]


def test_rest_takes_the_spellings_that_gcloud_uses(world, account):
    raw = world.done("GET", f"/v1/projects/-/serviceAccounts/{account.email}?alt=json")
    encoded = world.done("GET", f"/v1/projects/-/serviceAccounts/{account.email.replace('@', '%40')}?alt=json")
    assert raw == encoded
    # gcloud reads policies of accounts with an empty body and the options in the query.
    path = f"/v1/{account.name}:getIamPolicy?alt=json&options.requestedPolicyVersion=3"
    policy = world.done("POST", path, data=b"")
    assert base64.b64decode(policy["etag"])
    # It sends the etag back in the URL-safe alphabet.
    etag = policy["etag"].replace("+", "-").replace("/", "_")
    body = {"policy": {"etag": etag, "version": 3, "bindings": [{"role": "roles/iam.serviceAccountUser", "members": [account.member]}]}}
    assert world.done("POST", f"/v1/{account.name}:setIamPolicy", json=body)["bindings"] == body["policy"]["bindings"]


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("patch_service_account", {"service_account": {"name": f"{NAME}/serviceAccounts/x@demo.iam.gserviceaccount.com"}}),
        ("undelete_service_account", {"name": f"{NAME}/serviceAccounts/100000000000000000000"}),
        ("create_role", {"parent": NAME, "role_id": "books"}),
    ],
)
def test_methods_that_are_not_here_yet_say_so(client, method, request_):
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        getattr(client, method)(request=request_)
    assert refused.value.reason == "METHOD_UNIMPLEMENTED"
