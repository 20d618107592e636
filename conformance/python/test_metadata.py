"""A program without a key: `doorward exec --as SA` and Google's libraries, which ask the metadata server who they are."""

import json
import subprocess
import sys

import pytest
import requests

from server import BINARY, environment, until
from tokens import CLOUD_PLATFORM, claims
from world import PROJECT

FLAVOR = {"Metadata-Flavor": "Google"}

GOOGLE_AUTH = """
import json, sys
import google.auth
from google.auth import compute_engine
from google.auth.compute_engine import _metadata
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import id_token

audience, told = sys.argv[1], {}
request = Request()
credentials, told["project"] = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
told["kind"] = f"{type(credentials).__module__}.{type(credentials).__qualname__}"
told["ping"] = _metadata.ping(request)
credentials.refresh(request)
told["account"], told["universe"] = credentials.service_account_email, credentials.universe_domain
told["own project"] = AuthorizedSession(credentials).get("https://cloudresourcemanager.googleapis.com/v1/projects/demo").status_code
told["id token"] = id_token.fetch_id_token(request, audience)
direct = compute_engine.IDTokenCredentials(request, audience, use_metadata_identity_endpoint=True)
direct.refresh(request)
told["direct id token"] = direct.token
signed = compute_engine.IDTokenCredentials(request, audience)
signed.refresh(request)
told["signed id token"] = signed.token
told["service"] = AuthorizedSession(direct).get(audience).status_code
narrow = compute_engine.Credentials(scopes=["https://www.googleapis.com/auth/userinfo.email"])
narrow.refresh(request)
told["narrow"] = AuthorizedSession(narrow).get("https://cloudresourcemanager.googleapis.com/v1/projects/demo").status_code
print(json.dumps(told))
"""


