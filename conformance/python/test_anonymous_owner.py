"""`--dangerous-anonymous-owner`: clients that send no credential, and everybody who must not profit from it."""

import grpc
import pytest
import requests
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import InvalidOperation
from google.cloud import iam_admin_v1, resourcemanager_v3, scheduler_v1

import raw
from server import Server, command
from test_commands import failed
from world import PARENT, PROJECT, YEARLY, World

FLAG = "--dangerous-anonymous-owner"


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("open") / "data", FLAG) as started:
        yield started
        assert started.interrupt() == 0


def anonymous(kind, server, transport):
    """A generated client as it is pointed at an emulator."""
    if transport == "rest":
        options = ClientOptions(api_endpoint=server.url)
        return kind(credentials=AnonymousCredentials(), transport="rest", client_options=options)
    return kind(transport=kind.get_transport_class("grpc")(host=server.api, channel=grpc.insecure_channel(server.api)))


@pytest.mark.parametrize("transport", ["grpc", "rest"])
def test_generated_clients_work_without_a_credential(open_server, transport):
    project = anonymous(resourcemanager_v3.ProjectsClient, open_server, transport).get_project(name=f"projects/{PROJECT}")
    assert project.project_id == PROJECT
    jobs = anonymous(scheduler_v1.CloudSchedulerClient, open_server, transport)
    wish = {"name": f"{PARENT}/jobs/by-{transport}", "schedule": YEARLY, "http_target": {"uri": "http://127.0.0.1:9/"}}
    made = jobs.create_job(parent=PARENT, job=wish)
    assert [job.name for job in jobs.list_jobs(parent=PARENT) if job.name == made.name] == [made.name]
    jobs.delete_job(name=made.name)


def test_what_they_do_is_checked_like_the_owners(open_server):
    with pytest.raises(exceptions.PermissionDenied):
        anonymous(resourcemanager_v3.ProjectsClient, open_server, "grpc").get_project(name="projects/no-such-project")


def test_without_the_flag_they_are_refused(server):
    # Over REST google-auth takes the 401 for the end of a token, and has none to renew.
    for transport, refusal in (("grpc", exceptions.Unauthenticated), ("rest", InvalidOperation)):
        with pytest.raises(refusal):
            anonymous(resourcemanager_v3.ProjectsClient, server, transport).get_project(name=f"projects/{PROJECT}")


@pytest.mark.parametrize("credential", ["Bearer wrong", "Bearer ya29.wrong", "Basic YTpi", "", "Bearer "])
def test_a_bad_credential_is_no_missing_one(open_server, credential):
    answer = requests.get(f"{open_server.url}/v1/projects/{PROJECT}", headers={"Authorization": credential}, timeout=20)
    assert (answer.status_code, answer.headers["x-doorward-reason"]) == (401, "CREDENTIALS_INVALID")
    call = grpc.insecure_channel(open_server.api).unary_unary(
        "/google.iam.admin.v1.IAM/ListServiceAccounts", request_serializer=iam_admin_v1.ListServiceAccountsRequest.serialize,
    )
    with pytest.raises(grpc.RpcError) as refused:
        request = iam_admin_v1.ListServiceAccountsRequest(name=f"projects/{PROJECT}")
        call(request, metadata=[("authorization", credential)], timeout=20)
    assert refused.value.code() == grpc.StatusCode.UNAUTHENTICATED


REBOUND = ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0:{port}", "169.254.169.254", ""]


@pytest.mark.parametrize("host", REBOUND)
def test_a_rebound_name_is_refused(open_server, host):
    host = host.format(port=open_server.api.split(":")[1])
    answer = raw.ask(open_server.api, f"GET /v1/projects/{PROJECT} HTTP/1.1\r\nHost: {host}\r\n\r\n")
    assert (answer.status, answer.header("x-doorward-reason")) == (403, "ANONYMOUS_HOST_REFUSED")
    assert answer.json()["error"]["status"] == "PERMISSION_DENIED"


