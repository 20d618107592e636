"""A data directory that is there already is not trusted as it is found."""

import os
import subprocess

import pytest

from server import Server, command
from test_commands import failed

FREE = ["--api", "127.0.0.1:0", "--gate", "127.0.0.1:0", "--intercept", "off"]
SOMEBODY = 54321


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """Data that a Doorward has left."""
    with Server(tmp_path_factory.mktemp("used") / "data") as server:
        assert server.interrupt() == 0
    return server


def starts_again(server):
    try:
        server.start()
        assert server.interrupt() == 0
    finally:
        server.end()


@pytest.mark.parametrize("file", ["", "owner.json", "master.key", "doorward.db", "lock"])
def test_what_others_may_read_is_refused_with_the_command_that_closes_it(used, file):
    path = used.data / file
    before = path.stat().st_mode & 0o777
    path.chmod(before | 0o044)
    try:
        answer = failed(command("up", "--data", used.data, *FREE), path, f"mode {before | 0o044:04o}", "hint:")
        hint = answer.stderr.split("hint:")[1]
        assert f"chmod go= {path}" in hint
        subprocess.run(["chmod", "go=", path], check=True)
        assert path.stat().st_mode & 0o777 == before
    finally:
        path.chmod(before)
    starts_again(used)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
@pytest.mark.parametrize("file", ["", "owner.json", "master.key", "doorward.db"])
def test_what_is_somebody_elses_is_refused_with_the_command_that_takes_it(used, file):
    path = used.data / file
    os.chown(path, SOMEBODY, -1)
    try:
        failed(command("up", "--data", used.data, *FREE), path, f"user {SOMEBODY}", "hint:", f"chown {os.geteuid()} {path}")
    finally:
        os.chown(path, os.geteuid(), -1)
    starts_again(used)


def test_an_open_directory_with_something_in_it_is_not_moved_into(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "mine").write_text("kept")
    data.chmod(0o755)
    failed(command("up", "--data", data, *FREE), data, f"chmod go= {data}")
    assert [found.name for found in data.iterdir()] == ["mine"]


def test_an_empty_directory_is_closed_to_others(tmp_path):
    server = Server(tmp_path / "data")
    server.data.mkdir()
    server.data.chmod(0o777)
    starts_again(server)
    assert server.data.stat().st_mode & 0o777 == 0o700
