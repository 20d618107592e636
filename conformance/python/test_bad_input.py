"""Requests that are wrong in themselves: the answer names the field, and nothing is stored."""

import json

import pytest

from world import PARENT, PROJECT, YEARLY

ACCOUNTS = f"/v1/projects/{PROJECT}/serviceAccounts"
JOBS = f"/v1/{PARENT}/jobs"
SERVICES = f"/v2/{PARENT}/services"


def invalid(answer, *words):
    assert answer.status_code == 400, f"{answer.status_code} {answer.text}"
    error = answer.json()["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    for word in words:
        assert word in error["message"], error["message"]
    info = next(detail for detail in error["details"] if detail["@type"].endswith("ErrorInfo"))
    assert info["reason"] == answer.headers["x-doorward-reason"]
    return error


def violations(error):
    detail = next(found for found in error["details"] if found["@type"].endswith("BadRequest"))
    return [violation["field"] for violation in detail["fieldViolations"]]


@pytest.fixture
def job(world):
    return {
        "name": f"{PARENT}/jobs/{world.unique('job')}", "schedule": YEARLY, "httpTarget": {"uri": "http://127.0.0.1:9/"},
    }


@pytest.fixture
def nothing_stored(world, job):
    yield
    assert world.call("GET", f"/v1/{job['name']}").status_code == 404


def test_an_unknown_field_is_named_in_googles_words(world, job, nothing_stored):
    error = invalid(world.call("POST", JOBS, json={**job, "colour": "red"}))
    assert error["message"].startswith('Invalid JSON payload received. Unknown name "colour"')
    assert error["message"].rstrip().endswith("Cannot find field.")
    target = {**job["httpTarget"], "colour": "red"}
    error = invalid(world.call("POST", JOBS, json={**job, "httpTarget": target}), "colour")
    assert violations(error)


def test_an_unknown_enum_value_is_named(world, job, nothing_stored):
    target = {**job["httpTarget"], "httpMethod": "FETCH"}
    invalid(world.call("POST", JOBS, json={**job, "httpTarget": target}), "FETCH", "google.cloud.scheduler.v1.HttpMethod")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null x", b'{"name": 1}', b'{"schedule": {}}', b"\xff\xfe", b'{"a":' * 500, b""],
    ids=["torn", "array", "trailing", "number for text", "object for text", "no UTF-8", "deep", "empty"],
)
def test_a_body_that_is_no_job_is_refused(world, body):
    answer = world.call("POST", JOBS, data=body, headers={"Content-Type": "application/json"})
    invalid(answer)


def test_both_spellings_of_a_field_are_read(world, job):
    snake = {"name": job["name"], "schedule": YEARLY, "http_target": {"uri": "http://127.0.0.1:9/", "http_method": "GET"}}
    assert world.done("POST", JOBS, json=snake)["httpTarget"]["httpMethod"] == "GET"
    world.done("DELETE", f"/v1/{job['name']}")


@pytest.mark.parametrize("schedule", ["0 * * * * *", "* * * *", "* * 32 * *", "x", "", "*/0 * * * *", "5-1 * * * *"])
def test_a_schedule_that_is_none_is_told_in_googles_words(world, job, nothing_stored, schedule):
    error = invalid(world.call("POST", JOBS, json={**job, "schedule": schedule}))
    assert error["message"] == "Schedule or time zone is invalid."
    assert violations(error) == ["job.schedule"]


@pytest.mark.parametrize("job_id", ["with space", "a/b", "a.b", "\u00e9", "x" * 501])
def test_a_job_id_that_cannot_be_is_refused(world, job, job_id):
    before = world.done("GET", f"{JOBS}?pageSize=500")
    error = invalid(world.call("POST", JOBS, json={**job, "name": f"{PARENT}/jobs/{job_id}"}))
    assert any("name" in field for field in violations(error))
    after = world.done("GET", f"{JOBS}?pageSize=500")
    assert not [found for found in after["jobs"] if found not in before["jobs"] and job_id in found["name"]]


def test_a_job_of_another_place_than_its_parent_is_refused(world, job, nothing_stored):
    invalid(world.call("POST", f"/v1/projects/{PROJECT}/locations/europe-west1/jobs", json=job))


def test_a_token_for_an_account_of_another_project_is_refused(world, job, nothing_stored):
    token = {"serviceAccountEmail": "somebody@elsewhere.iam.gserviceaccount.com"}
    answer = world.call("POST", JOBS, json={**job, "httpTarget": {**job["httpTarget"], "oidcToken": token}})
    assert answer.status_code == 403 and "iam.serviceAccounts.actAs" in answer.json()["error"]["message"], answer.text


