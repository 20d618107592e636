"""The credentials API: tokens of an account for whoever may have them."""

import pytest
from google.api_core import exceptions
from google.auth import impersonated_credentials
from google.auth.transport.requests import Request
from google.cloud import iam_credentials_v1
from google.oauth2 import _client as oauth2_client
from google.protobuf import duration_pb2

import clients
import tokens
from world import PROJECT


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


def test_an_id_token_needs_an_audience(world, caller):
    answer = world.call("POST", f"/v1/projects/-/serviceAccounts/{caller.email}:generateIdToken", json={})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("method", ["signBlob", "signJwt"])
def test_methods_that_are_not_here_yet_say_so(world, caller, method):
    answer = world.call("POST", f"/v1/projects/-/serviceAccounts/{caller.email}:{method}", json={"payload": "e30="})
    assert answer.status_code == 501, answer.text
    assert answer.headers["x-doorward-reason"] == "METHOD_UNIMPLEMENTED"
    assert method.lower() in answer.json()["error"]["message"].lower()
