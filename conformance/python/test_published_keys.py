"""Keys as verifiers fetch them."""

import pytest
import requests
from google.auth import exceptions
from google.oauth2 import id_token

import tokens

FORMS = ["/oauth2/v1/certs", "/oauth2/v3/certs"]
EVERY_FORM = [*FORMS, "/oauth2/v2/certs"]


@pytest.mark.parametrize("form", EVERY_FORM)
def test_google_auth_verifies_an_id_token(server, caller, request_, form):
    token = caller.id_token("https://verifier.example")
    claims = id_token.verify_token(token, request_, "https://verifier.example", certs_url=f"{server.url}{form}")
    assert claims["email"] == caller.email
    assert claims["sub"] == caller.unique_id


@pytest.mark.parametrize("form", FORMS)
def test_google_auth_refuses_a_tampered_id_token(server, caller, request_, form):
    token = caller.id_token("https://verifier.example")
    for broken in (tokens.with_flipped_signature(token), tokens.with_claims(token, email="ada@example.com")):
        with pytest.raises(Exception) as refused:
            id_token.verify_token(broken, request_, "https://verifier.example", certs_url=f"{server.url}{form}")
        assert "ignature" in str(refused.value), refused.value


def test_google_auth_refuses_another_audience(server, caller, request_):
    token = caller.id_token("https://verifier.example")
    with pytest.raises(exceptions.GoogleAuthError, match="audience"):
        id_token.verify_token(token, request_, "https://other.example", certs_url=f"{server.url}{FORMS[0]}")


def test_both_forms_publish_the_same_keys(server):
    certificates, jwks = (requests.get(f"{server.url}{form}", timeout=20) for form in FORMS)
    assert set(certificates.json()) == {key["kid"] for key in jwks.json()["keys"]}
    for key in jwks.json()["keys"]:
        assert (key["kty"], key["alg"], key["use"], key["e"]) == ("RSA", "RS256", "sig", "AQAB")
        assert len(key["kid"]) == 40
    for certificate in certificates.json().values():
        assert certificate.startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("form", EVERY_FORM)
def test_verifiers_may_keep_keys_for_as_long_as_they_are_told(server, form):
    control = requests.get(f"{server.url}{form}", timeout=20).headers["cache-control"]
    assert "public" in control and "max-age=" in control, control
    assert int(control.split("max-age=")[1].split(",")[0]) > 0
