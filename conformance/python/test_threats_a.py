"""Threats A (docs/threats.md): a rule about one path, and a program that reads another.

No resource has a rule about paths yet: a service is open or private as a whole. So what must hold is that nothing in a
target opens what is closed, and that a program sees exactly the target that was decided about, or nothing.
"""

import itertools
import random

import pytest

import raw
from world import PROJECT

# What servers are known to read in different ways.
PIECES = [
    "//", "///", "/./", "/../", "/..", "/.", "%2f", "%2F", "%5c", "%5C", "\\", "..;", "..;/", ";x=1", ";", "%3b", "%2e", "%2e%2e",
    ".%2e", "%2E.", "%252f", "%252e%252e", "%25", "%", "%2", "%zz", "%u002f", "%00", "%0d%0a", "%09", "%20", "+", "%c0%af",
    "%c0%ae", "%ff", "%61", "%7e", "~", "*", "|", "\"", "<", ">", "{", "}", "^", "`", "[", "]", "@", ":", "!", "'", "(", ",", "&", "=",
]
PLACES = [
    "{}", "/{}", "/a{}", "/a{}b", "/a/{}/b", "/{}private", "/public/{}private", "/private{}?x=/public", "/a?{}", "/a?x={}&y=//..",
]
CORPUS = list(dict.fromkeys(place.format(piece) for place, piece in itertools.product(PLACES, PIECES)))


def sent_and_seen(behind, address, targets):
    """For each target the answer through the gate, and what the program wrote down for it."""
    answers, connection = {}, None
    for number, target in enumerate(targets):
        connection = connection or raw.Connection(address)
        connection.write(
            f"GET {target} HTTP/1.1\r\nHost: {behind.private.host}\r\nAuthorization: Bearer {behind.token}\r\n"
            f"X-Mark: {number}-{id(targets)}\r\n\r\n"
        )
        answers[target] = connection.read()
        if answers[target] is None or answers[target].status != 200:
            connection.socket.close()
            connection = None
    if connection:
        connection.socket.close()
    marks = {f"{number}-{id(targets)}": target for number, target in enumerate(targets)}
    seen = {target: [] for target in targets}
    for entry in behind.backend.seen():
        for name, value in entry["headers"]:
            if name.lower().replace("_", "-") == "x-mark" and value in marks:
                seen[marks[value]].append(entry["target"])
    return answers, seen


def assert_seen_as_sent(behind, answers, seen):
    passed = 0
    for target, answer in answers.items():
        assert answer is not None, f"{target!r} got no answer"
        # ASGI does not tell an empty query from none.
        told = target[:-1] if behind.kind == "uvicorn" and target.find("?") == len(target) - 1 else target
        if answer.status == 200:
            assert seen[target] == [told]
            passed += 1
        else:
            # Refused by the gate, or passed on as it is and refused by the program's server.
            assert answer.status == 400, f"{target!r}: {answer.status}"
            assert seen[target] in ([], [told])
    return passed


def test_a01_a_query_decides_nothing(server, behind, world):
    closed = ["/private?x=/public", "/?/healthz", "/private?/healthz", "/a?health=1", "/?x=/.well-known/a", "/?access_token=x", "/?#"]
    before = len(behind.backend.seen())
    for target in closed:
        answer = raw.ask(server.gate, f"GET {target} HTTP/1.1\r\nHost: {behind.private.host}\r\n\r\n")
        assert (answer.status, answer.header("x-doorward-reason")) == (403, "INVOKER_CREDENTIALS_MISSING"), target
    assert len(behind.backend.seen()) == before
    for query in ("/healthz", "x=/token", "/oauth2/v3/certs"):
        assert world.call("GET", f"/v1/projects/{PROJECT}?{query}", token=None).status_code == 401


EXEMPT = ["/healthz", "/token", "/oauth2/v1/certs", "/oauth2/v3/certs", "/.well-known/openid-configuration"]


@pytest.mark.parametrize("exempt", EXEMPT)
def test_a02_what_is_public_is_public_at_its_exact_path_only(server, world, exempt):
    name = f"/v1/projects/{PROJECT}"
    for target in (
        f"{name}{exempt}", f"{name}/..{exempt}", f"{exempt}/..{name}", f"{exempt}/{name}", f"{exempt}%2f..{name}", f"{exempt};{name}",
        f"{name};{exempt}", f"{name}?{exempt}", f"{name}#{exempt}", f"{name}%00{exempt}", f"/{exempt}/../{name}", f"{exempt}\\..{name}",
    ):
        answer = raw.ask(server.api, f"GET {target} HTTP/1.1\r\nHost: {server.api}\r\n\r\n")
        assert answer.status in (400, 401, 404), f"{target}: {answer.status}"
        assert b"projectNumber" not in answer.body
    # The gate has no public path at all: what is asked there is asked of a service.
    assert raw.ask(server.gate, f"GET {exempt} HTTP/1.1\r\nHost: {server.gate}\r\n\r\n").status == 404


