"""Threats E (docs/threats.md): what is one request here and two there, floods, slow peers, and our own callers."""

import gzip
import re

import pytest
import requests

import http2
import raw
from server import until
from world import PARENT

INNER = "GET /smuggled HTTP/1.1\r\nHost: HOST\r\n\r\n"
POST = "POST / HTTP/1.1\r\nHost: HOST\r\nX-Mark: outer\r\n"
# Each is one request to some servers and two to others.
SMUGGLED = {
    "CL.TE": POST + "Content-Length: LENGTH+5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE.CL": POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nHEX\r\n" + INNER + "\r\n0\r\n\r\n",
    "two lengths": POST + "Content-Length: 0\r\nContent-Length: LENGTH\r\n\r\n" + INNER,
    "two lengths, the other first": POST + "Content-Length: LENGTH\r\nContent-Length: 0\r\n\r\n" + INNER,
    "list of lengths": POST + "Content-Length: 0, LENGTH\r\n\r\n" + INNER,
    "length with a sign": POST + "Content-Length: +0\r\n\r\n" + INNER,
    "negative length": POST + "Content-Length: -1\r\n\r\n" + INNER,
    "length with a blank": POST + "Content-Length : 0\r\n\r\n" + INNER,
    "length in hexadecimal": POST + "Content-Length: 0x2c\r\n\r\n" + INNER,
    "huge length": POST + f"Content-Length: {2 ** 64}\r\n\r\n" + INNER,
    "TE with a blank": POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE with a tab": POST + "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE with a vertical tab": POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE identity": POST + "Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n" + INNER,
    "TE twice": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + INNER,
    "TE list": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE chunked twice": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE unknown": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
    "TE in another spelling": POST + "Transfer_Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + INNER,
    "TE of HTTP/1.0": "POST / HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "folded": POST + "X: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "bare line feeds": POST.replace("\r\n", "\n") + "Content-Length: 0\n\n" + INNER,
    "bare carriage return": POST + "X: 1\rContent-Length: 0\r\n\r\n" + INNER,
    "chunk size 0x0": POST + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + INNER,
    "chunk size beyond 64 bits": POST + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n" + INNER,
    "chunk extension with a line feed": POST + "Transfer-Encoding: chunked\r\n\r\n1;x\nx\r\nA\r\n0\r\n\r\n" + INNER,
    "chunk without its line end": POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nAA0\r\n\r\n" + INNER,
    "length in the trailer": POST + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: LENGTH\r\n\r\n" + INNER,
    "GET with a body": POST.replace("POST", "GET") + "Content-Length: LENGTH\r\n\r\n" + INNER,
    "CONNECT": "CONNECT HOST:443 HTTP/1.1\r\nHost: HOST:443\r\n\r\n" + INNER,
    "upgrade to WebSocket": POST.replace("POST", "GET") + "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n" + INNER,
    "upgrade to h2c": POST.replace("POST", "GET") + "Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                      "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" + INNER,
    "expectation": POST + "Expect: 100-continue\r\nContent-Length: LENGTH\r\n\r\n" + INNER,
    "expectation of something else": POST + "Expect: 200-ok\r\nContent-Length: 0\r\n\r\n" + INNER,
    "zero byte": POST + "X: a\0b\r\nContent-Length: 0\r\n\r\n" + INNER,
    "no version": "GET /smuggled\r\nHost: HOST\r\n\r\n" + INNER,
    "version of the future": "GET /smuggled HTTP/1.2\r\nHost: HOST\r\n\r\n" + INNER,
    "blanks in the request line": "GET  /smuggled  HTTP/1.1\r\nHost: HOST\r\n\r\n",
}


def filled_in(text, behind):
    """The outer request is for everybody, the inner one is for a private service."""
    inner = INNER.replace("HOST", behind.private.host)
    text = text.replace(INNER, inner).replace("HOST", behind.open.host)
    return text.replace("LENGTH+5", str(len(inner) + 5)).replace("LENGTH", str(len(inner))).replace("HEX", f"{len(inner):x}")


