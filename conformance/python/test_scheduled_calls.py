"""A job calls a private service with a token of its account: what arrives, and what is told when it may not."""

import signal
import subprocess
import threading

import pytest
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client

import clients
from server import BINARY, command, environment, until
from tokens import decoded
from world import PARENT, PROJECT


def oidc(account, **more):
    return {"serviceAccountEmail": account.email, **more}


def attempt(world, job):
    """The entry about the end of the job's first attempt, and the job then."""
    state = world.attempted(job)
    return world.finished(job)[0], state


def test_the_demos_job_was_let_in(world, hello):
    entry, state = attempt(world, f"{PARENT}/jobs/oidctest")
    assert (entry["severity"], entry["httpRequest"]["status"]) == ("INFO", 200)
    assert state.get("status", {}).get("code", 0) == 0
    assert entry["jsonPayload"]["url"].startswith(hello.uri)


def test_the_demo_shows_who_called_and_why_others_were_refused(server):
    def shown():
        text = server.output()
        return all(word in text for word in ("schedulerunner@", "200", "403", "401")) and text

    text = until(shown, "the demo has shown its three calls")
    for word in ("INVOKER_CREDENTIALS_MISSING", "INVOKER_TOKEN_AUDIENCE_MISMATCH", "https://hello-"):
        assert word in text, text


def test_a_job_with_a_token_is_let_in_and_says_what_it_is(world, echo, account, upstream):
    echo.let_in(account.member)
    job = world.job(
        f"{echo.uri}/work?a=b", token=oidc(account, audience=echo.uri), timeZone="America/Los_Angeles",
        http={"body": "Ym9keQ==", "headers": {"X-Mine": "1", "User-Agent": "mine", "X-CloudScheduler-JobName": "mine"}},
    )
    world.run(job)
    arrived = upstream.wait_for(1)[0]
    assert (arrived.method, arrived.path, arrived.body) == ("POST", "/work?a=b", b"body")
    assert arrived.header("user-agent") == "Google-Cloud-Scheduler"
    assert arrived.header("x-cloudscheduler") == "true"
    assert arrived.header("x-cloudscheduler-jobname") == job.rsplit("/", 1)[1]
    assert arrived.header("x-cloudscheduler-scheduletime").endswith(("-08:00", "-07:00"))
    assert arrived.header("content-type") == "application/octet-stream"
    assert arrived.header("content-length") == "4"
    assert arrived.header("host") == echo.host
    assert arrived.header("x-mine") == "1"

    authorization = arrived.header("authorization")
    assert authorization.startswith("Bearer ") and authorization.endswith(".SIGNATURE_REMOVED_BY_GOOGLE")
    claims = decoded(authorization.split(".")[1])
    assert (claims["aud"], claims["email"], claims["sub"]) == (echo.uri, account.email, account.unique_id)

    entry, state = attempt(world, job)
    assert state.get("status", {}).get("code", 0) == 0
    assert (entry["severity"], entry["httpRequest"]["status"]) == ("INFO", 200)
    assert [found["jsonPayload"]["@type"].rsplit(".", 1)[1] for found in world.entries(job)] == [
        "AttemptStarted", "AttemptFinished",
    ]
    assert len(upstream.arrivals) == 1


def test_without_an_audience_the_token_is_for_the_uri(world, echo, account, upstream):
    echo.let_in(account.member)
    job = world.job(echo.uri, token=oidc(account))
    world.run(job)
    claims = decoded(upstream.wait_for(1)[0].header("authorization").split(".")[1])
    assert claims["aud"] == echo.uri


def test_a_job_without_a_binding_is_told_permission_denied(world, echo, account, upstream):
    job = world.job(echo.uri, token=oidc(account))
    world.run(job)
    entry, state = attempt(world, job)
    assert state["status"]["code"] == 7
    assert entry["severity"] == "ERROR"
    assert entry["jsonPayload"]["status"] == "PERMISSION_DENIED"
    assert entry["jsonPayload"]["debugInfo"] == "URL_ERROR-ERROR_OTHER. Original HTTP response code number = 403"
    assert entry["jsonPayload"]["targetType"] == "HTTP"
    assert entry["httpRequest"]["status"] == 403
    assert entry["resource"] == {
        "type": "cloud_scheduler_job",
        "labels": {"project_id": PROJECT, "location": "us-central1", "job_id": job.rsplit("/", 1)[1]},
    }
    assert entry["logName"] == f"projects/{PROJECT}/logs/cloudscheduler.googleapis.com%2Fexecutions"
    assert upstream.arrivals == []


def test_a_job_with_a_wrong_audience_is_told_unauthenticated(world, echo, account, upstream):
    echo.let_in(account.member)
    job = world.job(echo.uri, token=oidc(account, audience="https://other.example"))
    world.run(job)
    entry, state = attempt(world, job)
    assert state["status"]["code"] == 16
    assert entry["jsonPayload"]["status"] == "UNAUTHENTICATED"
    assert entry["jsonPayload"]["debugInfo"].startswith("URL_ERROR-ERROR_AUTHENTICATION.")
    assert upstream.arrivals == []


def test_a_job_without_a_token_is_told_permission_denied(world, echo, upstream):
    job = world.job(echo.uri)
    world.run(job)
    assert attempt(world, job)[1]["status"]["code"] == 7
    assert upstream.arrivals == []


