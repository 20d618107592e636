"""A `doorward up` of our own: started, waited for, interrupted, killed."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import requests

BINARY = os.environ.get("DOORWARD_BIN", "")
START_SECONDS = 60
STOP_SECONDS = 30
COMMAND_SECONDS = 30


def until(condition, what, seconds=20):
    """What `condition` answers once that is true; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.02)  # Between two looks at the condition; nothing depends on its length.


def environment(variables=None):
    """Ours without Doorward's variables, but those that a test means."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    return {**ours, **{name: str(value) for name, value in (variables or {}).items()}}


def command(*arguments, variables=None, **options):
    """Runs one command to its end."""
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        capture_output=True, text=True, timeout=COMMAND_SECONDS, env=environment(variables), check=False, **options,
    )


class Server:
    """One data directory, and the process that serves it at the moment. `with` starts it, and leaves nothing running."""

    def __init__(self, data, *arguments, variables=None, configuration=None):
        """`configuration` is the text of a configuration file, which stands beside the data directory."""
        self.data = Path(data)
        self.arguments = self.always() + list(arguments)
        self.configuration = self.data.with_name("doorward.toml")
        if configuration is not None:
            self.configuration.write_text(configuration)
            self.arguments += ["--config", self.configuration]
        self.variables = variables
        self.process = None
        self.addresses = {}
        self.log = self.data.with_name(self.data.name + ".log")

    def always(self):
        """What every server is started with: its own data, free ports."""
        return ["--data", self.data, "--api", "127.0.0.1:0", "--gate", "127.0.0.1:0", "--intercept", "127.0.0.1:0"]

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.end()
            raise

    def __exit__(self, *_):
        self.end()

    def start(self):
        # What an earlier process on this data wrote would name ports of nobody.
        (self.data / "addresses.json").unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "up", *self.arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=environment(self.variables),
            )
        until(self._is_ready, f"doorward serves {self.data}", START_SECONDS)
        return self

    def _is_ready(self):
        code = self.process.poll()
        assert code is None, f"doorward ended with {code} while it started:\n{self.output()}"
        try:
            self.addresses = json.loads((self.data / "addresses.json").read_text())
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except (OSError, ValueError, KeyError):
            return False

    @property
    def api(self):
        """`127.0.0.1:PORT` of Google's APIs."""
        return self.addresses["api"]

    @property
    def url(self):
        return f"http://{self.api}"

    @property
    def gate(self):
        """`127.0.0.1:PORT` of the services."""
        return self.addresses["gate"]

    @property
    def intercept(self):
        """`127.0.0.1:PORT` of the proxy."""
        return self.addresses["intercept"]

    def output(self):
        """What it wrote to the terminal so far, over all its starts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def interrupt(self):
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def kill(self):
        """As a power cut would: no warning, no time to write anything."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def end(self):
        """Whatever state it is in, it is gone afterwards."""
        if self.process is not None and self.process.poll() is None:
            self.kill()


class Encrypted(Server):
    """One that speaks TLS, `/healthz` too: it serves when its addresses are there."""

    def _is_ready(self):
        assert self.process.poll() is None, self.output()
        path = self.data / "addresses.json"
        if path.exists():
            self.addresses = json.loads(path.read_text())
        return path.exists()

    @property
    def ca(self):
        """The certificate of the local authority."""
        return str(self.data / "ca.pem")
