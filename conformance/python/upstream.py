"""A private service's program: an HTTP server on loopback that writes down what arrives and says so."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Arrival:
    """One request as it arrived."""

    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    def values(self, name):
        """Every value of a header."""
        return [value for found, value in self.headers if found.lower() == name.lower()]

    def header(self, name):
        """The only value of a header; `None` without one."""
        values = self.values(name)
        assert len(values) <= 1, f"{name} arrived {len(values)} times"
        return values[0] if values else None


class Upstream:
    """Answers every request with `status` and what it saw, as JSON."""

    def __init__(self, status=200):
        self.status = status
        self.headers = {}
        self.arrivals = []
        self._changed = threading.Condition()
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                arrival = Arrival(self.command, self.path, list(self.headers.items()), body)
                upstream.record(arrival)
                seen = {"method": arrival.method, "path": arrival.path, "headers": arrival.headers}
                text = json.dumps(seen).encode()
                self.send_response(upstream.status)
                for name, value in upstream.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_DELETE = do_GET = do_PATCH = do_POST = do_PUT = answer

            def log_message(self, *_):
                """The tests look at `arrivals`."""

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """A caller that was killed in the middle of a request is expected."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def record(self, arrival):
        with self._changed:
            self.arrivals.append(arrival)
            self._changed.notify_all()

    def wait_for(self, count=1, seconds=20):
        """The first `count` arrivals."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.arrivals) >= count, seconds)
            assert arrived, f"{len(self.arrivals)} of {count} requests arrived within {seconds} s"
            return self.arrivals[:count]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
