"""The commands as a person types them."""

import json
import os
import shlex
import socket
import stat
import subprocess

import pytest
import requests

from server import BINARY, Server, command
from tokens import claims


def failed(answer, *words):
    """It failed on purpose: with words, not with a panic."""
    assert answer.returncode not in (0, 101) and answer.returncode > 0, answer
    assert answer.stdout == ""
    for word in words:
        assert str(word) in answer.stderr, answer.stderr
    assert "panicked" not in answer.stderr
    return answer


def test_an_access_token_of_the_owner_opens_the_api(server, world):
    printed = command("token", "access", "--data", server.data)
    assert printed.returncode == 0, printed.stderr
    token = printed.stdout.strip()
    assert token.startswith("ya29.") and printed.stdout == f"{token}\n"
    assert world.call("GET", "/v1/projects/demo", token=token).status_code == 200


def test_an_access_token_of_an_account_is_the_accounts(server, world):
    token = command("token", "access", "--as", "schedulerunner", "--data", server.data).stdout.strip()
    answer = world.call("GET", "/v1/projects/demo", token=token)
    assert answer.status_code == 403


def test_an_identity_token_of_the_owner_is_for_gcloud(server):
    printed = command("token", "identity", "--data", server.data)
    assert printed.returncode == 0, printed.stderr
    told = claims(printed.stdout.strip())
    assert (told["aud"], told["email"]) == ("32555940559.apps.googleusercontent.com", "owner@doorward.localhost")


def test_an_identity_token_of_an_account_opens_the_service(server, hello):
    for account in ("schedulerunner", "schedulerunner@demo.iam.gserviceaccount.com"):
        printed = command("token", "identity", "--as", account, "--audience", hello.uri, "--data", server.data)
        assert printed.returncode == 0, printed.stderr
        assert hello.call(printed.stdout.strip()).status_code == 200


def test_the_owner_opens_the_service(server, hello):
    token = command("token", "identity", "--data", server.data).stdout.strip()
    assert hello.call(token).status_code == 200


def test_api_and_credential_can_be_named_instead_of_the_data(server):
    printed = command("token", "access", "--api", server.url, "--credential", server.data / "owner.json")
    assert printed.stdout.startswith("ya29."), printed.stderr


def test_an_identity_token_of_an_account_needs_an_audience(server):
    failed(command("token", "identity", "--as", "schedulerunner", "--data", server.data), "audience", "hint:", "--audience")


def test_a_person_gets_no_audience_of_choice(server):
    answer = command("token", "identity", "--audience", "https://x.example", "--data", server.data)
    failed(answer, "hint:", "--as")


def test_an_account_that_is_not_there_is_told(server):
    arguments = ["token", "identity", "--as", "nobody-here", "--audience", "https://x.example", "--data", server.data]
    answer = failed(command(*arguments), "nobody-here@demo.iam.gserviceaccount.com")
    made = "doorward exec -- gcloud iam service-accounts create nobody-here --project=demo"
    assert answer.stderr.splitlines()[-1] == f"hint: {made}"


def test_a_disabled_account_is_told_with_the_command_that_enables_it(server, world):
    account = world.account("asleep")
    account.disable()
    hint = failed(command("token", "access", "--as", account.email, "--data", server.data), "hint:").stderr.splitlines()[-1]
    assert hint == f"hint: doorward enable-service-account {account.email}"
    words = shlex.split(hint.removeprefix("hint: doorward "))
    done = command(*words, "--data", server.data)
    assert (done.returncode, done.stderr.strip()) == (0, f"{account.email} is enabled."), done.stderr
    assert command("token", "access", "--as", account.email, "--data", server.data).returncode == 0
    failed(command("enable-service-account", "nobody-here@demo.iam.gserviceaccount.com", "--data", server.data), "hint:")
    failed(command("enable-service-account", "asleep", "--data", server.data), "hint:", "for example")


