"""Threats B (docs/threats.md): headers that a caller sends about itself."""

import itertools
import os
import re

import pytest
import requests

import raw
from server import Server
from world import PROJECT, World

# Headers in which some proxy or framework reads who called, from where or for what.
CLAIMS = [
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Uri", "X-Forwarded-Prefix",
    "X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Method", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Real-IP",
    "X-Client-IP", "True-Client-IP", "X-Goog-Authenticated-User-Email", "X-Goog-IAP-JWT-Assertion", "X-Auth-Request-Email",
    "X-HTTP-Method-Override", "X-Envoy-Internal", "X-Envoy-Original-Path", "X-CloudScheduler", "X-Cloudtasks-QueueName",
    "X-Doorward-Principal", "X-Appengine-Cron", "X-Appengine-User-Email",
]
VALUES = ["127.0.0.1", "::1", "localhost", "/public", "owner@doorward.localhost", "true", "", ",,,", "\"", "\u00ff" * 20, "x" * 4000]
# What a service may believe, so that nobody else may say it.
RESERVED = [
    "x-goog-iap-jwt-assertion", "x-goog-authenticated-user-email", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-serverless-authorization", "x-cloudscheduler", "x-cloudscheduler-jobname", "x-cloudtasks-queuename", "x-doorward-principal",
    "x-original-url", "x-rewrite-url", "x-appengine-cron", "x-google-internal",
]


def get(behind, address, lines=(), token=True, target="/"):
    """The answer to a GET with these header lines, and what the program saw of it."""
    before = len(behind.backend.seen())
    authorization = [f"Authorization: Bearer {behind.token}"] if token else []
    head = "\r\n".join([f"GET {target} HTTP/1.1", f"Host: {behind.private.host}", *authorization, *lines])
    answer = raw.ask(address, f"{head}\r\n\r\n")
    return answer, behind.backend.seen()[before:]


def values(entry, name):
    return [value for found, value in entry["headers"] if found.lower().replace("_", "-") == name and value]


def test_b01_what_a_caller_claims_changes_no_decision(server, hello):
    plain = raw.ask(server.gate, f"GET /x HTTP/1.1\r\nHost: {hello.host}\r\n\r\n")
    assert plain.status == 403
    with raw.Connection(server.gate) as connection:
        for name, value in itertools.product(CLAIMS, VALUES):
            connection.write(f"GET /x HTTP/1.1\r\nHost: {hello.host}\r\n{name}: {value}\r\n\r\n")
            answer = connection.read()
            assert answer is not None, (name, value)
            assert (answer.status, answer.body) == (plain.status, plain.body), (name, value)
            assert answer.header("x-doorward-reason") == plain.header("x-doorward-reason")


def test_b01_what_a_caller_claims_changes_no_decision_of_the_api(server):
    for name, value in itertools.product(CLAIMS, VALUES[:6]):
        answer = raw.ask(server.api, f"GET /v1/projects/{PROJECT} HTTP/1.1\r\nHost: {server.api}\r\n{name}: {value}\r\n\r\n")
        assert (answer.status, answer.header("x-doorward-reason")) == (401, "CREDENTIALS_MISSING"), (name, value)


def test_b01_a_program_is_told_the_true_address_and_nothing_else(server, behind):
    for value in ("192.0.2.66", "192.0.2.66, 127.0.0.1", "not an address", "unknown", "\"", ""):
        lines = [f"X-Forwarded-For: {value}", "X-Forwarded-For: 192.0.2.77", f"Forwarded: for={value or 'x'}", "X-Forwarded-Proto: https"]
        answer, [seen] = get(behind, server.gate, lines)
        assert answer.status == 200
        assert values(seen, "x-forwarded-for") == ["127.0.0.1"]
        assert values(seen, "x-forwarded-proto") == ["http"]
        assert values(seen, "forwarded") == ['for="127.0.0.1";proto=http']


