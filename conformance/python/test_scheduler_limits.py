"""What a job may be, to the last byte, and what is sent and told as Google documents or was seen to do (facts §7)."""

import base64
import socket

import pytest
from google.api_core import exceptions
from google.cloud import scheduler_v1
from google.protobuf import duration_pb2

import clients
from server import until
from world import PARENT, YEARLY

URI = "http://127.0.0.1:9/"


@pytest.fixture
def client(server, owner):
    return clients.client(scheduler_v1.CloudSchedulerClient, server, owner, "grpc")


def http(uri=URI, **more):
    return {"http_target": scheduler_v1.HttpTarget(uri=uri, **more)}


def app_engine(**more):
    return {"app_engine_http_target": scheduler_v1.AppEngineHttpTarget(**more)}


def deadline(seconds, nanos=0):
    return {"attempt_deadline": duration_pb2.Duration(seconds=seconds, nanos=nanos)}


def retry(**fields):
    durations = {name: duration_pb2.Duration(seconds=value) for name, value in fields.items() if name.endswith("duration")}
    return {"retry_config": scheduler_v1.RetryConfig(**{**fields, **durations})}


def create(client, world, **fields):
    name = f"{PARENT}/jobs/{world.unique('job')}"
    job = scheduler_v1.Job(name=name, **{"schedule": YEARLY, **fields})
    return client.create_job(parent=PARENT, job=job)


LONGEST_URI = URI + "a" * (2083 - len(URI))
BODY = b"x" * (1 << 20)

KEPT = {
    "attempt deadline of 15 s": {**http(), **deadline(15)},
    "attempt deadline of 30 min": {**http(), **deadline(1800)},
    "App Engine deadline of a day and 15 s": {**app_engine(), **deadline(86415)},
    "App Engine deadline of 0": {**app_engine(), **deadline(0)},
    "body of 1 MiB": http(body=BODY),
    "body of a PATCH": http(body=b"x", http_method=scheduler_v1.HttpMethod.PATCH),
    "body of a PUT": http(body=b"x", http_method=scheduler_v1.HttpMethod.PUT),
    "description of 500": {**http(), "description": "ü" * 500},
    "five retries": {**http(), **retry(retry_count=5)},
    "headers below 80 KiB": http(headers={"X-Mine": "v" * (80 * 1024 - 7)}),
    "relative URI of 2083": app_engine(relative_uri="/" + "a" * 2082),
    "topic with an attribute alone": {
        "pubsub_target": scheduler_v1.PubsubTarget(topic_name="projects/demo/topics/orders", attributes={"till": "7"}),
    },
    "URI of 2083": http(LONGEST_URI),
    "zone utc": {**http(), "time_zone": "utc"},
}

REFUSED = {
    "attempt deadline below 15 s": {**http(), **deadline(14, 999_999_999)},
    "attempt deadline above 30 min": {**http(), **deadline(1801)},
    "App Engine deadline below 15 s": {**app_engine(), **deadline(14)},
    "App Engine deadline above a day and 15 s": {**app_engine(), **deadline(86416)},
    "App Engine OPTIONS": app_engine(http_method=scheduler_v1.HttpMethod.OPTIONS),
    "App Engine PATCH": app_engine(http_method=scheduler_v1.HttpMethod.PATCH),
    "App Engine body of a DELETE": app_engine(http_method=scheduler_v1.HttpMethod.DELETE, body=b"x"),
    "body above 1 MiB": http(body=BODY + b"x"),
    "body of a DELETE": http(body=b"x", http_method=scheduler_v1.HttpMethod.DELETE),
    "body of a HEAD": http(body=b"x", http_method=scheduler_v1.HttpMethod.HEAD),
    "description of 501": {**http(), "description": "ü" * 501},
    "empty message": {"pubsub_target": scheduler_v1.PubsubTarget(topic_name="projects/demo/topics/orders")},
    "headers of 80 KiB": http(headers={"X-Mine": "v" * (80 * 1024)}),
    "no schedule": {**http(), "schedule": ""},
    "relative URI of 2084": app_engine(relative_uri="/" + "a" * 2083),
    "relative URI with a blank": app_engine(relative_uri="/a b"),
    "six retries": {**http(), **retry(retry_count=6)},
    "topic of another project": {
        "pubsub_target": scheduler_v1.PubsubTarget(topic_name="projects/other/topics/orders", data=b"x"),
    },
    "URI of 2084": http(LONGEST_URI + "a"),
    "URI too long once encoded": http(URI + " " * 700),
    "URI without a scheme": http("127.0.0.1:9/"),
}


@pytest.mark.parametrize("fields", KEPT.values(), ids=KEPT.keys())
def test_what_is_just_allowed_is_kept(client, world, fields):
    made = create(client, world, **fields)
    assert client.get_job(name=made.name) == made


