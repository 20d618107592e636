"""The intercept: curl, Python and gRPC under Google's own host names, with nothing but a proxy and a CA."""

import http.server
import json
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading

import pytest
import requests
from cryptography import x509

from certificates import self_signed
from raw import Connection
from server import Server, command, environment

GOOGLE = "https://iam.googleapis.com/v1/projects/demo/serviceAccounts"


@pytest.fixture(scope="module")
def curl(server):
    """curl, told of the proxy and the CA: status, headers and body."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")

    def run(*arguments, proxied=True):
        through = ["--proxy", f"http://{server.intercept}", "--noproxy", "", "--cacert", server.data / "ca.pem"]
        command = ["curl", "--silent", "--show-error", "--max-time", "20", "--suppress-connect-headers", "--include"]
        return subprocess.run(
            [*command, *(through if proxied else []), *arguments], capture_output=True, text=True, check=False, env=environment(),
        )

    return run


def answered(ran):
    assert ran.returncode == 0, ran.stderr
    head, _, body = ran.stdout.replace("\r\n", "\n").partition("\n\n")
    first, *lines = head.split("\n")
    version, status = first.split()[:2]
    return version, int(status), dict(line.split(": ", 1) for line in lines if ": " in line), body


def refused(ran, status):
    """The proxy refused to make a tunnel."""
    assert ran.returncode == 56 and f"response {status}" in ran.stderr, (ran.returncode, ran.stderr)


@pytest.mark.parametrize(("flag", "version"), [("--http1.1", "HTTP/1.1"), ("--http2", "HTTP/2")])
def test_an_api_answers_under_its_own_name(curl, world, flag, version):
    account = world.account("intercepted")
    found, status, headers, body = answered(curl(flag, "-H", f"Authorization: Bearer {world.owner_token()}", f"{GOOGLE}/{account.email}"))
    assert (found, status) == (version, 200), body
    assert json.loads(body)["email"] == account.email
    assert headers["x-doorward-request-id"]


@pytest.mark.parametrize(("flag", "version"), [("--http1.1", "HTTP/1.1"), ("--http2", "HTTP/2")])
def test_a_private_service_answers_under_its_own_name(curl, world, echo, upstream, account, flag, version):
    found, status, headers, _ = answered(curl(flag, f"{echo.uri}/"))
    assert (found, status, headers["x-doorward-reason"]) == (version, 403, "INVOKER_CREDENTIALS_MISSING")
    echo.let_in(account.member)
    bearer = f"Authorization: Bearer {account.id_token(echo.uri)}"
    found, status, _, _ = answered(curl(flag, "-H", bearer, "-H", "X-Forwarded-Proto: gopher", f"{echo.uri}/orders?x=1"))
    assert (found, status) == (version, 200)
    arrived = upstream.arrivals[-1]
    assert arrived.path == "/orders?x=1"
    assert (arrived.header("x-forwarded-proto"), arrived.header("host")) == ("https", echo.host)
    assert arrived.header("via") is None
    plain = f"{echo.uri}/plain".replace("https://", "http://")
    _, status, _, _ = answered(curl(flag, "-H", bearer, "-H", "X-Forwarded-Proto: https", plain))
    assert (status, upstream.arrivals[-1].header("x-forwarded-proto")) == (200, "http")


def test_plain_requests_for_a_whole_url_are_served_too(curl, world, echo, upstream, account):
    echo.let_in(account.member)
    plain = echo.uri.replace("https://", "http://")
    bearer = f"Authorization: Bearer {account.id_token(echo.uri)}"
    _, status, _, _ = answered(curl("-H", bearer, "-H", "Proxy-Authorization: Basic eA==", "-d", "loaf", f"{plain}/plain"))
    assert status == 200
    arrived = upstream.arrivals[-1]
    assert (arrived.method, arrived.path, arrived.body) == ("POST", "/plain", b"loaf")
    assert arrived.header("proxy-authorization") is None
    owner = f"Authorization: Bearer {world.owner_token()}"
    _, status, _, body = answered(curl("-H", owner, GOOGLE.replace("https://", "http://")))
    assert status == 200 and "accounts" in json.loads(body)


def test_no_credential_is_nobody_here_too(curl):
    _, status, headers, _ = answered(curl(GOOGLE))
    assert (status, headers["x-doorward-reason"]) == (401, "CREDENTIALS_MISSING")


@pytest.mark.parametrize(
    "url",
    [
        "https://storage.googleapis.com/storage/v1/b?project=demo",
        "https://us-central1-aiplatform.googleapis.com/v1/projects/demo/models",
        "https://www.gstatic.com/nothing",
        "http://metadata.google.internal/nothing",
    ],
)
def test_what_is_not_here_is_refused_here_and_sent_to_nobody(curl, world, url):
    _, status, headers, _ = answered(curl("-H", f"Authorization: Bearer {world.owner_token()}", url))
    reason = "METADATA_SERVER_UNKNOWN" if "//metadata." in url else "METHOD_NOT_FOUND"
    assert (status, headers["x-doorward-reason"]) == (404, reason)
    assert headers["x-doorward-request-id"]


def test_a_service_that_is_not_here_is_looked_for_nowhere_else(curl):
    for host in ("nobody-1.us-central1.run.app", "us-central1-demo.cloudfunctions.net", "demo.uc.r.appspot.com"):
        _, status, headers, _ = answered(curl(f"https://{host}/"))
        assert (status, headers["x-doorward-reason"]) == (404, "ROUTE_NOT_FOUND"), host


def test_certificates_are_believed_by_nobody_who_was_not_told(server, curl):
    ran = curl("--proxy", f"http://{server.intercept}", "--noproxy", "", GOOGLE, proxied=False)
    assert ran.returncode == 60, (ran.returncode, ran.stderr)


def test_a_request_for_another_host_than_the_tunnels_is_misdirected(curl, hello):
    for host in ("localhost", "run.googleapis.com", hello.host):
        _, status, headers, _ = answered(curl("-H", f"Host: {host}", GOOGLE))
        assert (status, headers["x-doorward-reason"]) == (421, "MISDIRECTED_REQUEST"), host
    _, status, headers, _ = answered(curl("-H", "Host: iam.googleapis.com", f"{hello.uri}/"))
    assert (status, headers["x-doorward-reason"]) == (421, "MISDIRECTED_REQUEST")


def test_tls_for_another_host_than_the_tunnels_ends_it(server):
    context = ssl.create_default_context(cafile=server.data / "ca.pem")
    for asked in ("run.googleapis.com", "example.com"):
        with tunnel(server, "iam.googleapis.com:443") as stream, pytest.raises((ssl.SSLError, OSError)):
            with context.wrap_socket(stream, server_hostname=asked) as inside:
                inside.sendall(b"GET / HTTP/1.1\r\nHost: iam.googleapis.com\r\n\r\n")
                assert not inside.recv(100), "an answer for another host"
                raise OSError("closed")


def tunnel(server, target):
    """A socket behind `CONNECT`."""
    host, port = server.intercept.rsplit(":", 1)
    stream = socket.create_connection((host, int(port)), timeout=20)
    stream.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = stream.recv(4096)
        assert piece, head
        head += piece
    assert head.startswith(b"HTTP/1.1 200 "), head
    return stream


@pytest.fixture
def stranger(tmp_path):
    """A server with TLS of its own, which is none of Google's."""
    certificate, key = self_signed(tmp_path, "localhost")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            text = json.dumps(dict(self.headers.items())).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    def start(context):
        listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        return listening

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    encrypted, plain = start(context), start(None)
    yield encrypted.server_port, plain.server_port, certificate
    for listening in (encrypted, plain):
        listening.shutdown()
        listening.server_close()


