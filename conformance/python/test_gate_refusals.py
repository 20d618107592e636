"""Who is not let in to a private service, and what they are told."""

import base64
import hashlib
import hmac
import http.client
import time

import pytest
import requests

import tokens


def refused(answer, status, reason):
    """The parts that every refusal has."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["x-doorward-reason"] == reason
    assert answer.headers["x-doorward-request-id"]
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    if status == 401:
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    else:
        assert "www-authenticate" not in answer.headers
    return answer


def told(service, token):
    """What a client of APIs is told."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    return service.call(headers=headers).json()["error"]


def detail(error, kind):
    return next(found for found in error["details"] if found["@type"].endswith(kind))


@pytest.fixture
def good(echo, account):
    """A token that opens `echo`."""
    echo.let_in(account.member)
    token = account.id_token(echo.uri)
    assert echo.call(token).status_code == 200
    return token


def test_a_call_without_a_credential_is_forbidden(echo, upstream):
    refused(echo.call(), 403, "INVOKER_CREDENTIALS_MISSING")
    refused(echo.call(headers={"Authorization": ""}), 403, "INVOKER_CREDENTIALS_MISSING")
    assert upstream.arrivals == []


@pytest.mark.parametrize(
    "audience", ["https://other.example", "{uri}/path", "{uri}/", "http://{host}", "{host}", "https://hello.run.app"],
)
def test_every_wrong_audience_is_unauthorized_and_told_the_right_one(echo, account, upstream, audience):
    echo.let_in(account.member)
    token = account.id_token(audience.format(uri=echo.uri, host=echo.host))
    refused(echo.call(token), 401, "INVOKER_TOKEN_AUDIENCE_MISMATCH")
    error = told(echo, token)
    assert detail(error, "ErrorInfo")["metadata"]["expected"] == echo.uri
    assert upstream.arrivals == []


def test_custom_audiences_and_the_services_path_are_right_audiences_too(world, upstream, account):
    service = world.service(upstream.url, customAudiences=["https://books.example"])
    service.let_in(account.member)
    path = f"/projects/{world.number}/locations/us-central1/services/{service.id}"
    for audience in (service.uri, "https://books.example", path):
        assert service.call(account.id_token(audience)).status_code == 200, audience


def test_a_caller_without_a_binding_is_forbidden_and_told_what_would_help(echo, account, upstream):
    token = account.id_token(echo.uri)
    refused(echo.call(token), 403, "INVOKER_PERMISSION_DENIED")
    error = told(echo, token)
    assert detail(error, "ErrorInfo")["reason"] == "INVOKER_PERMISSION_DENIED"
    assert detail(error, "ErrorInfo")["metadata"]["permission"] == "run.routes.invoke"
    repair = " ".join(link["description"] for link in detail(error, "Help")["links"])
    assert account.email in repair and "roles/run.invoker" in repair and echo.id in repair
    assert upstream.arrivals == []


def test_a_binding_counts_from_the_next_request_and_so_does_its_end(world, echo, account):
    token = account.id_token(echo.uri)
    assert echo.call(token).status_code == 403
    echo.let_in(account.member)
    assert echo.call(token).status_code == 200
    world.done("POST", f"/v2/{echo.name}:setIamPolicy", json={"policy": {}})
    assert echo.call(token).status_code == 403


def test_a_binding_on_the_project_reaches_its_services(world, echo, account):
    token = account.id_token(echo.uri)
    assert echo.call(token).status_code == 403
    world.bind_on_project("roles/run.invoker", account.member)
    assert echo.call(token).status_code == 200


def test_a_service_for_everybody_lets_everybody_in(echo, upstream):
    echo.let_in("allUsers")
    assert echo.call().status_code == 200
    # Nothing was checked, so nothing is taken away.
    assert echo.call("not-a-token").status_code == 200
    assert upstream.arrivals[-1].header("authorization") == "Bearer not-a-token"


def test_tampered_tokens_are_unauthorized(echo, good, upstream):
    arrived = len(upstream.arrivals)
    for broken in (
        tokens.with_flipped_signature(good),
        tokens.with_claims(good, exp=int(time.time()) + 86400),
        tokens.with_claims(good, sub="100000000000000000000"),
        tokens.unsigned(good),
        tokens.unsigned(good) + "x",
        good.rsplit(".", 1)[0],
        good[:-4],
        good + "A",
    ):
        refused(echo.call(broken), 401, "INVOKER_TOKEN_INVALID")
    assert len(upstream.arrivals) == arrived


