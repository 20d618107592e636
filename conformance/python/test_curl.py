"""curl at the gate: bytes as they are on the wire."""

import json
import shutil
import subprocess

import pytest

from tokens import decoded
from world import PARENT

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

FORBIDDEN = """<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>403 Forbidden</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>Error: Forbidden</h1>
<h2>Your client does not have permission to get URL <code>/</code> from this server.</h2>
<h2></h2>
</body></html>
"""


def curl(*arguments, **options):
    """Status, headers (by lower-case name, last one wins) and body of `curl -i`."""
    answer = subprocess.run(
        ["curl", "--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*", *arguments],
        capture_output=True, check=True, **options,
    ).stdout.decode()
    head, _, body = answer.partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) if ": " in line else (line.rstrip(":"), "") for line in lines)
    return int(status.split()[1]), {name.lower(): value for name, value in headers.items()}, body


@pytest.fixture
def url(server):
    """The address of a service that curl resolves to loopback by itself (RFC 6761 §6.3)."""
    port = server.gate.rsplit(":", 1)[1]
    return lambda service, path="/": f"http://{service.local_host}:{port}{path}"


@pytest.fixture
def opened(echo, account):
    """A token that opens `echo`."""
    echo.let_in(account.member)
    return account.id_token(echo.uri)


def same_page(body, expected):
    assert body.rstrip("\n") == expected.rstrip("\n")


def test_a_call_without_a_credential_gets_cloud_runs_page(url, hello):
    status, headers, body = curl(url(hello))
    assert status == 403
    assert headers["content-type"] == "text/html; charset=UTF-8"
    same_page(body, FORBIDDEN)


def test_the_page_shows_the_path_and_nothing_that_a_browser_would_run(url, hello):
    status, _, body = curl("--path-as-is", url(hello, "/a/b?c=%3Cscript%3E"))
    assert status == 403
    assert "<script>" not in body and "<code>/a/b" in body


def test_a_wrong_credential_gets_cloud_runs_other_page(url, hello):
    status, headers, body = curl("--header", "Authorization: Bearer wrong", url(hello, "/path"))
    assert status == 401
    assert headers["www-authenticate"] == (
        'Bearer error="invalid_token" error_description="The access token could not be verified"'
    )
    assert "<title>401 Unauthorized</title>" in body and "<h1>Error: Unauthorized</h1>" in body
    expected = "<h2>Your client does not have permission to the requested URL <code>/path</code>.</h2>"
    assert expected in body


def test_clients_of_apis_get_json(url, hello):
    status, headers, body = curl("--header", "Accept: application/json", url(hello))
    error = json.loads(body)["error"]
    assert (status, error["code"], error["status"]) == (403, 403, "PERMISSION_DENIED")
    assert headers["content-type"].lower().startswith("application/json")
    info = next(detail for detail in error["details"] if detail["@type"].endswith("ErrorInfo"))
    assert info["reason"] == headers["x-doorward-reason"] == "INVOKER_CREDENTIALS_MISSING"
    assert info["metadata"]["audience"] == hello.uri


def test_a_token_opens_the_local_address(url, hello, caller):
    status, _, body = curl("--header", f"Authorization: Bearer {caller.id_token(hello.uri)}", url(hello))
    assert status == 200 and caller.email in body


def test_the_scheme_word_may_be_in_any_case(url, echo, opened):
    for word in ("bearer", "BEARER"):
        assert curl("--header", f"Authorization: {word} {opened}", url(echo))[0] == 200


def test_the_signature_does_not_reach_the_service(url, echo, opened, upstream):
    assert curl("--header", f"Authorization: Bearer {opened}", url(echo))[0] == 200
    arrived = upstream.arrivals[-1].header("authorization")
    assert arrived == f"Bearer {opened.rsplit('.', 1)[0]}.SIGNATURE_REMOVED_BY_GOOGLE"
    assert decoded(arrived.split(".")[1])["aud"] == echo.uri


def test_the_serverless_header_counts_and_the_other_one_is_the_services(url, echo, opened, upstream):
    status, _, _ = curl(
        "--header", f"X-Serverless-Authorization: Bearer {opened}", "--header", "Authorization: Basic YTpi", url(echo),
    )
    assert status == 200
    arrived = upstream.arrivals[-1]
    assert arrived.header("authorization") == "Basic YTpi"
    assert arrived.header("x-serverless-authorization").endswith(".SIGNATURE_REMOVED_BY_GOOGLE")


def test_a_wrong_serverless_header_is_not_made_up_for(url, echo, opened, upstream):
    for wrong in ("Bearer wrong", "wrong"):
        status, _, _ = curl(
            "--header", f"X-Serverless-Authorization: {wrong}", "--header", f"Authorization: Bearer {opened}", url(echo),
        )
        assert status == 401
    assert upstream.arrivals == []


@pytest.mark.parametrize(
    "name",
    [
        "X-Goog-Authenticated-User-Email", "X-Goog-IAP-JWT-Assertion", "x_goog_authenticated_user_email",
        "X-CloudScheduler", "X-CloudScheduler-JobName", "X-Cloudtasks-QueueName", "X-Doorward-Anything", "Forwarded",
        "X-Forwarded-Host", "X-Original-URL", "Proxy",
    ],
)
def test_a_forged_header_does_not_arrive(url, echo, opened, upstream, name):
    status, _, _ = curl("--header", f"Authorization: Bearer {opened}", "--header", f"{name}: forged", url(echo))
    assert status == 200
    assert "forged" not in [value for _, value in upstream.arrivals[-1].headers]


def test_a_header_named_in_connection_is_not_lost_to_the_check(url, echo, opened, upstream):
    """What `Connection` names is dropped for the next hop, the gate's own headers are not."""
    status, _, _ = curl(
        "--header", f"Authorization: Bearer {opened}", "--header", "Connection: x-mine, x-forwarded-for",
        "--header", "X-Mine: 1", url(echo),
    )
    assert status == 200
    arrived = upstream.arrivals[-1]
    assert arrived.header("x-mine") is None
    assert arrived.header("x-forwarded-for") == "127.0.0.1"


def test_everything_else_arrives_as_sent(url, echo, opened, upstream):
    status, headers, _ = curl(
        "--request", "PUT", "--data-binary", "@-", "--header", "Content-Type: text/plain", "--header", "X-Mine: \u00e9",
        "--header", f"Authorization: Bearer {opened}", url(echo, "/a//b/../c?d=%2F&e"), "--path-as-is",
        input=b"body\x00",
    )
    arrived = upstream.arrivals[-1]
    assert (status, arrived.method, arrived.body) == (200, "PUT", b"body\x00")
    assert arrived.path == "/a//b/../c?d=%2F&e"
    assert arrived.header("content-type") == "text/plain"
    assert arrived.header("host").split(":")[0] == echo.local_host
    assert arrived.header("x-forwarded-proto") == "http"
    assert not [name for name in headers if name.startswith("x-doorward-reason")]


def test_the_services_own_refusal_is_passed_on(url, echo, opened, upstream):
    upstream.status = 418
    status, headers, _ = curl("--header", f"Authorization: Bearer {opened}", url(echo))
    assert status == 418 and "x-doorward-reason" not in headers


def test_the_api_speaks_with_curl_too(server, world):
    status, headers, body = curl(
        "--header", f"Authorization: Bearer {world.owner_token()}", f"{server.url}/v1/{PARENT}/jobs/oidctest",
    )
    assert status == 200 and '"schedule"' in body
    assert headers["content-type"] == "application/json; charset=UTF-8"
    assert headers["x-doorward-request-id"]
