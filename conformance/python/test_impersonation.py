"""The credentials API: tokens of an account for whoever may have them."""

import json
import time

import jwt
import pytest
import requests
from google.api_core import exceptions
from google.auth import crypt, exceptions as auth_exceptions, iam as google_iam, impersonated_credentials, jwt as google_jwt
from google.auth.transport.requests import Request
from google.cloud import iam_credentials_v1
from google.oauth2 import _client as oauth2_client
from google.oauth2 import service_account
from google.protobuf import duration_pb2

import clients
import tokens
from clients import current
from server import Server
from world import PROJECT, World


def credentials_client(server, credentials, transport):
    return clients.client(iam_credentials_v1.IAMCredentialsClient, server, credentials, transport)


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_the_owner_gets_an_id_token_that_opens_the_service(server, owner, hello, caller, transport):
    client = credentials_client(server, owner, transport)
    answer = client.generate_id_token(
        name=f"projects/-/serviceAccounts/{caller.email}", audience=hello.uri, include_email=True,
    )
    assert hello.call(answer.token).status_code == 200


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_the_owner_gets_an_access_token_that_opens_the_api(server, world, owner, caller, transport):
    world.bind_on_project("roles/viewer", caller.member)
    client = credentials_client(server, owner, transport)
    answer = client.generate_access_token(
        name=f"projects/-/serviceAccounts/{caller.email}", scope=[tokens.CLOUD_PLATFORM],
        lifetime=duration_pb2.Duration(seconds=600),
    )
    assert world.call("GET", f"/v1/projects/{PROJECT}", token=answer.access_token).status_code == 200
    assert answer.expire_time is not None


def test_an_id_token_has_no_email_unless_asked_for(caller):
    claims = tokens.claims(caller.id_token("https://verifier.example", includeEmail=False))
    assert "email" not in claims and "email_verified" not in claims
    assert claims["sub"] == caller.unique_id


def test_a_token_without_email_still_opens_the_service(hello, caller):
    token = caller.id_token(hello.uri, includeEmail=False)
    assert hello.call(token).status_code == 200


def test_the_booleans_that_google_auth_sends_as_text_are_understood(server, world, caller, request_):
    token, _ = oauth2_client.call_iam_generate_id_token_endpoint(
        request_, f"{server.url}/v1/projects/-/serviceAccounts/{{}}:generateIdToken", caller.email,
        "https://verifier.example", world.owner_token(),
    )
    claims = tokens.claims(token)
    assert (claims["email"], claims["azp"]) == (caller.email, caller.email)


def test_google_auth_impersonates_an_account(server, world, owner, caller):
    world.bind_on_project("roles/viewer", caller.member)
    endpoint = f"{server.url}/v1/projects/-/serviceAccounts/{caller.email}:generateAccessToken"
    impersonated = impersonated_credentials.Credentials(
        source_credentials=owner, target_principal=caller.email, target_scopes=[tokens.CLOUD_PLATFORM],
        iam_endpoint_override=endpoint,
    )
    impersonated.refresh(Request())
    assert world.call("GET", f"/v1/projects/{PROJECT}", token=impersonated.token).status_code == 200


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_nobody_else_gets_a_token(server, world, account, caller, transport):
    client = credentials_client(server, world.key_credentials(account.key(), scopes=[tokens.CLOUD_PLATFORM]), transport)
    name = f"projects/-/serviceAccounts/{caller.email}"
    with pytest.raises(exceptions.Forbidden, match="iam.serviceAccounts.getOpenIdToken") as refused:
        client.generate_id_token(name=name, audience="https://verifier.example")
    assert refused.value.reason == "IAM_PERMISSION_DENIED"
    assert refused.value.metadata["permission"] == "iam.serviceAccounts.getOpenIdToken"
    with pytest.raises(exceptions.Forbidden, match="iam.serviceAccounts.getAccessToken"):
        client.generate_access_token(name=name, scope=[tokens.CLOUD_PLATFORM])


def test_an_openid_token_creator_gets_id_tokens_and_no_access_tokens(server, world, account, caller):
    world.bind(f"/v1/{caller.name}", "roles/iam.serviceAccountOpenIdTokenCreator", account.member)
    client = credentials_client(server, world.key_credentials(account.key(), scopes=[tokens.CLOUD_PLATFORM]), "grpc")
    name = f"projects/-/serviceAccounts/{caller.email}"
    assert client.generate_id_token(name=name, audience="https://verifier.example").token
    with pytest.raises(exceptions.Forbidden):
        client.generate_access_token(name=name, scope=[tokens.CLOUD_PLATFORM])


