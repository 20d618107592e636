"""The generated Cloud Scheduler client over both transports."""

import pytest
from google.api_core import exceptions
from google.cloud import scheduler_v1
from google.protobuf import duration_pb2, field_mask_pb2

import clients
from tokens import CLOUD_PLATFORM
from world import PARENT, YEARLY


@pytest.fixture(params=clients.TRANSPORTS)
def client(request, server, owner):
    return clients.client(scheduler_v1.CloudSchedulerClient, server, owner, request.param)


@pytest.fixture
def name(world):
    return f"{PARENT}/jobs/{world.unique('job')}"


def job(name, uri="http://127.0.0.1:9/", **more):
    return scheduler_v1.Job(name=name, schedule=YEARLY, http_target=scheduler_v1.HttpTarget(uri=uri), **more)


def test_a_job_lives_as_googles_client_expects(client, name, upstream):
    created = client.create_job(parent=PARENT, job=job(name, upstream.url, description="books"))
    assert (created.name, created.state) == (name, scheduler_v1.Job.State.ENABLED)
    assert created.http_target.http_method == scheduler_v1.HttpMethod.POST
    assert created.time_zone in ("UTC", "Etc/UTC")
    assert created.attempt_deadline.seconds == 180
    assert created.retry_config.max_backoff_duration.seconds == 3600
    assert created.schedule_time is not None and created.user_update_time is not None

    assert client.get_job(name=name) == created
    assert name in [listed.name for listed in client.list_jobs(parent=PARENT)]

    wish = scheduler_v1.Job(name=name, schedule="30 4 * * MON", description="not in the mask")
    updated = client.update_job(job=wish, update_mask=field_mask_pb2.FieldMask(paths=["schedule"]))
    assert (updated.schedule, updated.description) == ("30 4 * * MON", "books")

    assert client.pause_job(name=name).state == scheduler_v1.Job.State.PAUSED
    with pytest.raises(exceptions.BadRequest):
        client.pause_job(name=name)
    assert client.resume_job(name=name).state == scheduler_v1.Job.State.ENABLED
    with pytest.raises(exceptions.BadRequest):
        client.resume_job(name=name)

    assert client.run_job(name=name).name == name
    assert upstream.wait_for(1)[0].method == "POST"

    assert client.delete_job(name=name) is None
    for gone in (client.get_job, client.run_job, client.pause_job, client.delete_job):
        with pytest.raises(exceptions.NotFound):
            gone(name=name)


def test_pages_hold_what_was_asked_for_and_join_up(client, world):
    made = sorted(world.job("http://127.0.0.1:9/") for _ in range(3))
    pages = list(client.list_jobs(request={"parent": PARENT, "page_size": 1}).pages)
    assert all(len(page.jobs) <= 1 for page in pages)
    names = [job.name for page in pages for job in page.jobs]
    assert len(names) == len(set(names))
    assert set(made) <= set(names)


def test_a_second_job_of_the_name_is_refused(client, name):
    client.create_job(parent=PARENT, job=job(name))
    with pytest.raises(exceptions.Conflict) as refused:
        client.create_job(parent=PARENT, job=job(name, description="another"))
    assert clients.message(refused) == f"Job {name} already exists."
    assert client.get_job(name=name).description == ""


def test_a_job_without_a_name_gets_one(client):
    unnamed = scheduler_v1.Job(schedule=YEARLY, http_target=scheduler_v1.HttpTarget(uri="http://127.0.0.1:9/"))
    created = client.create_job(parent=PARENT, job=unnamed)
    assert created.name.startswith(f"{PARENT}/jobs/") and len(created.name) > len(f"{PARENT}/jobs/")