def test_tunnels_to_others_are_carried_as_they_are(curl, stranger):
    encrypted, plain, certificate = stranger
    # Its own certificate is what arrives: nobody opened the tunnel on the way.
    _, status, _, body = answered(curl("--cacert", certificate, f"https://localhost:{encrypted}/"))
    assert status == 200 and "Via" not in json.loads(body)
    ran = curl(f"https://localhost:{encrypted}/")
    assert ran.returncode == 60, "Doorward's CA signs for no stranger"
    _, status, _, body = answered(curl("--proxytunnel", f"http://localhost:{plain}/"))
    assert status == 200 and "Via" not in json.loads(body)


def test_plain_requests_to_others_are_passed_on_without_what_is_the_proxys(curl, stranger):
    _, plain, _ = stranger
    _, status, headers, body = answered(curl("-H", "Proxy-Authorization: Basic eA==", "-H", "Connection: x-mine", "-H", "X-Mine: 1", f"http://localhost:{plain}/"))
    arrived = {name.lower(): value for name, value in json.loads(body).items()}
    assert status == 200 and headers["via"] == "1.1 doorward"
    assert arrived["host"] == f"localhost:{plain}" and arrived["via"] == "1.1 doorward"
    assert not {"proxy-authorization", "proxy-connection", "x-mine"} & set(arrived)