def test_a_tampered_token_stays_out_after_the_good_one_came_in(echo, good):
    for _ in range(3):
        assert echo.call(good).status_code == 200
        assert echo.call(tokens.with_flipped_signature(good)).status_code == 401


def test_a_token_of_somebody_elses_key_is_unauthorized(echo, account, caller_key):
    echo.let_in(account.member)
    now = int(time.time())
    claims = {
        "iss": "https://accounts.google.com", "aud": echo.uri, "sub": account.unique_id, "email": account.email,
        "email_verified": True, "iat": now, "exp": now + 3600,
    }
    refused(echo.call(tokens.signed(caller_key, claims)), 401, "INVOKER_TOKEN_INVALID")


def test_a_published_key_is_no_secret(echo, account, server, world):
    """A verifier that let the token choose would take the public key for a password (RFC 8725 §2.1)."""
    echo.let_in(account.member)
    good = account.id_token(echo.uri)
    kid = tokens.decoded(good.split(".")[0])["kid"]
    pem = requests.get(f"{server.url}/oauth2/v1/certs", timeout=20).json()[kid]
    head = tokens.encoded({"alg": "HS256", "typ": "JWT", "kid": kid})
    signing_input = f"{head}.{good.split('.')[1]}"
    signature = hmac.new(pem.encode(), signing_input.encode(), hashlib.sha256).digest()
    forged = f"{signing_input}.{tokens.encoded(signature)}"
    refused(echo.call(forged), 401, "INVOKER_TOKEN_INVALID")


@pytest.mark.parametrize("kind", ["access token", "self-signed token", "assertion", "basic", "words", "two headers"])
def test_what_is_no_id_token_is_unauthorized(world, server, hello, caller, caller_key, kind):
    token = {
        "access token": lambda: caller.access_token(),
        "self-signed token": lambda: tokens.self_signed(caller_key, aud=hello.uri, scope=None),
        "assertion": lambda: tokens.assertion(caller_key, scope=None, target_audience=hello.uri),
        "basic": lambda: None,
        "words": lambda: "three little words",
        "two headers": lambda: caller.id_token(hello.uri),
    }[kind]()
    if kind == "basic":
        secret = base64.b64encode(b"ada:secret").decode()
        answer = hello.call(headers={"Authorization": f"Basic {secret}"})
    elif kind == "two headers":
        connection = http.client.HTTPConnection(server.gate, timeout=20)
        connection.putrequest("GET", "/", skip_host=True)
        for name, value in (("Host", hello.host), ("Authorization", f"Bearer {token}"), ("Authorization", "Bearer x")):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, answer.headers["x-doorward-reason"]) == (401, "INVOKER_TOKEN_INVALID")
        return
    else:
        answer = hello.call(token)
    refused(answer, 401, "INVOKER_TOKEN_INVALID")


def test_an_unknown_host_is_not_found(server, hello):
    answer = hello.call(headers={"Host": "nobody-1.us-central1.run.app"})
    assert answer.status_code == 404
    assert answer.headers["x-doorward-reason"] == "ROUTE_NOT_FOUND"


def test_a_deleted_service_is_not_found_at_once(world, echo, good):
    world.wait(world.done("DELETE", f"/v2/{echo.name}"))
    assert echo.call(good).status_code == 404


def test_a_program_that_is_not_there_is_unavailable(world, account):
    # Port 9 belongs to nobody on loopback.
    service = world.service("http://127.0.0.1:9")
    service.let_in(account.member)
    answer = service.call(account.id_token(service.uri))
    assert answer.status_code == 503
    assert answer.headers["x-doorward-reason"] == "BACKEND_UNREACHABLE"


def test_no_refusal_repeats_the_token(echo, good):
    broken = tokens.with_flipped_signature(good)
    for accept in ("text/html", "application/json"):
        answer = echo.call(broken, headers={"Accept": accept})
        assert broken.split(".")[2] not in answer.text
        assert not any(broken.split(".")[2] in value for value in answer.headers.values())