def test_retries_and_headers_come_back_as_written(client, name):
    config = scheduler_v1.RetryConfig(
        retry_count=3, min_backoff_duration=duration_pb2.Duration(seconds=10),
        max_backoff_duration=duration_pb2.Duration(seconds=60), max_doublings=2,
    )
    target = scheduler_v1.HttpTarget(
        uri="http://127.0.0.1:9/", http_method=scheduler_v1.HttpMethod.PUT, body=b"\x00\xff", headers={"X-Mine": "1"},
    )
    wish = scheduler_v1.Job(name=name, schedule=YEARLY, http_target=target, retry_config=config, time_zone="Europe/Berlin")
    client.create_job(parent=PARENT, job=wish)
    found = client.get_job(name=name)
    assert found.retry_config.retry_count == 3
    assert found.retry_config.min_backoff_duration.seconds == 10
    assert found.http_target.http_method == scheduler_v1.HttpMethod.PUT
    assert (found.http_target.body, found.http_target.headers["X-Mine"]) == (b"\x00\xff", "1")
    assert found.time_zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schedule": "0 * * * * *"}, "Schedule or time zone is invalid."),
        ({"schedule": "61 * * * *"}, "Schedule or time zone is invalid."),
        ({"time_zone": "Mars/Olympus"}, "Schedule or time zone is invalid."),
        ({"retry_config": scheduler_v1.RetryConfig(retry_count=6)}, "retry"),
        ({"attempt_deadline": duration_pb2.Duration(seconds=14)}, "deadline"),
        ({"http_target": scheduler_v1.HttpTarget(uri="ftp://example.com/")}, "URI"),
        ({"http_target": scheduler_v1.HttpTarget(uri="http://example.com/", http_method=2, body=b"x")}, "body"),
    ],
    ids=["six fields", "minute 61", "zone", "retries", "deadline", "scheme", "body of a GET"],
)
def test_a_job_that_cannot_be_is_refused_and_not_stored(client, name, change, message):
    fields = {"name": name, "schedule": YEARLY, "http_target": scheduler_v1.HttpTarget(uri="http://127.0.0.1:9/")}
    with pytest.raises(exceptions.BadRequest) as refused:
        client.create_job(parent=PARENT, job=scheduler_v1.Job(**{**fields, **change}))
    assert message.lower() in clients.message(refused).lower()
    with pytest.raises(exceptions.NotFound):
        client.get_job(name=name)


@pytest.mark.parametrize(
    ("field", "target"),
    [
        (
            "pubsub_target",
            scheduler_v1.PubsubTarget(topic_name="projects/demo/topics/orders", data=b"x", attributes={"till": "7"}),
        ),
        (
            "app_engine_http_target",
            scheduler_v1.AppEngineHttpTarget(relative_uri="/work", http_method=scheduler_v1.HttpMethod.POST, body=b"x"),
        ),
    ],
    ids=["Pub/Sub", "App Engine"],
)
def test_a_target_that_is_not_called_yet_is_kept_and_a_run_says_unimplemented(client, world, name, field, target):
    client.create_job(parent=PARENT, job=scheduler_v1.Job(name=name, schedule=YEARLY, **{field: target}))
    kept = getattr(client.get_job(name=name), field)
    for member in type(target).meta.fields:
        if getattr(target, member):
            assert getattr(kept, member) == getattr(target, member)
    client.run_job(name=name)
    job = client.get_job(name=name)
    assert job.status.code == 12 and job.last_attempt_time is not None
    started, finished = world.entries(name)
    assert started["jsonPayload"]["@type"].endswith(".AttemptStarted")
    assert finished["jsonPayload"]["status"] == "UNIMPLEMENTED" and finished["severity"] == "ERROR"
    assert "not called yet" in finished["labels"]["doorward.dev/cause"]


@pytest.mark.parametrize(
    "schedule",
    [
        "every 5 minutes", "every 10 mins from 10:00 to 14:00", "every 2 hours synchronized", "every day 00:00",
        "every mon,wed 09:00", "1st,third monday of month 09:00", "2nd,third mon,wed of march 17:00",
    ],
)
def test_schedules_in_english_are_taken(client, name, schedule):
    created = client.create_job(parent=PARENT, job=scheduler_v1.Job(
        name=name, schedule=schedule, http_target=scheduler_v1.HttpTarget(uri="http://127.0.0.1:9/"),
    ))
    assert created.schedule == schedule
    assert created.schedule_time > created.user_update_time


def test_a_patch_without_a_mask_replaces_what_is_filled_and_nothing_else(client, name):
    made = client.create_job(parent=PARENT, job=job(name, description="books", time_zone="Europe/Berlin"))
    updated = client.update_job(job=scheduler_v1.Job(name=name, schedule="30 4 * * MON"))
    assert (updated.schedule, updated.description, updated.time_zone) == ("30 4 * * MON", "books", "Europe/Berlin")
    assert updated.http_target == made.http_target