# What there is one reading of, by RFC 9112, and the statuses that are answered to it in turn. A 403 answers the inner request:
# it stands behind the end of the outer one, and is refused as any request to a private service that brings no credential.
READABLE = {
    # §6.3: the coding counts and the length does not; nothing is read behind the body.
    "CL.TE": [200],
    "TE.CL": [200],
    # §5: blanks around a value are none of it.
    "TE with a tab": [200, 403],
    # Another header altogether, which no service gets to see.
    "TE in another spelling": [200, 403],
    # §2.2: a line may end with a line feed alone.
    "bare line feeds": [200, 403],
    # §7.1.2: a trailer frames nothing.
    "length in the trailer": [200, 403],
    # The inner request is the body of the outer one.
    "GET with a body": [200],
    "expectation": [100, 200],
    # The service speaks no WebSocket: what stands behind the head that asked for one is read by nobody.
    "upgrade to WebSocket": [200],
    # §7.8 of RFC 9110: what is not understood is passed over.
    "upgrade to h2c": [200, 403],
    "expectation of something else": [200, 403],
}
# The head was whole, so that the service may have got it before the rest was seen to be none.
BROKEN_BODY = "chunk without its line end"


@pytest.mark.parametrize("name", SMUGGLED)
def test_e01_a_request_is_one_request_or_none(server, behind, name):
    """What is inside a body stays inside it; a pipelined second request is one of its own, checked like the first; whatever has
    no reading, or two, is refused once, and ends the connection."""
    expected = READABLE.get(name, [400])
    if (behind.kind, name) == ("uvicorn", "upgrade to WebSocket"):
        expected = [500]  # It speaks WebSocket, and its application does not.
    before = len(behind.backend.seen())
    with raw.Connection(server.gate) as connection:
        connection.write(filled_in(SMUGGLED[name], behind))
        answers = [connection.read() for _ in expected]
        assert [answer and answer.status for answer in answers] == expected
        last = answers[-1]
        # Not before: who has said everything may be taken for gone.
        if last.header("connection") != "close":
            connection.finish()
        assert connection.rest() == b""
    if expected == [400]:
        assert (last.header("x-doorward-reason"), last.header("connection")) == ("REQUEST_MALFORMED", "close")
    if last.status == 403:
        assert last.header("x-doorward-reason") == "INVOKER_CREDENTIALS_MISSING"
    seen = behind.backend.seen()[before:]
    reached = expected != [400] and expected != [500]
    assert len(seen) == reached or (name == BROKEN_BODY and len(seen) == 1), seen
    for entry in seen:
        assert (entry["method"], entry["target"]) == (SMUGGLED[name].split()[0], "/"), entry
        framing = [found for found, value in entry["headers"] if found.lower().replace("_", "-") in ("content-length", "transfer-encoding") and value]
        assert len(framing) <= 1, entry


def test_e01_pipelined_requests_are_each_checked(server, behind):
    before = len(behind.backend.seen())
    open_one = f"GET /open HTTP/1.1\r\nHost: {behind.open.host}\r\n\r\n"
    private_one = f"GET /private HTTP/1.1\r\nHost: {behind.private.host}\r\n\r\n"
    with raw.Connection(server.gate) as connection:
        connection.write(open_one + private_one + open_one)
        assert [connection.read().status for _ in range(3)] == [200, 403, 200]
    assert [entry["target"] for entry in behind.backend.seen()[before:]] == ["/open", "/open"]


def spoken(address):
    """A connection of HTTP/2."""
    peer = http2.Peer(address)
    assert peer.speaks(), f"{address} speaks no HTTP/2"
    return peer


def request_of(host, path="/", method="GET", *more):
    return http2.block((":method", method), (":scheme", "http"), (":path", path), (":authority", host), *more)


