"""Frames of HTTP/2 as no client would send them."""

import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SECONDS = 20


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def integer(number, bits, first=0):
    """An integer of HPACK (RFC 7541 §5.1)."""
    limit = (1 << bits) - 1
    if number < limit:
        return bytes([first | number])
    out, number = [first | limit], number - limit
    while number >= 128:
        out.append(number % 128 + 128)
        number //= 128
    return bytes([*out, number])


def field(name, value, first=0, bits=4):
    """A header, spelt out."""
    name, value = (text if isinstance(text, bytes) else text.encode("latin-1") for text in (name, value))
    return integer(0, bits, first) + integer(len(name), 7) + name + integer(len(value), 7) + value


def block(*fields):
    return b"".join(field(name, value) for name, value in fields)


class Peer:
    """A connection that speaks HTTP/2 with prior knowledge."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), SECONDS)
        self.buffer = b""
        self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *frames):
        """False once the other side is gone."""
        try:
            self.socket.sendall(b"".join(frames))
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def frames(self):
        """Frames as they come: kind, flags, stream, payload; ends with the connection."""
        while True:
            while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
                try:
                    data = self.socket.recv(65536)
                except ConnectionResetError:
                    data = b""
                if not data:
                    return
                self.buffer += data
            length = int.from_bytes(self.buffer[:3], "big")
            kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big")
            payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
            yield kind, flags, stream, payload

    def speaks(self):
        """Whether the other side answers in HTTP/2."""
        first = next(self.frames(), None)
        return first is not None and first[0] == SETTINGS

    def until(self, *kinds):
        """The first frame of one of these kinds, or nothing where the connection ends before."""
        return next((found for found in self.frames() if found[0] in kinds), None)

    def is_told_off(self):
        """Whether the connection is ended, with a GOAWAY or without a word."""
        found = self.until(GOAWAY)
        return found is None or int.from_bytes(found[3][4:8], "big") != 0
