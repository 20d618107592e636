"""The generated clients of functions, both versions, over both transports."""

import pytest
import requests
from google.api_core import exceptions
from google.cloud import functions_v1, functions_v2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import field_mask_pb2

import clients
import functions
from world import PARENT, PROJECT


@pytest.fixture(params=clients.TRANSPORTS)
def second(request, server, owner):
    return clients.client(functions_v2.FunctionServiceClient, server, owner, request.param)


@pytest.fixture(params=clients.TRANSPORTS)
def first(request, server, owner):
    return clients.client(functions_v1.CloudFunctionsServiceClient, server, owner, request.param)


def wish(image, **more):
    build = functions_v2.BuildConfig(
        runtime="python314", entry_point="main", environment_variables={"DOORWARD_IMAGE": image},
    )
    return functions_v2.Function(build_config=build, **more)


def test_a_function_of_the_second_generation_lives_as_its_client_expects(second, world, upstream):
    function_id = world.unique("shop")
    name = f"{PARENT}/functions/{function_id}"
    service = functions_v2.ServiceConfig(timeout_seconds=90, available_memory="512Mi", environment_variables={"A": "b"})
    operation = second.create_function(
        parent=PARENT, function_id=function_id, function=wish(upstream.url, description="books", service_config=service),
    )
    made = operation.result(timeout=20)
    assert operation.metadata.operation_type == functions_v2.OperationType.CREATE_FUNCTION
    assert made.name == name
    assert made.state == functions_v2.Function.State.ACTIVE
    assert made.environment == functions_v2.Environment.GEN_2
    assert made.url == f"https://us-central1-{PROJECT}.cloudfunctions.net/{function_id}"
    assert made.service_config.uri == f"https://{function_id}-{world.number}.us-central1.run.app"
    assert made.service_config.service_account_email == f"{world.number}-compute@developer.gserviceaccount.com"
    assert (made.service_config.timeout_seconds, made.service_config.available_memory) == (90, "512Mi")
    assert (made.build_config.runtime, made.build_config.entry_point) == ("python314", "main")

    changed = functions_v2.Function(name=name, service_config=functions_v2.ServiceConfig(environment_variables={"A": "c"}))
    mask = field_mask_pb2.FieldMask(paths=["service_config.environment_variables"])
    changed = second.update_function(function=changed, update_mask=mask).result(timeout=20)
    assert dict(changed.service_config.environment_variables) == {"A": "c"}
    assert (changed.description, changed.service_config.timeout_seconds) == ("books", 90)
    assert changed.service_config.revision != made.service_config.revision

    assert name in [found.name for found in second.list_functions(parent=f"projects/{PROJECT}/locations/-")]
    second.delete_function(name=name).result(timeout=20)
    with pytest.raises(exceptions.NotFound):
        second.get_function(name=name)


def test_a_function_of_the_first_generation_lives_as_its_client_expects(first, world, upstream):
    name = f"{PARENT}/functions/{world.unique('Greet_me')}"
    wished = functions_v1.CloudFunction(
        name=name, runtime="nodejs24", entry_point="greet", https_trigger=functions_v1.HttpsTrigger(),
        build_environment_variables={"DOORWARD_IMAGE": upstream.url}, available_memory_mb=512,
    )
    made = first.create_function(location=PARENT, function=wished).result(timeout=20)
    assert made.status == functions_v1.CloudFunctionStatus.ACTIVE
    assert made.https_trigger.url == f"https://us-central1-{PROJECT}.cloudfunctions.net/{name.rsplit('/', 1)[1]}"
    assert made.https_trigger.security_level == functions_v1.HttpsTrigger.SecurityLevel.SECURE_OPTIONAL
    assert made.service_account_email == f"{PROJECT}@appspot.gserviceaccount.com"
    assert (made.available_memory_mb, made.version_id, made.timeout.total_seconds()) == (512, 1, 60)

    # What a client read it may write back: the default account by its name, too.
    made.description = "greets"
    changed = first.update_function(function=made).result(timeout=20)
    assert (changed.description, changed.version_id, changed.available_memory_mb) == ("greets", 2, 512)
    mask = field_mask_pb2.FieldMask(paths=["timeout"])
    with pytest.raises(exceptions.BadRequest):
        first.update_function(request={"function": {"name": name, "timeout": {"seconds": 541}}, "update_mask": mask})

    policy = first.get_iam_policy(request=iam_policy_pb2.GetIamPolicyRequest(resource=name))
    policy.bindings.add(role="roles/cloudfunctions.invoker", members=["allUsers"])
    first.set_iam_policy(request=iam_policy_pb2.SetIamPolicyRequest(resource=name, policy=policy))
    held = first.test_iam_permissions(request=iam_policy_pb2.TestIamPermissionsRequest(
        resource=name, permissions=["cloudfunctions.functions.invoke", "iap.webServiceVersions.accessViaIAP"],
    ))
    assert list(held.permissions) == ["cloudfunctions.functions.invoke"]
    assert name in [found.name for found in first.list_functions(request={"parent": PARENT})]
    first.delete_function(name=name).result(timeout=20)
    with pytest.raises(exceptions.NotFound):
        first.get_function(name=name)


