"""Every command against a Doorward that is named by URL and credential, as from another machine."""

import json
import re

import pytest

from server import command, until
from test_commands import failed

# How each command is tried. `hello` and its account are the demo's.
TRIED = {
    "add-iam-policy-binding": [["add-iam-policy-binding", "projects/demo", "--member=user:ada@example.com", "--role=roles/viewer"]],
    "explain": [["explain", "REQUEST"]],
    "logs": [["logs"]],
    "token": [
        ["token", "access"],
        ["token", "identity"],
        ["token", "access", "--as", "schedulerunner"],
        ["token", "identity", "--as", "schedulerunner", "--audience", "https://x.example"],
        ["token", "inspect", "ya29.nonsense"],
    ],
}
# Of gcloud, which is a client that is always there.
ASKED = "https://accounts.google.com/o/oauth2/v2/auth?client_id=32555940559.apps.googleusercontent.com&response_type=code" \
    "&scope=openid&redirect_uri=http%3A%2F%2Flocalhost%3A8085%2F&code_challenge_method=S256&code_challenge=" + "c" * 43
TRIED["authorize"] = [["authorize", ASKED]]
EXCEPTED = "principal://goog/subject/ada@example.com"
TRIED["enable-service-account"] = [["enable-service-account", "schedulerunner@demo.iam.gserviceaccount.com"]]
TRIED["add-deny-policy-exception"] = [["add-deny-policy-exception", "POLICY", "--rule=1", f"--principal={EXCEPTED}"]]
# Commands that talk to nobody, or need the data directory of a Doorward on this machine.
ALONE = {"completions", "env", "exec", "help", "version"}
EVERY = [arguments for tried in TRIED.values() for arguments in tried]
each = pytest.mark.parametrize("arguments", EVERY, indirect=True, ids=[" ".join(found[:3]) for found in EVERY])


@pytest.fixture
def credential(server):
    return server.data / "owner.json"


@pytest.fixture(scope="module")
def refused(hello):
    """The ID of a request that was refused."""
    return hello.call().headers["x-doorward-request-id"]


@pytest.fixture(scope="module")
def denying(world):
    """The name of a deny policy, which denies nobody who calls here."""
    parent = "policies/cloudresourcemanager.googleapis.com%2Fprojects%2Fdemo/denypolicies"
    rule = {"deniedPrincipals": ["principal://goog/subject/nobody@example.com"], "deniedPermissions": ["run.googleapis.com/routes.invoke"]}
    policy_id = world.unique("remote")
    world.done("POST", f"/v2/{parent}?policyId={policy_id}", json={"rules": [{"denyRule": rule}]})
    name = f"{parent}/{policy_id}"
    yield name
    world.done("DELETE", f"/v2/{name}")


@pytest.fixture
def arguments(request, refused, denying):
    placeholders = {"POLICY": denying, "REQUEST": refused}
    return [placeholders.get(argument, argument) for argument in request.param]


def test_every_command_but_up_is_tried_here():
    listed = command("--help").stdout.split("Commands:")[1].split("Options:")[0]
    found = set(re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE))
    assert found == {"up", *TRIED, *ALONE}


def done(arguments, run):
    """It ends well. What is explained is written down in batches, so that a moment may pass."""
    answer = until(lambda: found if (found := run()).returncode == 0 or arguments[0] != "explain" else None, "it is written down")
    assert answer.returncode == 0, answer.stderr


@each
def test_url_and_credential_are_enough_together_with_the_project(server, credential, tmp_path, arguments):
    remote = ["--api", server.url, "--credential", credential, "--project", "demo"]
    # In a folder without data: nothing is taken from there.
    done(arguments, lambda: command(*arguments, *remote, cwd=tmp_path))


@each
def test_they_can_be_variables(server, credential, tmp_path, arguments):
    variables = {"DOORWARD_API_URL": f"{server.url}/", "DOORWARD_CREDENTIAL": credential, "DOORWARD_PROJECT": "demo"}
    done(arguments, lambda: command(*arguments, variables=variables, cwd=tmp_path))


@each
def test_a_wrong_credential_is_refused(server, credential, tmp_path, arguments):
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({**json.loads(credential.read_text()), "refresh_token": "1//wrong"}))
    answer = command(*arguments, "--api", server.url, "--credential", wrong, "--project", "demo")
    told = "access_denied" if arguments[0] == "authorize" else "invalid_grant"
    failed(answer, told, "hint:", "--credential FILE")
    assert "1//wrong" not in answer.stderr


@each
def test_a_credential_that_is_not_there_is_named(server, tmp_path, arguments):
    answer = command(*arguments, "--api", server.url, "--credential", tmp_path / "gone.json", "--project", "demo")
    failed(answer, tmp_path / "gone.json", "hint:", "--credential FILE")


@each
def test_a_file_that_is_no_credential_is_named(server, tmp_path, arguments):
    for text in ("", "{}", '{"type": "service_account"}', "no JSON"):
        path = tmp_path / "other.json"
        path.write_text(text)
        answer = command(*arguments, "--api", server.url, "--credential", path, "--project", "demo")
        failed(answer, path, "authorized_user", "hint:", "owner.json")


@each
def test_an_api_that_does_not_answer_is_named(credential, arguments):
    # Port 9 belongs to nobody on loopback.
    answer = command(*arguments, "--api", "http://127.0.0.1:9", "--credential", credential, "--project", "demo")
    failed(answer, "http://127.0.0.1:9", "hint:", "doorward up", "--api URL")


@pytest.mark.parametrize("url", ["127.0.0.1:8090", "ftp://127.0.0.1", "http://", "nonsense"])
def test_a_url_that_is_none_is_named(credential, url):
    failed(command("token", "access", "--api", url, "--credential", credential), url, "hint:", "http://127.0.0.1:8090")


@pytest.mark.parametrize(
    ("given", "missing"), [(["--api", "http://127.0.0.1:9"], "--credential"), (["--credential", "owner.json"], "--api")],
)
def test_one_without_the_other_is_no_connection(given, missing):
    answer = command("token", "access", *given)
    assert answer.returncode == 2 and missing in answer.stderr


@pytest.mark.parametrize("asked", [["token", "access", "--as", "schedulerunner"], ["logs"]], ids=["a short account ID", "logs"])
def test_where_the_project_is_not_known_the_hint_names_the_flag(server, credential, asked):
    answer = command(*asked, "--api", server.url, "--credential", credential)
    failed(answer, "project", "hint:", "--project ID")


def test_a_project_that_is_not_there_is_refused_with_its_reason(server, credential):
    answer = command("logs", "--api", server.url, "--credential", credential, "--project", "no-such-project")
    failed(answer, "403", "IAM_PERMISSION_DENIED")
