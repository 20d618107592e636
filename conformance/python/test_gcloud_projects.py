"""`gcloud projects` and `gcloud organizations` under `doorward exec`."""

import pytest

from gcloud import Gcloud, needs_gcloud
from world import PROJECT

pytestmark = needs_gcloud
RUNNER = f"schedulerunner@{PROJECT}.iam.gserviceaccount.com"


@pytest.fixture(scope="module")
def gcloud(own_gcloud):
    """Against a Doorward of this file's own: projects stay, and one of them is deleted."""
    return own_gcloud


@pytest.fixture(scope="module")
def second(gcloud):
    made = gcloud.run("projects", "create", "second-project", "--name=Second project", "--labels=team=bakery", "--format=json")
    assert made.returncode == 0, made.stderr
    assert "Create in progress for [https://cloudresourcemanager.googleapis.com/v1/projects/second-project]" in made.stderr
    return "second-project"


def test_a_project_is_made_found_and_changed(gcloud, second):
    project = gcloud.json("projects", "describe", second)
    assert (project["name"], project["lifecycleState"], project["labels"]) == ("Second project", "ACTIVE", {"team": "bakery"})
    assert len(project["projectNumber"]) == 12 and project["parent"]["type"] == "organization"
    assert gcloud.json("projects", "describe", project["projectNumber"]) == project
    listed = gcloud.done("projects", "list").splitlines()
    assert listed[0].split() == ["PROJECT_ID", "NAME", "PROJECT_NUMBER"]
    assert {line.split()[0] for line in listed[1:]} == {PROJECT, second}
    filtered = gcloud.json("projects", "list", "--filter=labels.team:bakery AND lifecycleState:ACTIVE")
    assert [found["projectId"] for found in filtered] == [second]
    assert gcloud.json("projects", "update", second, "--name=Our second")["name"] == "Our second"
    ancestors = gcloud.json("projects", "get-ancestors", second)
    assert [found["type"] for found in ancestors] == ["project", "organization"]
    assert "already in use by another project" in gcloud.refused("projects", "create", second)
    assert "no-such-project" in gcloud.refused("projects", "describe", "no-such-project")


def test_bindings_come_and_go(gcloud, second):
    member, role = f"serviceAccount:{RUNNER}", "roles/logging.viewer"
    binding = (second, f"--member={member}", f"--role={role}")

    def members(policy):
        return {(bound["role"], who) for bound in policy["bindings"] for who in bound["members"]}

    assert (role, member) in members(gcloud.json("projects", "add-iam-policy-binding", *binding))
    policy = gcloud.json("projects", "get-iam-policy", second)
    assert (role, member) in members(policy) and ("roles/owner", "user:owner@doorward.localhost") in members(policy)
    assert (role, member) not in members(gcloud.json("projects", "remove-iam-policy-binding", *binding))
    said = gcloud.refused("projects", "add-iam-policy-binding", second, f"--member={member}", "--role=roles/no.such")
    assert "roles/no.such" in said, said


def test_the_organization_is_above_every_project(gcloud, second):
    organization = gcloud.json("organizations", "list")[0]
    number = organization["name"].split("/")[1]
    assert gcloud.json("organizations", "describe", number) == organization
    runner = Gcloud(gcloud.server, gcloud.home, RUNNER)
    assert "does not have permission" in runner.refused("projects", "describe", second)
    assert runner.json("projects", "list") == []
    binding = (number, f"--member=serviceAccount:{RUNNER}", "--role=roles/viewer")
    bound = gcloud.json("organizations", "add-iam-policy-binding", *binding)
    assert any(binding["role"] == "roles/viewer" for binding in bound["bindings"])
    assert gcloud.json("organizations", "get-iam-policy", number) == bound
    assert runner.json("projects", "describe", second)["projectId"] == second
    gcloud.done("organizations", "remove-iam-policy-binding", *binding)
    assert "does not have permission" in runner.refused("projects", "describe", second)


def test_a_deleted_project_is_closed_until_it_comes_back(gcloud, second):
    accounts = ("iam", "service-accounts", "list", f"--project={second}")
    gcloud.done("iam", "service-accounts", "create", "baker-1", f"--project={second}")
    assert "baker-1" in gcloud.done(*accounts)
    deleted = gcloud.talk("projects", "delete", second, "--quiet")
    assert f"gcloud projects undelete {second}" in deleted, deleted
    assert second not in gcloud.done("projects", "list")
    assert second in gcloud.done("projects", "list", "--filter=lifecycleState:DELETE_REQUESTED")
    said = gcloud.refused(*accounts)
    # Google's text (facts, of an unusable project), and why.
    assert f"Permission denied on resource project {second}. It is marked for deletion." in " ".join(said.split()), said
    assert "CONSUMER_INVALID" in said, said
    gcloud.done("projects", "undelete", second)
    assert "baker-1" in gcloud.done(*accounts)
    assert "not marked for deletion" in gcloud.refused("projects", "undelete", second)