@pytest.mark.parametrize("exempt", ["/healthz", "/robots.txt", "/favicon.ico", "/.well-known/acme-challenge/x", "/ping", "/_ah/health"])
def test_a02_a_service_has_no_path_that_is_let_through(server, hello, exempt):
    for target in (exempt, f"{exempt}/", f"/x{exempt}", f"{exempt}?x", f"/{exempt}"):
        answer = raw.ask(server.gate, f"GET {target} HTTP/1.1\r\nHost: {hello.host}\r\n\r\n")
        assert (answer.status, answer.header("x-doorward-reason")) == (403, "INVOKER_CREDENTIALS_MISSING"), target


def test_a03_a_program_sees_the_target_that_was_decided_about_or_nothing(server, behind):
    assert len(CORPUS) >= 500
    passed = assert_seen_as_sent(behind, *sent_and_seen(behind, server.gate, CORPUS))
    assert passed > 100, "most of the corpus is refused, so that it shows little"


def test_a03_no_reading_of_a_target_opens_a_private_service(server, behind):
    before = len(behind.backend.seen())
    with raw.Connection(server.gate) as first:
        connection = first
        for target in CORPUS:
            connection.write(f"GET {target} HTTP/1.1\r\nHost: {behind.private.host}\r\n\r\n")
            answer = connection.read()
            assert answer is not None and answer.status in (400, 403), target
            if answer.status == 400:
                connection.socket.close()
                connection = raw.Connection(server.gate)
        connection.socket.close()
    assert len(behind.backend.seen()) == before


def test_a04_nothing_behind_a_fragment_is_decided_about_or_forwarded(server, behind):
    targets = ["/a#/b", "/a#", "/a?x#/b", "/#/private", "/a%23/b", "/public#/../private", "/a#b?c"]
    answers, seen = sent_and_seen(behind, server.gate, targets)
    for target, answer in answers.items():
        before = target.split("#")[0]
        assert answer.status == 400 and seen[target] == [] or answer.status == 200 and seen[target] == [before], target


def test_a05_nothing_is_rewritten_after_the_decision(server, behind):
    """Whatever bytes: each kind of program sees them as they were sent, or refuses, or the gate does."""
    chance = random.Random(20261122)
    letters = "abz/%.;\\?&=:@!$'()*+,-_~09AF|\"<>^`{}[]" + "\u00e9\u00ff"
    targets = ["/" + "".join(chance.choices(letters, k=chance.randint(0, 40))) for _ in range(400)]
    assert assert_seen_as_sent(behind, *sent_and_seen(behind, server.gate, list(dict.fromkeys(targets)))) > 20


def test_a06_the_service_that_was_decided_about_is_the_one_that_is_reached(server, behind, every_behind):
    """Two names in one request: it goes to the service whose policy was asked, or nowhere."""
    other = every_behind("http.server" if behind.kind != "http.server" else "gunicorn")
    private, open_ = behind.private.host, other.open.host
    before = len(behind.backend.seen())
    for head in (
        f"GET / HTTP/1.1\r\nHost: {open_}\r\nHost: {private}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {private}\r\nHost: {open_}\r\n\r\n",
        f"GET http://{open_}/ HTTP/1.1\r\nHost: {private}\r\n\r\n",
        f"GET http://{private}/ HTTP/1.1\r\nHost: {open_}\r\n\r\n",
        f"GET //{private}/ HTTP/1.1\r\nHost: {open_}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {open_}, {private}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {open_}@{private}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {private}:80@{open_}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {open_}\r\nX-Forwarded-Host: {private}\r\nForwarded: host={private}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {open_}\r\nX-Original-URL: http://{private}/\r\nX-Host: {private}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost : {private}\r\nHost: {open_}\r\n\r\n",
        f"GET / HTTP/1.1\r\n Host: {private}\r\nHost: {open_}\r\n\r\n",
        f"CONNECT {private}:443 HTTP/1.1\r\nHost: {open_}\r\n\r\n",
    ):
        answer = raw.ask(server.gate, head)
        assert answer.status in (200, 400, 403, 404), head
    assert len(behind.backend.seen()) == before, "a private service was reached under an open one's name"
    # The other way round: an open name never lends its policy to a private one.
    answer = raw.ask(server.gate, f"GET / HTTP/1.1\r\nHost: {private.upper()}:8080\r\n\r\n")
    assert answer.status == 403
