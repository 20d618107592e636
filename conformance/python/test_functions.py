"""Functions of both generations behind the gate: who is let in, under which audience, and what the function sees."""

import json

import pytest
import requests

import functions
from raw import ask
from server import until
from world import PARENT, PROJECT, Service

INVOKER = "roles/cloudfunctions.invoker"


@pytest.fixture
def greet(world, upstream):
    function = functions.first(world, upstream.url)
    yield function
    function.delete()


@pytest.fixture
def shop(world, upstream):
    function = functions.second(world, upstream.url)
    yield function
    function.delete()


def reason(answer):
    return answer.status_code, answer.headers.get("x-doorward-reason")


def test_a_private_function_is_refused_until_one_binding_on_it(world, greet, account, upstream):
    token = account.id_token(greet.url)
    assert reason(greet.call()) == (403, "INVOKER_CREDENTIALS_MISSING")
    refused = greet.call(token, headers={"Accept": "application/json"})
    assert reason(refused) == (403, "INVOKER_PERMISSION_DENIED")
    told = json.dumps(refused.json())
    assert "cloudfunctions.functions.invoke" in told
    assert f"doorward add-iam-policy-binding {greet.name} --member={account.member} --role={INVOKER}" in told
    explained = f"/v1/decisions/{refused.headers['x-doorward-request-id']}"
    until(lambda: world.call("GET", explained).status_code == 200, "the refusal is written down")
    decided = world.done("GET", explained)["permissions"][0]
    assert (decided["permission"], decided["resource"]) == ("cloudfunctions.functions.invoke", greet.name)
    greet.let_in(account.member)
    assert greet.call(token, path="/orders?open=1").status_code == 200
    assert upstream.wait_for(1)[0].path == "/orders?open=1"


def test_a_token_for_another_url_is_not_for_the_function(world, greet, account):
    greet.let_in(account.member)
    for audience in [f"https://{functions.HOST}", f"{greet.url}/", f"https://{functions.HOST}/other", "https://example.com"]:
        refused = greet.call(account.id_token(audience))
        assert reason(refused) == (401, "INVOKER_TOKEN_AUDIENCE_MISMATCH"), audience
    assert greet.call(account.id_token(greet.url)).status_code == 200


def test_the_invoker_of_cloud_run_invokes_no_function_of_the_first_generation(world, greet, account):
    world.bind_on_project("roles/run.invoker", account.member)
    assert reason(greet.call(account.id_token(greet.url))) == (403, "INVOKER_PERMISSION_DENIED")


def test_a_function_of_the_second_generation_is_its_service(world, shop, account, upstream):
    service = Service(world, world.done("GET", f"/v2/{PARENT}/services/{shop.id}"))
    found = world.done("GET", f"/v2/{shop.name}")
    assert found["environment"] == "GEN_2" and found["state"] == "ACTIVE"
    assert found["serviceConfig"]["service"] == service.name
    assert (found["serviceConfig"]["uri"], found["url"]) == (service.uri, shop.url)
    # The role of functions is bound, and lets nobody in.
    world.bind(f"/v2/{shop.name}", INVOKER, account.member, read="GET")
    assert reason(shop.call(account.id_token(shop.url))) == (403, "INVOKER_PERMISSION_DENIED")
    service.let_in(account.member)
    for audience in [service.uri, shop.url]:
        token = account.id_token(audience)
        assert service.call(token, path="/a").status_code == 200, audience
        assert shop.call(token, path="/a").status_code == 200, audience
    assert {request.path for request in upstream.wait_for(4)} == {"/a"}


def test_the_service_goes_with_the_function_and_its_policy_too(world, upstream, account):
    shop = functions.second(world, upstream.url)
    service = Service(world, world.done("GET", f"/v2/{PARENT}/services/{shop.id}"))
    service.let_in(account.member)
    token = account.id_token(shop.url)
    assert shop.call(token).status_code == 200
    shop.delete()
    assert reason(shop.call(token)) == (404, "ROUTE_NOT_FOUND")
    assert world.call("GET", f"/v2/{service.name}").status_code == 404
    again = {"buildConfig": {"environmentVariables": {"DOORWARD_IMAGE": upstream.url}}}
    world.wait(world.done("POST", f"/v2/{PARENT}/functions?functionId={shop.id}", json=again))
    assert reason(shop.call(token)) == (403, "INVOKER_PERMISSION_DENIED"), "what is made anew inherits nothing"
    shop.delete()


