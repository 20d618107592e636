"""`LintPolicy` and `QueryAuditableServices`: over gRPC with the generated client of IAM admin, and over REST as gcloud calls them."""

import pytest
from google.api_core import exceptions
from google.cloud import iam_admin_v1
from google.type import expr_pb2

import clients
from world import PROJECT

FULL = f"//cloudresourcemanager.googleapis.com/projects/{PROJECT}"
Severity = iam_admin_v1.LintResult.Severity


@pytest.fixture
def lint(server, owner):
    client = clients.client(iam_admin_v1.IAMClient, server, owner, "grpc")

    def call(expression, title="a title", name=FULL):
        condition = expr_pb2.Expr(title=title, expression=expression)
        return client.lint_policy(request={"full_resource_name": name, "condition": condition}).lint_results

    return call


def test_a_good_condition_has_no_findings(lint):
    assert not lint("request.time < timestamp('2100-01-01T00:00:00Z')")
    assert not lint("resource.name.startsWith('projects/demo')", name="")


def test_a_condition_that_does_not_type_check_is_an_error_at_its_place(lint):
    error, *skipped = lint("true &&\n  1 + 'x' == 2")
    assert (error.severity, error.level) == (Severity.ERROR, iam_admin_v1.LintResult.Level.CONDITION)
    assert error.validation_unit_name == "LintValidationUnits/ConditionCompileCheck"
    assert (error.field_name, error.location_offset) == ("condition.expression", 10)
    assert error.debug_message.startswith("ERROR: ")
    assert {result.severity for result in skipped} == {Severity.NOTICE}
    assert all(result.debug_message.startswith("The validation unit is skipped") for result in skipped)


@pytest.mark.parametrize(
    "expression, title, severity, field",
    [
        ("request.time < timestamp('2020-01-01T00:00:00Z')", "t", Severity.WARNING, "condition.expression"),
        ("true", "t", Severity.WARNING, "condition.expression"),
        (" && ".join(["true"] * 14), "t", Severity.ERROR, "condition.expression"),
        ("resource.type == 'x'", "", Severity.ERROR, "condition.title"),
    ],
)
def test_each_finding_names_its_severity_and_field(lint, expression, title, severity, field):
    [result] = lint(expression, title)
    assert (result.severity, result.field_name) == (severity, field)


def test_linting_for_a_resource_needs_the_right_to_its_policy(server, world, account):
    condition = {"title": "t", "expression": "1"}
    call = lambda name: world.call(
        "POST", "/v1/iamPolicies:lintPolicy", json={"fullResourceName": name, "condition": condition}, token=account.access_token()
    )
    refused = [call(name) for name in (FULL, FULL.replace(PROJECT, "no-such-project"))]
    assert [answer.status_code for answer in refused] == [403, 403]
    texts = [answer.json()["error"]["message"].replace("no-such-project", PROJECT) for answer in refused]
    assert texts[0] == texts[1] and "'resourcemanager.projects.get'" in texts[0]
    world.bind_on_project("roles/viewer", account.member)
    assert "'resourcemanager.projects.setIamPolicy'" in call(FULL).json()["error"]["message"]
    world.bind_on_project("roles/resourcemanager.projectIamAdmin", account.member)
    found = call(FULL)
    assert found.status_code == 200
    [error] = [result for result in found.json()["lintResults"] if result["severity"] == "ERROR"]
    assert error["level"] == "CONDITION" and error["fieldName"] == "condition.expression"
    assert call("").status_code == 200, "without a resource there is nothing but the caller's own words"


def test_bad_requests_are_refused(world):
    for body in ({"fullResourceName": FULL}, {"fullResourceName": "projects/demo", "condition": {"expression": "true"}}):
        refused = world.call("POST", "/v1/iamPolicies:lintPolicy", json=body)
        assert (refused.status_code, refused.headers["x-doorward-reason"]) == (400, "FIELD_INVALID")


def test_auditable_services_depend_on_the_resource(server, owner, world):
    client = clients.client(iam_admin_v1.IAMClient, server, owner, "grpc")
    names = lambda full: [service.name for service in client.query_auditable_services(request={"full_resource_name": full}).services]
    assert {"run.googleapis.com", "iam.googleapis.com", "cloudscheduler.googleapis.com"} <= set(names(FULL))
    assert names(f"//run.googleapis.com/projects/{PROJECT}/locations/us-central1/services/hello") == ["run.googleapis.com"]
    with pytest.raises(exceptions.InvalidArgument):
        names(f"projects/{PROJECT}")
    body = {"fullResourceName": FULL}
    rest = world.done("POST", "/v1/iamPolicies:queryAuditableServices", json=body)["services"]
    assert [service["name"] for service in rest] == names(FULL)
