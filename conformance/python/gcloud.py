"""gcloud as a person types it, under `doorward exec`: nothing of it is told where Doorward is.

Its configuration is the one that `exec` keeps in the data directory. `HOME` is a folder of the test, so that what the person who
runs the tests has set up plays no part and is not touched.
"""

import json
import re
import shutil
import subprocess

import pytest

from server import BINARY, environment

SECONDS = 240
BOLD = re.compile(r"\x1b\[[0-9;]*m")
needs_gcloud = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


class Gcloud:
    """gcloud against one server, as `principal`: `owner`, `anonymous` or a service account."""

    def __init__(self, server, home, principal="owner", variables=None):
        self.server = server
        self.home = home
        self.principal = principal
        self.variables = variables or {}

    def program(self, *command, **options):
        """Runs any program as gcloud is run."""
        variables = {"HOME": self.home, **self.variables, **options.pop("variables", {})}
        arguments = [BINARY, "exec", "--data", self.server.data, "--as", self.principal, "--", *command]
        return subprocess.run(
            [str(argument) for argument in arguments], capture_output=True, text=True, timeout=SECONDS, check=False,
            env=environment(variables), **{"stdin": subprocess.DEVNULL, **options},
        )

    def started(self, *arguments):
        """One command that goes on until it is interrupted."""
        words = [BINARY, "exec", "--data", self.server.data, "--as", self.principal, "--", "gcloud", *arguments]
        return subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment({"HOME": self.home, **self.variables}),
        )

    def run(self, *arguments, **options):
        """One command to its end, however it ends. What it says is read as a person reads it: without the codes for bold type."""
        answer = self.program("gcloud", *arguments, **options)
        answer.stderr = BOLD.sub("", answer.stderr)
        return answer

    def done(self, *arguments, **options):
        """What a command that works prints, as text."""
        answer = self.run(*arguments, **options)
        assert answer.returncode == 0, f"gcloud {' '.join(map(str, arguments))}\n{answer.stdout}\n{answer.stderr}"
        return answer.stdout

    def talk(self, *arguments, **options):
        """What a command that works says to the person, on standard error."""
        answer = self.run(*arguments, **options)
        assert answer.returncode == 0, f"gcloud {' '.join(map(str, arguments))}\n{answer.stdout}\n{answer.stderr}"
        return answer.stderr

    def json(self, *arguments, **options):
        """What a command that works prints with `--format=json`."""
        return json.loads(self.done(*arguments, "--format=json", **options))

    def refused(self, *words, **options):
        """What a command says that does not work."""
        answer = self.run(*words, **options)
        assert answer.returncode == 1, f"gcloud {' '.join(map(str, words))}\n{answer.stdout}\n{answer.stderr}"
        assert "Traceback" not in answer.stderr and "gcloud crashed" not in answer.stderr, answer.stderr
        return answer.stderr