@pytest.mark.parametrize("fields", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_just_not_allowed_is_refused_and_not_kept(client, world, fields):
    name = f"{PARENT}/jobs/{world.unique('job')}"
    with pytest.raises(exceptions.InvalidArgument):
        client.create_job(parent=PARENT, job=scheduler_v1.Job(name=name, **{"schedule": YEARLY, **fields}))
    with pytest.raises(exceptions.NotFound):
        client.get_job(name=name)


@pytest.mark.parametrize("schedule", ["0 * * * * *", "* * * *", "0 0 L * *", "0 0 * * MON#1", "60 * * * *", "* * 0 * *", "hourly", ""])
def test_a_schedule_that_is_none_has_googles_words(client, schedule):
    with pytest.raises(exceptions.InvalidArgument) as refused:
        client.create_job(parent=PARENT, job=scheduler_v1.Job(schedule=schedule, **http()))
    assert clients.message(refused) == "Schedule or time zone is invalid."


@pytest.mark.parametrize("zone", ["Mars/Olympus", "GMT+25", "+01:00", "../UTC"])
def test_a_zone_that_is_none_has_googles_words(client, zone):
    with pytest.raises(exceptions.InvalidArgument) as refused:
        client.create_job(parent=PARENT, job=scheduler_v1.Job(schedule=YEARLY, time_zone=zone, **http()))
    assert clients.message(refused) == "Schedule or time zone is invalid."


@pytest.mark.parametrize("location", ["Moon!", "-", "US-CENTRAL1"])
def test_a_location_that_can_be_none_has_googles_words(world, location):
    body = {"schedule": YEARLY, "httpTarget": {"uri": URI}}
    answer = world.call("POST", f"/v1/projects/demo/locations/{location}/jobs", json=body)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert answer.json()["error"]["message"] == f"Location '{location}' is not a valid location."


def test_an_id_has_at_most_five_hundred_letters_digits_hyphens_and_underscores(client, world):
    longest = world.unique("J_-") + "a" * 500
    name = f"{PARENT}/jobs/{longest[:500]}"
    made = client.create_job(parent=PARENT, job=scheduler_v1.Job(name=name, schedule=YEARLY, **http()))
    assert made.name == name
    for bad in (longest[:501], "a b", "a.b", "ä"):
        with pytest.raises(exceptions.InvalidArgument):
            client.create_job(
                parent=PARENT, job=scheduler_v1.Job(name=f"{PARENT}/jobs/{bad}", schedule=YEARLY, **http()),
            )


def test_what_was_left_out_is_filled_in(client, world):
    made = create(client, world, **http())
    assert made.http_target.http_method == scheduler_v1.HttpMethod.POST
    assert (made.time_zone, made.attempt_deadline.seconds, made.retry_config.retry_count) == ("UTC", 180, 0)
    config = made.retry_config
    assert (config.min_backoff_duration.seconds, config.max_backoff_duration.seconds, config.max_doublings) == (5, 3600, 5)
    assert config.max_retry_duration.total_seconds() == 0


@pytest.mark.parametrize(
    ("routing", "host"),
    [
        ({}, "demo.appspot.com"),
        ({"service": "till"}, "till.demo.appspot.com"),
        ({"version": "v1", "service": "till"}, "v1.till.demo.appspot.com"),
        ({"instance": "3", "version": "v1", "service": "till"}, "3.v1.till.demo.appspot.com"),
        ({"service": "till", "host": "evil.example"}, "till.demo.appspot.com"),
    ],
)
def test_the_host_of_an_app_engine_target_is_told_and_never_taken(client, world, routing, host):
    made = create(client, world, **app_engine(relative_uri="/work", app_engine_routing=routing))
    assert made.app_engine_http_target.app_engine_routing.host == host


@pytest.mark.parametrize(
    "header",
    [
        "Content-Length", "Host", "Transfer-Encoding", "User-Agent", "X-AppEngine-Cron", "X-CloudScheduler",
        "X-CloudScheduler-JobName", "X-CloudScheduler-ScheduleTime", "X-Google-Anything",
    ],
)
def test_a_header_that_is_computed_is_dropped(client, world, upstream, header):
    made = create(client, world, **http(upstream.url, headers={header: "mine", "X-Mine": "1"}, body=b"x"))
    assert dict(made.http_target.headers) == {"X-Mine": "1"}
    client.run_job(name=made.name)
    arrived = upstream.wait_for(1)[0]
    assert arrived.header("x-mine") == "1" and arrived.header(header) != "mine"


def test_a_token_replaces_the_users_authorization(world, upstream, account):
    token = {"serviceAccountEmail": account.email}
    world.run(world.job(upstream.url, token=token, http={"headers": {"Authorization": "Basic mine"}}))
    assert upstream.wait_for(1)[0].header("authorization").startswith("Bearer ey")


def test_an_interval_has_no_header_with_a_schedule_time(world, upstream):
    world.run(world.job(upstream.url, schedule="every 24 hours"))
    arrived = upstream.wait_for(1)[0]
    assert arrived.header("x-cloudscheduler-scheduletime") is None
    assert arrived.header("x-cloudscheduler") == "true"


def test_without_a_body_there_is_no_content_type(world, upstream):
    world.run(world.job(upstream.url, http={"httpMethod": "GET"}))
    assert upstream.wait_for(1)[0].header("content-type") is None


def test_a_redirect_is_a_failure_and_is_not_followed(world, upstream):
    upstream.status = 302
    upstream.headers["location"] = f"{upstream.url}/elsewhere"
    job = world.job(upstream.url)
    world.run(job)
    assert world.attempted(job)["status"]["code"] != 0
    assert [arrival.path for arrival in upstream.arrivals] == ["/"]


@pytest.mark.parametrize(
    ("answered", "status", "prefix"),
    [
        (400, "INVALID_ARGUMENT", "URL_ERROR-ERROR_OTHER"),
        (401, "UNAUTHENTICATED", "URL_ERROR-ERROR_AUTHENTICATION"),
        (403, "PERMISSION_DENIED", "URL_ERROR-ERROR_OTHER"),
        (404, "NOT_FOUND", "URL_ERROR-ERROR_NOT_FOUND"),
        (429, "RESOURCE_EXHAUSTED", "URL_UNREACHABLE-UNREACHABLE_5xx"),
        (500, "INTERNAL", "URL_UNREACHABLE-UNREACHABLE_5xx"),
        (503, "UNAVAILABLE", "URL_UNREACHABLE-UNREACHABLE_5xx"),
    ],
)
def test_each_answer_is_logged_in_googles_words(world, upstream, answered, status, prefix):
    upstream.status = answered
    job = world.job(upstream.url)
    world.run(job)
    world.attempted(job)
    started, finished = world.entries(job)
    assert started["jsonPayload"] == {
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptStarted", "jobName": job,
        "url": upstream.url, "targetType": "HTTP", "scheduledTime": started["jsonPayload"]["scheduledTime"],
    }
    assert started["severity"] == "INFO"
    assert finished["jsonPayload"] == {
        "@type": "type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished", "jobName": job,
        "url": upstream.url, "targetType": "HTTP", "status": status,
        "debugInfo": f"{prefix}. Original HTTP response code number = {answered}",
    }
    assert (finished["severity"], finished["httpRequest"]["status"]) == ("ERROR", answered)


def test_the_retry_of_a_run_is_not_the_schedules_time(world, upstream):
    upstream.status = 500
    job = world.job(upstream.url, retryConfig={"retryCount": 1, "minBackoffDuration": "600s"})
    before = world.done("GET", f"/v1/{job}")["scheduleTime"]
    world.run(job)
    assert world.attempted(job)["scheduleTime"] == before


def test_states_change_as_google_documents(world):
    job = world.job(URI)
    for verb, answered, state in (
        ("resume", 400, "ENABLED"), ("pause", 200, "PAUSED"), ("pause", 400, "PAUSED"), ("run", 200, "PAUSED"),
        ("resume", 200, "ENABLED"), ("resume", 400, "ENABLED"),
    ):
        answer = world.call("POST", f"/v1/{job}:{verb}", json={})
        assert answer.status_code == answered, f"{verb}: {answer.text}"
        if answered == 400:
            assert answer.json()["error"]["status"] == "FAILED_PRECONDITION"
        found = world.done("GET", f"/v1/{job}")
        assert found["state"] == state
        assert ("scheduleTime" in found) == (state == "ENABLED"), "a paused job is sent at no time"


def test_an_update_of_a_paused_job_leaves_it_paused(world):
    job = world.job(URI)
    world.done("POST", f"/v1/{job}:pause", json={})
    changed = world.done("PATCH", f"/v1/{job}?updateMask=schedule", json={"schedule": "0 5 * * *"})
    assert (changed["state"], changed["schedule"]) == ("PAUSED", "0 5 * * *")
    assert "scheduleTime" not in changed


def test_each_run_is_an_attempt_of_its_own_even_while_one_is_under_way(world, upstream):
    job = world.job(upstream.url)
    for _ in range(5):
        world.run(job)
    until(lambda: len(world.finished(job)) == 5, "five attempts are in the log")
    assert len(upstream.arrivals) == 5


def test_a_run_that_is_one_too_many_is_refused(world):
    """Nobody answers there, so that each stays until its deadline."""
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(128)
    job = world.job(f"http://127.0.0.1:{silent.getsockname()[1]}/", attemptDeadline="15s")
    for _ in range(100):
        world.run(job)
    refused = world.call("POST", f"/v1/{job}:run", json={})
    assert (refused.status_code, refused.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    world.done("DELETE", f"/v1/{job}")
    silent.close()


def test_a_body_travels_as_base64(world, upstream):
    content = bytes(range(256))
    world.run(world.job(upstream.url, http={"body": base64.b64encode(content).decode()}))
    assert upstream.wait_for(1)[0].body == content