def test_what_the_caller_may_not_set_is_not_taken(world, job):
    made = world.done("POST", JOBS, json={**job, "state": "PAUSED", "lastAttemptTime": "2020-01-01T00:00:00Z"})
    assert made["state"] == "ENABLED" and "lastAttemptTime" not in made


@pytest.mark.parametrize("mask", ["colour", "httpTarget.colour", "schedule,colour", "state"])
def test_a_mask_with_an_unknown_path_changes_nothing(world, job, mask):
    before = world.done("POST", JOBS, json=job)
    answer = world.call("PATCH", f"/v1/{job['name']}?updateMask={mask}", json={**job, "schedule": "* * * * *"})
    invalid(answer)
    assert world.done("GET", f"/v1/{job['name']}") == before


def test_a_refused_update_changes_nothing(world, job):
    before = world.done("POST", JOBS, json=job)
    wish = {"schedule": "0 * * * * *", "description": "half"}
    invalid(world.call("PATCH", f"/v1/{job['name']}?updateMask=schedule,description", json=wish))
    assert world.done("GET", f"/v1/{job['name']}") == before


def test_a_job_in_the_wrong_state_is_a_failed_precondition(world, job):
    world.done("POST", JOBS, json=job)
    answer = world.call("POST", f"/v1/{job['name']}:resume", json={})
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert answer.headers["x-doorward-reason"] == "WRONG_STATE"


def test_a_stale_etag_is_aborted(world, caller):
    policy = world.done("POST", f"/v1/{caller.name}:getIamPolicy", json={})
    world.bind(f"/v1/{caller.name}", "roles/iam.serviceAccountUser", caller.member)
    answer = world.call("POST", f"/v1/{caller.name}:setIamPolicy", json={"policy": policy})
    assert (answer.status_code, answer.json()["error"]["status"]) == (409, "ABORTED")
    assert answer.json()["error"]["message"] == (
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
    )
    assert answer.headers["x-doorward-reason"] == "ETAG_MISMATCH"


def test_a_page_token_of_another_list_is_refused(world):
    world.account("page"), world.account("page")
    token = world.done("GET", f"{ACCOUNTS}?pageSize=1")["nextPageToken"]
    for path in (f"{JOBS}?pageToken={token}", f"{ACCOUNTS}?pageToken=nonsense", f"{SERVICES}?pageToken=nonsense"):
        assert world.call("GET", path).status_code == 400, path


def test_a_query_that_is_none_is_refused(world):
    invalid(world.call("GET", f"{JOBS}?pageSize=many"), "page_size", "many")
    invalid(world.call("GET", f"{JOBS}?colour=red"), "colour")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"), ("GET", "/v9/projects/demo"), ("GET", "/"), ("GET", "/v1//"),
        ("POST", "/v1/projects/demo:dance"), ("PUT", f"/v1/{PARENT}/jobs/oidctest"),
    ],
)
def test_a_method_that_no_api_has_is_not_found(world, method, path):
    answer = world.call(method, path)
    assert answer.status_code == 404, f"{answer.status_code} {answer.text}"
    assert answer.json()["error"]["status"] == "NOT_FOUND"
    assert answer.headers["x-doorward-reason"] == "METHOD_NOT_FOUND"


def test_the_parameters_that_clients_always_send_are_taken(world):
    parameters = "$alt=json;enum-encoding=int&$.xgafv=2&prettyPrint=false&quotaUser=x&key=y&fields=name"
    headers = {"x-goog-api-client": "x", "x-goog-user-project": PROJECT, "x-goog-request-params": "a=b"}
    answer = world.call("GET", f"/v1/{PARENT}/jobs/oidctest?{parameters}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == 1


def test_a_large_body_is_refused(world, job):
    body = json.dumps({**job, "description": "x" * (11 << 20)})
    answer = world.call("POST", JOBS, data=body, headers={"Content-Type": "application/json"})
    invalid(answer, "10485760 bytes")


def test_the_regions_of_a_project_that_is_not_there_are_nobodys(world):
    for path in ("/v1/projects/no-such-project/locations/us-central1/jobs", "/v2/projects/no-such-project/locations/us-central1/services"):
        assert world.call("GET", path).status_code in (403, 404), path