def test_a_job_of_a_disabled_account_sends_nothing(world, echo, account, upstream):
    echo.let_in(account.member)
    job = world.job(echo.uri, token=oidc(account))
    account.disable()
    world.run(job)
    assert attempt(world, job)[1]["status"]["code"] == 16
    assert upstream.arrivals == []


@pytest.mark.parametrize(("answered", "code"), [(400, 3), (404, 5), (429, 8), (500, 13), (503, 14)])
def test_the_services_answer_becomes_the_jobs_status(world, echo, account, upstream, answered, code):
    upstream.status = answered
    echo.let_in(account.member)
    job = world.job(echo.uri, token=oidc(account))
    world.run(job)
    entry, state = attempt(world, job)
    assert (entry["httpRequest"]["status"], state["status"]["code"]) == (answered, code)


def test_a_failure_is_tried_again_as_often_as_the_job_says(world, upstream):
    upstream.status = 500
    retry = {"retryCount": 2, "minBackoffDuration": "0.1s", "maxBackoffDuration": "0.2s"}
    job = world.job(upstream.url, retryConfig=retry)
    world.run(job)
    upstream.wait_for(3)
    until(lambda: len(world.finished(job)) == 3, "three attempts are in the log")
    times = {arrival.header("x-cloudscheduler-scheduletime") for arrival in upstream.arrivals}
    assert len(times) == 1, "each retry keeps the time of the first"


def test_a_job_calls_an_api_with_its_accounts_access_token(world, account):
    """Google's hosts are Doorward's own here: the token reaches Doorward's API and nobody else."""
    url = f"https://run.googleapis.com/v2/{PARENT}/services"
    job = world.job(url, http={"httpMethod": "GET", "oauthToken": {"serviceAccountEmail": account.email}})
    world.run(job)
    entry, state = attempt(world, job)
    assert (entry["httpRequest"]["status"], state["status"]["code"]) == (403, 7)

    world.bind_on_project("roles/run.viewer", account.member)
    world.run(job)
    until(lambda: len(world.finished(job)) == 2, "the second attempt is in the log")
    last = world.finished(job)[-1]
    assert (last["severity"], last["httpRequest"]["status"]) == ("INFO", 200)
    assert last["jsonPayload"]["debugInfo"] == "URL_CRAWLED. Original HTTP response code number = 200"


def test_an_api_that_a_job_calls_without_a_token_refuses_it(world):
    job = world.job(f"https://run.googleapis.com/v2/{PARENT}/services", http={"httpMethod": "GET"})
    world.run(job)
    entry, state = attempt(world, job)
    assert (entry["httpRequest"]["status"], state["status"]["code"]) == (401, 16)


def test_a_paused_job_runs_when_told_and_stays_paused(world, upstream):
    job = world.job(upstream.url)
    world.done("POST", f"/v1/{job}:pause", json={})
    world.run(job)
    upstream.wait_for(1)
    assert world.attempted(job)["state"] == "PAUSED"


def test_a_run_does_not_move_the_schedule(world, upstream):
    job = world.job(upstream.url)
    before = world.done("GET", f"/v1/{job}")["scheduleTime"]
    world.run(job)
    assert world.attempted(job)["scheduleTime"] == before


def test_a_link_local_address_is_never_called(world):
    job = world.job("http://169.254.169.254/computeMetadata/v1/")
    world.run(job)
    entry, state = attempt(world, job)
    assert state["status"]["code"] == 7
    assert "httpRequest" not in entry or "status" not in entry["httpRequest"]


def test_doorwards_own_api_is_never_called(world, server):
    job = world.job(f"{server.url}/healthz")
    world.run(job)
    assert attempt(world, job)[1]["status"]["code"] == 7


def test_the_generated_logging_client_reads_the_entries(world, server, owner, echo, account):
    job = world.job(echo.uri, token=oidc(account))
    world.run(job)
    world.attempted(job)
    client = clients.client(LoggingServiceV2Client, server, owner, "grpc")
    found = client.list_log_entries(resource_names=[f"projects/{PROJECT}"], order_by="timestamp desc")
    of_job = [entry for entry in found if entry.resource.labels["job_id"] == job.rsplit("/", 1)[1]]
    assert [entry.json_payload["@type"].rsplit(".", 1)[1] for entry in of_job] == ["AttemptFinished", "AttemptStarted"]
    assert of_job[0].json_payload["status"] == "PERMISSION_DENIED"


def test_the_command_prints_the_entries(world, server, echo, account):
    job = world.job(echo.uri, token=oidc(account))
    world.run(job)
    world.attempted(job)
    printed = command("logs", "--data", server.data)
    assert printed.returncode == 0, printed.stderr
    lines = [line for line in printed.stdout.splitlines() if job.rsplit("/", 1)[1] in line]
    assert len(lines) == 2
    assert "PERMISSION_DENIED" in lines[1] and "403" in lines[1]


def test_the_command_follows_until_it_is_interrupted(world, server, upstream):
    following = subprocess.Popen(
        [BINARY, "logs", "--follow", "--data", server.data], stdout=subprocess.PIPE, text=True, env=environment(),
    )
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(following.stdout.readline, "")), daemon=True)
    reader.start()
    try:
        until(lambda: lines, "the entries so far are printed")
        job = world.job(upstream.url)
        world.run(job)
        until(lambda: any(job.rsplit("/", 1)[1] in line and "AttemptFinished" in line for line in lines), "the new entry")
        following.send_signal(signal.SIGINT)
        assert following.wait(20) == 0
    finally:
        following.kill()
    reader.join(20)
    assert len(lines) == len(set(lines)), "an entry was printed twice"
