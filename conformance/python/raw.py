"""Bytes on a socket, for what no client would send."""

import json
import socket

SECONDS = 20


class Answer:
    """One answer as it came, its body as the connection gave it."""

    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(status.split()[1])
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]

    def header(self, name):
        """The value of a header; `None` without one."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), None)

    def json(self):
        return json.loads(self.body)


class Connection:
    """A TCP connection on which anything can be written."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)), SECONDS)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def write(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def finish(self):
        """Nothing more is written."""
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return data

    def rest(self):
        """Everything until the other side closes."""
        while self._more():
            pass
        taken, self.buffer = self.buffer, b""
        return taken

    def read(self, method="GET"):
        """One answer to a request of this method, with its body; `None` where the connection was closed instead."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, _, _ = self.buffer.partition(b"\r\n\r\n")
        answer = Answer(head + b"\r\n\r\n")
        self.buffer = self.buffer[len(head) + 4:]
        if method == "HEAD" or answer.status in (204, 304):
            return answer
        if (answer.header("transfer-encoding") or "").lower() == "chunked":
            answer.body = self._chunks()
        elif answer.header("content-length") is not None:
            answer.body = self._exactly(int(answer.header("content-length")))
        return answer

    def is_closed(self):
        """Whether the other side ends it without another byte."""
        return not self.buffer and not self._more()

    def _exactly(self, count):
        while len(self.buffer) < count:
            assert self._more(), "the body broke off"
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _line(self):
        while b"\r\n" not in self.buffer:
            assert self._more(), "the body broke off"
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _chunks(self):
        body = b""
        while True:
            size = int(self._line().split(b";")[0], 16)
            body += self._exactly(size)
            # The line end behind a chunk; behind the last one, trailers and the empty line that ends them.
            if size == 0:
                while self._line():
                    pass
                return body
            self._line()


def ask(address, request):
    """The first answer to these bytes, on a connection of their own."""
    with Connection(address) as connection:
        connection.write(request)
        answer = connection.read(request.split(" ", 1)[0])
        assert answer is not None, "the connection was closed without an answer"
        return answer
