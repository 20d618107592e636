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
    "change",
    [
        {"pubsub_target": scheduler_v1.PubsubTarget(topic_name="projects/demo/topics/t", data=b"x")},
        {"app_engine_http_target": scheduler_v1.AppEngineHttpTarget(relative_uri="/")},
        {
            "http_target": scheduler_v1.HttpTarget(
                uri="http://127.0.0.1:9/",
                oauth_token=scheduler_v1.OAuthToken(service_account_email="schedulerunner@demo.iam.gserviceaccount.com"),
            )
        },
        {"schedule": "every 5 minutes", "http_target": scheduler_v1.HttpTarget(uri="http://127.0.0.1:9/")},
    ],
    ids=["Pub/Sub", "App Engine", "oauthToken", "English schedule"],
)
def test_what_is_not_here_yet_says_so_and_stores_nothing(client, name, change):
    with pytest.raises(exceptions.MethodNotImplemented, match="not implemented"):
        client.create_job(parent=PARENT, job=scheduler_v1.Job(**{"name": name, "schedule": YEARLY, **change}))
    with pytest.raises(exceptions.NotFound):
        client.get_job(name=name)


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