def test_a_reader_that_goes_ends_the_command_well(server):
    reading = subprocess.Popen([BINARY, "logs", "--data", server.data], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    reading.stdout.close()
    assert reading.wait(60) == 0
    assert reading.stderr.read() == b""
    reading.stderr.close()


def test_what_is_not_doorwards_api_is_told_and_no_empty_token_is_printed(server, upstream):
    answer = command("token", "access", "--api", upstream.url, "--credential", server.data / "owner.json")
    failed(answer, "not from Doorward's API", "hint:", "--api")


def test_addresses_that_cannot_be_read_are_told(tmp_path):
    (tmp_path / "addresses.json").write_text("{")
    failed(command("token", "access", "--data", tmp_path), tmp_path / "addresses.json", "caused by", "hint:")


def test_where_nothing_runs_the_hint_says_how_to_start(tmp_path):
    failed(command("token", "access", "--data", tmp_path), tmp_path, "hint:", "doorward up")


@pytest.mark.parametrize(
    "arguments", [["token"], ["token", "perhaps"], ["up", "--colour"], ["dance"], ["up", "--api"], []],
    ids=["no kind", "wrong kind", "wrong flag", "wrong command", "no value", "nothing"],
)
def test_what_cannot_be_read_ends_with_2_and_says_how(arguments):
    answer = command(*arguments)
    assert answer.returncode == 2
    assert "--help" in answer.stderr or "Usage" in answer.stderr


def test_the_version_is_printed():
    printed = command("version")
    assert printed.returncode == 0 and printed.stdout.startswith("doorward ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_are_printed(shell):
    printed = command("completions", shell)
    assert printed.returncode == 0 and "doorward" in printed.stdout


def test_the_owners_credential_is_for_the_owners_eyes(server):
    path = server.data / "owner.json"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert json.loads(path.read_text())["type"] == "authorized_user"


def test_no_secret_is_in_the_log(server, world):
    owner = json.loads((server.data / "owner.json").read_text())
    text = server.output()
    assert owner["refresh_token"] not in text
    assert "ya29." not in text and "PRIVATE KEY" not in text


def test_a_second_start_on_the_same_data_is_refused(server):
    answer = command("up", "--data", server.data, "--api", "127.0.0.1:0", "--gate", "127.0.0.1:0", "--intercept", "off")
    failed(answer, server.data, "hint:")
    assert requests.get(f"{server.url}/healthz", timeout=20).status_code == 200
    assert json.loads((server.data / "addresses.json").read_text())["api"] == server.api


@pytest.mark.parametrize("flag", ["--api", "--gate", "--intercept"])
def test_a_taken_port_is_refused(tmp_path, flag):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        arguments = {"--api": "127.0.0.1:0", "--gate": "127.0.0.1:0", "--intercept": "127.0.0.1:0", flag: address}
        answer = command("up", "--data", tmp_path / "data", *[part for pair in arguments.items() for part in pair])
    failed(answer, address, "hint:", f"doorward up --data {tmp_path / 'data'} --api 127.0.0.1:0")


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--api", "nowhere"), ("--gate", "127.0.0.1"), ("--gate", "127.0.0.1:99999"), ("--intercept", "192.0.2.1:1"), ("--project", "X"), ("--config", "/no/such/file")],
)
def test_a_bad_value_is_refused_by_name(tmp_path, flag, value):
    arguments = {"--api": "127.0.0.1:0", "--gate": "127.0.0.1:0", "--intercept": "off", "--data": tmp_path / "data", flag: value}
    answer = command("up", *[part for pair in arguments.items() for part in pair])
    failed(answer, value)
    assert flag in answer.stderr or flag.removeprefix("--") in answer.stderr


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('api = "127.0.0.1:0"\ncolour = "red"\n', 2, "colour"),
        ('api = "127.0.0.1:0"\n\ngate = 7\n', 3, "gate"),
        ('[outbound]\nallow = ["10.1.0.0/99"]\n', 2, "allow"),
        ('[outbound]\ncolour = 1\n', 2, "colour"),
        ("api = \n", 1, "api"),
        ('project = "Not A Project"\n', 1, "project"),
    ],
    ids=["unknown key", "wrong type", "bad range", "unknown key in a table", "no TOML", "bad project"],
)
def test_a_bad_configuration_names_file_line_and_key(tmp_path, text, line, key):
    path = tmp_path / "doorward.toml"
    path.write_text(text)
    answer = failed(command("up", "--config", path, "--data", tmp_path / "data"), path, key)
    assert f":{line}" in answer.stderr or f"line {line}" in answer.stderr, answer.stderr
    assert not (tmp_path / "data" / "owner.json").exists()


def test_an_unknown_key_is_answered_with_the_known_ones(tmp_path):
    path = tmp_path / "doorward.toml"
    path.write_text('colour = "red"\n')
    answer = failed(command("up", "--config", path, "--data", tmp_path / "data"))
    for key in ("api", "gate", "data", "project"):
        assert key in answer.stderr


def test_everything_can_be_said_in_the_file(tmp_path):
    with Server(tmp_path / "data", configuration='project = "books"\n') as server:
        printed = command("token", "access", "--data", server.data)
        headers = {"Authorization": f"Bearer {printed.stdout.strip()}"}
        found = requests.get(f"{server.url}/v1/projects/books", headers=headers, timeout=20)
        assert found.json()["projectId"] == "books", found.text
        assert server.interrupt() == 0