@pytest.mark.parametrize("target", ["http://169.254.169.254/", "http://100.100.100.200/", "http://0.0.0.0:1/"])
def test_what_is_never_called_is_not_called_for_others(curl, target):
    _, status, headers, _ = answered(curl(target))
    assert (status, headers["x-doorward-reason"]) == (403, "ADDRESS_REFUSED")
    refused(curl("--proxytunnel", target.replace("0:1", "0:8080")), 403)


def test_doorwards_own_listeners_are_no_targets(server, curl):
    for own in (server.api, server.gate, server.intercept):
        _, status, headers, _ = answered(curl(f"http://{own}/"))
        assert (status, headers["x-doorward-reason"]) == (403, "ADDRESS_REFUSED"), own
        refused(curl("--proxytunnel", f"http://{own}/"), 403)


def test_other_protocols_and_unreachable_hosts_are_refused_by_name(curl):
    refused(curl("--proxytunnel", "http://localhost:25/"), 403)
    refused(curl("https://no-such-host.invalid/"), 502)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    _, status, headers, _ = answered(curl(f"http://127.0.0.1:{port}/"))
    assert (status, headers["x-doorward-reason"]) == (502, "PROXY_TARGET_UNREACHABLE")


@pytest.mark.parametrize(
    "request_line",
    ["GET / HTTP/1.1", "GET /v1/projects/demo HTTP/1.1", "OPTIONS * HTTP/1.1", "GET https://iam.googleapis.com/ HTTP/1.1", "CONNECT iam.googleapis.com HTTP/1.1", "CONNECT user@iam.googleapis.com:443 HTTP/1.1"],
)
def test_what_is_not_written_for_a_proxy_is_refused(server, request_line):
    # As a page on a name that leads to loopback would have a browser ask.
    with Connection(server.intercept) as connection:
        connection.write(f"{request_line}\r\nHost: evil.example:8092\r\nConnection: close\r\n\r\n")
        answer = connection.rest()
    assert answer.startswith(b"HTTP/1.1 400 ") and b"PROXY_REQUEST_EXPECTED" in answer, answer


def test_jobs_do_not_reach_the_proxy(server, world):
    job = world.job(f"http://{server.intercept}/")
    world.run(job)
    assert world.attempted(job)["status"]["code"] == 7


def test_the_authority_is_its_owners_and_good_for_these_hosts_only(server):
    key, certificate = server.data / "ca.key", server.data / "ca.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    basic = found.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical and (basic.value.ca, basic.value.path_length) == (True, 0)
    names = found.extensions.get_extension_for_class(x509.NameConstraints)
    permitted = [subtree.value for subtree in names.value.permitted_subtrees if isinstance(subtree, x509.DNSName)]
    assert names.critical and {"googleapis.com", "run.app", "localhost"} <= set(permitted)
    assert "example.com" not in permitted and "google.com" not in permitted


