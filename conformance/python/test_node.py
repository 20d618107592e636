"""Google's libraries for Node under `doorward exec`, with nothing overridden (`conformance/node`)."""

import json
import subprocess

import pytest

from node import MODULES, SCRIPTS, needs_node
from server import BINARY, environment
from world import PARENT, PROJECT

NOT_FOUND = 5

pytestmark = needs_node


@pytest.fixture(scope="module")
def runner(world, hello):
    """An account that may call `hello`, look at its project and make jobs that act as itself."""
    account = world.lasting_account("node")
    hello.let_in(account.member)
    for role in ("roles/viewer", "roles/cloudscheduler.admin"):
        world.bind_on_project(role, account.member)
    world.bind(f"/v1/{account.name}", "roles/iam.serviceAccountUser", account.member)
    return account


def told(server, home, script, *arguments, principal="owner", key=None):
    """What a script prints as JSON."""
    words = ["env", f"GOOGLE_APPLICATION_CREDENTIALS={key}"] if key else []
    answer = subprocess.run(
        [BINARY, "exec", "--data", server.data, "--as", principal, "--", *words, "node", SCRIPTS / script, *arguments],
        capture_output=True, text=True, timeout=180, check=False, env=environment({"HOME": home, "NODE_PATH": MODULES}),
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize(("signed_in", "kind"), [("key file", "JWT"), ("metadata", "Compute"), ("owner", "UserRefreshClient")])
def test_google_auth_library_calls_services_and_apis(server, hello, runner, unmodified_key, tmp_path, signed_in, kind):
    principal = runner.email if signed_in == "metadata" else "owner"
    key = unmodified_key if signed_in == "key file" else None
    found = told(server, tmp_path, "tokens.js", hello.uri, principal=principal, key=key)
    assert (found["kind"], found["project"], found["api"]) == (kind, PROJECT, PROJECT)
    if signed_in != "owner":
        assert found["service"] == 200
        verified = found["verified"]
        assert (verified["aud"], verified["email"], verified["sub"]) == (hello.uri, runner.email, runner.unique_id)
        assert found["forAnother"].startswith("refused: Wrong recipient"), found["forAnother"]
        assert found["changed"].startswith("refused: Invalid token signature"), found["changed"]


@pytest.mark.parametrize("signed_in", ["key file", "metadata", "owner"])
def test_generated_clients_find_their_default_hosts(server, hello, runner, unmodified_key, tmp_path, signed_in):
    principal = runner.email if signed_in == "metadata" else "owner"
    key = unmodified_key if signed_in == "key file" else None
    found = told(server, tmp_path, "clients.js", PARENT, hello.uri, runner.email, principal=principal, key=key)
    assert found["made"] == [True, "ENABLED", True] and found["listed"] and found["paused"] == "PAUSED"
    assert f"{PARENT}/services/hello" in found["services"] and found["hello"] == hello.uri
    assert (found["gone"], found["missing"]) == (NOT_FOUND, NOT_FOUND)
