"""Threats E02 (docs/threats.md): floods of HTTP/2, and everybody else meanwhile."""

import threading

import pytest
import requests

import http2
from test_threats_e import memory, request_of, spoken, well


@pytest.fixture(params=["api", "gate"])
def attacked(request, server, hello):
    """An address that is attacked; afterwards the process is well and has not grown."""
    before = memory(server)
    yield getattr(server, request.param)
    well(server, hello)
    assert memory(server) - before < 64 << 20


def rounds(peer, make, count=20000, at_once=200):
    """Sends many frames, as long as the other side takes them."""
    return all(peer.send(*(make(2 * number + 1) for number in range(first, first + at_once))) for first in range(0, count, at_once))


def test_e02_requests_that_are_taken_back_at_once_end_the_connection(attacked, hello):
    with spoken(attacked) as peer:
        head = request_of(hello.host)
        flags = http2.END_HEADERS | http2.END_STREAM
        rounds(peer, lambda stream: http2.frame(http2.HEADERS, flags, stream, head) + http2.frame(http2.RST_STREAM, 0, stream, b"\0\0\0\x08"))
        assert peer.is_told_off()


def test_e02_requests_that_make_us_take_them_back_end_the_connection(attacked, hello):
    with spoken(attacked) as peer:
        head = request_of(hello.host, "/", "POST")
        nothing = b"\0\0\0\0"
        rounds(peer, lambda stream: http2.frame(http2.HEADERS, http2.END_HEADERS, stream, head) + http2.frame(http2.WINDOW_UPDATE, 0, stream, nothing))
        assert peer.is_told_off()


def test_e02_a_head_that_never_ends_ends_the_connection(attacked, hello):
    with spoken(attacked) as peer:
        peer.send(http2.frame(http2.HEADERS, 0, 1, request_of(hello.host)))
        more = http2.frame(http2.CONTINUATION, 0, 1, http2.field("x", "y" * 1000) * 10)
        rounds(peer, lambda _: more, count=10000)
        assert peer.is_told_off()


def test_e02_empty_pieces_of_a_head_end_the_connection(attacked, hello):
    with spoken(attacked) as peer:
        peer.send(http2.frame(http2.HEADERS, 0, 1, request_of(hello.host)))
        rounds(peer, lambda _: http2.frame(http2.CONTINUATION, 0, 1), count=100000, at_once=1000)
        assert peer.is_told_off()


def test_e02_a_small_head_that_unpacks_to_a_large_one_is_refused(attacked, hello):
    with spoken(attacked) as peer:
        # One entry of the table, of 4 KB less what an entry costs, named again and again with one byte.
        bomb = http2.field("x", "y" * 4000, 0x40, 6) + b"\xbe" * 12000
        flags = http2.END_HEADERS | http2.END_STREAM
        for stream in range(1, 41, 2):
            peer.send(http2.frame(http2.HEADERS, flags, stream, request_of(hello.host) + bomb))
        kind, _, _, payload = peer.until(http2.HEADERS, http2.RST_STREAM, http2.GOAWAY) or (http2.GOAWAY, 0, 0, b"")
        # 431 is not in the static table: its three digits stand in the block, as they are or packed.
        assert kind != http2.HEADERS or b"431" in payload or bytes.fromhex("6843") in payload, payload


def test_e02_a_good_client_gets_every_answer_while_others_flood(attacked, server, hello, caller):
    """How long it waits is measured by `cargo xtask bench flood`; here it counts that it waits for nothing in vain."""
    over, told_off = threading.Event(), []
    head, flags = request_of(hello.host), http2.END_HEADERS | http2.END_STREAM

    def flood():
        while not over.is_set():
            with http2.Peer(attacked) as peer:
                rounds(peer, lambda stream: http2.frame(http2.HEADERS, flags, stream, head) + http2.frame(http2.RST_STREAM, 0, stream, b"\0\0\0\x08"), count=1000)
                told_off.append(peer.is_told_off())

    flooding = [threading.Thread(target=flood) for _ in range(4)]
    for thread in flooding:
        thread.start()
    try:
        token = caller.id_token(hello.uri)
        with requests.Session() as session:
            for _ in range(200):
                answer = session.get(f"http://{server.gate}/", headers={"Host": hello.host, "Authorization": f"Bearer {token}"}, timeout=20)
                assert answer.status_code == 200
    finally:
        over.set()
        for thread in flooding:
            thread.join()
    assert len(told_off) >= len(flooding) and all(told_off)


def test_e02_pings_and_settings_without_end_do_not_fill_memory(attacked):
    with spoken(attacked) as peer:
        # What is asked is not read: answers must not pile up without bound.
        peer.socket.settimeout(2)
        try:
            rounds(peer, lambda _: http2.frame(http2.PING, 0, 0, b"12345678") + http2.frame(http2.SETTINGS, 0, 0), count=100000, at_once=1000)
        except TimeoutError:
            pass
