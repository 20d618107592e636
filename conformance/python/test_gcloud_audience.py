"""ID tokens that gcloud makes without an audience: of an activated service account by its key, of a person by signing in.

Services take them, as at Google, unless the owner says otherwise; then they are refused by name."""

import pytest
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from server import Server, command
from test_explain import explained
from world import World

GCLOUD = "32555940559.apps.googleusercontent.com"
REFUSING = "[services]\ngcloud_audience = \"refused\"\n"


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server that takes no such tokens."""
    with Server(tmp_path_factory.mktemp("strict") / "data", "--demo", configuration=REFUSING) as started:
        yield started


def of_an_activated_account(account):
    """What `gcloud auth activate-service-account` asks for with the key, before anybody names an audience."""
    credentials = service_account.IDTokenCredentials.from_service_account_info(account.key(), target_audience=GCLOUD)
    credentials.refresh(Request())
    return credentials.token


def of_the_owner(server):
    """What a person gets who names no audience."""
    done = command("token", "identity", "--data", server.data)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_token_for_gcloud_itself_opens_every_service_that_its_owner_may_call(server, world, upstream):
    account = world.account("activated")
    token = of_an_activated_account(account)
    open_to_it, other = (world.service(upstream.url, prefix=prefix) for prefix in ("mine", "other"))
    open_to_it.let_in(account.member)
    assert open_to_it.call(token).status_code == 200
    refused = other.call(token)
    assert (refused.status_code, refused.headers["x-doorward-reason"]) == (403, "INVOKER_PERMISSION_DENIED")
    assert open_to_it.call(of_the_owner(server)).status_code == 200


def test_where_the_owner_says_so_such_a_token_opens_nothing_and_the_refusal_says_why(strict, upstream):
    world = World(strict)
    account = world.account("activated")
    service = world.service(upstream.url)
    service.let_in(account.member)
    for token in (of_an_activated_account(account), of_the_owner(strict)):
        refused = service.call(token, headers={"Accept": "application/json"})
        assert (refused.status_code, refused.headers["x-doorward-reason"]) == (401, "INVOKER_TOKEN_AUDIENCE_MISMATCH")
        error = refused.json()["error"]
        assert "gcloud without an audience" in error["message"], error
        metadata = error["details"][0]["metadata"]
        assert (metadata["expected"], metadata["found"]) == (service.uri, GCLOUD)
        assert "`gcloud_audience = \"refused\"` under `[services]`" in explained(strict, refused)
        inspected = command("token", "inspect", "--data", strict.data, input=token)
        assert "takes such tokens for no service" in inspected.stdout, inspected
    assert service.call(account.id_token(service.uri)).status_code == 200
    assert len(upstream.arrivals) == 1