class KeylessProgram:
    """A program that runs as an account until it is told to end, and where its metadata server is."""

    def __init__(self, server, principal):
        self.process = subprocess.Popen(
            [BINARY, "exec", "--data", server.data, "--as", principal, "--", "sh", "-c", 'echo "$GCE_METADATA_HOST"; read end'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )
        self.host = self.process.stdout.readline().strip()

    def get(self, path, headers=None, method="GET", **options):
        headers = FLAVOR if headers is None else headers
        return requests.request(method, f"http://{self.host}{path}", headers=headers, timeout=20, allow_redirects=False, **options)

    def value(self, path):
        return self.get(f"/computeMetadata/v1/{path}")

    def end(self):
        self.process.communicate("end\n", timeout=60)


@pytest.fixture(scope="module")
def runner(world, hello):
    """An account that may call `hello` and look at its project."""
    account = world.lasting_account("keyless")
    hello.let_in(account.member)
    world.bind_on_project("roles/viewer", account.member)
    return account


@pytest.fixture(scope="module")
def program(server, runner):
    started = KeylessProgram(server, runner.email)
    yield started
    started.end()


def test_google_auth_finds_out_who_it_is_and_calls_a_service(server, world, hello, runner, tmp_path):
    # The way over signBlob, which is the library's own default, is a permission of its own.
    world.bind(f"/v1/{runner.name}", "roles/iam.serviceAccountTokenCreator", runner.member)
    answer = subprocess.run(
        [BINARY, "exec", "--data", server.data, "--as", runner.email, "--", sys.executable, "-c", GOOGLE_AUTH, hello.uri],
        capture_output=True, text=True, timeout=120, check=False, env=environment({"HOME": tmp_path}),
    )
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert told["kind"] == "google.auth.compute_engine.credentials.Credentials" and told["ping"] is True
    assert (told["project"], told["account"], told["universe"]) == (PROJECT, runner.email, "googleapis.com")
    assert (told["own project"], told["service"], told["narrow"]) == (200, 200, 403)
    for name in ("id token", "direct id token", "signed id token"):
        said = claims(told[name])
        assert (said["aud"], said["email"], said["sub"]) == (hello.uri, runner.email, runner.unique_id), name
        assert hello.call(told[name]).status_code == 200, name
    assert not list(tmp_path.rglob("*")), "no key and nothing else is left on disk"


BY_NAME_ALONE = """
import json, sys
from google.auth.compute_engine import _metadata
from google.auth.transport.requests import Request
from google.oauth2 import id_token

request = Request()
print(json.dumps({
    "project": _metadata.get_project_id(request),
    "account": _metadata.get_service_account_info(request)["email"],
    "access token": _metadata.get_service_account_token(request)[0],
    "id token": _metadata.get(request, "instance/service-accounts/default/identity", params={"audience": sys.argv[1]}),
}))
"""
WITHOUT_ITS_ADDRESS = ["env", "-u", "GCE_METADATA_HOST", "-u", "GCE_METADATA_IP", "-u", "GCE_METADATA_ROOT"]


def run_as(server, principal, *command):
    return subprocess.run(
        [BINARY, "exec", "--data", server.data, "--as", principal, "--", *WITHOUT_ITS_ADDRESS, *command],
        capture_output=True, text=True, timeout=120, check=False, env=environment(),
    )


def test_google_auth_needs_nothing_but_the_host_name(server, hello, runner):
    answer = run_as(server, runner.email, sys.executable, "-c", BY_NAME_ALONE, hello.uri)
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert (told["project"], told["account"]) == (PROJECT, runner.email)
    assert told["access token"].startswith("ya29.")
    assert hello.call(told["id token"]).status_code == 200


def test_curl_needs_nothing_but_the_host_name(server, world, runner):
    email = "computeMetadata/v1/instance/service-accounts/default/email"
    other = world.account("by-its-name")
    for host in ("metadata.google.internal", "metadata.google.internal.", "169.254.169.254"):
        for account in (runner, other):
            answer = run_as(server, account.email, "curl", "-sS", "-H", "Metadata-Flavor: Google", f"http://{host}/{email}")
            assert answer.stdout == account.email, (host, answer.stderr)
    refused = run_as(server, runner.email, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"http://metadata.google.internal/{email}")
    assert refused.stdout == "403", "the header is asked for here, too"


def test_who_runs_as_no_account_is_told_how_to(server):
    for principal in ("owner", "anonymous"):
        answer = run_as(server, principal, "curl", "-sSi", "-H", "Metadata-Flavor: Google", "http://metadata.google.internal/computeMetadata/v1/")
        assert answer.stdout.startswith("HTTP/1.1 404 ") and "METADATA_SERVER_UNKNOWN" in answer.stdout, answer
        assert "doorward exec --as SA -- COMMAND" in answer.stdout and "metadata-flavor" not in answer.stdout.lower()


def test_values_are_those_of_the_account(program, world, runner):
    for path, expected in {
        "project/project-id": PROJECT,
        "project/numeric-project-id": world.number,
        "instance/service-accounts/": f"default/\n{runner.email}/\n",
        "instance/service-accounts/default/email": runner.email,
        "instance/service-accounts/default/scopes": f"{CLOUD_PLATFORM}\n",
        "instance/region": f"projects/{world.number}/regions/us-central1",
        "universe/universe-domain": "googleapis.com",
    }.items():
        answer = program.value(path)
        assert (answer.status_code, answer.text) == (200, expected), path
        assert answer.headers["Metadata-Flavor"] == "Google" and answer.headers["Server"] == "Metadata Server for VM"
        assert len(answer.headers["ETag"]) == 16
    tree = program.value("instance/service-accounts/?recursive=true").json()
    assert tree["default"] == {"aliases": ["default"], "email": runner.email, "scopes": [CLOUD_PLATFORM]} == tree[runner.email]


def test_an_access_token_is_given_out_again_and_opens_the_api(program, world):
    first = program.value("instance/service-accounts/default/token").json()
    again = program.get("/computeMetadata/v1/instance/service-accounts/default/token", method="POST", json={"certificate_chain": "x"}).json()
    assert first["token_type"] == "Bearer" and 3300 < first["expires_in"] <= 3600
    assert again["access_token"] == first["access_token"] and again["expires_in"] <= first["expires_in"]
    assert world.call("GET", f"/v1/projects/{PROJECT}", token=first["access_token"]).status_code == 200


def test_an_id_token_is_raw_text_for_the_audience_as_written(program, hello, runner):
    path = f"instance/service-accounts/{runner.email}/identity?audience={hello.uri}&format=full&licenses=TRUE"
    answer = program.value(path)
    assert answer.headers["Content-Type"] == "application/text"
    assert claims(answer.text)["aud"] == hello.uri and claims(answer.text)["email"] == runner.email
    assert "google" not in claims(answer.text), "as on Cloud Run there is no block of Compute Engine"
    assert program.value(path).text == answer.text
    refused = program.value("instance/service-accounts/default/identity")
    assert (refused.status_code, refused.text) == (400, "non-empty audience parameter required\n")


def test_another_scope_than_one_that_is_known_is_refused(program):
    answer = program.value("instance/service-accounts/default/token?scopes=nonsense")
    assert answer.status_code == 400 and "Unable to generate access token" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Metadata-Flavor": "google"},
        {**FLAVOR, "X-Forwarded-For": "203.0.113.1"},
        {**FLAVOR, "Host": "rebound.example"},
        {**FLAVOR, "Host": "localhost"},
        {**FLAVOR, "Host": "127.0.0.1:1"},
    ],
    ids=["no flavor", "another flavor", "through a proxy", "a name that leads here", "localhost", "another port"],
)
def test_strangers_get_nothing(program, headers):
    for path in ("project/project-id", "instance/service-accounts/default/token", ""):
        answer = program.get(f"/computeMetadata/v1/{path}", headers=headers)
        assert answer.status_code == 403 and "text/html" in answer.headers["Content-Type"], answer.text
        assert answer.headers["Metadata-Flavor"] == "Google" and "ya29." not in answer.text


