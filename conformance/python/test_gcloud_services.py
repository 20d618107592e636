"""`gcloud services` and `gcloud beta services identity` under `doorward exec`."""

import pytest

from gcloud import Gcloud, needs_gcloud
from world import PROJECT

pytestmark = needs_gcloud
HERE = f"--project={PROJECT}"
REGION = "--region=us-central1"


@pytest.fixture(scope="module")
def gcloud(own_gcloud):
    """Against a Doorward of this file's own: what is disabled here would be missed elsewhere."""
    return own_gcloud


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


def test_a_disabled_api_is_refused_until_it_is_enabled(gcloud):
    listing = ("run", "services", "list", HERE, REGION)
    assert "hello" in gcloud.done(*listing)
    gcloud.done("services", "disable", "run.googleapis.com", HERE, "--quiet")
    said = gcloud.refused(*listing, "--quiet")
    assert "run.googleapis.com" in said and "SERVICE_DISABLED" in said, said
    gcloud.done("services", "enable", "run.googleapis.com", HERE)
    assert "hello" in gcloud.done(*listing)


def test_an_agent_is_named(gcloud):
    number = gcloud.json("projects", "describe", PROJECT)["projectNumber"]
    asked = ("beta", "services", "identity", "create", HERE)
    made = gcloud.json(*asked, "--service=cloudscheduler.googleapis.com")
    assert made["email"] == f"service-{number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
    said = gcloud.refused(*asked, "--service=iap.googleapis.com")
    assert "iap.googleapis.com is not implemented here yet" in said, said


def test_who_may_not_is_told(gcloud):
    stranger = Gcloud(gcloud.server, gcloud.home, f"schedulerunner@{PROJECT}.iam.gserviceaccount.com")
    for command, permission in ((("list",), "serviceusage.services.list"), (("enable", "run.googleapis.com"), "serviceusage.services.enable")):
        assert f"Permission '{permission}' denied" in stranger.refused("services", *command, HERE)