def test_an_authority_whose_key_others_may_read_is_refused(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "ca.key").write_text("canary")
    (data / "ca.key").chmod(0o644)
    answer = command("up", "--data", data, "--api", "127.0.0.1:0", "--gate", "127.0.0.1:0", "--intercept", "127.0.0.1:0")
    assert answer.returncode == 1 and "ca.key" in answer.stderr and "hint: " in answer.stderr, answer.stderr
    assert "canary" not in answer.stderr


def test_hosts_of_a_configured_universe_are_intercepted_too(tmp_path):
    with Server(tmp_path / "data", configuration='universe = "cloud.example.com"\n') as server:
        bearer = {"Authorization": "Bearer " + command("token", "access", "--data", server.data).stdout.strip()}
        with requests.Session() as session:
            session.trust_env = False
            session.proxies = {"https": f"http://{server.intercept}"}
            session.verify = str(server.data / "ca.pem")
            for host in ("iam.cloud.example.com", "iam.googleapis.com"):
                answer = session.get(f"https://{host}/v1/projects/demo/serviceAccounts", headers=bearer, timeout=20)
                assert answer.status_code == 200, (host, answer.text)
            answer = session.get("https://nobody-1.us-central1.run.cloud.example.com/", timeout=20)
            assert (answer.status_code, answer.headers["x-doorward-reason"]) == (404, "ROUTE_NOT_FOUND")
            issuer = session.get("https://accounts.cloud.example.com/.well-known/openid-configuration", timeout=20)
            assert issuer.json()["issuer"] == "https://accounts.cloud.example.com"


VERIFY = """
import sys
from google.auth.transport.requests import Request
from google.oauth2 import id_token
print(id_token.verify_oauth2_token(sys.stdin.read(), Request(), sys.argv[1])["email"])
"""


def proxied(server):
    """The variables of an unmodified client."""
    ca, proxy = str(server.data / "ca.pem"), f"http://{server.intercept}"
    return {
        "https_proxy": proxy, "HTTPS_PROXY": proxy, "http_proxy": proxy, "no_proxy": "", "NO_PROXY": "", "REQUESTS_CA_BUNDLE": ca,
        "SSL_CERT_FILE": ca, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": ca,
    }


def python(server, program, *arguments, text=""):
    variables = {**environment(), **proxied(server)}
    return subprocess.run([sys.executable, "-c", program, *arguments], input=text, capture_output=True, text=True, timeout=60, env=variables, check=False)


def test_google_auth_verifies_a_token_with_nothing_overridden(server, account):
    token = account.id_token("https://bakery.example")
    ran = python(server, VERIFY, "https://bakery.example", text=token)
    assert (ran.returncode, ran.stdout.strip()) == (0, account.email), ran.stderr
    ran = python(server, VERIFY, "https://elsewhere.example", text=token)
    assert ran.returncode != 0 and "wrong audience" in ran.stderr, ran.stderr


JOBS = """
import sys, json
from google.cloud import scheduler_v1
from google.oauth2 import service_account
credentials = service_account.Credentials.from_service_account_info(json.load(sys.stdin))
client = scheduler_v1.CloudSchedulerClient(credentials=credentials, transport=sys.argv[1])
print([job.name for job in client.list_jobs(parent="projects/demo/locations/us-central1")])
"""


@pytest.mark.parametrize("transport", ["grpc", "rest"])
def test_a_generated_client_finds_its_default_host(server, world, account, transport):
    key = account.unmodified_key()
    ran = python(server, JOBS, transport, text=json.dumps(key))
    assert ran.returncode != 0 and "cloudscheduler.jobs.list" in ran.stderr, ran.stderr
    world.bind_on_project("roles/cloudscheduler.viewer", account.member)
    ran = python(server, JOBS, transport, text=json.dumps(key))
    assert ran.returncode == 0 and "oidctest" in ran.stdout, ran.stderr
