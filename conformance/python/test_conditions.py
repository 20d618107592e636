"""Bindings on conditions: Google's clients write and read them, and what they must not do is refused in Google's words."""

import pytest
from google.api_core import exceptions
from google.cloud import resourcemanager_v3
from google.iam.v1 import iam_policy_pb2, options_pb2, policy_pb2
from google.type import expr_pb2

import clients
from server import until
from world import PROJECT

NAME = f"projects/{PROJECT}"
ROLE = "roles/logging.viewer"
FOR_EVER = "request.time < timestamp('9999-01-01T00:00:00Z')"
NEVER = "request.time < timestamp('1999-01-01T00:00:00Z')"
PERMISSION = "logging.logEntries.list"


@pytest.fixture(params=clients.TRANSPORTS)
def client(request, server, owner):
    return clients.client(resourcemanager_v3.ProjectsClient, server, owner, request.param)


def read(client, version=3):
    options = options_pb2.GetPolicyOptions(requested_policy_version=version)
    return client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=NAME, options=options))


def write(client, policy):
    return client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=NAME, policy=policy))


def bound(member, expression, title="for a while", role=ROLE):
    condition = expr_pb2.Expr(title=title, description="as agreed", expression=expression)
    return policy_pb2.Binding(role=role, members=[member], condition=condition)


def changed(client, change):
    """Reads, changes and writes as Google documents it, and starts over when somebody else was first."""

    def once():
        policy = read(client)
        policy.version = 3
        kept = change(list(policy.bindings))
        del policy.bindings[:]
        policy.bindings.extend(kept)
        try:
            return write(client, policy)
        except exceptions.Conflict:
            return None

    return until(once, "the policy is changed")


@pytest.fixture
def conditional(client, world):
    """A member whose binding on the project has a condition, taken back at the end: others share the project."""
    member = world.account("conditional").member
    changed(client, lambda bindings: [*bindings, bound(member, FOR_EVER)])
    yield member
    changed(client, lambda bindings: [binding for binding in bindings if member not in binding.members])


def test_a_condition_is_kept_as_it_was_written(client, conditional):
    policy = read(client)
    assert policy.version == 3
    binding = next(binding for binding in policy.bindings if conditional in binding.members)
    assert (binding.role, binding.condition.title, binding.condition.description) == (ROLE, "for a while", "as agreed")
    assert binding.condition.expression == FOR_EVER


def test_whoever_does_not_know_conditions_sees_no_role(client, conditional):
    for version in (0, 1):
        policy = read(client, version)
        assert policy.version == 1
        binding = next(binding for binding in policy.bindings if conditional in binding.members)
        assert binding.role.startswith(f"{ROLE}_withcond_") and not binding.HasField("condition")
        assert policy.etag == read(client).etag


@pytest.mark.parametrize("version", [0, 1])
def test_a_policy_with_conditions_is_written_with_version_3_only(client, conditional, version):
    policy = read(client)
    policy.version = version
    expected = rf"Specified policy version \({version}\) cannot be less than the existing policy version \(3\)."
    with pytest.raises(exceptions.BadRequest, match=expected) as refused:
        write(client, policy)
    assert refused.value.reason == "FIELD_INVALID"


def test_a_policy_with_conditions_is_written_with_an_etag_only(client, conditional):
    policy = read(client)
    policy.etag = b""
    with pytest.raises(exceptions.BadRequest, match="An etag is required"):
        write(client, policy)
    assert any(conditional in binding.members for binding in read(client).bindings)


def test_a_first_condition_needs_version_3_too(client, world):
    policy = read(client)
    policy.version = 1
    policy.bindings.append(bound(world.account("first").member, FOR_EVER))
    with pytest.raises(exceptions.BadRequest, match="Specified policy version"):
        write(client, policy)