def test_a_page_that_asks_first_is_not_answered(program):
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "metadata-flavor", "Access-Control-Request-Method": "GET"}
    for more, status in (({}, 403), (FLAVOR, 405)):
        answer = program.get("/computeMetadata/v1/instance/service-accounts/default/token", headers={**headers, **more}, method="OPTIONS")
        assert answer.status_code == status
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_the_root_says_who_is_there_and_unknown_paths_are_not_found(program):
    answer = program.get("/", headers={})
    assert answer.status_code == 200 and answer.headers["Metadata-Flavor"] == "Google"
    for path in ("project/nothing", "instance/service-accounts/else@demo.iam.gserviceaccount.com/token", "../v1beta1/project/project-id"):
        assert program.value(path).status_code == 404, path
    assert program.value("instance/service-accounts").headers["Location"] == "/computeMetadata/v1/instance/service-accounts/"


def test_who_is_disabled_meanwhile_gets_nothing_more(server, world):
    account = world.account("stopped")
    program = KeylessProgram(server, account.email)
    try:
        account.disable()
        answer = program.value("instance/service-accounts/default/identity?audience=https://x.example")
        assert answer.status_code == 400 and "Unable to generate identity token" in answer.text
        assert f"doorward enable-service-account {account.email}" in answer.text, "what would change it is said"
        account.enable()
        assert program.value("instance/service-accounts/default/identity?audience=https://x.example").status_code == 200
    finally:
        program.end()


def test_the_metadata_server_ends_with_the_program(server, runner):
    program = KeylessProgram(server, runner.email)
    assert program.get("/").status_code == 200
    program.end()

    def is_gone():
        try:
            return program.get("/").status_code != 200
        except requests.ConnectionError:
            return True

    until(is_gone, "nobody listens any more")
