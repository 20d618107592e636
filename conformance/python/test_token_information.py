"""What tokens say to whoever holds them: tokeninfo and userinfo in every version, and discovery."""

import time

import pytest
import requests

import tokens

EMAIL = "https://www.googleapis.com/auth/userinfo.email"
INVALID = {"error": "invalid_token", "error_description": "Invalid Value"}
THIRD = ["/tokeninfo", "/oauth2/v3/tokeninfo"]
OLDER = ["/oauth2/v1/tokeninfo", "/oauth2/v2/tokeninfo"]
OIDC = ["/v1/userinfo", "/oauth2/v3/userinfo"]
API = ["/oauth2/v1/userinfo", "/oauth2/v2/userinfo", "/userinfo/v2/me"]


def info(server, path, method="GET", **parameters):
    place = {"params": parameters} if method == "GET" else {"data": parameters}
    return requests.request(method, f"{server.url}{path}", timeout=20, **place)


def user(server, path, token, method="GET"):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return requests.request(method, f"{server.url}{path}", headers=headers, timeout=20)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", THIRD)
def test_the_third_version_says_everything_as_text(server, caller, path, method):
    token = caller.access_token(scope=[tokens.CLOUD_PLATFORM, EMAIL], lifetime="600s")
    told = info(server, path, method, access_token=token).json()
    left = int(told.pop("expires_in"))
    assert 590 <= left <= 600 and abs(int(told.pop("exp")) - time.time() - left) < 5
    assert told == {
        "azp": caller.unique_id, "aud": caller.unique_id, "sub": caller.unique_id,
        "scope": f"{tokens.CLOUD_PLATFORM} {EMAIL}", "email": caller.email, "email_verified": "true",
        "access_type": "online",
    }


@pytest.mark.parametrize("path", THIRD)
def test_scopes_decide_what_is_told(server, caller, path):
    told = info(server, path, access_token=caller.access_token()).json()
    assert set(told) == {"azp", "aud", "scope", "exp", "expires_in", "access_type"}


