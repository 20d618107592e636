"""`doorward exec` and `doorward env`: a program runs, unchanged, against Doorward under Google's host names."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys

import pytest
import requests

from server import BINARY, Server, command, environment, until
from test_commands import failed
from tokens import claims
from world import World

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
PROJECT_URL = "https://cloudresourcemanager.googleapis.com/v1/projects/demo"
AS_OWNER = f'curl -sS -w "%{{http_code}}" -H "Authorization: Bearer $("{BINARY}" token access)" {PROJECT_URL}'


def run(server, *words, principal="owner", **options):
    return command("exec", "--data", server.data, "--as", principal, "--", *words, **options)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """One that tests may harm."""
    with Server(tmp_path_factory.mktemp("exec") / "data") as server:
        yield server


def test_output_and_exit_code_are_the_programs(server):
    answer = run(server, "sh", "-c", "echo out; echo err >&2; exit 7")
    assert (answer.returncode, answer.stdout, answer.stderr) == (7, "out\n", "err\n")
    assert run(server, "true").returncode == 0


def test_arguments_reach_the_program_as_they_are(server):
    answer = run(server, "printf", "%s\\n", "--data", "a b", "$HOME", "--help", "")
    assert answer.stdout == "--data\na b\n$HOME\n--help\n\n"


def test_standard_input_is_the_programs(server):
    assert run(server, "cat", input="a\nb\n").stdout == "a\nb\n"


def test_the_end_by_a_signal_is_told_as_shells_do(server):
    assert run(server, "sh", "-c", "kill -TERM $$").returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_program(server, number):
    script = f"trap 'echo caught; exit 3' {number.value}; echo ready; while :; do sleep 0.05; done"
    running = subprocess.Popen(
        [BINARY, "exec", "--data", server.data, "--", "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, text=True, env=environment(),
    )
    try:
        assert running.stdout.readline() == "ready\n"
        running.send_signal(number)
        out, _ = running.communicate(timeout=60)
        assert (running.returncode, out) == (3, "caught\n")
    finally:
        running.kill()


def test_a_program_that_is_not_there_is_told_as_shells_do(server, tmp_path):
    answer = run(server, "no-such-program")
    assert answer.returncode == 127 and "no-such-program" in answer.stderr and "hint:" in answer.stderr
    file = tmp_path / "no-program"
    file.write_text("text")
    answer = run(server, file)
    assert answer.returncode == 126 and str(file) in answer.stderr and "hint:" in answer.stderr


@pytest.mark.parametrize(
    "arguments", [["exec"], ["exec", "--"], ["exec", "--colour", "--", "true"], ["exec", "--as"], ["env", "more"]],
    ids=["no program", "nothing after the dashes", "wrong flag", "no principal", "a program for env"],
)
def test_a_wrong_command_line_gets_usage_and_a_hint(arguments):
    answer = command(*arguments)
    assert answer.returncode == 2 and answer.stdout == ""
    assert "For more information, try '--help'" in answer.stderr, answer.stderr
    assert ("Usage: " in answer.stderr and arguments[0] in answer.stderr) or "a value is required for '--as" in answer.stderr


def test_the_help_shows_how_it_is_used():
    assert "doorward exec -- gcloud run services list" in command("exec", "--help").stdout


@needs_curl
def test_curl_reaches_services_and_apis_by_their_names(server, hello):
    answer = run(server, "curl", "-sS", "-i", "--suppress-connect-headers", hello.uri)
    assert answer.returncode == 0, answer.stderr
    assert " 403" in answer.stdout.splitlines()[0] and "x-doorward-request-id" in answer.stdout
    answer = run(server, "sh", "-c", AS_OWNER)
    assert answer.stdout.endswith("200") and '"projectId": "demo"' in answer.stdout, answer.stdout + answer.stderr


@needs_curl
def test_no_other_name_is_believed_to_be_googles(server):
    # The local authority signs for nobody else: what is tunnelled is the stranger's own TLS, here none at all.
    answer = run(server, "curl", "-sS", "https://localhost.localdomain.invalid/")
    assert answer.returncode != 0


@needs_curl
def test_as_anonymous_nobody_calls(server):
    answer = run(server, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", PROJECT_URL, principal="anonymous")
    assert answer.stdout == "401", answer.stderr
    present = variables(run(server, "env", principal="anonymous"))
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in present and "GCE_METADATA_HOST" not in present
    assert present["CLOUDSDK_AUTH_DISABLE_CREDENTIALS"] == "true"


def variables(answer):
    assert answer.returncode == 0, answer.stderr
    return dict(line.split("=", 1) for line in answer.stdout.splitlines() if "=" in line)


def test_nothing_of_another_sign_in_is_left_and_everything_else_is(server, tmp_path):
    theirs = {
        "CLOUDSDK_CORE_ACCOUNT": "someone@example.com",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": "/token",
        "GOOGLE_APPLICATION_CREDENTIALS": "/key.json",
        "GCE_METADATA_HOST": "10.0.0.1",
        "grpc_proxy": "http://10.0.0.1",
        "HTTPS_PROXY": "http://10.0.0.1",
        "MINE": "stays",
        "HOME": str(tmp_path),
    }
    present = variables(run(server, "env", variables=theirs))
    assert present["MINE"] == "stays" and present["HOME"] == str(tmp_path)
    for name in ("CLOUDSDK_CORE_ACCOUNT", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "GCE_METADATA_HOST", "grpc_proxy"):
        assert name not in present
    intercept = f"http://{server.addresses['intercept']}"
    assert {present[name] for name in ("HTTPS_PROXY", "https_proxy", "http_proxy", "HTTP_PROXY")} == {intercept}
    assert present["GOOGLE_CLOUD_PROJECT"] == "demo"
    assert list(tmp_path.iterdir()) == [], "nothing is written where the person's own things are"


def test_what_is_written_is_for_the_owners_eyes(server):
    present = variables(run(server, "env"))
    folder = present["CLOUDSDK_CONFIG"]
    assert folder.startswith(str(server.data.resolve()))
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in ("credentials.db", "application_default_credentials.json", "configurations/config_default", "active_config"):
        assert stat.S_IMODE(os.stat(f"{folder}/{name}").st_mode) == 0o600, name
    with open(f"{folder}/active_config", encoding="ascii") as file:
        assert file.read() == "default"
    with open(present["GOOGLE_APPLICATION_CREDENTIALS"], encoding="ascii") as file:
        assert json.load(file)["type"] == "authorized_user"


def test_libraries_that_replace_their_bundle_still_believe_the_world(server):
    present = variables(run(server, "env"))
    with open(present["SSL_CERT_FILE"], encoding="ascii") as file:
        bundle = file.read()
    with open(present["NODE_EXTRA_CA_CERTS"], encoding="ascii") as file:
        own = file.read()
    assert own.strip() in bundle and own.count("BEGIN CERTIFICATE") == 1
    if os.path.exists("/etc/ssl/certs/ca-certificates.crt"):
        assert bundle.count("BEGIN CERTIFICATE") > 10
    assert "PRIVATE KEY" not in bundle + own


@needs_curl
def test_env_is_for_eval(server, hello, tmp_path):
    script = f'eval "$("{BINARY}" env --data "{server.data}")" && cd / && {AS_OWNER} && curl -sS -o /dev/null -w " %{{http_code}}" {hello.uri}'
    answer = subprocess.run(
        ["sh", "-ec", script], capture_output=True, text=True, timeout=60, check=False,
        env=environment({"HOME": tmp_path, "CLOUDSDK_CORE_ACCOUNT": "someone@example.com"}),
    )
    assert answer.returncode == 0 and answer.stdout.endswith("200 403"), answer.stdout + answer.stderr


def test_env_says_what_it_cannot_do(server):
    answer = command("env", "--data", server.data, "--as", "schedulerunner")
    failed(answer, "schedulerunner@demo.iam.gserviceaccount.com", "metadata server", "hint:", "doorward exec --as")


@pytest.mark.parametrize("command_", ["exec", "env"])
@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ("user:ada@example.com", ["ada@example.com", "only person", "--as SA"]),
        ("ada@example.com", ["ada@example.com", "only person"]),
        ("group:team@example.com", ["group:team@example.com is nobody that a program can run as", "--as takes"]),
        ("domain:example.com", ["is nobody"]),
        ("?", ["? is nobody"]),
    ],
)
def test_who_cannot_be_acted_as_is_told(server, command_, principal, words):
    more = ["--", "true"] if command_ == "exec" else []
    failed(command(command_, "--data", server.data, "--as", principal, *more), *words, "hint:")


def test_an_account_that_is_not_there_or_disabled_is_told_before_the_program_runs(server, world, tmp_path):
    ran = tmp_path / "ran"
    answer = run(server, "touch", ran, principal="nobody-here")
    failed(answer, "nobody-here@demo.iam.gserviceaccount.com", "hint:")
    account = world.account("asleep")
    account.disable()
    failed(run(server, "touch", ran, principal=account.email), "hint:", f"doorward enable-service-account {account.email}")
    assert not ran.exists()


@pytest.mark.parametrize("principal", ["owner", "user:owner@doorward.localhost", "owner@doorward.localhost"])
def test_the_owner_has_several_names(server, principal):
    script = "import google.auth, google.auth.transport.requests as t; c, p = google.auth.default(); c.refresh(t.Request()); print(c.id_token)"
    answer = run(server, sys.executable, "-c", script, principal=principal)
    assert answer.returncode == 0, answer.stderr
    assert claims(answer.stdout.strip())["email"] == "owner@doorward.localhost"


def test_an_owner_who_may_not_create_tokens_is_told_what_would_let_them(own_server, tmp_path):
    own = World(own_server)
    account = own.lasting_account("keyless")
    policy = own.done("POST", "/v1/projects/demo:getIamPolicy", json={})
    kept = [binding for binding in policy["bindings"] if binding["role"] != "roles/iam.serviceAccountTokenCreator"]
    assert len(kept) < len(policy["bindings"])
    own.done("POST", "/v1/projects/demo:setIamPolicy", json={"policy": {**policy, "bindings": kept}})
    ran = tmp_path / "ran"
    answer = failed(run(own_server, "touch", ran, principal=account.email), "iam.serviceAccounts.getAccessToken", "hint:")
    assert not ran.exists()
    hint = answer.stderr.splitlines()[-1].removeprefix("hint: ")
    assert "doorward add-iam-policy-binding" in hint and account.email in hint, hint
    again = subprocess.run(
        hint, shell=True, capture_output=True, text=True, timeout=60, check=False,
        env=environment({"DOORWARD_DATA": own_server.data, "PATH": f"{os.path.dirname(BINARY)}:{os.environ['PATH']}"}),
    )
    assert again.returncode == 0, again.stderr
    assert run(own_server, "touch", ran, principal=account.email).returncode == 0 and ran.exists()


def test_a_revoked_credential_renews_itself(own_server):
    old = json.loads((own_server.data / "owner.json").read_text())["refresh_token"]
    assert requests.post(f"{own_server.url}/revoke", data={"token": old}, timeout=20).status_code == 200
    script = "import google.auth, google.auth.transport.requests as t; c, p = google.auth.default(); c.refresh(t.Request()); print('signed in to', p)"
    answer = run(own_server, sys.executable, "-c", script)
    assert (answer.returncode, answer.stdout) == (0, "signed in to demo\n"), answer.stderr
    assert json.loads((own_server.data / "owner.json").read_text())["refresh_token"] != old


@needs_curl
def test_a_restart_elsewhere_is_found(own_server):
    before = own_server.addresses["intercept"]
    assert own_server.interrupt() == 0
    failed(run(own_server, "true"), "does not answer", "hint:", f"doorward up --data {own_server.data}")
    own_server.start()
    assert own_server.addresses["intercept"] != before
    answer = run(own_server, "sh", "-c", AS_OWNER)
    assert answer.stdout.endswith("200"), answer.stdout + answer.stderr


def test_where_nothing_runs_the_hint_says_how_to_start(tmp_path):
    failed(command("exec", "--data", tmp_path, "--", "true"), tmp_path, "hint:", f"doorward up --data {tmp_path}")
    failed(command("env", "--data", tmp_path), tmp_path, "hint:", f"doorward up --data {tmp_path}")


def test_many_at_once_do_not_disturb_each_other(server):
    running = [
        subprocess.Popen([BINARY, "exec", "--data", server.data, "--", "true"], stderr=subprocess.PIPE, text=True, env=environment())
        for _ in range(8)
    ]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in running]
    assert ends == [("", 0)] * 8
    until(lambda: not list((server.data / "gcloud").rglob("*.new")), "no half-written file is left")