def test_a_function_that_is_secure_always_sends_plain_callers_to_https(server, world, upstream, account):
    greet = functions.first(world, upstream.url, httpsTrigger={"securityLevel": "SECURE_ALWAYS"})
    greet.let_in(account.member)
    token = account.id_token(greet.url)
    proxies = {scheme: f"http://{server.intercept}" for scheme in ("http", "https")}
    asked = {"headers": {"Authorization": f"Bearer {token}"}, "proxies": proxies, "verify": str(server.data / "ca.pem"), "timeout": 20}
    sent = requests.get(f"{greet.url}/a?b=c".replace("https://", "http://"), allow_redirects=False, **asked)
    assert reason(sent) == (308, "HTTPS_REQUIRED") and sent.headers["location"] == f"{greet.url}/a?b=c"
    assert requests.get(sent.headers["location"], **asked).status_code == 200
    assert upstream.arrivals[-1].header("x-forwarded-proto") == "https"
    assert greet.call(token).status_code == 200, "a plain gate has nowhere to send anybody"
    assert upstream.arrivals[-1].header("x-forwarded-proto") == "http"
    greet.delete()


@pytest.mark.parametrize("path", ["/../other", "//", "/%2e%2e/other", ";x", "%2Fx"])
def test_a_path_with_two_readings_is_refused(world, greet, account, path):
    greet.let_in(account.member)
    token = account.id_token(greet.url)
    head = f"GET /{greet.id}{path} HTTP/1.1\r\nHost: {functions.HOST}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    assert ask(world.server.gate, head).status == 400


def test_a_job_calls_a_function_with_its_url_as_audience(world, greet, account, upstream):
    job = world.job(greet.url, token={"serviceAccountEmail": account.email})
    world.run(job)
    world.attempted(job)
    assert world.finished(job)[0]["jsonPayload"]["status"] == "PERMISSION_DENIED"
    greet.let_in(account.member)
    world.run(job)
    assert upstream.wait_for(1)[0].header("user-agent") == "Google-Cloud-Scheduler"


def test_an_internal_function_is_there_for_jobs_of_its_project(world, upstream, account):
    greet = functions.first(world, upstream.url, ingressSettings="ALLOW_INTERNAL_ONLY")
    greet.let_in(account.member)
    assert reason(greet.call(account.id_token(greet.url))) == (404, "INGRESS_REFUSED")
    world.run(world.job(f"{greet.url}/nightly", token={"serviceAccountEmail": account.email, "audience": greet.url}))
    assert upstream.wait_for(1)[0].path == "/nightly"
    greet.delete()


def test_source_is_refused_with_the_command_that_works(world):
    source = {"buildConfig": {"runtime": "nodejs24", "source": {"storageSource": {"bucket": "b", "object": "o"}}}}
    for path, body in [
        (f"/v2/{PARENT}/functions?functionId=x", source),
        (f"/v2/{PARENT}/functions:generateUploadUrl", {}),
        (f"/v1/{PARENT}/functions:generateUploadUrl", {}),
        (f"/v1/{PARENT}/functions", {"name": f"{PARENT}/functions/x", "sourceArchiveUrl": "gs://b/o"}),
    ]:
        refused = world.call("POST", path, json=body)
        assert refused.status_code == 501, f"{path}: {refused.text}"
        message = refused.json()["error"]["message"]
        assert "--set-build-env-vars=DOORWARD_IMAGE=http://127.0.0.1:8081" in message


