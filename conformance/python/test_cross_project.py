"""A function in one project, the service account of another: 403, then one binding on the function, then 200. As the
guide types it, under `doorward exec`; the caller has no key."""

import pytest

from gcloud import Gcloud, needs_gcloud
from upstream import Upstream
from world import PROJECT, REGION

pytestmark = needs_gcloud
CLIENT = "client-project"
CALLER = f"caller@{CLIENT}.iam.gserviceaccount.com"
HERE = f"--region={REGION}"


@pytest.fixture(scope="module")
def gcloud(own_gcloud):
    """Against a Doorward of this file's own: projects stay."""
    own_gcloud.done("projects", "create", CLIENT)
    own_gcloud.done("iam", "service-accounts", "create", "caller", f"--project={CLIENT}")
    return own_gcloud


@pytest.fixture(scope="module")
def program():
    started = Upstream()
    yield started
    started.close()


@pytest.fixture(scope="module")
def caller(gcloud, tmp_path_factory):
    """Somebody who works as the account of the other project."""
    return Gcloud(gcloud.server, tmp_path_factory.mktemp("caller"), CALLER)


def status(caller, url, audience):
    """What `curl` is told, with a token for this audience."""
    token = caller.done("auth", "print-identity-token", f"--audiences={audience}").strip()
    answer = caller.program(
        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {token}", url,
    )
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout)


@pytest.mark.parametrize(("name", "generation", "binding"), [
    ("greet", "--no-gen2", ("add-iam-policy-binding", "--role=roles/cloudfunctions.invoker")),
    ("shop", "--gen2", ("add-invoker-policy-binding",)),
])
def test_the_account_of_another_project_is_let_in_by_one_binding(gcloud, caller, program, name, generation, binding):
    gcloud.done(
        "functions", "deploy", name, generation, HERE, "--runtime=nodejs24", "--trigger-http", "--entry-point=greet",
        "--no-allow-unauthenticated", "--source=gs://already/running.zip",
        f"--set-build-env-vars=DOORWARD_IMAGE={program.url}",
        f"--build-service-account=projects/{PROJECT}/serviceAccounts/builder@{PROJECT}.iam.gserviceaccount.com",
    )
    url = f"https://{REGION}-{PROJECT}.cloudfunctions.net/{name}"
    assert status(caller, url, url) == 403
    verb, *role = binding
    gcloud.done("functions", verb, name, HERE, f"--member=serviceAccount:{CALLER}", *role)
    assert status(caller, url, url) == 200
    assert status(caller, url, f"https://{REGION}-{PROJECT}.cloudfunctions.net/other") == 401, "a token for another function"