def test_policies_of_functions_are_those_of_both_versions(second, world, upstream):
    function_id = world.unique("shop")
    name = f"{PARENT}/functions/{function_id}"
    second.create_function(parent=PARENT, function_id=function_id, function=wish(upstream.url)).result(timeout=20)
    binding = policy_pb2.Binding(role="roles/cloudfunctions.viewer", members=["user:ada@example.com"])
    request = iam_policy_pb2.SetIamPolicyRequest(resource=name, policy=policy_pb2.Policy(bindings=[binding]))
    second.set_iam_policy(request=request)
    found = second.get_iam_policy(request=iam_policy_pb2.GetIamPolicyRequest(resource=name))
    assert [bound.role for bound in found.bindings] == ["roles/cloudfunctions.viewer"]
    second.delete_function(name=name).result(timeout=20)


def test_operations_of_functions_are_listed_apart_from_those_of_services(first, world, upstream):
    function_id = world.unique("listed")
    name = f"{PARENT}/functions/{function_id}"
    wished = functions_v1.CloudFunction(
        name=name, https_trigger=functions_v1.HttpsTrigger(), build_environment_variables={"DOORWARD_IMAGE": upstream.url},
    )
    made = first.create_function(location=PARENT, function=wished)
    made.result(timeout=20)
    asked = operations_pb2.ListOperationsRequest(
        name="operations", filter=f"project:{PROJECT},location:us-central1,function:{function_id}",
    )
    assert [found.name for found in first.list_operations(asked).operations] == [made.operation.name]
    host = {"Host": "cloudfunctions.googleapis.com"}
    at_functions = world.call("GET", f"/v2/{PARENT}/operations", headers=host).json()["operations"]
    assert made.operation.name in [found["name"] for found in at_functions]
    assert all("functions" in found["metadata"]["@type"] for found in at_functions)
    elsewhere = world.call("GET", f"/v2/{PARENT}/operations").json().get("operations", [])
    assert made.operation.name not in [found["name"] for found in elsewhere]
    with pytest.raises(exceptions.MethodNotImplemented):
        first.list_operations(operations_pb2.ListOperationsRequest(name="operations", filter=f"project:{PROJECT},latest:true"))
    first.delete_function(name=name).result(timeout=20)


def test_runtimes_are_told(second):
    listed = second.list_runtimes(parent=PARENT).runtimes
    assert {"nodejs24", "python314"} <= {runtime.name for runtime in listed}
    with pytest.raises(exceptions.MethodNotImplemented):
        second.list_runtimes(request={"parent": PARENT, "filter": "stage=GA"})


def test_what_is_not_served_is_told_to_whoever_may_only(server, world, account, upstream):
    greet = functions.first(world, upstream.url)
    token = account.access_token()
    for path, permission in (
        (f"/v1/{PARENT}/functions:generateUploadUrl", "cloudfunctions.functions.sourceCodeSet"),
        (f"/v2/{PARENT}/functions:generateUploadUrl", "cloudfunctions.functions.sourceCodeSet"),
        (f"{greet.path}:generateDownloadUrl", "cloudfunctions.functions.sourceCodeGet"),
        (f"{greet.path}:call", "cloudfunctions.functions.call"),
    ):
        refused = requests.post(f"{server.url}{path}", json={}, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        assert refused.status_code == 403, refused.text
        assert f"Permission '{permission}' denied" in refused.json()["error"]["message"]
    greet.delete()


def test_what_comes_later_says_so(second, first, world, upstream):
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        second.generate_upload_url(request={"parent": PARENT})
    assert "DOORWARD_IMAGE" in clients.message(refused)
    with pytest.raises(exceptions.NotFound):
        first.call_function(name=f"{PARENT}/functions/absent", data="{}")
    greet = functions.first(world, upstream.url)
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        first.call_function(name=greet.name, data="{}")
    assert "print-identity-token" in clients.message(refused)
    greet.delete()
    with pytest.raises(exceptions.NotFound):
        second.delete_function(name=f"{PARENT}/functions/absent")
