"""The generated Cloud Logging client, which speaks gRPC only."""

import datetime
import threading

import grpc
import pytest
from google.api_core import exceptions
from google.api import monitored_resource_pb2
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import (
    ListLogEntriesRequest, LogEntry, TailLogEntriesRequest, TailLogEntriesResponse, WriteLogEntriesRequest,
)
from google.logging.type import http_request_pb2, log_severity_pb2

import clients
from server import command, until
from world import PROJECT

NAME = f"projects/{PROJECT}"
GLOBAL = monitored_resource_pb2.MonitoredResource(type="global")


@pytest.fixture
def client(server, owner):
    return clients.client(LoggingServiceV2Client, server, owner, "grpc")


@pytest.fixture
def log(world):
    return f"{NAME}/logs/{world.unique('log')}"


def listed(client, filter, order="timestamp asc", page_size=1000):
    request = ListLogEntriesRequest(resource_names=[NAME], filter=filter, order_by=order, page_size=page_size)
    return list(client.list_log_entries(request))


def test_what_is_written_is_found_by_every_part_of_it(client, log):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=123456)
    call = http_request_pb2.HttpRequest(request_method="GET", status=503, response_size=2048)
    call.latency.FromMilliseconds(1500)
    entries = [
        LogEntry(text_payload="The cat sat", severity=log_severity_pb2.NOTICE, insert_id="1", timestamp=now),
        LogEntry(json_payload={"message": "failed", "attempt": 3, "deep": {"list": ["a", "b"]}}, insert_id="2",
                 severity=log_severity_pb2.CRITICAL, labels={"team": "orders"}, timestamp=now + datetime.timedelta(seconds=1)),
        LogEntry(text_payload="slow", http_request=call, insert_id="3", timestamp=now + datetime.timedelta(seconds=2),
                 trace=f"{NAME}/traces/abc", resource=monitored_resource_pb2.MonitoredResource(type="gce_instance", labels={"zone": "a"})),
    ]
    client.write_log_entries(log_name=log, resource=GLOBAL, labels={"run": "x/y"}, entries=entries)
    of_log = f'logName="{log}"'
    for filter, expected in [
        ("", ["1", "2", "3"]),
        ("severity>=ERROR", ["2"]),
        ("severity=(NOTICE OR CRITICAL)", ["1", "2"]),
        ("textPayload:CAT", ["1"]),
        ('textPayload=~"c.t"', ["1"]),
        ("jsonPayload.attempt>2", ["2"]),
        ("jsonPayload.deep.list=b", ["2"]),
        ("labels.team=orders", ["2"]),
        ('labels.run="x/y"', ["1", "2", "3"]),
        ("httpRequest.status>=500 httpRequest.latency>1s", ["3"]),
        ("httpRequest.responseSize>2000 resource.labels.zone=a", ["3"]),
        ("resource.type=gce_instance", ["3"]),
        ("NOT resource.type=gce_instance", ["1", "2"]),
        ("insertId=1 OR insertId=3", ["1", "3"]),
        (f'timestamp>"{now.isoformat()}"', ["2", "3"]),
        (f'timestamp<="{now.isoformat()}"', ["1"]),
        ("failed", ["2"]),
        ("nowhere", []),
    ]:
        assert [entry.insert_id for entry in listed(client, f"{of_log} {filter}")] == expected, filter
    assert [entry.insert_id for entry in listed(client, of_log, "timestamp desc", page_size=1)] == ["3", "2", "1"]
    slow = listed(client, f"{of_log} AND slow")[0]
    assert (slow.http_request.latency.ToMilliseconds(), slow.trace) == (1500, f"{NAME}/traces/abc")
    assert slow.timestamp == now + datetime.timedelta(seconds=2)

    assert log in client.list_logs(parent=NAME)
    client.delete_log(log_name=log)
    assert log not in client.list_logs(parent=NAME) and listed(client, of_log) == []
    with pytest.raises(exceptions.NotFound):
        client.delete_log(log_name=log)


def test_what_is_wrong_is_refused_with_its_place(client, log):
    for filter, place in [
        ("severity>=ERORR", "at character 11"),
        ("(severity=ERROR", "at character 16"),
        ("job_id=x", "no field job_id"),
        ('textPayload=~"("', "unclosed group"),
    ]:
        with pytest.raises(exceptions.BadRequest) as refused:
            listed(client, filter)
        assert place in clients.message(refused)
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        listed(client, "sample(insertId, 0.1)")
    assert "sample" in clients.message(refused)
    good = LogEntry(log_name=log, resource=GLOBAL, text_payload="good", insert_id="good")
    for bad in [
        LogEntry(log_name=f"{NAME}/logs/run.googleapis.com%2Frequests", resource=GLOBAL, text_payload="forged"),
        LogEntry(log_name=log, text_payload="of nothing"),
        LogEntry(log_name=log, resource=GLOBAL, text_payload="x" * 300_000),
    ]:
        with pytest.raises(exceptions.BadRequest):
            client.write_log_entries(entries=[good, bad])
        assert listed(client, f'logName="{log}"') == []
    with pytest.raises(exceptions.BadRequest) as refused:
        client.write_log_entries(WriteLogEntriesRequest(entries=[bad, good], partial_success=True))
    assert "were written" in clients.message(refused)
    assert [entry.insert_id for entry in listed(client, f'logName="{log}"')] == ["good"]