@pytest.mark.parametrize(
    "body",
    [{"scope": []}, {"scope": [tokens.CLOUD_PLATFORM], "lifetime": "3601s"}, {"scope": [tokens.CLOUD_PLATFORM], "lifetime": "-1s"}],
    ids=["no scope", "too long", "negative"],
)
def test_access_tokens_are_refused_beyond_their_bounds(world, caller, body):
    answer = world.call("POST", f"/v1/projects/-/serviceAccounts/{caller.email}:generateAccessToken", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert answer.headers["x-doorward-reason"] == "FIELD_INVALID"


def test_a_listed_account_s_access_tokens_live_up_to_twelve_hours_and_no_other_s(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lifetimes")
    listed = f"listed@{PROJECT}.iam.gserviceaccount.com"
    constraint = f'"iam.allowServiceAccountCredentialLifetimeExtension" = ["{listed}"]'
    (folder / "doorward.toml").write_text(f"[constraints]\n{constraint}\n")
    server = Server(folder / "data", "--config", folder / "doorward.toml", "--project", PROJECT)
    try:
        world = World(server.start())
        world.owner_token()
        accounts = f"{server.url}/v1/projects/-/serviceAccounts"
        for name in ("listed", "unlisted"):
            world.done("POST", f"/v1/projects/{PROJECT}/serviceAccounts", json={"accountId": name, "serviceAccount": {}})

        def impersonated(name, lifetime):
            credentials = impersonated_credentials.Credentials(
                source_credentials=world.owner, target_principal=f"{name}@{PROJECT}.iam.gserviceaccount.com",
                target_scopes=[tokens.CLOUD_PLATFORM], lifetime=lifetime,
                iam_endpoint_override=f"{accounts}/{name}@{PROJECT}.iam.gserviceaccount.com:generateAccessToken",
            )
            credentials.refresh(Request())
            return requests.get(f"{server.url}/tokeninfo", params={"access_token": credentials.token}, timeout=20).json()

        assert 43_100 < int(impersonated("listed", 43_200)["expires_in"]) <= 43_200
        with pytest.raises(auth_exceptions.RefreshError, match="can not have lifetimes of more than 1 hour. Use the Org Policy Constraint"):
            impersonated("unlisted", 3601)
        with pytest.raises(auth_exceptions.RefreshError, match="can not have lifetimes of more than 12 hours"):
            impersonated("listed", 43_201)
    finally:
        server.end()


def test_an_id_token_needs_an_audience(world, caller):
    answer = world.call("POST", f"/v1/projects/-/serviceAccounts/{caller.email}:generateIdToken", json={})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def certificates(server, email, path="/robot/v1/metadata/x509/"):
    """The certificates of an account, by key ID, as google-auth fetches them."""
    answer = requests.get(f"{server.url}{path}{email}", timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_a_signed_jwt_verifies_by_the_account_s_own_certificates(server, owner, caller, transport):
    client = credentials_client(server, owner, transport)
    payload = {"iss": caller.email, "aud": "https://partner.example", "sub": "ada", "iat": int(time.time()), "exp": int(time.time()) + 600}
    signed = client.sign_jwt(name=f"projects/-/serviceAccounts/{caller.email}", payload=json.dumps(payload))
    found = certificates(server, caller.email)
    assert signed.key_id in found
    assert google_jwt.decode(signed.signed_jwt, certs=found, audience="https://partner.example") == payload
    jwk = requests.get(f"{server.url}/service_accounts/v1/metadata/jwk/{caller.email}", timeout=20).json()
    key = next(jwt.PyJWK(key) for key in jwk["keys"] if key["kid"] == signed.key_id)
    assert jwt.decode(signed.signed_jwt, key.key, algorithms=["RS256"], audience="https://partner.example") == payload


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_a_signed_blob_verifies_by_the_account_s_own_certificates_and_no_other_s(server, world, owner, caller, transport):
    client = credentials_client(server, owner, transport)
    other = world.account("other")
    signed = client.sign_blob(name=f"projects/-/serviceAccounts/{caller.email}", payload=b"rye")
    theirs = client.sign_blob(name=f"projects/-/serviceAccounts/{other.email}", payload=b"rye")
    found = certificates(server, caller.email)
    assert crypt.verify_signature(b"rye", signed.signed_blob, [found[signed.key_id]])
    assert not crypt.verify_signature(b"wheat", signed.signed_blob, [found[signed.key_id]])
    assert theirs.key_id not in found
    assert not crypt.verify_signature(b"rye", theirs.signed_blob, list(found.values()))


def test_impersonated_credentials_sign_for_their_account(server, owner, caller, monkeypatch):
    base = f"{server.url}/v1/projects/-/serviceAccounts/{{}}"
    monkeypatch.setattr(google_iam, "_IAM_SIGN_ENDPOINT", f"{base}:signBlob")
    impersonated = impersonated_credentials.Credentials(
        source_credentials=owner, target_principal=caller.email, target_scopes=[tokens.CLOUD_PLATFORM],
        iam_endpoint_override=f"{base.format(caller.email)}:generateAccessToken",
    )
    assert impersonated.signer_email == caller.email
    signature = impersonated.sign_bytes(b"rye")
    assert crypt.verify_signature(b"rye", signature, list(certificates(server, caller.email).values()))


def test_a_signer_without_a_key_file_buys_tokens_as_a_key_would(server, owner, caller, monkeypatch):
    monkeypatch.setattr(google_iam, "_IAM_SIGN_ENDPOINT", f"{server.url}/v1/projects/-/serviceAccounts/{{}}:signBlob")
    signer = google_iam.Signer(Request(), owner, caller.email)
    credentials = service_account.Credentials(signer, caller.email, f"{server.url}/token", scopes=[tokens.CLOUD_PLATFORM])
    credentials.refresh(Request())
    assert credentials.token.startswith("ya29.")


@pytest.mark.parametrize(
    "claims",
    ['{"exp": "1"}', '{"exp": 1}', '{"exp": 1.5}', "[]", "rye", "", '{"a": 1, "a": 2}', None],
    ids=["exp is text", "past", "fraction", "list", "no JSON", "empty", "twice", "too far"],
)
def test_claims_that_cannot_be_signed_are_refused(world, caller, claims):
    payload = json.dumps({"exp": int(time.time()) + 12 * 3600 + 60}) if claims is None else claims
    answer = world.call("POST", f"/v1/projects/-/serviceAccounts/{caller.email}:signJwt", json={"payload": payload})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), answer.text


def test_the_keys_that_sign_are_listed_and_left_alone(world, account):
    def listed(kinds):
        return world.done("GET", f"/v1/{account.name}/keys?{kinds}").get("keys", [])

    assert listed("keyTypes=SYSTEM_MANAGED") == []
    signed = world.done("POST", f"/v1/projects/-/serviceAccounts/{account.email}:signBlob", json={"payload": "cnll"})
    made = account.key()
    [managed] = listed("keyTypes=SYSTEM_MANAGED")
    assert managed["name"] == f"{account.name}/keys/{signed['keyId']}"
    assert (managed["keyType"], managed["keyOrigin"]) == ("SYSTEM_MANAGED", "GOOGLE_PROVIDED")
    assert [key["name"].rsplit("/", 1)[1] for key in listed("keyTypes=USER_MANAGED")] == [made["private_key_id"]]
    assert len(listed("")) == 2
    for method, path in [("DELETE", managed["name"]), ("POST", f"{managed['name']}:disable")]:
        refused = world.call(method, f"/v1/{path}", **({"json": {}} if method == "POST" else {}))
        assert (refused.status_code, refused.json()["error"]["status"]) == (400, "FAILED_PRECONDITION"), refused.text


class Chain:
    """Ada may use the deployer, the deployer may use the signer: nobody else may anything."""

    def __init__(self, world):
        self.world = world
        self.ada, self.deployer, self.signer = (world.lasting_account(name) for name in ("ada", "deployer", "signer"))
        world.bind(f"/v1/{self.deployer.name}", "roles/iam.serviceAccountTokenCreator", self.ada.member)
        world.bind(f"/v1/{self.signer.name}", "roles/iam.serviceAccountTokenCreator", self.deployer.member)
        self.credentials = world.key_credentials(self.ada.key(), scopes=[tokens.CLOUD_PLATFORM])
        self.name = f"projects/-/serviceAccounts/{self.signer.email}"
        self.delegates = [f"projects/-/serviceAccounts/{self.deployer.email}"]

    def calls(self, client, delegates):
        """All four methods."""
        return [
            lambda: client.generate_access_token(name=self.name, delegates=delegates, scope=[tokens.CLOUD_PLATFORM]).access_token,
            lambda: client.generate_id_token(name=self.name, delegates=delegates, audience="https://a.example").token,
            lambda: client.sign_blob(name=self.name, delegates=delegates, payload=b"rye").signed_blob,
            lambda: client.sign_jwt(name=self.name, delegates=delegates, payload="{}").signed_jwt,
        ]


@pytest.fixture(scope="module")
def chain(world):
    return Chain(world)


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_a_chain_of_delegates_leads_to_the_target(server, chain, transport):
    client = credentials_client(server, chain.credentials, transport)
    for call in chain.calls(client, chain.delegates):
        assert call()
    for call in chain.calls(client, []):
        with pytest.raises(exceptions.Forbidden):
            call()


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_a_chain_with_a_hop_that_nobody_allowed_is_refused(server, world, chain, transport):
    client = credentials_client(server, chain.credentials, transport)
    stranger = world.account("stranger")
    through = f"projects/-/serviceAccounts/{stranger.email}"
    for delegates in ([through], [*chain.delegates, through], [through, *chain.delegates]):
        for call in chain.calls(client, delegates):
            with pytest.raises(exceptions.Forbidden) as refused:
                call()
            assert refused.value.reason == "IAM_PERMISSION_DENIED"
    for call in chain.calls(client, [through]):
        with pytest.raises(exceptions.Forbidden, match="iam.serviceAccounts.implicitDelegation"):
            call()


def test_a_delegate_is_named_without_its_project_and_must_exist(world, chain):
    path = f"/v1/{chain.name}:generateIdToken"

    def answer(delegate):
        body = {"audience": "https://a.example", "delegates": [delegate]}
        return world.call("POST", path, json=body, token=current(chain.credentials))

    assert answer(f"projects/{PROJECT}/serviceAccounts/{chain.deployer.email}").status_code == 400
    assert answer("deployer").status_code == 400
    missing = answer("projects/-/serviceAccounts/absent@demo.iam.gserviceaccount.com")
    assert (missing.status_code, missing.json()["error"]["message"]) == (
        404, "Not found; Gaia id not found for email absent@demo.iam.gserviceaccount.com",
    )


def test_google_auth_impersonates_through_delegates(server, world, chain):
    world.bind_on_project("roles/viewer", chain.signer.member)
    endpoint = f"{server.url}/v1/projects/-/serviceAccounts/{chain.signer.email}:generateAccessToken"
    impersonated = impersonated_credentials.Credentials(
        source_credentials=chain.credentials, target_principal=chain.signer.email, target_scopes=[tokens.CLOUD_PLATFORM],
        delegates=chain.delegates, iam_endpoint_override=endpoint,
    )
    impersonated.refresh(Request())
    assert world.call("GET", f"/v1/projects/{PROJECT}", token=impersonated.token).status_code == 200


def test_an_id_token_says_which_organization_when_asked(caller):
    claims = tokens.claims(caller.id_token("https://verifier.example", organizationNumberIncluded=True))
    assert isinstance(claims["google"]["organization_number"], int)
    assert "google" not in tokens.claims(caller.id_token("https://verifier.example"))


@pytest.mark.parametrize("path", ["/robot/v1/metadata/x509/", "/service_accounts/v1/metadata/x509/"])
def test_every_key_of_an_account_is_published_while_it_counts(server, world, account, path):
    assert certificates(server, account.email, path) == {}
    key = account.key()
    name = f"{account.name}/keys/{key['private_key_id']}"
    for way in (account.email, account.email.replace("@", "%40"), account.unique_id):
        assert list(certificates(server, way, path)) == [key["private_key_id"]]
    raw = requests.get(f"{server.url}/service_accounts/v1/metadata/raw/{account.email}", timeout=20).json()
    assert [value["keyid"] for value in raw["keyvalues"]] == [key["private_key_id"]]
    for form in ("/robot/v1/metadata/jwk/", "/service_accounts/v1/metadata/jwk/", "/service_accounts/v1/jwk/"):
        assert [found["kid"] for found in certificates(server, account.email, form)["keys"]] == [key["private_key_id"]]
    world.done("POST", f"/v1/{name}:disable", json={})
    assert certificates(server, account.email, path) == {}
    world.done("POST", f"/v1/{name}:enable", json={})
    account.disable()
    assert certificates(server, account.email, path) == {}
    answer = requests.get(f"{server.url}{path}absent@demo.iam.gserviceaccount.com", timeout=20)
    assert (answer.status_code, answer.headers["x-doorward-reason"]) == (404, "RESOURCE_NOT_FOUND")


def test_keys_of_an_account_may_be_kept_once_doorward_signs_for_it(server, world, account):
    path = f"{server.url}/robot/v1/metadata/x509/{account.email}"
    before = requests.get(path, timeout=20)
    assert "max-age=0" in before.headers["cache-control"]
    world.done("POST", f"/v1/projects/-/serviceAccounts/{account.email}:signBlob", json={"payload": "cnll"})
    after = requests.get(path, timeout=20)
    assert after.headers["cache-control"] == "public, max-age=900, must-revalidate, no-transform"
    assert after.headers["expires"].endswith(" GMT")