def test_a_rebound_name_is_refused_wherever_it_stands(open_server):
    name = f"/v1/projects/{PROJECT}"
    told = {
        f"GET http://evil.example{name} HTTP/1.1\r\nHost: localhost\r\n\r\n": 403,
        f"GET http://localhost{name} HTTP/1.1\r\nHost: evil.example\r\n\r\n": 403,
        f"GET {name} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n": 403,
        f"GET {name} HTTP/1.0\r\n\r\n": 403,
    }
    assert {request: raw.ask(open_server.api, request).status for request in told} == told


def test_a_rebound_authority_is_refused_over_grpc(open_server):
    options = [("grpc.default_authority", "evil.example")]
    channel = grpc.insecure_channel(open_server.api, options=options)
    kind = resourcemanager_v3.ProjectsClient
    client = kind(transport=kind.get_transport_class("grpc")(host=open_server.api, channel=channel))
    with pytest.raises(exceptions.PermissionDenied) as refused:
        client.get_project(name=f"projects/{PROJECT}")
    assert refused.value.reason == "ANONYMOUS_HOST_REFUSED"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:3000"}, {"Origin": "null"}, {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"},
    ],
    ids=lambda headers: " ".join(*headers.items()),
)
def test_what_a_page_sends_is_refused(open_server, headers):
    for method in ("GET", "POST", "OPTIONS"):
        answer = requests.request(method, f"{open_server.url}/v1/projects/{PROJECT}", headers=headers, timeout=20)
        assert (answer.status_code, answer.headers["x-doorward-reason"]) == (403, "ANONYMOUS_BROWSER_REFUSED"), method
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_a_page_with_a_credential_is_its_owners(open_server):
    token = command("token", "access", "--data", open_server.data).stdout.strip()
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://console.example"}
    assert requests.get(f"{open_server.url}/v1/projects/{PROJECT}", headers=headers, timeout=20).status_code == 200


def test_the_gate_is_as_closed_as_ever(open_server):
    made = requests.post(
        f"{open_server.url}/v2/{PARENT}/services?serviceId=closed",
        json={"template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}}, timeout=20,
    )
    assert made.status_code == 200, made.text
    uri = requests.get(f"{open_server.url}/v2/{PARENT}/services/closed", timeout=20).json()["uri"]
    answer = requests.get(f"http://{open_server.gate}/", headers={"Host": uri.removeprefix("https://")}, timeout=20)
    assert (answer.status_code, answer.headers["x-doorward-reason"]) == (403, "INVOKER_CREDENTIALS_MISSING")


def test_a_warning_stands_on_the_terminal(open_server, server):
    assert f"warning: {FLAG}" in open_server.output() and open_server.url in open_server.output()
    assert "warning:" not in server.output()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"])
def test_it_does_not_start_where_others_could_call(tmp_path, address):
    path = tmp_path / "doorward.toml"
    path.write_text("[dangerous]\nplain_http_beyond_loopback = true\n")
    arguments = ["up", "--config", path, "--data", tmp_path / "data", "--gate", "127.0.0.1:0", "--intercept", "off"]
    answer = command(*arguments, "--api", address, FLAG)
    failed(answer, FLAG, address.rsplit(":", 1)[0], "loopback", "hint:", "--api 127.0.0.1:8090")
    assert not (tmp_path / "data").exists()
    failed(command(*arguments, "--api", address, variables={"DOORWARD_DANGEROUS_ANONYMOUS_OWNER": "1"}), FLAG)


def test_a_job_is_not_the_owner_where_its_apis_have_names_of_loopback(tmp_path):
    """In a universe below `.localhost` a job reaches the API under a loopback name, through memory: anybody's job."""
    with Server(tmp_path / "data", FLAG, configuration='universe = "apis.localhost"\n') as server:
        world = World(server)
        host = f"http://cloudresourcemanager.apis.localhost:{server.api.rsplit(':', 1)[1]}/v1/projects/{PROJECT}"
        assert requests.get(f"{server.url}/v1/projects/{PROJECT}", timeout=20).status_code == 200
        job = world.job(host, http={"httpMethod": "GET"})
        world.run(job)
        world.attempted(job)
        assert [entry["httpRequest"]["status"] for entry in world.finished(job)] == [401]