@pytest.mark.parametrize(("body", "status", "field"), [
    ({"eventTrigger": {"eventType": "google.cloud.pubsub.topic.v1.messagePublished"}}, 501, "function.eventTrigger"),
    ({"serviceConfig": {"vpcConnector": "c"}}, 501, "function.serviceConfig.vpcConnector"),
    ({"serviceConfig": {"timeoutSeconds": 3601}}, 400, "function.serviceConfig.timeoutSeconds"),
    ({"serviceConfig": {"serviceAccountEmail": "nobody"}}, 400, "function.serviceConfig.serviceAccountEmail"),
    ({"serviceConfig": {"availableMemory": "much"}}, 400, "function.serviceConfig.availableMemory"),
    ({"labels": {"A": "b"}}, 400, "function.labels"),
])
def test_what_cannot_be_honoured_is_refused_by_name(world, body, status, field):
    made = {"buildConfig": {"environmentVariables": {"DOORWARD_IMAGE": "http://127.0.0.1:9"}}, **body}
    refused = world.call("POST", f"/v2/{PARENT}/functions?functionId={world.unique('no')}", json=made)
    assert refused.status_code == status, refused.text
    assert field in json.dumps(refused.json()["error"]["details"]), refused.text


@pytest.mark.parametrize(("image", "why"), [
    ("docker.io/library/nginx", (501, "IMAGE_UNSUPPORTED")), ("gs://b/o", (501, "IMAGE_UNSUPPORTED")),
    ("127.0.0.1:3000", (501, "IMAGE_UNSUPPORTED")), ("http://127.0.0.1:3000/path", (400, "FIELD_INVALID")),
])
def test_what_is_no_address_is_refused(world, image, why):
    made = {"buildConfig": {"environmentVariables": {"DOORWARD_IMAGE": image}}}
    assert reason(world.call("POST", f"/v2/{PARENT}/functions?functionId={world.unique('no')}", json=made)) == why


def test_who_may_not_create_functions_is_told_so(world, account):
    refused = world.call("POST", f"/v2/{PARENT}/functions?functionId=x", token=account.access_token(), json={})
    assert refused.status_code == 403
    assert "cloudfunctions.functions.create" in refused.text


def test_each_api_shows_its_own_generation(world, greet, shop):
    assert world.done("GET", f"/v2/{greet.name}")["environment"] == "GEN_1"
    assert world.call("GET", f"/v1/{shop.name}").status_code == 404
    everywhere = f"projects/{PROJECT}/locations/-/functions"
    of_the_first = {found["name"] for found in world.done("GET", f"/v1/{everywhere}")["functions"]}
    assert greet.name in of_the_first and shop.name not in of_the_first
    both = {found["name"] for found in world.done("GET", f"/v2/{everywhere}")["functions"]}
    assert {greet.name, shop.name} <= both
    listed = world.done("GET", f"/v2/{everywhere}", params={"filter": 'environment="GEN_2"'})["functions"]
    assert greet.name not in {found["name"] for found in listed}
    assert world.call("PATCH", f"/v2/{greet.name}", json={"description": "x"}).status_code == 501


def test_an_operation_says_what_was_done_and_to_what(world, upstream):
    body = {"buildConfig": {"environmentVariables": {"DOORWARD_IMAGE": upstream.url}}}
    function_id = world.unique("shop")
    made = world.done("POST", f"/v2/{PARENT}/functions?functionId={function_id}", json=body)
    metadata = made["metadata"]
    assert metadata["@type"] == "type.googleapis.com/google.cloud.functions.v2.OperationMetadata"
    assert (metadata["verb"], metadata["operationType"]) == ("create", "CREATE_FUNCTION")
    assert metadata["target"] == f"{PARENT}/functions/{function_id}"
    assert world.done("GET", f"/v2/{made['name']}") == made
    listed = world.done("GET", f"/v2/{PARENT}/operations", params={"pageSize": 500}).get("operations", [])
    assert made["name"] not in [operation["name"] for operation in listed], "those are Cloud Run's"
    gone = world.done("DELETE", f"/v2/{PARENT}/functions/{function_id}")
    assert gone["response"] == {"@type": "type.googleapis.com/google.protobuf.Empty"}
