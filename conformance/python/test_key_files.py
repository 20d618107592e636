"""google-auth with a key file: ID tokens for services, access tokens and self-signed tokens for APIs."""

import json
import time

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import resourcemanager_v3, scheduler_v1
from google.oauth2 import service_account

import clients
import tokens
from world import PARENT, PROJECT


def id_credentials(key, audience):
    return service_account.IDTokenCredentials.from_service_account_info(key, target_audience=audience)


def test_a_key_file_is_what_googles_libraries_expect(world, caller, caller_key, tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(caller_key))
    credentials = service_account.Credentials.from_service_account_file(path, scopes=[tokens.CLOUD_PLATFORM])
    assert credentials.service_account_email == caller.email
    assert credentials.project_id == PROJECT
    assert caller_key["type"] == "service_account"
    assert caller_key["client_id"] == caller.unique_id
    assert len(caller_key["private_key_id"]) == 40
    assert caller_key["private_key"].startswith("-----BEGIN PRIVATE KEY-----\n")
    assert caller_key["universe_domain"] == "googleapis.com"


def test_an_id_token_of_a_key_file_opens_the_private_service(hello, caller, caller_key):
    credentials = id_credentials(caller_key, hello.uri)
    credentials.refresh(Request())
    answer = hello.call(credentials.token)
    assert answer.status_code == 200, answer.text
    assert caller.email in answer.text


def test_an_authorized_session_calls_the_private_service(server, hello, caller, caller_key):
    session = AuthorizedSession(id_credentials(caller_key, hello.uri))
    answer = session.get(f"http://{server.gate}/", headers={"Host": hello.host})
    assert answer.status_code == 200, answer.text
    assert caller.email in answer.text


def test_an_id_token_says_who_and_for_whom(hello, caller, caller_key):
    credentials = id_credentials(caller_key, hello.uri)
    credentials.refresh(Request())
    claims = tokens.claims(credentials.token)
    assert claims["iss"] == "https://accounts.google.com"
    assert claims["aud"] == hello.uri
    assert claims["sub"] == caller.unique_id
    assert claims["azp"] == caller.email
    assert claims["email"] == caller.email
    assert claims["email_verified"] is True
    assert claims["exp"] - claims["iat"] == 3600


def test_an_id_token_answer_holds_nothing_else(server, caller_key, hello):
    assertion = tokens.assertion(caller_key, scope=None, target_audience=hello.uri)
    form = {"grant_type": tokens.JWT_BEARER, "assertion": assertion}
    answer = requests.post(f"{server.url}/token", data=form, timeout=20)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["id_token"]


def test_an_access_token_of_a_key_file_opens_the_api(world, caller, caller_key):
    world.bind_on_project("roles/viewer", caller.member)
    credentials = world.key_credentials(caller_key, scopes=[tokens.CLOUD_PLATFORM])
    credentials.refresh(Request())
    assert credentials.token.startswith("ya29.")
    assert len(credentials.token) <= 1024
    answer = world.call("GET", f"/v1/projects/{PROJECT}", token=credentials.token)
    assert answer.status_code == 200, answer.text


def test_an_access_token_answer_has_googles_form(server, caller_key):
    form = {"grant_type": tokens.JWT_BEARER, "assertion": tokens.assertion(caller_key)}
    answer = requests.post(f"{server.url}/token", data=form, timeout=20).json()
    assert answer.pop("access_token").startswith("ya29.")
    assert answer == {"expires_in": 3599, "token_type": "Bearer"}


def test_the_other_token_endpoint_paths_are_served(server, caller_key):
    for path in ("/token", "/oauth2/v4/token"):
        form = {"grant_type": tokens.JWT_BEARER, "assertion": tokens.assertion(caller_key)}
        answer = requests.post(f"{server.url}{path}", data=form, timeout=20)
        assert answer.status_code == 200, f"{path}: {answer.text}"


@pytest.mark.parametrize("scopes", [None, [tokens.CLOUD_PLATFORM]], ids=["audience", "scope"])
def test_generated_clients_over_rest_are_let_in_with_the_token_they_sign_themselves(server, world, caller, caller_key, scopes):
    world.bind_on_project("roles/viewer", caller.member)
    # No token endpoint: whatever is sent, the key file signed it.
    key = {**caller_key, "token_uri": "http://127.0.0.1:9/nobody"}
    client = clients.client(
        scheduler_v1.CloudSchedulerClient, server, world.key_credentials(key, scopes=scopes), "rest",
    )
    assert f"{PARENT}/jobs/oidctest" in [job.name for job in client.list_jobs(parent=PARENT)]


@pytest.mark.parametrize(
    "purpose",
    [
        {"aud": "https://cloudresourcemanager.googleapis.com/", "scope": None},
        {"aud": "https://cloudresourcemanager.googleapis.com/google.cloud.resourcemanager.v3.Projects", "scope": None},
        {"scope": tokens.CLOUD_PLATFORM},
    ],
    ids=["host", "host and service", "scope"],
)
def test_generated_clients_over_grpc_are_let_in_with_the_token_they_sign_themselves(server, world, caller, caller_key, purpose):
    world.bind_on_project("roles/viewer", caller.member)
    token = tokens.self_signed(caller_key, **purpose)
    client = clients.over_grpc(resourcemanager_v3.ProjectsClient, server, token)
    assert client.get_project(name=f"projects/{PROJECT}").project_id == PROJECT


def test_a_self_signed_token_without_key_id_is_tried_with_every_key(world, caller, caller_key):
    world.bind_on_project("roles/viewer", caller.member)
    now = int(time.time())
    claims = {"iss": caller.email, "sub": caller.email, "iat": now, "exp": now + 600, "scope": tokens.CLOUD_PLATFORM}
    token = tokens.signed(caller_key, claims, kid=None)
    answer = world.call("GET", f"/v1/projects/{PROJECT}", token=token)
    assert answer.status_code == 200, answer.text


def test_the_owners_credential_is_refreshed_by_google_auth(owner, server):
    owner.refresh(Request())
    assert owner.token.startswith("ya29.")
    assert owner.valid and not owner.expired
    assert tokens.claims(owner.id_token)["email"] == "owner@doorward.localhost"