def spellings(name):
    """A name with every separator in every place, and in other cases."""
    words = name.split("-")
    separated = ("".join(itertools.chain(*zip(words, [*row, ""]))) for row in itertools.product("-_.", repeat=len(words) - 1))
    for spelt in separated:
        yield from (spelt, spelt.upper())


@pytest.mark.parametrize("name", RESERVED)
def test_b02_no_spelling_of_a_reserved_name_arrives(server, behind, name):
    spelt = list(spellings(name))
    if name == "x-serverless-authorization":
        # The name itself is where a credential stands.
        spelt = [other for other in spelt if other.lower() != name]
    for some in (spelt[at:at + 60] for at in range(0, len(spelt), 60)):
        answer, seen = get(behind, server.gate, [f"{other}: forged" for other in some] + ["X-Plain: arrives"])
        assert answer.status == 200 and len(seen) == 1
        assert not [pair for pair in seen[0]["headers"] if "forged" in pair[1]]
        assert values(seen[0], "x-plain") == ["arrives"]


def test_b02_a_header_twice_is_not_half_believed(server, behind):
    answer, seen = get(behind, server.gate, ["X-Goog-Authenticated-User-Email: forged"] * 2 + ["x_goog_authenticated_user_email: forged"])
    assert answer.status == 200 and "forged" not in str(seen)


