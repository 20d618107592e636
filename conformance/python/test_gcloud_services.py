"""`gcloud services` under `doorward exec`."""

import pytest

from gcloud import Gcloud, needs_gcloud
from server import Server
from world import PROJECT

pytestmark = needs_gcloud
HERE = f"--project={PROJECT}"


@pytest.fixture(scope="module")
def gcloud(tmp_path_factory):
    """A server of its own: what is disabled here would be missed elsewhere."""
    started = Server(tmp_path_factory.mktemp("services") / "data", "--demo")
    try:
        started.start()
        yield Gcloud(started, tmp_path_factory.mktemp("home"))
    finally:
        started.end()


def names(listed):
    return {service["config"]["name"]: service for service in listed}


def test_what_is_served_is_enabled_and_the_rest_can_be(gcloud):
    enabled = names(gcloud.json("services", "list", HERE))
    assert {"run.googleapis.com", "cloudscheduler.googleapis.com", "iam.googleapis.com"} <= set(enabled)
    assert all(service["state"] == "ENABLED" for service in enabled.values())
    assert "cloudbuild.googleapis.com" not in enabled
    available = gcloud.done("services", "list", "--available", HERE)
    assert "Cloud Build API (not served by Doorward)" in available and "Cloud Run Admin API" in available
    # As guides begin.
    gcloud.done("services", "enable", "run.googleapis.com", "cloudscheduler.googleapis.com", "cloudbuild.googleapis.com", HERE)
    assert "cloudbuild.googleapis.com" in names(gcloud.json("services", "list", "--enabled", HERE))
    said = gcloud.refused("services", "enable", "no-such-api.googleapis.com", HERE)
    assert "no-such-api.googleapis.com" in said and "permission denied" in said.lower(), said