@pytest.mark.parametrize("path", OLDER)
def test_the_older_versions_have_their_own_names(server, caller, path):
    told = info(server, path, access_token=caller.access_token(scope=[EMAIL])).json()
    assert isinstance(told.pop("expires_in"), int)
    assert told == {
        "issued_to": caller.unique_id, "audience": caller.unique_id, "user_id": caller.unique_id, "scope": EMAIL,
        "email": caller.email, "verified_email": True, "access_type": "online",
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", THIRD)
def test_an_id_token_is_told_claim_by_claim(server, caller, path, method):
    token = caller.id_token("https://verifier.example")
    told = info(server, path, method, id_token=token).json()
    header = tokens.decoded(token.split(".")[0])
    expected = {name: value if isinstance(value, str) else str(value).lower() for name, value in tokens.claims(token).items()}
    assert told == {**expected, "alg": "RS256", "kid": header["kid"], "typ": "JWT"}


@pytest.mark.parametrize("path", [*THIRD, *OLDER])
def test_nothing_is_told_about_a_token_that_does_not_count(server, caller, caller_key, path):
    access, identity = caller.access_token(), caller.id_token("https://verifier.example")
    for bad in ("x", "ya29.x", access[:-1], access + "x", identity, tokens.self_signed(caller_key)):
        answer = info(server, path, access_token=bad)
        assert (answer.status_code, answer.json()) == (400, INVALID), bad
    expired = tokens.with_claims(identity, exp=1)
    for bad in ("x", "a.b.c", access, expired, tokens.with_flipped_signature(identity), tokens.unsigned(identity),
                tokens.with_claims(identity, aud="https://other.example")):
        answer = info(server, path, id_token=bad)
        assert (answer.status_code, answer.json()) == (400, INVALID), bad
    for nothing in ({}, {"access_token": access, "id_token": identity}, {"access_token": [access, access]}, {"token": access}):
        assert info(server, path, **nothing).status_code == 400
    assert "no-store" in info(server, path, access_token=access).headers["cache-control"]


def test_introspection_says_whether_a_token_counts(server, account):
    """As gcloud asks (clients: gcloud), with the client's ID and secret as a Basic credential that is not looked at."""
    hint = "urn:ietf:params:oauth:token-type:access_token"
    ask = lambda token: requests.post(
        f"{server.url}/v1/introspect", data={"token": token, "token_type_hint": hint}, auth=("client", "secret"), timeout=20
    )
    token = account.access_token(scope=[tokens.CLOUD_PLATFORM, EMAIL], lifetime="600s")
    told = ask(token).json()
    assert abs(told.pop("exp") - time.time() - 600) < 10
    assert told == {
        "active": True, "client_id": account.unique_id, "scope": f"{tokens.CLOUD_PLATFORM} {EMAIL}",
        "sub": account.unique_id, "token_type": "Bearer", "username": account.email,
    }
    for bad in ("x", token + "x", account.id_token("https://verifier.example")):
        assert ask(bad).json() == {"active": False}
    account.disable()
    assert ask(token).json() == {"active": False}


def test_a_disabled_account_has_no_tokens_to_tell_about(server, account):
    token = account.access_token(scope=[EMAIL])
    assert info(server, "/tokeninfo", access_token=token).status_code == 200
    account.disable()
    assert info(server, "/tokeninfo", access_token=token).json() == INVALID
    assert user(server, "/v1/userinfo", token).status_code == 401
    account.enable()
    assert info(server, "/tokeninfo", access_token=token).json() == INVALID, "disabling ended it for good"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", [*OIDC, *API])
def test_userinfo_says_who_it_is(server, caller, owner, path, method):
    for token, email in ((caller.access_token(scope=[EMAIL]), caller.email), (owner.token, "owner@doorward.localhost")):
        answer = user(server, path, token, method)
        assert answer.status_code == 200, answer.text
        subject, verified = ("sub", "email_verified") if path in OIDC else ("id", "verified_email")
        hosted = {"hd"} if token == owner.token else set()
        assert set(answer.json()) == {subject, "email", verified} | hosted
        assert (answer.json()["email"], answer.json()[verified]) == (email, True)
    assert user(server, path, caller.access_token(scope=["openid"]), method).json() == {subject: caller.unique_id}


@pytest.mark.parametrize("path", [*OIDC, *API])
def test_userinfo_refuses_in_the_form_of_its_version(server, caller, caller_key, path):
    bad = (None, "x", "ya29.x", caller.id_token("https://verifier.example"), tokens.self_signed(caller_key))
    for token in bad:
        answer = user(server, path, token)
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"].startswith("Bearer")
        if path in OIDC:
            assert answer.json() == {"error": "invalid_request", "error_description": "Invalid Credentials"}
        else:
            assert (answer.json()["error"]["code"], answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    narrow = user(server, path, caller.access_token())
    assert (narrow.status_code, narrow.headers["x-doorward-reason"]) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def test_discovery_has_googles_fields_and_says_what_is_served(server):
    answer = requests.get(f"{server.url}/.well-known/openid-configuration", timeout=20)
    told = answer.json()
    assert told == {
        "issuer": "https://accounts.google.com",
        "authorization_endpoint": "https://accounts.google.com/o/oauth2/v2/auth",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "revocation_endpoint": "https://oauth2.googleapis.com/revoke",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": [
            "at_hash", "aud", "azp", "email", "email_verified", "exp", "family_name", "given_name", "hd", "iat", "iss",
            "name", "nonce", "picture", "sub",
        ],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
    }
    assert "max-age=" in answer.headers["cache-control"]


def test_a_device_without_a_browser_is_told_that_its_grant_is_not_served(server):
    answer = requests.post(f"{server.url}/device/code", data={"client_id": "x"}, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (501, "unsupported_grant_type")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"}
    answer = requests.post(f"{server.url}/token", data=form, timeout=20)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
