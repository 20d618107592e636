"""What was there is there after a stop and a start on the same data, and nothing is made twice."""

import json

import pytest
import requests
from google.auth.transport.requests import Request

from server import Server
from world import PARENT, PROJECT, World


@pytest.fixture
def own(tmp_path):
    """A server of this test alone."""
    with Server(tmp_path / "data", "--demo") as started:
        yield started


def picture(world):
    """Everything that the demo made, except what its job's runs change."""
    job = world.done("GET", f"/v1/{PARENT}/jobs/oidctest")
    for changes in ("scheduleTime", "lastAttemptTime", "status"):
        job.pop(changes, None)
    return {
        "project": world.done("GET", f"/v3/projects/{PROJECT}"),
        "project policy": world.done("POST", f"/v1/projects/{PROJECT}:getIamPolicy", json={}),
        "accounts": world.done("GET", f"/v1/projects/{PROJECT}/serviceAccounts"),
        "service": world.done("GET", f"/v2/{PARENT}/services/hello"),
        "service policy": world.done("GET", f"/v2/{PARENT}/services/hello:getIamPolicy"),
        "jobs": [found["name"] for found in world.done("GET", f"/v1/{PARENT}/jobs")["jobs"]],
        "job": job,
        "keys": sorted(requests.get(f"{world.server.url}/oauth2/v1/certs", timeout=20).json()),
        "owner": json.loads((world.server.data / "owner.json").read_text()),
    }


def test_the_same_data_twice_changes_nothing(own):
    world = World(own)
    account = world.account("stays")
    key = account.key()
    access_token, owner_token = account.access_token(), world.owner_token()
    id_token = account.id_token(f"https://hello-{world.number}.us-central1.run.app")
    before = picture(world)
    assert own.interrupt() == 0
    own.start()
    again = World(own)
    assert picture(again) == before
    assert again.call("GET", f"/v1/projects/{PROJECT}", token=owner_token).status_code == 200
    # Known, and still without a permission: neither forgotten nor let in.
    assert again.call("GET", f"/v1/projects/{PROJECT}", token=access_token).status_code == 403
    hello = requests.get(
        f"http://{own.gate}/", headers={"Host": f"hello-{world.number}.us-central1.run.app", "Authorization": f"Bearer {id_token}"},
        timeout=20,
    )
    assert (hello.status_code, hello.headers["x-doorward-reason"]) == (403, "INVOKER_PERMISSION_DENIED")
    credentials = again.key_credentials({**key, "token_uri": f"{own.url}/token"}, scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(Request())
    assert credentials.token.startswith("ya29.")
    assert own.interrupt() == 0


def test_a_kill_loses_nothing_that_was_acknowledged(own):
    world = World(own)
    account = world.account("kept")
    service = world.service("http://127.0.0.1:9", "kept")
    service.let_in(account.member)
    job = world.job("http://127.0.0.1:9/")
    # A region may be called anything, like what stands in it too.
    odd = f"/v2/projects/{PROJECT}/locations/services/services"
    world.wait(world.done("POST", f"{odd}?serviceId=odd", json={"template": {"containers": [{"image": "gcr.io/cloudrun/hello"}]}}))
    policy = world.done("GET", f"/v2/{service.name}:getIamPolicy")
    own.kill()
    own.start()
    again = World(own)
    assert again.done("GET", f"/v1/{account.name}")["uniqueId"] == account.unique_id
    assert again.done("GET", f"/v2/{service.name}")["uri"] == service.uri
    assert again.done("GET", f"/v2/{service.name}:getIamPolicy") == policy
    assert again.done("GET", f"/v1/{job}")["name"] == job
    assert again.done("GET", f"{odd}/odd")["name"] == f"{odd}/odd".removeprefix("/v2/")
    assert own.interrupt() == 0
