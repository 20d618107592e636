"""One Doorward for all that one process runs, and what tests share around it. Every test names what it makes for itself, so that
tests run in any order."""

import json
import os

import pytest
import requests
from google.auth.transport.requests import Request

import backends
from gcloud import Gcloud
from server import BINARY, Server
from upstream import Upstream
from world import World


def pytest_collection_modifyitems(items):
    if not (BINARY and os.access(BINARY, os.X_OK)):
        raise pytest.UsageError("DOORWARD_BIN must name the doorward binary; `cargo xtask test` sets it")
    del items


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """`doorward up --demo`. That it ends well after Ctrl-C, with all that the tests left in it, is checked here."""
    with Server(tmp_path_factory.mktemp("doorward") / "data", "--demo") as started:
        yield started
        code = started.interrupt()
        assert code == 0, f"Ctrl-C ended it with {code}:\n{started.output()[-4000:]}"
        assert "panicked" not in started.output(), started.output()
        assert "cannot accept" not in started.output(), "it looks for new connections while it drains"


@pytest.fixture(scope="session")
def world(server):
    return World(server)


@pytest.fixture(autouse=True)
def tidied(request):
    """What a test made in the shared project goes when it ends."""
    yield
    if "world" in request.fixturenames:
        request.getfixturevalue("world").tidy()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """A Doorward of one file alone, with the demonstration in it, for what would be missed or remembered elsewhere."""
    with Server(tmp_path_factory.mktemp("own") / "data", "--demo") as started:
        yield started


@pytest.fixture(scope="module")
def own_world(own_server):
    return World(own_server)


@pytest.fixture(scope="module")
def gcloud(server, tmp_path_factory):
    """gcloud against the one Doorward, as the owner."""
    return Gcloud(server, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def own_gcloud(own_server, tmp_path_factory):
    """gcloud against the file's own Doorward, as the owner."""
    return Gcloud(own_server, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def owner(world):
    """google-auth credentials of the local owner, refreshed through Doorward's token endpoint."""
    world.owner_token()
    return world.owner


@pytest.fixture(scope="session")
def hello(world):
    """The demo's private service, which shows who called."""
    return world.hello()


@pytest.fixture(scope="session")
def caller(world, hello):
    """An account that may invoke `hello`. Tests that disable or delete one make their own."""
    account = world.lasting_account("caller")
    hello.let_in(account.member)
    return account


@pytest.fixture(scope="session")
def caller_key(caller):
    return caller.key()


@pytest.fixture(scope="module")
def unmodified_key(runner, tmp_path_factory):
    """The path of a key file of the file's `runner`, exactly as the API gives it."""
    path = tmp_path_factory.mktemp("key") / "key.json"
    path.write_text(json.dumps(runner.unmodified_key()))
    return path


@pytest.fixture
def request_():
    """What google-auth sends its requests with."""
    return Request(requests.Session())


@pytest.fixture
def upstream():
    """A program behind a service, of this test alone."""
    started = Upstream()
    yield started
    started.close()


@pytest.fixture
def echo(world, upstream):
    """A private service whose program is `upstream`, of this test alone."""
    return world.service(upstream.url, "echo")


@pytest.fixture
def account(world):
    """An account of this test alone, without any permission. It goes when the test ends: a project holds a hundred."""
    return world.account("alone")


class Behind:
    """A backend of one kind as a private service, and a token that opens it; and as a service for everybody."""

    def __init__(self, world, kind, folder):
        self.kind = kind
        self.backend = backends.KINDS[kind](folder)
        self.private = world.service(self.backend.url, "private")
        self.open = world.service(self.backend.url, "open")
        self.open.let_in("allUsers")
        account = world.lasting_account("behind")
        self.private.let_in(account.member)
        self.token = account.id_token(self.private.uri)


@pytest.fixture(scope="session")
def every_behind(world, tmp_path_factory):
    """Backends by kind, started when they are first asked for."""
    started = {}

    def of(kind):
        if kind not in started:
            started[kind] = Behind(world, kind, tmp_path_factory.mktemp(kind))
        return started[kind]

    yield of
    for behind in started.values():
        behind.backend.close()


@pytest.fixture(params=list(backends.KINDS))
def behind(request, every_behind):
    """A service in front of each kind of backend in turn."""
    why = backends.missing(request.param)
    if why:
        pytest.skip(why)
    return every_behind(request.param)