def test_a_stranger_reads_writes_and_deletes_nothing(server, world, log):
    stranger = world.account("logs").access_token
    client = clients.over_grpc(LoggingServiceV2Client, server, stranger)
    for refused in (
        lambda: listed(client, ""),
        lambda: client.write_log_entries(log_name=log, resource=GLOBAL, entries=[LogEntry(text_payload="x")]),
        lambda: list(client.list_logs(parent=NAME)),
        lambda: client.delete_log(log_name=log),
    ):
        with pytest.raises(exceptions.PermissionDenied):
            refused()


def test_a_tail_tells_what_comes_and_ends_with_the_permission(server, world, log):
    reader = world.account("tail")
    world.bind_on_project("roles/logging.viewer", reader.member)
    writer = clients.over_grpc(LoggingServiceV2Client, server, world.owner_token)
    write = lambda text: writer.write_log_entries(log_name=log, resource=GLOBAL, entries=[LogEntry(text_payload=text)])
    write("before")
    with grpc.insecure_channel(server.api) as channel:
        tail = channel.stream_stream(
            "/google.logging.v2.LoggingServiceV2/TailLogEntries",
            request_serializer=TailLogEntriesRequest.serialize, response_deserializer=TailLogEntriesResponse.deserialize,
        )
        ends = threading.Event()

        def requests():
            window = datetime.timedelta(milliseconds=500)
            yield TailLogEntriesRequest(resource_names=[NAME], filter=f'logName="{log}"', buffer_window=window)
            # As gcloud does: the client's side stays open.
            ends.wait(60)

        answers = tail(requests(), metadata=[("authorization", f"Bearer {reader.access_token()}")], timeout=60)
        # The answer's head comes when what was there before is known.
        answers.initial_metadata()
        write("after")
        assert [entry.text_payload for entry in next(answers).entries] == ["after"]
        reader.disable()
        with pytest.raises(grpc.RpcError) as ended:
            next(answers)
        assert ended.value.code() == grpc.StatusCode.PERMISSION_DENIED
        ends.set()


def test_requests_to_services_are_entries(client, world, hello, caller):
    """Facts §2.2: what Google's log says of each refusal."""
    stranger = world.account("logged")
    path = f"/{world.unique('path')}"
    hello.call(path=path, params={"token": "sesame"})
    hello.call("no token", path=path)
    hello.call(stranger.id_token(hello.uri), path=path)
    answer = hello.call(caller.id_token(hello.uri), path=path)
    filter = f'resource.type="cloud_run_revision" resource.labels.service_name="{hello.id}" httpRequest.requestUrl:"{path}"'
    entries = until(lambda: len(found := listed(client, filter)) == 4 and found, "the requests are listed")
    assert {entry.log_name for entry in entries} == {f"{NAME}/logs/run.googleapis.com%2Frequests"}
    assert [entry.http_request.status for entry in entries] == [403, 401, 403, 200]
    assert [log_severity_pb2.LogSeverity.Name(entry.severity) for entry in entries] == ["WARNING"] * 3 + ["INFO"]
    assert entries[0].text_payload == (
        "The request was not authenticated. Either allow unauthenticated invocations or set the proper Authorization header."
    )
    assert "could not be verified" in entries[1].text_payload and "not authorized" in entries[2].text_payload
    assert entries[3].insert_id == answer.headers["x-doorward-request-id"] and entries[3].insert_id in entries[3].trace
    assert dict(entries[3].resource.labels).items() >= {
        "project_id": PROJECT, "location": "us-central1", "service_name": hello.id, "configuration_name": hello.id,
    }.items()
    assert entries[3].resource.labels["revision_name"].startswith(f"{hello.id}-00001-")
    assert "revision_name" not in entries[0].resource.labels, "it came to none"
    assert entries[3].http_request.latency.ToMicroseconds() > 0 and not entries[0].http_request.HasField("latency")
    assert "sesame" not in str(entries)
    assert len(listed(client, f"{filter} severity>=WARNING httpRequest.status=403")) == 2
    requests_ = f"{NAME}/logs/run.googleapis.com%2Frequests"
    assert requests_ in client.list_logs(parent=NAME)
    with pytest.raises(exceptions.BadRequest):
        client.delete_log(log_name=requests_)


def test_the_command_shows_requests_where_they_are_asked_for(server, world, hello):
    path = f"/{world.unique('path')}"
    hello.call(path=path)
    wanted = ["logs", "--log", "run.googleapis.com/requests", "--filter", f'httpRequest.requestUrl:"{path}"', "--data", server.data]
    printed = until(lambda: command(*wanted).stdout, "the request is printed")
    assert printed.count("\n") == 1 and "  403  GET  https://" in printed and path in printed
    assert path not in command("logs", "--data", server.data).stdout
    refused = command("logs", "--filter", "severity>=ERORR", "--data", server.data)
    assert refused.returncode != 0 and "at character 11: severity is compared with a name" in refused.stderr