@pytest.mark.parametrize(
    ("path", "wish", "read", "expected"),
    [
        ("description", {"description": "new"}, lambda job: job.description, "new"),
        ("time_zone", {"time_zone": "Asia/Tokyo"}, lambda job: job.time_zone, "Asia/Tokyo"),
        ("attempt_deadline", {"attempt_deadline": duration_pb2.Duration(seconds=20)},
         lambda job: job.attempt_deadline.seconds, 20),
        ("http_target.headers", {"http_target": scheduler_v1.HttpTarget(headers={"X-New": "2"})},
         lambda job: dict(job.http_target.headers), {"X-New": "2"}),
        ("http_target.body", {"http_target": scheduler_v1.HttpTarget(body=b"new")}, lambda job: job.http_target.body, b"new"),
        ("http_target.http_method", {"http_target": scheduler_v1.HttpTarget(http_method=scheduler_v1.HttpMethod.PUT)},
         lambda job: job.http_target.http_method, scheduler_v1.HttpMethod.PUT),
        ("retry_config.max_doublings", {"retry_config": scheduler_v1.RetryConfig(max_doublings=2)},
         lambda job: (job.retry_config.max_doublings, job.retry_config.retry_count), (2, 3)),
        ("retry_config.retry_count", {"retry_config": scheduler_v1.RetryConfig()},
         lambda job: job.retry_config.retry_count, 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mask_reaches_every_field_and_leaves_its_neighbours(client, name, path, wish, read, expected):
    target = scheduler_v1.HttpTarget(uri="http://127.0.0.1:9/old", body=b"old", headers={"X-Old": "1"})
    client.create_job(parent=PARENT, job=scheduler_v1.Job(
        name=name, schedule=YEARLY, http_target=target, retry_config=scheduler_v1.RetryConfig(retry_count=3),
    ))
    updated = client.update_job(
        job=scheduler_v1.Job(name=name, **wish), update_mask=field_mask_pb2.FieldMask(paths=[path]),
    )
    assert read(updated) == expected
    assert (updated.schedule, updated.http_target.uri) == (YEARLY, "http://127.0.0.1:9/old")


@pytest.mark.parametrize("path", ["name", "state", "schedule_time", "no_such_field", "http_target.no_such_field"])
def test_a_mask_of_what_nobody_writes_is_refused(client, name, path):
    client.create_job(parent=PARENT, job=job(name))
    with pytest.raises(exceptions.BadRequest):
        client.update_job(job=scheduler_v1.Job(name=name), update_mask=field_mask_pb2.FieldMask(paths=[path]))


def test_an_oauth_token_goes_to_googles_apis_and_nowhere_else(client, world, account, name):
    oauth = scheduler_v1.OAuthToken(service_account_email=account.email)
    for uri in ("https://example.com/", "http://run.googleapis.com/", "https://googleapis.com.example.com/"):
        with pytest.raises(exceptions.BadRequest, match="OAuth token"):
            client.create_job(parent=PARENT, job=scheduler_v1.Job(
                name=name, schedule=YEARLY, http_target=scheduler_v1.HttpTarget(uri=uri, oauth_token=oauth),
            ))
    target = scheduler_v1.HttpTarget(uri="https://run.googleapis.com/v2/x", oauth_token=oauth)
    made = client.create_job(parent=PARENT, job=scheduler_v1.Job(name=name, schedule=YEARLY, http_target=target))
    assert made.http_target.oauth_token.scope == CLOUD_PLATFORM


def test_a_target_needs_what_its_kind_needs(client, name):
    for target, text in (
        ({"pubsub_target": scheduler_v1.PubsubTarget(topic_name="projects/demo/topics/orders")}, "data"),
        ({"pubsub_target": scheduler_v1.PubsubTarget(topic_name="projects/other/topics/orders", data=b"x")}, "topic"),
        ({"pubsub_target": scheduler_v1.PubsubTarget(topic_name="orders", data=b"x")}, "topics/TOPIC"),
        ({"app_engine_http_target": scheduler_v1.AppEngineHttpTarget(relative_uri="work")}, "relative URI"),
        ({}, "target"),
    ):
        with pytest.raises(exceptions.BadRequest) as refused:
            client.create_job(parent=PARENT, job=scheduler_v1.Job(name=name, schedule=YEARLY, **target))
        assert text in clients.message(refused)


def test_a_state_that_does_not_allow_it_is_a_failed_precondition(world):
    job = world.job("http://127.0.0.1:9/")
    for verb, allowed in (("pause", True), ("pause", False), ("resume", True), ("resume", False)):
        answer = world.call("POST", f"/v1/{job}:{verb}", json={})
        if not allowed:
            assert (answer.status_code, answer.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
        else:
            assert answer.status_code == 200


def test_what_is_missing_has_googles_words(client, name):
    for call in (client.get_job, client.run_job, client.delete_job):
        with pytest.raises(exceptions.NotFound) as refused:
            call(name=name)
        assert clients.message(refused) == "Job not found."


def test_acting_as_an_account_needs_a_permission(server, world, account, upstream):
    world.bind_on_project("roles/cloudscheduler.admin", account.member)
    runner = world.account("runner")
    credentials = world.key_credentials(account.key(), scopes=[CLOUD_PLATFORM])
    oidc = scheduler_v1.OidcToken(service_account_email=runner.email)
    for transport in clients.TRANSPORTS:
        writer = clients.client(scheduler_v1.CloudSchedulerClient, server, credentials, transport)
        name = f"{PARENT}/jobs/{world.unique('job')}"
        wish = scheduler_v1.Job(
            name=name, schedule=YEARLY, http_target=scheduler_v1.HttpTarget(uri=upstream.url, oidc_token=oidc),
        )
        with pytest.raises(exceptions.Forbidden) as refused:
            writer.create_job(parent=PARENT, job=wish)
        assert clients.message(refused) == (
            'The principal (user or service account) lacks IAM permission "iam.serviceAccounts.actAs" for the resource '
            f'"{runner.email}" (or the resource may not exist).'
        )
        with pytest.raises(exceptions.NotFound):
            writer.get_job(name=name)
    world.bind(f"/v1/{runner.name}", "roles/iam.serviceAccountUser", account.member)
    assert writer.create_job(parent=PARENT, job=wish).http_target.oidc_token.service_account_email == runner.email


def test_an_account_needs_the_permission_to_act_as_itself_too(server, world, account):
    world.bind_on_project("roles/cloudscheduler.admin", account.member)
    writer = clients.over_grpc(scheduler_v1.CloudSchedulerClient, server, account.access_token())
    oidc = scheduler_v1.OidcToken(service_account_email=account.email)
    target = scheduler_v1.HttpTarget(uri="http://127.0.0.1:9/", oidc_token=oidc)
    with pytest.raises(exceptions.Forbidden, match="iam.serviceAccounts.actAs"):
        writer.create_job(parent=PARENT, job=scheduler_v1.Job(schedule=YEARLY, http_target=target))


def test_who_may_only_look_changes_nothing(server, world, account, name):
    world.bind_on_project("roles/cloudscheduler.viewer", account.member)
    world.done("POST", f"/v1/{PARENT}/jobs", json={"name": name, "schedule": YEARLY, "httpTarget": {"uri": "http://127.0.0.1:9/"}})
    viewer = clients.over_grpc(scheduler_v1.CloudSchedulerClient, server, account.access_token())
    before = viewer.get_job(name=name)
    for change, permission in (
        (viewer.run_job, "run"), (viewer.pause_job, "pause"), (viewer.resume_job, "enable"), (viewer.delete_job, "delete"),
    ):
        with pytest.raises(exceptions.Forbidden) as refused:
            change(name=name)
        assert f'"cloudscheduler.jobs.{permission}"' in clients.message(refused)
    with pytest.raises(exceptions.Forbidden, match="cloudscheduler.jobs.update"):
        viewer.update_job(job=scheduler_v1.Job(name=name, schedule="* * * * *"), update_mask={"paths": ["schedule"]})
    assert viewer.get_job(name=name) == before
