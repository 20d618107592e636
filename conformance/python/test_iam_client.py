"""The generated IAM admin client, which exists over gRPC only, and the same methods over REST as gcloud calls them."""

import base64
import datetime
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.api_core import exceptions
from google.auth import exceptions as auth_exceptions
from google.auth.transport.requests import Request
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
    body = {"accountId": account_id}
    answer = world.call("POST", f"/v1/{NAME}/serviceAccounts", json=body)
    details = {detail["@type"].rsplit(".", 1)[1]: detail for detail in answer.json()["error"]["details"]}
    email = f"{account_id}@{PROJECT}.iam.gserviceaccount.com"
    assert details["ResourceInfo"]["resourceName"] == f"{NAME}/serviceAccounts/{email}"


def test_an_account_that_is_not_there_is_forbidden_in_any_project_and_missing_in_its_own(world):
    absent = f"nobody-here@{PROJECT}.iam.gserviceaccount.com"
    missing = world.call("GET", f"/v1/{NAME}/serviceAccounts/{absent}")
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, "Unknown service account")
    for name in (absent, "1" * 21):
        forbidden = world.call("GET", f"/v1/projects/-/serviceAccounts/{name}")
        assert (forbidden.status_code, forbidden.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


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


def test_a_patch_changes_what_its_mask_names(client, account):
    path = account.name
    read = client.get_service_account(name=path)

    def patch(paths, **fields):
        sent = iam_admin_v1.ServiceAccount(name=path, **fields)
        return client.patch_service_account(request={"service_account": sent, "update_mask": {"paths": paths}})

    changed = patch(["display_name"], display_name="Night job", description="not named by the mask")
    assert (changed.display_name, changed.description) == ("Night job", "")
    changed = patch(["description"], description="It runs at night.", etag=changed.etag)
    assert (changed.display_name, changed.description) == ("Night job", "It runs at night.")
    with pytest.raises(exceptions.Aborted):
        patch(["description"], description="stale", etag=read.etag)
    for paths in (["email"], ["disabled"], ["no_such_field"]):
        with pytest.raises(exceptions.InvalidArgument):
            patch(paths, display_name="x")
    with pytest.raises(exceptions.InvalidArgument):
        patch(["display_name"], display_name="x" * 101)
    assert client.get_service_account(name=path).display_name == "Night job"


def test_an_update_replaces_the_display_name_alone(client, world, account):
    sent = iam_admin_v1.ServiceAccount(name=account.name, display_name="Ada's robot", description="ignored")
    updated = client.update_service_account(request=sent)
    assert (updated.display_name, updated.description) == ("Ada's robot", "")
    body = {"serviceAccount": {"description": "over REST"}, "updateMask": "description"}
    patched = world.done("PATCH", f"/v1/projects/-/serviceAccounts/{account.unique_id}", json=body)
    assert (patched["displayName"], patched["description"]) == ("Ada's robot", "over REST")


def test_an_account_comes_back_with_its_keys_and_its_bindings(client, world, echo):
    lost = world.account("lost")
    echo.let_in(lost.member)
    key, token = lost.key(), lost.access_token()
    credentials = world.key_credentials(key, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    client.delete_service_account(name=lost.name)
    with pytest.raises(exceptions.InvalidArgument):
        client.undelete_service_account(request={"name": lost.name})
    restored = client.undelete_service_account(request={"name": f"projects/-/serviceAccounts/{lost.unique_id}"})
    assert (restored.restored_account.email, restored.restored_account.unique_id) == (lost.email, lost.unique_id)
    members = world.done("GET", f"/v2/{echo.name}:getIamPolicy")["bindings"][0]["members"]
    assert members == [lost.member]
    assert echo.call(lost.id_token(echo.uri)).status_code == 200
    credentials.refresh(Request())
    assert world.call("GET", f"/v1/{NAME}", token=credentials.token).status_code == 403
    assert world.call("GET", f"/v1/{NAME}", token=token).status_code == 401, "a token from before its deletion"
    with pytest.raises(exceptions.NotFound):
        client.undelete_service_account(request={"name": f"{NAME}/serviceAccounts/{lost.unique_id}"})


def test_an_account_does_not_come_back_where_another_has_its_name(client, world):
    account_id = world.unique("taken")
    first = create(client, account_id)
    client.delete_service_account(name=first.name)
    second = create(client, account_id)
    with pytest.raises(exceptions.AlreadyExists):
        client.undelete_service_account(request={"name": f"{NAME}/serviceAccounts/{first.unique_id}"})
    client.delete_service_account(name=second.name)


def certificate(days=1, bits=2048, start=-1, curve=None):
    """A certificate as `openssl req -x509` makes one, and its private key in PEM."""
    key = ec.generate_private_key(curve) if curve else rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "night-job")])
    now = datetime.datetime.now(datetime.timezone.utc)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=start)).not_valid_after(now + datetime.timedelta(days=days))
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return built.public_bytes(serialization.Encoding.PEM), private.decode()


