"""The generated Cloud Run client over both transports."""

import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import field_mask_pb2

import clients
from tokens import CLOUD_PLATFORM
from world import PARENT

INVOKER = "roles/run.invoker"


@pytest.fixture(params=clients.TRANSPORTS)
def client(request, server, owner):
    return clients.client(run_v2.ServicesClient, server, owner, request.param)


@pytest.fixture
def service_id(world):
    return world.unique("service")


def wish(image, **more):
    return run_v2.Service(template=run_v2.RevisionTemplate(containers=[run_v2.Container(image=image)]), **more)


def test_a_service_lives_as_googles_client_expects(client, world, service_id, upstream):
    name = f"{PARENT}/services/{service_id}"
    operation = client.create_service(
        parent=PARENT, service_id=service_id, service=wish(upstream.url, description="books"),
    )
    created = operation.result(timeout=20)
    assert operation.operation.name.startswith(f"{PARENT}/operations/")
    assert created.name == name
    assert created.uri == f"https://{service_id}-{world.number}.us-central1.run.app"
    assert created.uri in created.urls
    assert created.terminal_condition.state == run_v2.Condition.State.CONDITION_SUCCEEDED
    assert created.creator == "owner@doorward.localhost"

    found = client.get_service(name=name)
    assert (found.uid, found.etag, found.generation) == (created.uid, created.etag, created.generation)
    assert name in [listed.name for listed in client.list_services(parent=PARENT)]

    found.description = "magazines"
    updated = client.update_service(service=found).result(timeout=20)
    assert (updated.description, updated.uid) == ("magazines", created.uid)
    assert updated.generation == created.generation + 1
    assert updated.etag != created.etag

    client.delete_service(name=name).result(timeout=20)
    with pytest.raises(exceptions.NotFound):
        client.get_service(name=name)
    assert name not in [listed.name for listed in client.list_services(parent=PARENT)]


def test_a_mask_leaves_the_rest_as_it_was(client, service_id, upstream):
    client.create_service(parent=PARENT, service_id=service_id, service=wish(upstream.url, description="books")).result(20)
    name = f"{PARENT}/services/{service_id}"
    change = run_v2.Service(name=name, custom_audiences=["https://books.example"])
    mask = field_mask_pb2.FieldMask(paths=["custom_audiences"])
    updated = client.update_service(request={"service": change, "update_mask": mask}).result(20)
    assert (list(updated.custom_audiences), updated.description) == (["https://books.example"], "books")
    assert updated.template.containers[0].image == upstream.url


def test_a_stale_etag_changes_nothing(client, service_id, upstream):
    client.create_service(parent=PARENT, service_id=service_id, service=wish(upstream.url)).result(20)
    first = client.get_service(name=f"{PARENT}/services/{service_id}")
    first.description = "first"
    client.update_service(service=first).result(20)
    first.description = "second"
    with pytest.raises(exceptions.Conflict):
        client.update_service(service=first).result(20)
    with pytest.raises(exceptions.Conflict):
        client.delete_service(request={"name": first.name, "etag": first.etag}).result(20)
    assert client.get_service(name=first.name).description == "first"


def test_validating_only_creates_nothing(client, service_id, upstream):
    request = {"parent": PARENT, "service_id": service_id, "service": wish(upstream.url), "validate_only": True}
    client.create_service(request=request).result(20)
    with pytest.raises(exceptions.NotFound):
        client.get_service(name=f"{PARENT}/services/{service_id}")


def test_a_second_service_of_the_name_is_refused(client, service_id, upstream):
    client.create_service(parent=PARENT, service_id=service_id, service=wish(upstream.url, description="books")).result(20)
    with pytest.raises(exceptions.Conflict):
        client.create_service(parent=PARENT, service_id=service_id, service=wish(upstream.url)).result(20)
    assert client.get_service(name=f"{PARENT}/services/{service_id}").description == "books"


@pytest.mark.parametrize(
    ("service", "field"),
    [
        (wish("nginx:latest"), "image"),
        (wish("http://127.0.0.1:3000", iap_enabled=True), "iapEnabled"),
        (
            wish("http://127.0.0.1:3000", binary_authorization=run_v2.BinaryAuthorization(use_default=True)),
            "binaryAuthorization",
        ),
        (run_v2.Service(template=run_v2.RevisionTemplate(containers=[run_v2.Container(image="a")] * 2)), "containers[1]"),
        (
            run_v2.Service(template=run_v2.RevisionTemplate(containers=[run_v2.Container(image="a", command=["b"])])),
            "template.containers.command",
        ),
    ],
    ids=["image", "iapEnabled", "binaryAuthorization", "containers", "command"],
)
def test_what_is_not_here_yet_says_so_and_stores_nothing(client, service_id, service, field):
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        client.create_service(parent=PARENT, service_id=service_id, service=service).result(20)
    assert field in clients.message(refused)
    with pytest.raises(exceptions.NotFound):
        client.get_service(name=f"{PARENT}/services/{service_id}")