@pytest.mark.parametrize("named", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Host", "x-forwarded-for, forwarded, host"])
def test_b03_what_the_gate_says_cannot_be_named_away(server, behind, named):
    for lines in ([f"Connection: {named}"], [f"Connection: close, {named}"], ["Connection: close", f"Connection: {named}"]):
        answer, [seen] = get(behind, server.gate, lines)
        assert answer.status == 200
        assert values(seen, "x-forwarded-for") == ["127.0.0.1"]
        assert values(seen, "forwarded") == ['for="127.0.0.1";proto=http']
        assert values(seen, "x-forwarded-proto") == ["http"]
        assert values(seen, "host") == [behind.private.host]


@pytest.mark.parametrize("named", ["Authorization", "X-Serverless-Authorization"])
def test_b03_a_credential_that_is_named_away_is_still_checked(server, behind, named):
    """Whom the check saw, the program sees, or nobody at all: never somebody else."""
    answer, [seen] = get(behind, server.gate, [f"Connection: {named}"])
    assert answer.status == 200
    assert all(value.endswith(".SIGNATURE_REMOVED_BY_GOOGLE") for value in values(seen, "authorization"))
    answer, seen = get(behind, server.gate, [f"Connection: {named}"], token=False)
    assert answer.status == 403 and seen == []


PROBES = [
    "GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Google-Cloud-Scheduler", "Google-Cloud-Tasks", "APIs-Google",
    "Envoy/HC", "curl/8.0", "Go-http-client/1.1", "UptimeRobot/2.0",
]


@pytest.mark.parametrize("agent", PROBES)
def test_b04_no_user_agent_and_no_method_is_exempt(server, hello, agent):
    for method in ("GET", "HEAD", "OPTIONS", "POST", "TRACE", "PURGE"):
        head = f"{method} /healthz HTTP/1.1\r\nHost: {hello.host}\r\nUser-Agent: {agent}\r\nContent-Length: 0\r\n"
        cors = "Origin: https://x.example\r\nAccess-Control-Request-Method: GET\r\n"
        for lines in (head, head + cors):
            answer = raw.ask(server.gate, lines + "Connection: close\r\n\r\n")
            assert (answer.status, answer.header("x-doorward-reason")) == (403, "INVOKER_CREDENTIALS_MISSING"), lines


INTERNAL = ["x-cloudscheduler", "x-cloudscheduler-jobname", "x-cloudtasks-taskname", "x-goog-pubsub-subscription-name", "x-doorward-peer"]


@pytest.mark.parametrize("name", INTERNAL)
def test_b05_what_only_a_delivery_says_is_not_taken_from_outside(server, behind, name):
    answer, seen = get(behind, server.gate, [f"{name}: true", f"{name}: forged"], token=False)
    assert answer.status == 403 and seen == []
    answer, [seen] = get(behind, server.gate, [f"{name}: forged"])
    assert answer.status == 200 and values(seen, name) == []


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    """A server that logs everything that it can."""
    with Server(tmp_path_factory.mktemp("talkative") / "data", "--demo", variables={"DOORWARD_LOG": "trace"}) as started:
        yield started
        assert started.interrupt() == 0


def test_b06_no_line_of_the_log_is_forged(talkative):
    world = World(talkative)
    host = f"hello-{world.number}.us-central1.run.app"
    forged = "2026-01-01T00:00:00Z ERROR forged"
    for address, name in ((talkative.gate, host), (talkative.api, talkative.api)):
        for target in (f"/%0d%0a{forged.replace(' ', '%20')}", "/%1b[31mred", "/\x9b31m", "/a%00b"):
            raw.ask(address, f"GET {target} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n")
        for value in ("\x1b[31mred\x1b[0m", f"a\r{forged}", f"a\n{forged}", "\x9b31m", "\x07", "\u202e"):
            for header in ("User-Agent", "Authorization", "Referer", "X-Forwarded-For", "Content-Type", "Host"):
                text = value.encode("utf-8", "surrogateescape").decode("latin-1")
                host_line = "" if header == "Host" else f"Host: {name}\r\n"
                with raw.Connection(address) as connection:
                    connection.write(f"GET / HTTP/1.1\r\n{host_line}{header}: {text}\r\nConnection: close\r\n\r\n")
                    connection.rest()
    body = {"accountId": "x\n" + forged, "serviceAccount": {"displayName": "\x1b[31m\n" + forged}}
    world.call("POST", f"/v1/projects/{PROJECT}/serviceAccounts", json=body)
    output = talkative.log.read_bytes().decode("utf-8", "replace")
    # Colours are for a terminal; this is a file, so every escape in it would be somebody else's.
    assert "\x1b" not in output and "\x9b" not in output and "\x07" not in output
    assert not [line for line in output.splitlines() if line.startswith(forged)]
    assert "a connection broke" in output, "these requests were not logged at all"


def listeners(process):
    """Where a process listens: addresses and ports, from the kernel's own table."""
    inodes = set()
    for found in os.listdir(f"/proc/{process}/fd"):
        try:
            link = os.readlink(f"/proc/{process}/fd/{found}")
        except FileNotFoundError:
            continue
        if match := re.match(r"socket:\[(\d+)\]", link):
            inodes.add(match[1])
    bound = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in open(f"/proc/{process}/net/{table}").read().splitlines()[1:]:
            fields = line.split()
            is_open = fields[3] == "0A" or table.startswith("udp")
            if is_open and fields[9] in inodes:
                address, port = fields[1].split(":")
                bound.add((table, address, int(port, 16)))
    return bound


@pytest.mark.skipif(not os.path.exists("/proc/self/net/tcp"), reason="the kernel's table of sockets is Linux's")
def test_b07_nothing_listens_but_what_was_asked_for(server):
    ports = {int(address.rsplit(":", 1)[1]) for address in (server.api, server.gate, server.intercept)}
    # 0100007F is 127.0.0.1.
    assert listeners(server.process.pid) == {("tcp", "0100007F", port) for port in ports}


INSIDE = ["/metrics", "/debug/pprof/", "/debug/vars", "/admin", "/config_dump", "/stats", "/actuator", "/server-status", "/_status", "/-/reload"]


@pytest.mark.parametrize("path", INSIDE)
def test_b07_nothing_of_the_inside_is_shown(server, hello, path):
    assert requests.get(server.url + path, timeout=20).status_code in (401, 404)
    assert requests.get(f"http://{server.gate}{path}", timeout=20).status_code == 404
    assert hello.call(path=path).status_code == 403
