"""WebSockets over HTTP/2 (RFC 8441), with Node's implementation as the client, and as the program behind a service."""

import json
import subprocess

import pytest
from websockets.exceptions import InvalidStatus

import backends
import http2
from test_grpc_through_the_gate import kitchen  # noqa: F401, its fixture
from test_open_streams import SECONDS, talk, talking, websocket  # noqa: F401, its fixtures

pytestmark = pytest.mark.skipif(backends.missing("node") is not None, reason="node is not installed")
SCRIPT = backends.HERE / "websocket_http2.js"


class NodeHttp2(backends.Backend):
    """Node's `http2` module, which takes WebSockets as streams."""

    def start(self, folder):
        return self.run(folder, ["node", SCRIPT, "serve"], r"listening on (\d+)")


class Client:
    """A WebSocket over HTTP/2 through the gate. What it says is read line by line."""

    def __init__(self, service, token):
        arguments = ["node", SCRIPT, "call", service.world.server.gate, f"http://{service.host}/", token]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def says(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else None


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    started = NodeHttp2(tmp_path_factory.mktemp("node-http2"))
    yield started
    started.close()


def h2c(world, address):
    container = {"image": address, "ports": [{"name": "h2c", "containerPort": 8080}]}
    return world.service(address, "stream", template={"containers": [container]})


@pytest.mark.parametrize("port", ["http1", "h2c"])
def test_a_client_of_http2_talks_to_both_kinds_of_services(world, talk, node, account, port):  # noqa: F811
    service = h2c(world, node.url) if port == "h2c" else world.service(talk.url, "talk")
    service.let_in(account.member)
    with Client(service, account.id_token(service.uri)) as client:
        opened = client.says()
        assert opened["status"] == 200 and len(opened["id"]) == 32
        assert client.says() == {"echo": "bread"}
        account.disable()
        assert client.says() == {"code": 4401, "why": "ACCOUNT_STATE_INVALID"}
        assert client.says() is None


def test_a_client_of_http1_talks_to_a_service_of_http2(world, node, account):
    service = h2c(world, node.url)
    service.let_in(account.member)
    with websocket(service, account.id_token(service.uri)) as talked:
        talked.send("bread")
        assert talked.recv(SECONDS) == "bread"


def test_who_may_not_call_gets_no_stream(world, talk, talking, account):  # noqa: F811
    before = talk.connected
    for token, status, reason in [
        ("", 403, "INVOKER_CREDENTIALS_MISSING"), ("nonsense", 401, "INVOKER_TOKEN_INVALID"),
        (account.id_token(talking.uri), 403, "INVOKER_PERMISSION_DENIED"),
    ]:
        with Client(talking, token) as client:
            said = client.says()
            assert (said["status"], said["reason"]) == (status, reason)
    assert talk.connected == before


def test_a_service_that_takes_none_says_so(world, echo, account, kitchen):  # noqa: F811
    """Over HTTP/2 a plain 200 would say that the WebSocket is open."""
    echo.let_in(account.member)
    with Client(echo, account.id_token(echo.uri)) as client:
        said = client.says()
        assert (said["status"], said["reason"]) == (501, "WEBSOCKET_UNSUPPORTED")
    # A server of gRPC offers none over HTTP/2.
    service = h2c(world, kitchen.url)
    service.let_in(account.member)
    with pytest.raises(InvalidStatus) as refused:
        websocket(service, account.id_token(service.uri))
    answer = refused.value.response
    assert (answer.status_code, answer.headers["x-doorward-reason"]) == (501, "WEBSOCKET_UNSUPPORTED")


def test_e01_bytes_behind_a_request_for_a_websocket_are_no_request(server, behind):
    """None of these programs switches: what comes early reaches nobody."""
    before = len(behind.backend.seen())
    inner = f"GET /smuggled HTTP/1.1\r\nHost: {behind.open.host}\r\n\r\n".encode()
    fields = http2.block(
        (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"),
        (":authority", behind.open.host), ("sec-websocket-version", "13"),
    )
    with http2.Peer(server.gate) as peer:
        peer.send(http2.frame(http2.HEADERS, http2.END_HEADERS, 1, fields), http2.frame(http2.DATA, 0, 1, inner))
        kind, _, stream, _ = peer.until(http2.HEADERS, http2.RST_STREAM, http2.GOAWAY)
        assert (kind, stream) == (http2.HEADERS, 1)
    seen = behind.backend.seen()[before:]
    # uvicorn knows WebSockets, and refuses this one before its application sees it.
    assert [entry["method"] for entry in seen] == ([] if behind.kind == "uvicorn" else ["GET"]), seen
    assert not [entry for entry in seen if "/smuggled" in entry["target"]], seen
