"""What Google's clients mix into every API: locations, operations and policies; gRPC's own reflection and health."""

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import run_v2, scheduler_v1
from google.cloud.location import locations_pb2
from google.longrunning import operations_pb2
from google.protobuf import descriptor_pool, duration_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import clients
from world import PARENT, PROJECT

LOCATION = "us-central1"


@pytest.fixture(params=clients.TRANSPORTS)
def transport(request):
    return request.param


@pytest.fixture
def client(server, owner, transport):
    return clients.client(scheduler_v1.CloudSchedulerClient, server, owner, transport)


def test_a_location_is_told_as_google_does(client):
    location = client.get_location(locations_pb2.GetLocationRequest(name=PARENT))
    assert (location.name, location.location_id, location.display_name) == (PARENT, LOCATION, "Iowa")
    assert location.labels["cloud.googleapis.com/region"] == LOCATION


def test_locations_of_a_project_that_is_not_there_are_nobodys(client):
    with pytest.raises((exceptions.Forbidden, exceptions.NotFound)):
        client.list_locations(locations_pb2.ListLocationsRequest(name="projects/no-such-project"))
    with pytest.raises(exceptions.BadRequest):
        client.get_location(locations_pb2.GetLocationRequest(name=f"projects/{PROJECT}/locations/Not_one"))


def test_somebody_without_a_role_sees_no_locations(server, account, world):
    token = account.access_token()
    for path in (f"/v1/projects/{PROJECT}/locations", f"/v2/projects/{PROJECT}/locations", f"/v1/{PARENT}", f"/v2/{PARENT}"):
        assert world.call("GET", path, token=token).status_code == 403, path
        assert world.call("GET", path, token=None).status_code == 401, path
        assert world.call("GET", path).status_code == 200, path


def test_operations_are_found_waited_for_and_forgotten(server, owner, world, transport, upstream):
    client = clients.client(run_v2.ServicesClient, server, owner, transport)
    body = {"template": {"containers": [{"image": upstream.url}]}}
    name = world.done("POST", f"/v2/{PARENT}/services?serviceId={world.unique('service')}", json=body)["name"]
    assert client.get_operation(operations_pb2.GetOperationRequest(name=name)).done
    waited = operations_pb2.WaitOperationRequest(name=name, timeout=duration_pb2.Duration(seconds=1))
    answered = client.wait_operation(waited)
    # The gRPC half of this client gives the message as it came, without reading it.
    assert (operations_pb2.Operation.FromString(answered) if isinstance(answered, bytes) else answered).done
    assert name in [found.name for found in client.list_operations(operations_pb2.ListOperationsRequest(name=PARENT)).operations]
    client.delete_operation(operations_pb2.DeleteOperationRequest(name=name))
    for again in (client.get_operation, client.delete_operation):
        with pytest.raises(exceptions.NotFound):
            again({"name": name})


def test_cancelling_what_is_done_changes_nothing(world, upstream):
    body = {"template": {"containers": [{"image": upstream.url}]}}
    name = world.done("POST", f"/v2/{PARENT}/services?serviceId={world.unique('service')}", json=body)["name"]
    assert world.done("POST", f"/v2/{name}:cancel", json={}) == {}
    assert world.done("GET", f"/v2/{name}")["done"] and "response" in world.done("GET", f"/v1/{name}")
    missing = world.call("POST", f"/v2/{PARENT}/operations/absent:cancel", json={})
    assert missing.status_code == 404


def test_a_wait_of_less_than_no_time_is_refused(world, upstream):
    body = {"template": {"containers": [{"image": upstream.url}]}}
    name = world.done("POST", f"/v2/{PARENT}/services?serviceId={world.unique('service')}", json=body)["name"]
    assert world.done("POST", f"/v2/{name}:wait", json={"timeout": "30s"})["done"]
    refused = world.call("POST", f"/v2/{name}:wait", json={"timeout": "-1s"})
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_policies_of_resources_that_are_not_here_name_the_product(world):
    answer = world.call("POST", f"/v1/projects/{PROJECT}/topics/orders:testIamPermissions", json={"permissions": []})
    assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED")
    assert "Pub/Sub" in answer.json()["error"]["message"]


def test_methods_that_are_not_here_are_named(world):
    for method, path, name in (
        ("GET", f"/v2/{PARENT}/queues", "google.cloud.tasks.v2.CloudTasks.ListQueues"),
        ("GET", f"/v1/{PARENT}/cmekConfig", "google.cloud.scheduler.v1.CloudScheduler.GetCmekConfig"),
        ("PATCH", f"/v1/{PARENT}/cmekConfig", "google.cloud.scheduler.v1.CloudScheduler.UpdateCmekConfig"),
    ):
        answer = world.call(method, path, json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["error"]["status"]) == (501, "UNIMPLEMENTED"), path
        assert name in answer.json()["error"]["message"]


class BearerOfStreams(grpc.StreamStreamClientInterceptor):
    """The credential on a call that streams both ways."""

    def __init__(self, token):
        self.token = token

    def intercept_stream_stream(self, continuation, details, requests):
        metadata = [*(details.metadata or []), ("authorization", f"Bearer {self.token}")]
        return continuation(details._replace(metadata=metadata), requests)


def test_reflection_tells_services_and_messages_to_who_has_a_credential(server, owner):
    channel = grpc.intercept_channel(grpc.insecure_channel(server.api), BearerOfStreams(clients.current(owner)))
    database = ProtoReflectionDescriptorDatabase(channel)
    services = database.get_services()
    assert {"google.cloud.scheduler.v1.CloudScheduler", "google.cloud.run.v2.Services", "grpc.health.v1.Health"} <= set(services)
    pool = descriptor_pool.DescriptorPool(database)
    found = pool.FindServiceByName("google.cloud.scheduler.v1.CloudScheduler")
    assert found.methods_by_name["RunJob"].input_type.full_name == "google.cloud.scheduler.v1.RunJobRequest"
    with pytest.raises((KeyError, grpc.RpcError)) as missing:
        pool.FindServiceByName("google.nothing.v1.Nothing")
    assert "google.nothing.v1.Nothing" in str(missing.value)


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_tells_nothing_to_nobody(server, version):
    path = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
    call = grpc.insecure_channel(server.api).stream_stream(
        path, request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    with pytest.raises(grpc.RpcError) as refused:
        list(call(iter([reflection_pb2.ServerReflectionRequest(list_services="")])))
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_health_is_told_to_everybody(server):
    channel = grpc.insecure_channel(server.api)
    check = channel.unary_unary("/grpc.health.v1.Health/Check")
    assert check(b"") == b"\x08\x01"
    assert check(b"\x0a\x28google.cloud.scheduler.v1.CloudScheduler") == b"\x08\x01"
    with pytest.raises(grpc.RpcError) as refused:
        check(b"\x0a\x07nothing")
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
