"""The generated Resource Manager client (v3) over both transports, and v1 as gcloud calls it."""

import pytest
from google.api_core import exceptions
from google.cloud import resourcemanager_v3
from google.iam.v1 import iam_policy_pb2, policy_pb2

import clients
from server import until
from world import PROJECT

NAME = f"projects/{PROJECT}"


@pytest.fixture(params=clients.TRANSPORTS)
def client(request, server, owner):
    return clients.client(resourcemanager_v3.ProjectsClient, server, owner, request.param)


def policy_of(client):
    return client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=NAME))


def set_policy(client, policy):
    return client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=NAME, policy=policy))


def test_a_project_is_found_by_id_and_by_number(client, world):
    for reference in (PROJECT, world.number):
        project = client.get_project(name=f"projects/{reference}")
        assert project.name == f"projects/{world.number}"
        assert project.project_id == PROJECT
        assert project.state == resourcemanager_v3.Project.State.ACTIVE
        assert project.parent.startswith("organizations/")


def test_version_1_tells_the_same(world):
    project = world.done("GET", f"/v1/projects/{PROJECT}")
    assert (project["projectId"], project["lifecycleState"]) == (PROJECT, "ACTIVE")
    assert project["projectNumber"] == world.number and world.number.isdigit()
    assert project["parent"]["type"] == "organization"


def test_a_binding_is_added_and_taken_back(client, world):
    account = world.account("member")
    added = policy_pb2.Binding(role="roles/logging.viewer", members=[account.member])

    def add():
        policy = policy_of(client)
        policy.bindings.append(added)
        return written(client, policy)

    def members():
        return {(bound.role, member) for bound in policy_of(client).bindings for member in bound.members}

    until(add, "the binding is added")
    assert ("roles/logging.viewer", account.member) in members()

    def remove():
        policy = policy_of(client)
        for bound in policy.bindings:
            if account.member in bound.members:
                bound.members.remove(account.member)
        kept = [bound for bound in policy.bindings if bound.members]
        return written(client, policy_pb2.Policy(etag=policy.etag, bindings=kept))

    until(remove, "the binding is taken back")
    assert ("roles/logging.viewer", account.member) not in members()


def written(client, policy):
    """`None` when somebody else was first."""
    try:
        return set_policy(client, policy)
    except exceptions.Conflict:
        return None


def test_a_stale_etag_is_aborted(client, world):
    first = policy_of(client)
    world.bind_on_project("roles/logging.viewer", world.account("racer").member)
    with pytest.raises(exceptions.Conflict, match="concurrent policy changes") as refused:
        set_policy(client, first)
    assert refused.value.code == 409
    assert refused.value.reason == "ETAG_MISMATCH"


def test_permissions_are_tested_for_who_asks(server, world, client, account):
    asked = ["resourcemanager.projects.get", "resourcemanager.projects.setIamPolicy"]
    request = iam_policy_pb2.TestIamPermissionsRequest(resource=NAME, permissions=asked)
    assert sorted(client.test_iam_permissions(request).permissions) == asked
    other = clients.over_grpc(resourcemanager_v3.ProjectsClient, server, account.access_token())
    assert list(other.test_iam_permissions(request).permissions) == []
    world.bind_on_project("roles/viewer", account.member)
    assert list(other.test_iam_permissions(request).permissions) == ["resourcemanager.projects.get"]


def test_wildcards_are_not_tested(client):
    request = iam_policy_pb2.TestIamPermissionsRequest(resource=NAME, permissions=["resourcemanager.*"])
    with pytest.raises(exceptions.BadRequest):
        client.test_iam_permissions(request)


def test_strangers_do_not_learn_which_projects_exist(server, account):
    client = clients.over_grpc(resourcemanager_v3.ProjectsClient, server, account.access_token())
    texts = []
    for project in (PROJECT, "no-such-project"):
        with pytest.raises(exceptions.Forbidden) as refused:
            client.get_project(name=f"projects/{project}")
        texts.append(clients.message(refused).replace(project, "P"))
    assert texts[0] == texts[1]


def test_the_life_of_a_project(client, world):
    name = world.unique("life")
    made = client.create_project(project=resourcemanager_v3.Project(project_id=name, display_name="Life of one")).result()
    assert (made.project_id, made.display_name, made.state) == (name, "Life of one", resourcemanager_v3.Project.State.ACTIVE)
    assert made.name.removeprefix("projects/").isdigit() and made.name != f"projects/{world.number}"
    with pytest.raises(exceptions.Conflict):
        client.create_project(project=resourcemanager_v3.Project(project_id=name))
    assert name in {found.project_id for found in client.list_projects(parent=made.parent)}
    assert [found.project_id for found in client.search_projects(query=f"id:{name}")] == [name]
    made.labels = {"team": "bakery"}
    changed = client.update_project(project=made, update_mask={"paths": ["labels"]}).result()
    assert dict(changed.labels) == {"team": "bakery"}
    gone = client.delete_project(name=made.name).result()
    assert gone.state == resourcemanager_v3.Project.State.DELETE_REQUESTED and gone.delete_time
    assert name not in {found.project_id for found in client.list_projects(parent=made.parent)}
    back = client.undelete_project(name=made.name).result()
    assert back.state == resourcemanager_v3.Project.State.ACTIVE
    client.delete_project(name=made.name)


def test_a_project_that_cannot_be_is_refused(client):
    for name in ("four", "UPPER-CASE", "my-google-project"):
        with pytest.raises(exceptions.BadRequest):
            client.create_project(project=resourcemanager_v3.Project(project_id=name))


def test_the_organization_is_found(server, owner):
    organizations = clients.client(resourcemanager_v3.OrganizationsClient, server, owner, "grpc")
    (found,) = organizations.search_organizations()
    assert organizations.get_organization(name=found.name) == found
    held = organizations.test_iam_permissions(
        iam_policy_pb2.TestIamPermissionsRequest(resource=found.name, permissions=["resourcemanager.projects.create"])
    )
    assert list(held.permissions) == ["resourcemanager.projects.create"]


def test_methods_that_are_not_here_yet_say_so(client):
    with pytest.raises(exceptions.MethodNotImplemented) as refused:
        client.move_project(name=NAME, destination_parent="organizations/1")
    assert refused.value.reason == "METHOD_UNIMPLEMENTED"