@pytest.mark.parametrize(
    ("service_id", "service"),
    [
        ("Capitals", wish("http://127.0.0.1:3000")),
        ("-dash", wish("http://127.0.0.1:3000")),
        ("x" * 64, wish("http://127.0.0.1:3000")),
        ("no-container", run_v2.Service(template=run_v2.RevisionTemplate())),
        ("a-path", wish("http://127.0.0.1:3000/path")),
        ("long", wish("http://127.0.0.1:3000", description="x" * 513)),
        ("annotated", wish("http://127.0.0.1:3000", annotations={"run.googleapis.com/ingress": "all"})),
    ],
    ids=["capitals", "dash", "length", "container", "path", "description", "annotation"],
)
def test_a_service_that_cannot_be_is_refused_and_not_stored(client, service_id, service):
    before = {found.name for found in client.list_services(parent=PARENT)}
    with pytest.raises(exceptions.BadRequest):
        client.create_service(parent=PARENT, service_id=service_id, service=service).result(20)
    after = {found.name for found in client.list_services(parent=PARENT)}
    assert f"{PARENT}/services/{service_id}" not in after - before


def test_what_the_protocol_has_and_this_server_not_yet_is_said_and_not_stored(client):
    template = run_v2.RevisionTemplate(containers=[run_v2.Container(image="http://127.0.0.1:3000")] * 2)
    with pytest.raises(exceptions.MethodNotImplemented, match=r"containers\[1\]"):
        client.create_service(parent=PARENT, service_id="two-containers", service=run_v2.Service(template=template))
    with pytest.raises(exceptions.NotFound):
        client.get_service(name=f"{PARENT}/services/two-containers")


def test_a_policy_is_read_written_and_guarded_by_its_etag(client, world, echo):
    account = world.account("policy")
    empty = client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=echo.name))
    assert list(empty.bindings) == []
    policy = policy_pb2.Policy(etag=empty.etag, bindings=[policy_pb2.Binding(role=INVOKER, members=[account.member])])
    written = client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=echo.name, policy=policy))
    assert written.etag != empty.etag
    assert client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=echo.name)) == written
    stale = policy_pb2.Policy(etag=empty.etag)
    with pytest.raises(exceptions.Conflict, match="concurrent policy changes"):
        client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=echo.name, policy=stale))
    assert client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=echo.name)) == written


@pytest.mark.parametrize(
    "binding",
    [
        policy_pb2.Binding(role=INVOKER, members=["ada@example.com"]),
        policy_pb2.Binding(role=INVOKER, members=[]),
        policy_pb2.Binding(role="roles/nobody.knows", members=["allUsers"]),
        policy_pb2.Binding(role="invoker", members=["allUsers"]),
        policy_pb2.Binding(role=INVOKER, members=["serviceAccount:nobody-is-this@demo.iam.gserviceaccount.com"]),
    ],
    ids=["no type", "no member", "unknown role", "no role", "unknown account"],
)
def test_a_policy_that_cannot_be_is_refused_and_not_stored(client, echo, binding):
    before = client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=echo.name))
    with pytest.raises(exceptions.BadRequest):
        policy = policy_pb2.Policy(bindings=[binding])
        client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=echo.name, policy=policy))
    assert client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=echo.name)) == before


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
def test_permissions_are_tested_for_who_asks(server, world, owner, echo, account, transport):
    asked = ["run.routes.invoke", "run.services.get", "run.services.delete"]
    request = iam_policy_pb2.TestIamPermissionsRequest(resource=echo.name, permissions=asked)
    of_owner = clients.client(run_v2.ServicesClient, server, owner, transport).test_iam_permissions(request)
    assert sorted(of_owner.permissions) == sorted(asked)
    credentials = world.key_credentials(account.key(), scopes=[CLOUD_PLATFORM])
    client = clients.client(run_v2.ServicesClient, server, credentials, transport)
    assert list(client.test_iam_permissions(request).permissions) == []
    echo.let_in(account.member)
    assert list(client.test_iam_permissions(request).permissions) == ["run.routes.invoke"]


def test_who_may_only_invoke_does_not_see_or_change_the_service(server, world, echo, account):
    echo.let_in(account.member)
    client = clients.over_grpc(run_v2.ServicesClient, server, account.access_token())
    with pytest.raises(exceptions.Forbidden, match="run.services.get"):
        client.get_service(name=echo.name)
    with pytest.raises(exceptions.Forbidden, match="run.services.delete"):
        client.delete_service(name=echo.name)
    with pytest.raises(exceptions.Forbidden, match="run.services.setIamPolicy"):
        client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=echo.name, policy=policy_pb2.Policy()))
    assert world.done("GET", f"/v2/{echo.name}")["uri"] == echo.uri


def test_running_as_an_account_needs_the_permission_to_act_as_it(server, world, account, service_id):
    world.bind_on_project("roles/run.admin", account.member)
    runner = world.account("runner")
    client = clients.over_grpc(run_v2.ServicesClient, server, account.access_token())
    service = wish("http://127.0.0.1:3000")
    service.template.service_account = runner.email
    with pytest.raises(exceptions.Forbidden, match="iam.serviceAccounts.actAs"):
        client.create_service(parent=PARENT, service_id=service_id, service=service)
    with pytest.raises(exceptions.NotFound):
        client.get_service(name=f"{PARENT}/services/{service_id}")
    world.bind(f"/v1/{runner.name}", "roles/iam.serviceAccountUser", account.member)
    assert client.create_service(parent=PARENT, service_id=service_id, service=service).result(20).uri
