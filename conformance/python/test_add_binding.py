"""`doorward add-iam-policy-binding`: what was refused before is let in after, and nothing else changes."""

import pytest

from server import command
from test_commands import failed
from world import PROJECT


def add(server, resource, member, role):
    return command("add-iam-policy-binding", resource, f"--member={member}", f"--role={role}", "--data", server.data)


class Project:
    role = "roles/viewer"

    def __init__(self, world):
        self.world = world
        self.name = f"projects/{PROJECT}"

    def policy(self):
        return self.world.done("POST", f"/v1/{self.name}:getIamPolicy", json={})

    def status(self, account):
        return self.world.call("GET", f"/v1/{self.name}", token=account.access_token()).status_code


class Organization:
    role = "roles/resourcemanager.organizationViewer"

    def __init__(self, world):
        self.world = world
        self.name = "organizations/100000000001"

    def policy(self):
        return self.world.done("POST", f"/v1/{self.name}:getIamPolicy", json={})

    def status(self, account):
        return self.world.call("GET", f"/v1/{self.name}", token=account.access_token()).status_code


class Service:
    role = "roles/run.invoker"

    def __init__(self, world, upstream):
        self.world = world
        self.service = world.service(upstream.url, "bound")
        self.name = self.service.name

    def policy(self):
        return self.world.done("GET", f"/v2/{self.name}:getIamPolicy")

    def status(self, account):
        return self.service.call(account.id_token(self.service.uri)).status_code


class ServiceAccount:
    role = "roles/iam.serviceAccountTokenCreator"

    def __init__(self, world):
        self.world = world
        self.account = world.account("bound")
        self.name = self.account.name

    def policy(self):
        return self.world.done("POST", f"/v1/{self.name}:getIamPolicy", json={})

    def status(self, account):
        path = f"/v1/projects/-/serviceAccounts/{self.account.email}:generateIdToken"
        body = {"audience": "https://x.example"}
        return self.world.call("POST", path, token=account.access_token(), json=body).status_code


@pytest.fixture(params=["organization", "project", "service", "service account"])
def resource(request, world, upstream):
    made = {
        "organization": lambda: Organization(world), "project": lambda: Project(world), "service": lambda: Service(world, upstream),
        "service account": lambda: ServiceAccount(world),
    }
    return made[request.param]()


def test_a_binding_opens_what_was_closed(server, resource, account):
    assert resource.status(account) == 403
    before = resource.policy()
    added = add(server, resource.name, account.member, resource.role)
    assert added.returncode == 0 and added.stdout == "", added.stderr
    assert account.member in added.stderr and resource.role in added.stderr
    assert resource.status(account) == 200
    after = resource.policy()
    bound = {"role": resource.role, "members": [account.member]}
    of_role = next((found for found in before.get("bindings", []) if found["role"] == resource.role), None)
    expected = [{**of_role, "members": [*of_role["members"], account.member]}] if of_role else [bound]
    others = [found for found in before.get("bindings", []) if found["role"] != resource.role]
    in_order = lambda bindings: sorted((found["role"], sorted(found["members"])) for found in bindings)
    assert in_order(after["bindings"]) == in_order([*others, *expected])


def test_the_second_time_changes_nothing(server, resource, account):
    assert add(server, resource.name, account.member, resource.role).returncode == 0
    before = resource.policy()
    again = add(server, resource.name, account.member, resource.role)
    assert again.returncode == 0 and "already" in again.stderr
    assert resource.policy() == before, "its etag included"


@pytest.mark.parametrize("role", ["roles/no.suchRole", "viewer", "roles/"])
def test_a_role_that_is_none_is_refused_and_nothing_is_stored(server, resource, account, role):
    before = resource.policy()
    failed(add(server, resource.name, account.member, role), role)
    assert resource.policy() == before


@pytest.mark.parametrize("member", ["ada@example.com", "user:", "robot:ada@example.com", "serviceAccount:gone@demo.iam.gserviceaccount.com"])
def test_a_member_that_is_none_is_refused_and_nothing_is_stored(server, resource, member):
    before = resource.policy()
    failed(add(server, resource.name, member, resource.role), member.split(":")[-1])
    assert resource.policy() == before


@pytest.mark.parametrize("role", ["roles/no.suchRole"])
def test_what_the_api_refuses_comes_with_its_reason(server, account, role):
    answer = failed(add(server, f"projects/{PROJECT}", account.member, role), "(HTTP 400)", "reason ")
    assert "docs/problems/" in answer.stderr


@pytest.mark.parametrize("resource_name", ["demo", "projects/demo/locations/us-central1/jobs/oidctest", "projects/Not A Project"])
def test_what_has_no_policy_is_refused_with_an_example(server, resource_name):
    failed(add(server, resource_name, "user:ada@example.com", "roles/viewer"), "hint:", "doorward add-iam-policy-binding")


def test_what_is_not_there_is_refused_with_the_apis_reason(server):
    answer = add(server, "projects/no-such-project", "user:ada@example.com", "roles/viewer")
    failed(answer, "IAM_PERMISSION_DENIED")
