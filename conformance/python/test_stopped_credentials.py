"""Disabled accounts, deleted accounts and deleted keys: what stops at once, and what ends with its time."""

import pytest
import requests
from google.auth import exceptions
from google.auth.transport.requests import Request
from google.oauth2 import service_account

import tokens
from world import PROJECT

PATH = f"/v1/projects/{PROJECT}"


class Held:
    """Every kind of credential that an account may hold."""

    def __init__(self, world, echo):
        self.world = world
        self.echo = echo
        self.account = world.account("held")
        world.bind_on_project("roles/viewer", self.account.member)
        echo.let_in(self.account.member)
        self.key = self.account.key()
        self.credentials = world.key_credentials(self.key, scopes=[tokens.CLOUD_PLATFORM])
        self.credentials.refresh(Request())
        self.id_credentials = service_account.IDTokenCredentials.from_service_account_info(self.key, target_audience=echo.uri)
        self.id_credentials.refresh(Request())
        self.self_signed = tokens.self_signed(self.key)
        self.impersonated = self.account.access_token()
        assert self.at_the_api(self.credentials.token).status_code == 200
        assert self.at_the_api(self.self_signed).status_code == 200
        assert self.at_the_api(self.impersonated).status_code == 200
        assert echo.call(self.id_credentials.token).status_code == 200

    def at_the_api(self, token):
        return self.world.call("GET", PATH, token=token)

    def impersonate(self):
        """What the owner gets who asks for a token of the account."""
        path = f"/v1/projects/-/serviceAccounts/{self.account.email}:generateIdToken"
        return self.world.call("POST", path, json={"audience": self.echo.uri})

    def mints_nothing(self, description):
        for credentials in (self.credentials, self.id_credentials):
            with pytest.raises(exceptions.RefreshError) as refused:
                credentials.refresh(Request())
            assert description in str(refused.value), refused.value


@pytest.fixture
def held(world, echo):
    return Held(world, echo)


def stopped(answer):
    assert answer.status_code == 401, f"{answer.status_code} {answer.text}"
    return answer.headers["x-doorward-reason"]


def test_a_disabled_account_stops_at_once_and_what_it_held_stays_dead(held):
    held.account.disable()
    assert stopped(held.at_the_api(held.credentials.token)) == "ACCOUNT_STATE_INVALID"
    assert stopped(held.at_the_api(held.impersonated)) == "ACCOUNT_STATE_INVALID"
    assert stopped(held.at_the_api(held.self_signed)) == "ACCOUNT_STATE_INVALID"
    assert stopped(held.echo.call(held.id_credentials.token)) == "ACCOUNT_STATE_INVALID"
    held.mints_nothing("invalid_grant")
    assert held.impersonate().headers["x-doorward-reason"] == "WRONG_STATE"
    held.account.enable()
    # Access tokens from before were revoked; what is asked for now is good again.
    assert stopped(held.at_the_api(held.credentials.token)) == "ACCOUNT_STATE_INVALID"
    held.credentials.refresh(Request())
    assert held.at_the_api(held.credentials.token).status_code == 200
    assert held.echo.call(held.account.id_token(held.echo.uri)).status_code == 200


def test_a_deleted_account_stops_at_once(held):
    held.world.done("DELETE", f"/v1/{held.account.name}")
    for token in (held.credentials.token, held.impersonated, held.self_signed):
        stopped(held.at_the_api(token))
    assert stopped(held.echo.call(held.id_credentials.token)) == "ACCOUNT_STATE_INVALID"
    held.mints_nothing("invalid_grant")
    assert held.impersonate().status_code == 404


def test_a_deleted_key_mints_nothing_and_only_id_tokens_outlive_it(held):
    other_key = held.account.key()
    held.world.done("DELETE", f"/v1/{held.account.name}/keys/{held.key['private_key_id']}")
    held.mints_nothing("Invalid JWT Signature.")
    assert stopped(held.at_the_api(held.self_signed)) == "CREDENTIALS_INVALID"
    assert stopped(held.at_the_api(tokens.self_signed(held.key))) == "CREDENTIALS_INVALID"
    assert stopped(held.at_the_api(held.credentials.token)) == "CREDENTIALS_INVALID"
    assert held.echo.call(held.id_credentials.token).status_code == 200
    # What did not come from the key does not end with it.
    assert held.at_the_api(held.impersonated).status_code == 200
    assert held.at_the_api(tokens.self_signed(other_key)).status_code == 200


def test_a_deleted_key_without_key_id_in_the_header_mints_nothing_either(held, server):
    held.world.done("DELETE", f"/v1/{held.account.name}/keys/{held.key['private_key_id']}")
    claims = tokens.claims(tokens.assertion(held.key))
    form = {"grant_type": tokens.JWT_BEARER, "assertion": tokens.signed(held.key, claims, kid=None)}
    answer = requests.post(f"{server.url}/token", data=form, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