def test_an_uploaded_key_signs_like_one_that_was_made_here(client, server, world, account):
    pem, private = certificate()
    uploaded = client.upload_service_account_key(request={"name": account.name, "public_key_data": pem})
    assert uploaded.key_origin == iam_admin_v1.ServiceAccountKeyOrigin.USER_PROVIDED
    assert uploaded.valid_before_time is not None and uploaded.private_key_data == b""
    info = {
        "type": "service_account", "client_email": account.email, "token_uri": f"{server.url}/token",
        "private_key": private, "private_key_id": uploaded.name.rsplit("/", 1)[1],
    }
    credentials = world.key_credentials(info, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(Request())
    assert credentials.token.startswith("ya29.")
    shown = client.get_service_account_key(request={"name": uploaded.name, "public_key_type": "TYPE_X509_PEM_FILE"})
    assert x509.load_pem_x509_certificate(shown.public_key_data) == x509.load_pem_x509_certificate(pem)
    shown = client.get_service_account_key(request={"name": uploaded.name, "public_key_type": "TYPE_RAW_PUBLIC_KEY"})
    assert shown.public_key_data.startswith(b"-----BEGIN PUBLIC KEY-----")
    with pytest.raises(exceptions.AlreadyExists):
        client.upload_service_account_key(request={"name": account.name, "public_key_data": pem})


@pytest.mark.parametrize(
    "pem",
    [b"", b"rye", certificate(bits=1024)[0], certificate(days=-0.5)[0], certificate(curve=ec.SECP256R1())[0]],
    ids=["empty", "no PEM", "1024 bits", "expired", "elliptic"],
)
def test_what_is_no_certificate_of_a_good_key_is_refused(client, account, pem):
    with pytest.raises(exceptions.InvalidArgument):
        client.upload_service_account_key(request={"name": account.name, "public_key_data": pem})


def test_a_disabled_key_buys_nothing_until_it_is_enabled(client, server, world, account):
    key = account.key()
    name = f"{account.name}/keys/{key['private_key_id']}"
    credentials = world.key_credentials(key, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(Request())
    bought = credentials.token
    assert world.call("GET", f"/v1/{NAME}", token=bought).status_code == 403
    client.disable_service_account_key(request={"name": name})
    assert client.get_service_account_key(name=name).disabled
    with pytest.raises(auth_exceptions.RefreshError, match="Invalid JWT Signature."):
        credentials.refresh(Request())
    assert world.call("GET", f"/v1/{NAME}", token=bought).status_code == 401
    client.enable_service_account_key(request={"name": name})
    credentials.refresh(Request())
    assert world.call("GET", f"/v1/{NAME}", token=credentials.token).status_code == 403


def test_a_disabled_key_says_why_while_it_is_disabled(world, account):
    """In REST only, as at Google; gcloud lists it as DISABLE_REASON."""
    path = f"/v1/{account.name}/keys/{account.key()['private_key_id']}"
    asked = "serviceAccountKeyDisableReason"
    for sent, shown in (
        ({}, "USER_INITIATED"), ({asked: "SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED"}, "EXPOSED"), ({asked: 3}, "COMPROMISE_DETECTED"),
    ):
        world.done("POST", f"{path}:disable", json=sent)
        assert world.done("GET", path)["disableReason"] == f"SERVICE_ACCOUNT_KEY_DISABLE_REASON_{shown}"
        world.done("POST", f"{path}:enable", json={})
        assert "disableReason" not in world.done("GET", path)
    for bad in ({"extendedStatusMessage": "seen on the moon"}, {asked: 9}):
        refused = world.call("POST", f"{path}:disable", json=bad)
        assert (refused.status_code, refused.headers["x-doorward-reason"]) == (400, "FIELD_INVALID"), refused.text
    assert "disabled" not in world.done("GET", path)


@pytest.mark.parametrize(
    ("method", "request_"),
    [("sign_blob", {"name": f"{NAME}/serviceAccounts/x@demo.iam.gserviceaccount.com", "bytes_to_sign": b"rye"})],
)
def test_methods_that_are_not_here_yet_say_so(client, method, request_):
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        getattr(client, method)(request=request_)
    assert refused.value.reason == "METHOD_UNIMPLEMENTED"


def test_a_key_file_of_another_form_or_size_is_refused_by_name(world, account):
    path = f"/v1/{account.name}/keys"
    unserved = world.call("POST", path, json={"privateKeyType": "TYPE_PKCS12_FILE"})
    assert (unserved.status_code, unserved.headers["x-doorward-reason"]) == (501, "METHOD_UNIMPLEMENTED")
    short = world.call("POST", path, json={"keyAlgorithm": "KEY_ALG_RSA_1024"})
    assert (short.status_code, short.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    good = {"privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyAlgorithm": "KEY_ALG_RSA_2048"}
    made = world.done("POST", path, json=good)
    shown = ("privateKeyType", "keyAlgorithm", "keyOrigin", "keyType")
    assert [made[name] for name in shown] == [
        "TYPE_GOOGLE_CREDENTIALS_FILE", "KEY_ALG_RSA_2048", "GOOGLE_PROVIDED", "USER_MANAGED",
    ]
    assert made["validBeforeTime"] == "9999-12-31T23:59:59Z"


def test_an_account_may_be_used_anywhere(world, account):
    """Clients probe this in the background."""
    told = world.done("GET", f"/v1/projects/-/serviceAccounts/{account.email}/allowedLocations")
    assert told["encodedLocations"] == "0x0"
    assert told.get("locations", []) == []