PROTOCOL_ERROR = (1).to_bytes(4, "big")
RESET = (http2.RST_STREAM, PROTOCOL_ERROR)
# Of a head that cannot be read nobody knows the stream: the connection ends.
ENDED = (http2.GOAWAY, bytes(4) + PROTOCOL_ERROR)
DOWNGRADED = {
    "transfer-encoding": ([("transfer-encoding", "chunked")], RESET),
    "connection": ([("connection", "close")], RESET),
    "line end in a value": ([("x", "1\r\ntransfer-encoding: chunked")], ENDED),
    "line end in a name": ([("x: 1\r\ntransfer-encoding", "chunked")], ENDED),
    "upper case": ([("Transfer-Encoding", "chunked")], ENDED),
    "colon in a name": ([("transfer-encoding: chunked\r\nx", "1")], ENDED),
    "length too small": ([("content-length", "0")], RESET),
    "length too large": ([("content-length", "9999")], RESET),
    "two lengths": ([("content-length", "0"), ("content-length", "44")], RESET),
    # The one that can be read: it is refused by us, with 400 (the static table of HPACK, entry 12).
    "another host": ([("host", "PRIVATE")], (http2.HEADERS, b"\x8c")),
    "pseudo-header again": ([(":path", "/smuggled")], RESET),
}


@pytest.mark.parametrize("name", DOWNGRADED)
def test_e01_nothing_of_http2_becomes_a_second_request(server, behind, name):
    """Nor a first one: none of these has a reading in HTTP/1.1."""
    fields, expected = DOWNGRADED[name]
    before = len(behind.backend.seen())
    inner = INNER.replace("HOST", behind.private.host).encode()
    more = [(key, value.replace("PRIVATE", behind.private.host)) for key, value in fields]
    with spoken(server.gate) as peer:
        peer.send(
            http2.frame(http2.HEADERS, http2.END_HEADERS, 1, request_of(behind.open.host, "/", "POST", *more)),
            http2.frame(http2.DATA, http2.END_STREAM, 1, b"0\r\n\r\n" + inner),
        )
        assert told(peer, expected) == expected
    assert behind.backend.seen()[before:] == []


def told(peer, expected):
    """What the other side says to a request: the kind of frame, and as much of it as is expected."""
    found = peer.until(http2.RST_STREAM, http2.GOAWAY, http2.HEADERS)
    return found and (found[0], found[3][:len(expected[1])])


@pytest.mark.parametrize("path", ["/ HTTP/1.1\r\nHost: x\r\n\r\nGET /smuggled", "/a b", "", "smuggled", "/\x00", "//smuggled HTTP/1.1"])
def test_e01_no_path_of_http2_becomes_a_second_request(server, behind, path):
    before = len(behind.backend.seen())
    with spoken(server.gate) as peer:
        flags = http2.END_HEADERS | http2.END_STREAM
        peer.send(http2.frame(http2.HEADERS, flags, 1, request_of(behind.open.host, path)))
        assert told(peer, RESET) == RESET
    assert behind.backend.seen()[before:] == []


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_e01_a_request_that_has_one_reading_reaches_every_kind_of_program(server, behind, version):
    """What the rows above are compared with: the same bytes, without the fault."""
    before = len(behind.backend.seen())
    if version == "2":
        with spoken(server.gate) as peer:
            peer.send(
                http2.frame(http2.HEADERS, http2.END_HEADERS, 1, request_of(behind.open.host, "/", "POST", ("content-length", "5"))),
                http2.frame(http2.DATA, http2.END_STREAM, 1, b"0\r\n\r\n"),
            )
            assert told(peer, (http2.HEADERS, b"\x88")) == (http2.HEADERS, b"\x88")
    else:
        text = POST.replace("HOST", behind.open.host) + "Content-Length: 5\r\n\r\n0\r\n\r\n"
        assert raw.ask(server.gate, text).status == 200
    assert [(entry["method"], entry["target"]) for entry in behind.backend.seen()[before:]] == [("POST", "/")]


