"""Programs behind a service that were not written here: what they say they saw is what a real application sees.

Each writes a line of JSON for every request that it takes for one: `method`, `target` as it stood in the request line,
and `headers` as pairs of the name, as the application gets it, and the value.
"""

import http.client
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from server import until

HERE = Path(__file__).parent
START_SECONDS = 30


class Backend:
    """A program, its address and what it wrote down."""

    def __init__(self, folder):
        self.log = folder / "seen.jsonl"
        self.log.touch()
        self.process = None
        self.port = self.start(folder)
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, folder, arguments, announcement, **options):
        """Starts a program and gives the port that it announces."""
        output = (folder / "output").open("wb")
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)

        def announced():
            text = (folder / "output").read_text(errors="replace")
            assert self.process.poll() is None, text
            return re.search(announcement, text)

        return int(until(announced, f"{arguments[0]} listens", START_SECONDS)[1])

    def seen(self):
        """Everything so far. A last request of our own, past the gate, shows that what came before it is written down."""
        mark = f"/settled-{secrets.token_hex(8)}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", mark)
        connection.getresponse().read()
        connection.close()
        until(lambda: mark in self.log.read_text(encoding="latin-1"), f"{mark} is written down")
        entries = [json.loads(line) for line in self.log.read_text(encoding="latin-1").splitlines()]
        return [entry for entry in entries if entry["target"] and not entry["target"].startswith("/settled-")]

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)


class PythonHttpServer(Backend):
    """The standard library's server."""

    def start(self, folder):
        del folder
        backend, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                self.rfile.read(int(self.headers.get("content-length") or 0))
                # Not `self.path`, from which the server takes leading slashes.
                target = self.requestline.split(" ", 1)[1].rsplit(" ", 1)[0]
                line = json.dumps({"method": self.command, "target": target, "headers": list(self.headers.items())})
                with lock, backend.log.open("a") as log:
                    log.write(line + "\n")
                self.send_response(200)
                self.send_header("content-length", "3")
                self.end_headers()
                self.wfile.write(b"ok\n")

            do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = answer

            def log_message(self, *_):
                """The tests look at what was seen."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A connection that breaks is expected."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self.server.server_address[1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Gunicorn(Backend):
    """A WSGI server, told to fold header names as forgivingly as it can."""

    def start(self, folder):
        arguments = [
            sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "--worker-class", "gthread", "--threads", "8",
            "--header-map", "dangerous", "--chdir", HERE, "--worker-tmp-dir", folder, "--no-control-socket", "wsgi_app:app",
        ]
        return self.run(folder, arguments, r"Listening at: http://127\.0\.0\.1:(\d+)", env=seeing(self.log))


class Uvicorn(Backend):
    """An ASGI server."""

    def start(self, folder):
        arguments = [
            sys.executable, "-m", "uvicorn", "--port", "0", "--http", "h11", "--no-proxy-headers", "--app-dir", HERE,
            "asgi_app:app",
        ]
        return self.run(folder, arguments, r"running on http://127\.0\.0\.1:(\d+)", env=seeing(self.log))


class Node(Backend):
    """Node's `http` module."""

    def start(self, folder):
        return self.run(folder, ["node", HERE / "app.js"], r"listening on (\d+)", env=seeing(self.log))


class Nginx(Backend):
    """nginx, told to pass every header on and to leave slashes alone."""

    def start(self, folder):
        for _ in range(5):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            text = (HERE / "nginx.conf").read_text().replace("PORT", str(port)).replace("FOLDER", str(folder))
            (folder / "nginx.conf").write_text(text)
            process = subprocess.Popen(
                [nginx(), "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=(folder / "output").open("ab"),
            )
            if until(lambda: process.poll() is not None or answers(port), "nginx listens or ends") and process.poll() is None:
                self.process = process
                return port
        raise AssertionError((folder / "output").read_text(errors="replace"))


KINDS = {"http.server": PythonHttpServer, "gunicorn": Gunicorn, "uvicorn": Uvicorn, "node": Node, "nginx": Nginx}


def missing(kind):
    """Why a kind cannot run here, or nothing."""
    if kind == "node" and shutil.which("node") is None:
        return "node is not installed"
    if kind == "nginx" and nginx() is None:
        return "nginx is not installed"
    return None


def nginx():
    """Debian puts it where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def seeing(log):
    return {**os.environ, "SEEN": str(log), "PYTHONDONTWRITEBYTECODE": "1"}
