"""Who is not let in to the APIs, and what they are told; over both transports."""

import time

import pytest
from google.api_core import exceptions
from google.cloud import resourcemanager_v3

import clients
import tokens
from server import until
from world import PARENT, PROJECT

PATH = f"/v1/projects/{PROJECT}"
MISSING = "Request is missing required authentication credential."
INVALID = "Request had invalid authentication credentials."


def refused(world, token, reason, message=INVALID):
    """Both transports refuse the token, for the same reason."""
    answer = world.call("GET", PATH, token=token)
    assert answer.status_code == 401, f"{answer.status_code} {answer.text}"
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
    assert error["message"].startswith(message), error["message"]
    assert answer.headers["www-authenticate"].startswith('Bearer realm="https://accounts.google.com/"')
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.headers["x-doorward-request-id"]
    info = next(detail for detail in error["details"] if detail["@type"].endswith("ErrorInfo"))
    assert answer.headers["x-doorward-reason"] == info["reason"] == reason, info
    client = clients.over_grpc(resourcemanager_v3.ProjectsClient, world.server, token)
    with pytest.raises(exceptions.Unauthenticated) as over_grpc:
        client.get_project(name=f"projects/{PROJECT}")
    assert over_grpc.value.reason == reason


@pytest.fixture(scope="module")
def key(world):
    """A key of an account that may read the project."""
    account = world.lasting_account("reader")
    world.bind_on_project("roles/viewer", account.member)
    key = account.key()
    assert world.call("GET", PATH, token=tokens.self_signed(key)).status_code == 200
    return key


def test_a_call_without_a_credential_is_refused_on_loopback_too(world):
    answer = world.call("GET", PATH, token=None)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"].startswith(MISSING)
    assert answer.headers["x-doorward-reason"] == "CREDENTIALS_MISSING"


@pytest.mark.parametrize("token", ["nonsense", "ya29.", "ya29.nonsense", "a.b.c", "x" * 8000])
def test_nonsense_is_refused(world, token):
    refused(world, token, "CREDENTIALS_INVALID")


def test_an_id_token_is_refused(world, caller):
    refused(world, caller.id_token("https://cloudresourcemanager.googleapis.com/"), "ACCESS_TOKEN_TYPE_UNSUPPORTED")


def test_an_access_token_ends_with_its_time(world, caller):
    world.bind_on_project("roles/viewer", caller.member)
    token = caller.access_token(lifetime="2s")
    until(lambda: world.call("GET", PATH, token=token).status_code == 401, "a token of two seconds ends")
    refused(world, token, "ACCESS_TOKEN_EXPIRED")


def test_a_tampered_access_token_is_refused(world):
    token = world.owner_token()
    for at in (len("ya29.") + 3, len(token) // 2, len(token) - 3):
        other = "A" if token[at] != "A" else "B"
        refused(world, token[:at] + other + token[at + 1:], "CREDENTIALS_INVALID")


def test_an_expired_self_signed_token_is_refused(world, key):
    now = int(time.time())
    refused(world, tokens.self_signed(key, iat=now - 7200, exp=now - 3600), "ACCESS_TOKEN_EXPIRED")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) + 86400},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
        {"aud": "https://run.googleapis.com/", "scope": None},
        {"aud": "https://oauth2.googleapis.com/token", "scope": None},
        {"aud": None, "scope": None},
        {"sub": "ada@example.com"},
        {"iss": "nobody-at-all@demo.iam.gserviceaccount.com"},
    ],
    ids=["a day", "the future", "another API", "the token endpoint", "no purpose", "another subject", "another issuer"],
)
def test_a_self_signed_token_that_says_something_else_is_refused(world, key, changes):
    refused(world, tokens.self_signed(key, **changes), "CREDENTIALS_INVALID")


def test_a_tampered_self_signed_token_is_refused(world, key):
    good = tokens.self_signed(key)
    owner = "owner@doorward.localhost"
    for broken in (
        tokens.with_flipped_signature(good), tokens.with_claims(good, iss=owner, sub=owner), tokens.unsigned(good),
    ):
        refused(world, broken, "CREDENTIALS_INVALID")


def test_a_token_signed_by_another_accounts_key_is_refused(world, key, caller_key):
    email = key["client_email"]
    refused(world, tokens.self_signed(caller_key, iss=email, sub=email), "CREDENTIALS_INVALID")


def test_a_narrow_scope_is_not_enough(world, key):
    token = tokens.self_signed(key, scope="https://www.googleapis.com/auth/userinfo.email")
    answer = world.call("GET", PATH, token=token)
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "Request had insufficient authentication scopes."
    assert answer.headers["x-doorward-reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_missing_permission_is_told_by_name(world, key):
    token = tokens.self_signed(key)
    body = {"accountId": "never-made"}
    answer = world.call("POST", f"/v1/projects/{PROJECT}/serviceAccounts", token=token, json=body)
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["status"] == "PERMISSION_DENIED"
    assert "'iam.serviceAccounts.create'" in error["message"] and "(or it may not exist)" in error["message"]
    info = next(detail for detail in error["details"] if detail["@type"].endswith("ErrorInfo"))
    assert (info["reason"], info["domain"]) == ("IAM_PERMISSION_DENIED", "iam.googleapis.com")
    assert info["metadata"]["permission"] == "iam.serviceAccounts.create"
    gone = world.call("GET", f"/v1/projects/{PROJECT}/serviceAccounts/never-made@demo.iam.gserviceaccount.com")
    assert gone.status_code == 404


def test_the_scheduler_words_a_missing_permission_as_google_does(world, key):
    answer = world.call("GET", f"/v1/{PARENT}/jobs", token=tokens.self_signed(key))
    assert answer.status_code == 200, "roles/viewer lists jobs"
    name = f"{PARENT}/jobs/oidctest"
    answer = world.call("POST", f"/v1/{name}:run", token=tokens.self_signed(key), json={})
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == (
        'The principal (user or service account) lacks IAM permission "cloudscheduler.jobs.run" for the resource '
        f'"{name}" (or the resource may not exist).'
    )


def test_health_needs_no_credential(server, world):
    assert world.call("GET", "/healthz", token=None).status_code == 200