@pytest.mark.parametrize(
    "expression, complaint",
    [
        ("", "line 1, column 1: the expression ends too early"),
        ("request.tme < timestamp('2030-01-01T00:00:00Z')", "line 1, column 1: `request.tme` is not known"),
        ("request.time", "a condition is a bool, and this is a timestamp"),
        ("request.time < '2030'", "`<` does not compare a timestamp with a string"),
        ("true &&\n (1 == 1", "line 2, column 9: `\\)` is missing"),
        (" && ".join(["true"] * 14), "at most 12 logic operators"),
        ("'" + "x" * 4096 + "' == ''", "at most 4096 bytes"),
    ],
)
def test_a_bad_expression_is_refused_with_its_place(client, world, expression, complaint):
    policy = read(client)
    policy.version = 3
    policy.bindings.append(bound(world.account("bad").member, expression))
    with pytest.raises(exceptions.BadRequest, match=complaint) as refused:
        write(client, policy)
    assert refused.value.reason == "FIELD_INVALID"


@pytest.mark.parametrize(
    "binding, complaint",
    [
        (bound("user:ada@example.com", "true", title=""), "needs a title"),
        (bound("user:ada@example.com", "true", role="roles/editor"), "basic roles such as roles/editor"),
    ],
)
def test_what_takes_no_condition_is_refused(client, binding, complaint):
    policy = read(client)
    policy.version = 3
    policy.bindings.append(binding)
    with pytest.raises(exceptions.BadRequest, match=complaint):
        write(client, policy)


@pytest.mark.parametrize("everybody", ["allUsers", "allAuthenticatedUsers"])
def test_nobody_is_everybody_on_a_condition(world, everybody):
    service = world.service("gcr.io/cloudrun/hello")
    binding = {"role": "roles/run.invoker", "members": [everybody], "condition": {"title": "t", "expression": "true"}}
    etag = world.done("GET", f"/v2/{service.name}:getIamPolicy")["etag"]
    body = {"policy": {"version": 3, "etag": etag, "bindings": [binding]}}
    refused = world.call("POST", f"/v2/{service.name}:setIamPolicy", json=body)
    assert refused.status_code == 400, refused.text
    assert f"Conditions can't be set on bindings of {everybody}" in refused.json()["error"]["message"]


def test_what_is_not_here_yet_is_named(client, world):
    policy = read(client)
    policy.version = 3
    policy.bindings.append(bound(world.account("path").member, "request.path.startsWith('/a')"))
    with pytest.raises(exceptions.MethodNotImplemented, match="`request.path`"):
        write(client, policy)


@pytest.mark.parametrize(
    "expression, held",
    [
        (FOR_EVER, True),
        (NEVER, False),
        ("resource.type == 'cloudresourcemanager.googleapis.com/Project'", True),
        (f"resource.name == '{NAME}' && resource.service == 'cloudresourcemanager.googleapis.com'", True),
        ("resource.name.startsWith('projects/another')", False),
        ("request.time.getHours('Europe/Berlin') in [24]", False),
    ],
)
def test_permissions_are_held_while_the_condition_is_met(client, world, server, expression, held):
    account = world.account("while")
    changed(client, lambda bindings: [*bindings, bound(account.member, expression)])
    try:
        theirs = clients.over_grpc(resourcemanager_v3.ProjectsClient, server, account.access_token())
        request = iam_policy_pb2.TestIamPermissionsRequest(resource=NAME, permissions=[PERMISSION])
        assert list(theirs.test_iam_permissions(request).permissions) == ([PERMISSION] if held else [])
    finally:
        changed(client, lambda bindings: [binding for binding in bindings if account.member not in binding.members])


def test_a_condition_on_a_service_counts_at_the_gate(world):
    service, account = world.service("gcr.io/cloudrun/hello"), world.account("invoker")
    token = account.id_token(service.uri)
    path = f"/v2/{service.name}"

    def let_in_while(expression):
        policy = world.done("GET", f"{path}:getIamPolicy?options.requestedPolicyVersion=3")
        condition = {"title": "for a while", "expression": expression}
        binding = {"role": "roles/run.invoker", "members": [account.member], "condition": condition}
        body = {"policy": {"version": 3, "etag": policy["etag"], "bindings": [binding]}}
        world.done("POST", f"{path}:setIamPolicy", json=body)

    let_in_while(NEVER)
    assert service.call(token).status_code == 403
    let_in_while(f"resource.name.endsWith('/services/{service.id}') && {FOR_EVER}")
    assert service.call(token).status_code == 200
