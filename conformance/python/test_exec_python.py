"""Google's Python libraries under `doorward exec` with nothing overridden: every URL and host name is the library's own."""

import json
import subprocess
import sys

import pytest

from server import BINARY, environment
from tokens import claims
from world import PARENT, PROJECT

VERIFY = """
import json, sys
from google.auth.transport.requests import Request
from google.oauth2 import id_token, service_account

key, audience = sys.argv[1:]
credentials = service_account.IDTokenCredentials.from_service_account_file(key, target_audience=audience)
credentials.refresh(Request())
told = {"verified": id_token.verify_oauth2_token(credentials.token, Request(), audience)}
for name, token, meant in (
    ("for another", credentials.token, "https://another.example"),
    ("changed", credentials.token[:-8] + "AAAAAAAA", audience),
):
    try:
        id_token.verify_oauth2_token(token, Request(), meant)
        told[name] = "believed"
    except Exception as error:
        told[name] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
"""

IMPERSONATE = """
import json, sys
import google.auth
from google.auth import impersonated_credentials
from google.auth.transport.requests import AuthorizedSession, Request

account, audience = sys.argv[1:]
source, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
target = impersonated_credentials.Credentials(
    source_credentials=source, target_principal=account, target_scopes=["https://www.googleapis.com/auth/cloud-platform"],
)
target.refresh(Request())
told = {"project": project, "access": AuthorizedSession(target).get("https://cloudresourcemanager.googleapis.com/v1/projects/demo").status_code}
identity = impersonated_credentials.IDTokenCredentials(target, target_audience=audience, include_email=True)
identity.refresh(Request())
told["id token"] = identity.token
told["service"] = AuthorizedSession(identity).get(audience).status_code
told["signature"] = len(target.sign_bytes(b"bytes"))
other = impersonated_credentials.Credentials(
    source_credentials=target, target_principal=sys.argv[1].replace("@", "-not@"), target_scopes=["https://www.googleapis.com/auth/cloud-platform"],
)
try:
    other.refresh(Request())
except Exception as error:
    told["refused"] = str(error)
print(json.dumps(told))
"""

CLIENTS = """
import json, sys
import google.auth
from google.api_core import exceptions
from google.cloud import iam_admin_v1, iam_credentials_v1, resourcemanager_v3, run_v2, scheduler_v1

transport, account, parent = sys.argv[1:]
scheduler = scheduler_v1.CloudSchedulerClient(transport=transport)
told = {"host": scheduler.transport.host, "jobs": [job.name for job in scheduler.list_jobs(parent=parent)]}
told["services"] = [service.name for service in run_v2.ServicesClient(transport=transport).list_services(parent=parent)]
told["project"] = resourcemanager_v3.ProjectsClient(transport=transport).get_project(name="projects/demo").project_id
tokens = iam_credentials_v1.IAMCredentialsClient(transport=transport)
told["id token"] = tokens.generate_id_token(name=f"projects/-/serviceAccounts/{account}", audience="https://x.example", include_email=True).token
if transport == "grpc":
    told["accounts"] = [found.email for found in iam_admin_v1.IAMClient().list_service_accounts(name="projects/demo")]
try:
    scheduler.get_job(name=f"{parent}/jobs/no-such-job")
except exceptions.GoogleAPICallError as error:
    told["refused"] = type(error).__name__
print(json.dumps(told))
"""


def told(server, home, script, *arguments, principal="owner"):
    """What a script prints as JSON."""
    answer = subprocess.run(
        [BINARY, "exec", "--data", server.data, "--as", principal, "--", sys.executable, "-W", "error::UserWarning", "-c", script, *map(str, arguments)],
        capture_output=True, text=True, timeout=180, check=False, env=environment({"HOME": home}),
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def runner(world, hello):
    """An account that may call `hello`, look at its project and create tokens in it."""
    account = world.lasting_account("libraries")
    hello.let_in(account.member)
    for role in ("roles/viewer", "roles/iam.serviceAccountTokenCreator"):
        world.bind_on_project(role, account.member)
    return account


def test_verify_oauth2_token_believes_what_doorward_signed_and_nothing_else(server, hello, runner, unmodified_key, tmp_path):
    found = told(server, tmp_path, VERIFY, unmodified_key, hello.uri)
    assert (found["verified"]["aud"], found["verified"]["email"]) == (hello.uri, runner.email)
    assert "wrong audience" in found["for another"], found
    assert "Could not verify token signature" in found["changed"], found


def test_impersonated_credentials_buy_access_and_id_tokens(server, hello, runner, tmp_path):
    found = told(server, tmp_path, IMPERSONATE, runner.email, hello.uri)
    assert (found["project"], found["access"], found["service"], found["signature"]) == (PROJECT, 200, 200, 256)
    assert claims(found["id token"])["email"] == runner.email
    assert "NOT_FOUND" in found["refused"], found


@pytest.mark.parametrize("transport", ["grpc", "rest"])
@pytest.mark.parametrize("signed_in", ["owner", "key file", "metadata"])
def test_generated_clients_find_their_default_hosts(server, runner, unmodified_key, tmp_path, transport, signed_in):
    script, principal = CLIENTS, "owner"
    if signed_in == "key file":
        # Set by the program, as in any program that is not told by its environment.
        script = f"import os; os.environ['GOOGLE_APPLICATION_CREDENTIALS'] = {str(unmodified_key)!r}\n{CLIENTS}"
    if signed_in == "metadata":
        principal = runner.email
    found = told(server, tmp_path, script, transport, runner.email, PARENT, principal=principal)
    assert found["host"].removeprefix("https://").removesuffix(":443") == "cloudscheduler.googleapis.com"
    assert f"{PARENT}/jobs/oidctest" in found["jobs"] and f"{PARENT}/services/hello" in found["services"]
    assert found["project"] == PROJECT and claims(found["id token"])["email"] == runner.email
    assert found["refused"] == "NotFound"
    if transport == "grpc":
        assert runner.email in found["accounts"]