def memory(server):
    """Resident memory of the process, in bytes."""
    status = open(f"/proc/{server.process.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def well(server, hello):
    """Everybody else is answered."""
    assert requests.get(f"{server.url}/healthz", timeout=20).status_code == 200
    assert hello.call().status_code == 403


@pytest.mark.parametrize(
    "lines",
    ["".join(f"X-{number}: 1\r\n" for number in range(120)), "X: " + "a" * (100 << 10) + "\r\n", "Cookie: " + "a=b; " * 30000 + "\r\n", "X: 1\r\n" * 5000],
    ids=["120 headers", "100 KB", "150 KB of cookies", "5000 times the same"],
)
def test_e03_too_much_of_a_head_is_refused_and_not_forwarded(server, behind, lines):
    before = len(behind.backend.seen())
    answer = raw.ask(server.gate, f"GET / HTTP/1.1\r\nHost: {behind.open.host}\r\n{lines}\r\n")
    assert answer.status == 431
    assert len(behind.backend.seen()) == before


def test_e03_a_head_without_end_is_cut_off(server, hello):
    before = memory(server)
    for address in (server.api, server.gate):
        with raw.Connection(address) as connection:
            connection.write("GET / HTTP/1.1\r\n")
            try:
                for _ in range(2000):
                    connection.write("X: " + "a" * 8000 + "\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
            else:
                raise AssertionError("16 MB of head were taken")
    assert memory(server) - before < 32 << 20
    well(server, hello)


def test_e03_a_cookie_is_the_services_and_the_gate_has_none(echo, account, upstream):
    echo.let_in(account.member)
    answer = echo.call(account.id_token(echo.uri), headers={"Cookie": "theirs=1; more=2"})
    assert upstream.arrivals[-1].header("cookie") == "theirs=1; more=2"
    assert "set-cookie" not in answer.headers


def test_e04_slow_peers_keep_nobody_waiting(server, hello):
    """That each is let go after a while is shown where the patience can be made short (`crates/edges/listen`)."""
    halves = ("GET / HT", "GET / HTTP/1.1\r\nHost: ", f"POST / HTTP/1.1\r\nHost: {hello.host}\r\nContent-Length: 100\r\n\r\nx", "")
    slow = []
    try:
        for number in range(400):
            connection = raw.Connection(server.gate if number % 2 else server.api)
            connection.write(halves[number // 2 % len(halves)])
            slow.append(connection)
        for _ in range(5):
            well(server, hello)
    finally:
        for connection in slow:
            connection.socket.close()


def test_e04_what_is_packed_stays_packed(server, world, echo, account, upstream):
    echo.let_in(account.member)
    bomb = gzip.compress(b"\0" * (64 << 20))
    before = memory(server)
    echo.call(account.id_token(echo.uri), method="POST", data=bomb, headers={"Content-Encoding": "gzip"})
    arrived = upstream.arrivals[-1]
    assert arrived.body == bomb and arrived.header("content-encoding") == "gzip"
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert world.call("POST", f"/v1/{PARENT}/jobs", data=bomb, headers=headers).status_code == 400
    assert memory(server) - before < 32 << 20


METADATA = ["metadata.google.internal", "metadata", "169.254.169.254", "[fd20:ce::254]", "metadata.google.internal:80", "169.254.169.253"]


@pytest.mark.parametrize("host", METADATA)
def test_e05_no_listener_plays_the_metadata_server(server, host):
    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    for address in (server.api, server.gate):
        for lines in ("Metadata-Flavor: Google\r\n", "", "Metadata-Flavor: Google\r\nX-Forwarded-For: 127.0.0.1\r\n"):
            answer = raw.ask(address, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")
            assert answer.status in (400, 401, 404) and b"access_token" not in answer.body, (address, lines)


FORBIDDEN = [
    "http://169.254.169.254/computeMetadata/v1/", "http://169.254.169.254:8080/", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/",
    "http://[fd20:ce::254]/", "{api}/v1/projects/demo", "http://localhost:{api_port}/", "http://[::ffff:127.0.0.1]:{api_port}/",
    "http://127.0.0.2:{api_port}/", "http://x.localhost:{api_port}/", "http://0.0.0.0:{api_port}/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_e06_a_job_calls_no_address_of_the_inside(server, world, url):
    answer = world.call("POST", f"/v1/{PARENT}/jobs", json={
        "name": f"{PARENT}/jobs/{world.unique('inside')}", "schedule": "0 0 1 1 *",
        "httpTarget": {"uri": url.format(api=server.url, api_port=server.api.rsplit(":", 1)[1])},
    })
    if answer.status_code == 400:
        return
    job = answer.json()["name"]
    world.run(job)
    # A name that stands for other addresses of this machine too is tried there, where nobody listens.
    elsewhere = "localhost:" in url or "127.0.0.2" in url
    assert world.attempted(job)["status"]["code"] in ((7, 14) if elsewhere else (7,))
    entry = world.finished(job)[0]
    assert "status" not in entry.get("httpRequest", {}), "somebody answered"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_e06_a_token_is_not_carried_across_a_redirect(world, account, upstream, status):
    """The service that is named answers with another address; nobody goes there, with a token or without."""
    from upstream import Upstream

    elsewhere = Upstream()
    upstream.status = status
    upstream.headers = {"Location": f"{elsewhere.url}/"}
    try:
        job = world.job(f"{upstream.url}/", token={"serviceAccountEmail": account.email})
        world.run(job)
        upstream.wait_for()
        assert world.attempted(job)["status"]["code"] != 0
        assert elsewhere.arrivals == []
    finally:
        elsewhere.close()


def test_e07_a_refusal_tells_nothing_of_the_policy(world, hello, account):
    friend = world.account("canary")
    hello.let_in(friend.member)
    secrets = [friend.email, friend.unique_id, "roles/", "binding", "schedulerunner"]
    bare = hello.call(headers={"Accept": "application/json"})
    page = hello.call()
    for answer in (bare, page):
        assert answer.status_code == 403
        found = [secret for secret in secrets if secret in answer.text]
        assert not found, f"{found} in {answer.text}"
    known = hello.call(account.id_token(hello.uri), headers={"Accept": "application/json"})
    assert known.status_code == 403
    # Who is known is told what would let them in, and nothing about others.
    assert not [secret for secret in (friend.email, friend.unique_id, "schedulerunner") if secret in known.text]
    assert friend.email not in str(known.headers)


def test_e07_what_is_hidden_and_what_is_not_there_look_alike(world, account):
    token = account.access_token()
    answers = [
        world.call("GET", f"/v2/{PARENT}/services/{service}", token=token) for service in ("hello", "no-such-service")
    ]
    alike = [re.sub(r"hello|no-such-service|[0-9a-f]{32}", "X", answer.text) for answer in answers]
    assert answers[0].status_code == answers[1].status_code == 403
    assert alike[0] == alike[1]


def test_e08_a_name_is_given_once_and_each_run_is_one_of_its_own(world, upstream):
    job = world.job(f"{upstream.url}/")
    again = world.call("POST", f"/v1/{PARENT}/jobs", json={"name": job, "schedule": "0 0 1 1 *", "httpTarget": {"uri": upstream.url}})
    assert again.status_code == 409
    world.run(job)
    upstream.wait_for(1)
    until(lambda: len(world.finished(job)) == 1, "the first attempt is recorded")
    world.run(job)
    upstream.wait_for(2)
    until(lambda: len(world.finished(job)) == 2, "the second attempt is recorded")
    assert len(upstream.arrivals) == 2
