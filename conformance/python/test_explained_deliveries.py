"""Why a job's attempt went as it did, by the request ID that its log entries tell."""

import pytest

from server import Server, command, until
from world import PROJECT, World

AGENT_ROLE = "roles/cloudscheduler.serviceAgent"


def explanation(server, request_id):
    """What the command prints. It is written within moments of the attempt, and asked for until then."""

    def printed():
        told = command("explain", request_id, "--data", server.data)
        return told.stdout if told.returncode == 0 else None

    return until(printed, f"{request_id} is explained")


def attempt(world, job):
    """The request ID of the job's only attempt, as both entries of it tell."""
    world.attempted(job)
    [request_id] = {entry["labels"]["doorward.dev/request-id"] for entry in world.entries(job)}
    return request_id


def checks(told):
    return [line.strip() for line in told.splitlines() if line.startswith(("  ok", "  NO"))]


def private_job(world, echo, account, **more):
    token = {"serviceAccountEmail": account.email, "audience": echo.uri}
    job = world.job(f"{echo.uri}/work?secret=7", token=token, **more)
    world.run(job)
    return job


def test_an_attempt_that_was_let_in_shows_every_step_and_leads_to_the_gates_request(server, world, echo, account):
    echo.let_in(account.member)
    job = private_job(world, echo, account)
    told = explanation(server, attempt(world, job))
    found = checks(told)
    assert "  NO" not in told and "secret" not in told
    expected = ["cloudscheduler.serviceAgent", account.email, f"an ID token for {echo.uri}", "the address", "status 200"]
    places = [next(place for place, check in enumerate(found) if text in check) for text in expected]
    assert places == sorted(places), told
    assert f"POST {echo.uri}/work for {job} by serviceAccount:service-{world.number}@gcp-sa-cloudscheduler" in told

    [there] = [line for line in told.splitlines() if line.startswith("answered here under ")]
    at_the_gate = explanation(server, there.rsplit(" ", 1)[1])
    assert f"by {account.member}" in at_the_gate
    assert f"{account.member} has roles/run.invoker on" in at_the_gate


def test_an_attempt_that_the_gate_refused_says_so_and_the_gate_says_why(server, world, echo, account, upstream):
    told = explanation(server, attempt(world, private_job(world, echo, account)))
    assert checks(told)[-1].startswith("NO  the answer: status 403")
    [there] = [line for line in told.splitlines() if line.startswith("answered here under ")]
    at_the_gate = explanation(server, there.rsplit(" ", 1)[1])
    assert "403 INVOKER_PERMISSION_DENIED" in at_the_gate
    [proposed] = [line.strip() for line in at_the_gate.splitlines() if "add-iam-policy-binding" in line]
    assert command(*proposed.split()[1:], "--data", server.data).returncode == 0

    again = private_job(world, echo, account)
    assert "  NO" not in explanation(server, attempt(world, again))
    assert len(upstream.arrivals) == 1


def test_an_attempt_of_a_disabled_account_ends_there(server, world, echo, account):
    echo.let_in(account.member)
    token = {"serviceAccountEmail": account.email}
    job = world.job(echo.uri, token=token)
    account.disable()
    world.run(job)
    told = explanation(server, attempt(world, job))
    assert "no answer: ACCOUNT_STATE_INVALID" in told
    assert checks(told)[-1] == f"NO  the account: service account {account.email} is disabled"


def test_an_attempt_at_a_refused_address_ends_there(server, world):
    job = world.job("http://169.254.169.254/computeMetadata/v1/")
    world.run(job)
    told = explanation(server, attempt(world, job))
    assert "no answer: ADDRESS_REFUSED" in told
    assert checks(told)[-1].startswith("NO  the address: ") and "answered here" not in told


def test_what_a_target_elsewhere_calls_its_request_is_not_believed(server, world, upstream):
    upstream.headers["x-doorward-request-id"] = "0" * 32
    upstream.status = 500
    job = world.job(upstream.url)
    world.run(job)
    told = explanation(server, attempt(world, job))
    assert checks(told)[-1] == "NO  the answer: status 500"
    assert "answered here" not in told and "0" * 32 not in told


def test_the_command_prints_the_request_id_beside_the_entries(server, world, upstream):
    job = world.job(upstream.url)
    world.run(job)
    request_id = attempt(world, job)
    printed = command("logs", "--data", server.data)
    lines = [line for line in printed.stdout.splitlines() if job.rsplit("/", 1)[1] in line]
    assert [line.endswith(f"  {request_id}") for line in lines] == [True, True]


def test_each_retry_has_a_request_id_of_its_own(world, upstream):
    upstream.status = 500
    job = world.job(upstream.url, retryConfig={"retryCount": 1, "minBackoffDuration": "0.1s", "maxBackoffDuration": "0.1s"})
    world.run(job)
    until(lambda: len(world.finished(job)) == 2, "both attempts are in the log")
    told = [entry["labels"]["doorward.dev/request-id"] for entry in world.entries(job)]
    assert told[0] == told[1] != told[2] == told[3], told


@pytest.mark.parametrize("role", [None, "roles/cloudscheduler.admin", "roles/logging.viewer"])
def test_who_may_not_read_the_policy_is_told_of_no_attempt(server, world, upstream, account, role):
    if role:
        world.bind_on_project(role, account.member)
    job = world.job(upstream.url)
    world.run(job)
    request_id = attempt(world, job)
    explanation(server, request_id)
    token = account.access_token()
    hidden = world.call("GET", f"/v1/decisions/{request_id}", token=token)
    missing = world.call("GET", f"/v1/decisions/{'f' * 32}", token=token)
    assert (hidden.status_code, hidden.headers["x-doorward-reason"]) == (404, "RESOURCE_NOT_FOUND")
    assert hidden.json()["error"]["message"] == missing.json()["error"]["message"], "nothing tells that it is there"

    world.bind_on_project("roles/iam.securityReviewer", account.member)
    shown = world.done("GET", f"/v1/decisions/{request_id}", token=token)
    assert shown["target"] == f"POST {upstream.url} for {job}"


def test_a_robbed_agent_is_told_with_the_command_that_gives_it_back_its_role(tmp_path, upstream):
    """In a house of its own: nobody's jobs get tokens meanwhile."""
    with Server(tmp_path / "data") as server:
        world = World(server)
        agent = f"serviceAccount:service-{world.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
        project = f"/v1/projects/{PROJECT}"
        policy = world.done("POST", f"{project}:getIamPolicy", json={})
        kept = [binding for binding in policy["bindings"] if binding["role"] != AGENT_ROLE]
        assert len(kept) < len(policy["bindings"])
        world.done("POST", f"{project}:setIamPolicy", json={"policy": {**policy, "bindings": kept}})

        echo, account = world.service(upstream.url, "echo"), world.account("robbed")
        echo.let_in(account.member)
        job = private_job(world, echo, account)
        state = world.attempted(job)
        assert state["status"]["code"] == 7 and upstream.arrivals == []
        told = explanation(server, attempt(world, job))
        assert "no answer: IAM_PERMISSION_DENIED" in told and f"by {agent}" in told
        assert checks(told)[-1].startswith("NO  "), told
        assert "iam.serviceAccounts.getOpenIdToken" in told and "the answer" not in told
        [proposed] = [line.strip() for line in told.splitlines() if "add-iam-policy-binding" in line]
        assert agent in proposed
        assert command(*proposed.split()[1:], "--data", server.data).returncode == 0
        assert "  NO" not in explanation(server, attempt(world, private_job(world, echo, account)))
        upstream.wait_for(1)
