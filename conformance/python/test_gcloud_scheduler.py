"""`gcloud scheduler jobs` under `doorward exec`, with ID tokens and access tokens attached."""

import json

from gcloud import Gcloud, needs_gcloud
from server import until
from world import PARENT, PROJECT, REGION

pytestmark = needs_gcloud
JOBS = ("scheduler", "jobs")
HERE = f"--location={REGION}"
YEARLY = "--schedule=0 0 1 1 *"


def test_a_job_calls_a_private_service_with_an_id_token(gcloud, world, echo, upstream, account):
    name = world.unique("gcloud")
    made = gcloud.json(
        *JOBS, "create", "http", name, HERE, "--schedule=*/5 * * * *", "--time-zone=Europe/Berlin", f"--uri={echo.uri}/run",
        f"--oidc-service-account-email={account.email}", f"--oidc-token-audience={echo.uri}",
        '--message-body={"loaves": 3}', "--headers=Content-Type=application/json", "--max-retry-attempts=0",
    )
    assert made["name"] == f"{PARENT}/jobs/{name}" and made["state"] == "ENABLED"
    assert made["httpTarget"]["oidcToken"] == {"audience": echo.uri, "serviceAccountEmail": account.email}
    said = gcloud.refused(*JOBS, "create", "http", name, HERE, YEARLY, f"--uri={echo.uri}")
    assert "ALREADY_EXISTS" in said, said
    described = gcloud.done(*JOBS, "describe", name, HERE)
    assert "schedule: '*/5 * * * *'" in described, described
    assert "timeZone: Europe/Berlin" in described
    listed = gcloud.done(*JOBS, "list", HERE)
    assert listed.split()[:2] == ["ID", "LOCATION"] and name in listed and "ENABLED" in listed, listed

    assert "Job has been paused." in gcloud.talk(*JOBS, "pause", name, HERE)
    assert gcloud.json(*JOBS, "describe", name, HERE)["state"] == "PAUSED"
    assert "Job has been resumed." in gcloud.talk(*JOBS, "resume", name, HERE)
    assert gcloud.json(*JOBS, "describe", name, HERE)["state"] == "ENABLED"

    # Before the binding the call is refused, after it the program behind the service is called.
    gcloud.done(*JOBS, "run", name, HERE)
    job = f"{PARENT}/jobs/{name}"
    until(lambda: world.finished(job), "it was refused")
    assert gcloud.json(*JOBS, "describe", name, HERE)["status"]["code"] == 7
    assert not upstream.arrivals
    echo.let_in(account.member)
    gcloud.done(*JOBS, "run", name, HERE)
    until(lambda: upstream.arrivals, "it was called")
    called = upstream.arrivals[0]
    assert called.method == "POST" and json.loads(called.body) == {"loaves": 3}

    changed = gcloud.json(*JOBS, "update", "http", name, HERE, "--schedule=every 5 minutes")
    assert changed["schedule"] == "every 5 minutes"
    kept = {key: changed["httpTarget"].get(key) for key in ("httpMethod", "oidcToken", "uri")}
    assert kept == {"httpMethod": "POST", "oidcToken": {"audience": echo.uri, "serviceAccountEmail": account.email}, "uri": f"{echo.uri}/run"}
    assert changed["timeZone"] == "Europe/Berlin", "what was not named stays"
    changed = gcloud.json(*JOBS, "update", "http", name, HERE, f"--uri={echo.uri}/other", "--http-method=put", "--clear-auth-token")
    assert changed["httpTarget"]["uri"] == f"{echo.uri}/other" and changed["httpTarget"]["httpMethod"] == "PUT"
    assert "oidcToken" not in changed["httpTarget"]

    assert "Deleted job" in gcloud.talk(*JOBS, "delete", name, HERE)
    assert "NOT_FOUND" in gcloud.refused(*JOBS, "describe", name, HERE)
    assert "NOT_FOUND" in gcloud.refused(*JOBS, "run", name, HERE)


def test_a_job_calls_an_api_with_an_access_token(gcloud, world, account):
    name = world.unique("oauth")
    made = gcloud.json(
        *JOBS, "create", "http", name, HERE, YEARLY, f"--uri=https://cloudresourcemanager.googleapis.com/v1/projects/{PROJECT}",
        "--http-method=GET", f"--oauth-service-account-email={account.email}",
    )
    assert made["httpTarget"]["oauthToken"]["serviceAccountEmail"] == account.email
    job = f"{PARENT}/jobs/{name}"
    gcloud.done(*JOBS, "run", name, HERE)
    until(lambda: len(world.finished(job)) == 1, "it was refused")
    assert gcloud.json(*JOBS, "describe", name, HERE)["status"]["code"] == 7
    world.bind_on_project("roles/viewer", account.member)
    gcloud.done(*JOBS, "run", name, HERE)
    until(lambda: len(world.finished(job)) == 2, "it was let in")
    assert gcloud.json(*JOBS, "describe", name, HERE).get("status", {}).get("code", 0) == 0
    gcloud.talk(*JOBS, "delete", name, HERE)


def test_what_cannot_be_is_told(gcloud, server, world, account, tmp_path):
    create = (*JOBS, "create", "http")
    said = gcloud.refused(*create, world.unique("bad"), HERE, "--schedule=61 * * * *", "--uri=https://x.example")
    assert "INVALID_ARGUMENT" in said and "schedule" in said.lower(), said
    gone = f"nobody-here@{PROJECT}.iam.gserviceaccount.com"
    said = gcloud.refused(*create, world.unique("bad"), HERE, YEARLY, "--uri=https://x.example", f"--oidc-service-account-email={gone}")
    assert gone in said and "PERMISSION_DENIED" in said and "iam.serviceAccounts.actAs" in said, said
    stranger = Gcloud(server, tmp_path, account.email)
    said = stranger.refused(*create, world.unique("bad"), HERE, YEARLY, "--uri=https://x.example")
    assert "cloudscheduler.jobs.create" in said and "PERMISSION_DENIED" in said, said
