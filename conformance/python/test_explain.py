"""Why a request came out as it did, and what a token is good for, as a person asks."""

import pytest

from server import command, until
from test_commands import failed


def explained(server, answer):
    """The explanation of an answer. It is written within moments of the answer, and asked for until then."""
    request_id = answer.headers["x-doorward-request-id"]

    def printed():
        told = command("explain", request_id, "--data", server.data)
        return told.stdout if told.returncode == 0 else None

    return until(printed, f"{request_id} is explained")


def test_a_refusal_at_the_gate_names_the_check_and_a_command_that_helps(server, hello, world):
    stranger = world.account("explained")
    refused = hello.call(stranger.id_token(hello.uri))
    assert refused.status_code == 403
    told = explained(server, refused)
    assert "403 INVOKER_PERMISSION_DENIED" in told and stranger.email in told
    checks = [line for line in told.splitlines() if line.startswith("  ok") or line.startswith("  NO")]
    assert checks[-1].startswith("  NO") and checks[0].startswith("  ok"), told
    [proposed] = [line.strip() for line in told.splitlines() if "add-iam-policy-binding" in line]
    assert command(*proposed.split()[1:], "--data", server.data).returncode == 0
    assert hello.call(stranger.id_token(hello.uri)).status_code == 200
    assert "today: granted" in explained(server, refused)


def test_a_wrong_audience_is_shown_beside_the_right_one(server, hello, caller):
    refused = hello.call(caller.id_token("https://elsewhere.example"))
    assert refused.status_code == 401
    told = explained(server, refused)
    assert "INVOKER_TOKEN_AUDIENCE_MISMATCH" in told
    assert "https://elsewhere.example" in told and hello.uri in told


def test_a_call_that_was_let_in_names_the_binding(server, hello, caller):
    answer = hello.call(caller.id_token(hello.uri))
    told = explained(server, answer)
    assert answer.status_code == 200 and "  NO" not in told
    assert f"{caller.member} has roles/run.invoker on" in told


def test_a_refusal_of_the_api_is_explained(server, world):
    stranger = world.account("explained-api")
    token = stranger.access_token()
    refused = world.call("GET", "/v1/projects/demo", token=token)
    told = explained(server, refused)
    assert "403 IAM_PERMISSION_DENIED" in told and "resourcemanager.projects.get" in told
    assert token not in told
    request_id = refused.headers["x-doorward-request-id"]
    hidden = world.call("GET", f"/v1/decisions/{request_id}", token=token)
    assert (hidden.status_code, hidden.headers["x-doorward-reason"]) == (404, "RESOURCE_NOT_FOUND")


def test_what_is_above_the_project_is_not_shown_to_who_reads_the_project_alone(server, world):
    stranger, reader = world.account("explained-api"), world.account("reader")
    world.bind_on_project("roles/viewer", reader.member)
    refused = world.call("GET", "/v1/projects/demo", token=stranger.access_token())
    assert "organizations/" in explained(server, refused)
    path = f"/v1/decisions/{refused.headers['x-doorward-request-id']}"
    part = world.done("GET", path, token=reader.access_token())
    assert "organizations/" not in str(part), part
    assert part["checks"][-1]["subject"] == "a policy above, which you may not see"


def test_a_hop_of_a_chain_is_mended_by_the_command_that_is_proposed(server, world):
    first, middle, last = (world.account(name) for name in ("chain-first", "chain-middle", "chain-last"))
    world.bind(f"/v1/{middle.name}", "roles/iam.serviceAccountTokenCreator", first.member)
    token = first.access_token()
    body = {"payload": "cnll", "delegates": [f"projects/-/serviceAccounts/{middle.email}"]}
    call = lambda: world.call("POST", f"/v1/projects/-/serviceAccounts/{last.email}:signBlob", json=body, token=token)
    refused = call()
    assert refused.status_code == 403
    told = explained(server, refused)
    assert f"asked for by {middle.member}" in told
    [proposed] = [line.strip() for line in told.splitlines() if "add-iam-policy-binding" in line]
    assert f"--member={middle.member} " in proposed
    assert command(*proposed.split()[1:], "--data", server.data).returncode == 0
    assert call().status_code == 200


def test_what_no_request_had_is_told_plainly(server):
    failed(command("explain", "0" * 32, "--data", server.data), "may not see it", "resourcemanager.projects.getIamPolicy")
    failed(command("explain", "nonsense", "--data", server.data), "32 hexadecimal digits", "hint:")


def test_an_id_token_is_read_from_standard_input(server, hello, caller):
    token = caller.id_token(hello.uri)
    told = command("token", "inspect", "--data", server.data, input=token + "\n")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("an ID token\n  it counts\n") and caller.email in told.stdout
    assert f"  yes calling {hello.name}" in told.stdout
    assert "  no  calling APIs" in told.stdout
    assert token.split(".")[2] not in told.stdout


@pytest.mark.parametrize("token", ["garbage", "ya29.garbage", "a.b.c"])
def test_what_is_no_token_is_good_for_nothing(server, token):
    told = command("token", "inspect", token, "--data", server.data)
    assert told.returncode == 0, told.stderr
    assert "it does not count" in told.stdout and "  yes" not in told.stdout


def test_nothing_on_standard_input_is_a_mistake(server):
    failed(command("token", "inspect", "--data", server.data, input=""), "standard input", "hint:")
