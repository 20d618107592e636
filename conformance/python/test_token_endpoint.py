"""What the token endpoint refuses, in Google's order and words."""

import time

import pytest
import requests
from google.auth import exceptions
from google.auth.transport.requests import Request
from google.oauth2 import credentials as oauth2_credentials

import tokens

SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values "
    "in the JWT claim."
)


def ask(server, assertion, **more):
    form = {"grant_type": tokens.JWT_BEARER, "assertion": assertion, **more}
    return requests.post(f"{server.url}/token", data=form, timeout=20)


def refused(answer, error, description):
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert set(body) == {"error", "error_description"}
    assert body["error"] == error
    assert body["error_description"] == description or not description, body


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "a.b", "e30.e30", "....", "\u00e9.\u00e9.\u00e9"])
def test_what_is_no_jwt_is_a_bad_request(server, assertion):
    refused(ask(server, assertion), "invalid_request", "Bad Request")


def test_a_request_without_an_assertion_is_a_bad_request(server):
    refused(ask(server, ""), "invalid_request", "")
    answer = requests.post(f"{server.url}/token", data={"grant_type": tokens.JWT_BEARER}, timeout=20)
    refused(answer, "invalid_request", "")


def test_a_bad_signature_is_told_before_anything_else(server, caller_key):
    now = int(time.time())
    old = tokens.assertion(caller_key, iat=now - 7200, exp=now - 3600, scope=None, aud="https://other.example")
    refused(ask(server, tokens.with_flipped_signature(old)), "invalid_grant", "Invalid JWT Signature.")


@pytest.mark.parametrize("break_", [tokens.with_flipped_signature, tokens.unsigned])
def test_a_torn_or_unsigned_assertion_is_refused(server, caller_key, break_):
    refused(ask(server, break_(tokens.assertion(caller_key))), "invalid_grant", "Invalid JWT Signature.")


def test_a_payload_that_was_changed_is_refused(server, caller_key):
    changed = tokens.with_claims(tokens.assertion(caller_key), target_audience="https://other.example")
    refused(ask(server, changed), "invalid_grant", "Invalid JWT Signature.")


def test_the_secret_of_a_symmetric_algorithm_is_no_key(server, caller_key):
    claims = tokens.claims(tokens.assertion(caller_key))
    symmetric = tokens.signed({**caller_key, "private_key": "x" * 32}, claims, algorithm="HS256")
    refused(ask(server, symmetric), "invalid_grant", "Invalid JWT Signature.")


def test_an_unknown_account_is_not_found(server, caller_key):
    assertion = tokens.assertion(caller_key, iss="nobody-at-all@demo.iam.gserviceaccount.com")
    refused(ask(server, assertion), "invalid_grant", "Invalid grant: account not found")


@pytest.mark.parametrize(("claim", "name"), [("iat", "issued at"), ("exp", "expiration time")])
def test_times_must_be_set(server, caller_key, claim, name):
    assertion = tokens.assertion(caller_key, **{claim: None})
    refused(ask(server, assertion), "invalid_grant", f"Invalid JWT: {claim} ({name}) is not set.")


@pytest.mark.parametrize(
    ("issued", "expires"), [(-7200, -3600), (0, 3601 + 300), (3600, 7200), (-4000, -1), (60, 0)],
    ids=["expired", "too long", "not yet", "just over", "inverted"],
)
def test_an_assertion_outside_its_window_is_refused(server, caller_key, issued, expires):
    now = int(time.time())
    assertion = tokens.assertion(caller_key, iat=now + issued, exp=now + expires)
    refused(ask(server, assertion), "invalid_grant", SHORT_LIVED)


def test_an_assertion_must_ask_for_something(server, caller_key):
    assertion = tokens.assertion(caller_key, scope=None)
    refused(ask(server, assertion), "invalid_scope", "Invalid OAuth scope or ID token audience provided.")


def test_an_assertion_for_another_endpoint_is_refused(server, caller_key):
    assertion = tokens.assertion(caller_key, aud="https://other.example/token")
    refused(ask(server, assertion), "invalid_grant", "Invalid JWT: Failed audience check.")


def test_every_name_of_the_endpoint_is_a_right_audience(server, caller_key):
    for audience in (
        "https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token", f"{server.url}/token",
    ):
        assert ask(server, tokens.assertion(caller_key, aud=audience)).status_code == 200, audience


def test_an_audience_wins_over_a_scope(server, caller_key):
    answer = ask(server, tokens.assertion(caller_key, target_audience="https://verifier.example"))
    assert tokens.claims(answer.json()["id_token"])["aud"] == "https://verifier.example"


def test_a_scope_that_is_none_gives_an_id_token_for_it(server, caller_key):
    answer = ask(server, tokens.assertion(caller_key, scope="https://verifier.example"))
    assert list(answer.json()) == ["id_token"]
    assert tokens.claims(answer.json()["id_token"])["aud"] == "https://verifier.example"


def test_acting_for_a_person_is_not_delegated(server, caller_key):
    answer = ask(server, tokens.assertion(caller_key, sub="ada@example.com"))
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized_client")
    assert answer.json()["error_description"] == (
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the "
        "scopes requested."
    )


@pytest.mark.parametrize("grant", ["password", "client_credentials", ""])
def test_other_grants_are_unsupported(server, grant):
    answer = requests.post(f"{server.url}/token", data={"grant_type": grant}, timeout=20)
    assert answer.status_code == 400
    assert answer.json()["error"] in ("unsupported_grant_type", "invalid_request")


@pytest.mark.parametrize("change", ["refresh_token", "client_id", "client_secret"])
def test_a_wrong_owners_credential_buys_nothing(server, owner, change):
    parts = {
        "refresh_token": owner.refresh_token, "client_id": owner.client_id, "client_secret": owner.client_secret,
    }
    parts[change] = parts[change][:-1] + ("x" if parts[change][-1] != "x" else "y")
    wrong = oauth2_credentials.Credentials(None, token_uri=f"{server.url}/token", **parts)
    with pytest.raises(exceptions.RefreshError, match="invalid_grant|invalid_client"):
        wrong.refresh(Request())


def test_get_is_no_way_to_ask(server):
    assert requests.get(f"{server.url}/token", timeout=20).status_code in (404, 405)


def test_answers_are_not_to_be_kept(server, caller_key):
    headers = ask(server, tokens.assertion(caller_key)).headers
    assert "no-store" in headers["cache-control"]
