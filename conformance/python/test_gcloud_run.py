"""`gcloud run` under `doorward exec`, typed as articles have it."""

import json

import pytest

from gcloud import Gcloud, needs_gcloud
from server import Server
from upstream import Upstream
from world import PROJECT, REGION

pytestmark = needs_gcloud
IN_REGION = f"--region={REGION}"
ALL_REGIONS = "SERVICE REGION URL LAST DEPLOYED BY LAST DEPLOYED AT".split()
INVOKER = "--role=roles/run.invoker"


@pytest.fixture(scope="module")
def programs():
    """What runs behind the services: one answers 200, one 201."""
    started = [Upstream(), Upstream(status=201)]
    yield started
    for program in started:
        program.close()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory, programs):
    """It knows one image by name."""
    images = f'[images]\n"docker.io/library/shop" = "{programs[0].url}"\n'
    with Server(tmp_path_factory.mktemp("gcloud-run") / "data", "--demo", configuration=images) as server:
        yield server


@pytest.fixture(scope="module")
def gcloud(own_gcloud):
    """Against a Doorward of this file's own, which has its images."""
    return own_gcloud


@pytest.fixture(scope="module")
def shop_url(own_world):
    return f"https://shop-{own_world.number}.{REGION}.run.app"


def curl(gcloud, url, *arguments):
    """The status that curl gets, through the proxy that `exec` tells it of."""
    answer = gcloud.program("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *arguments, url)
    assert answer.returncode == 0, answer.stderr
    return int(answer.stdout)


def shown(gcloud, service="shop"):
    return gcloud.json("run", "services", "describe", service, IN_REGION)


def members(policy):
    return {member for binding in policy.get("bindings", []) for member in binding["members"]}


@pytest.fixture(scope="module")
def shop(gcloud, own_world, shop_url):
    """The private service of this file, deployed by gcloud."""
    runner = own_world.lasting_account("runner")
    said = gcloud.talk(
        "run", "deploy", "shop", "--image=docker.io/library/shop:1", IN_REGION, "--no-allow-unauthenticated",
        "--set-env-vars=GREETING=hello,EMPTY=", f"--service-account={runner.email}",
    )
    assert "has been deployed and is serving 100 percent of traffic." in said and f"Service URL: {shop_url}" in said, said
    return runner


def test_a_deployed_service_is_described_and_listed(gcloud, own_world, shop, shop_url):
    found = shown(gcloud)
    assert found["metadata"]["namespace"] == own_world.number
    assert found["metadata"]["labels"] == {"cloud.googleapis.com/location": REGION}
    assert found["metadata"]["generation"] == found["status"]["observedGeneration"]
    container = found["spec"]["template"]["spec"]["containers"][0]
    assert {variable["name"]: variable.get("value", "") for variable in container["env"]} == {"GREETING": "hello", "EMPTY": ""}
    assert container["image"] == "docker.io/library/shop:1"
    assert found["spec"]["template"]["spec"]["serviceAccountName"] == shop.email
    assert found["status"]["url"] == shop_url
    assert {condition["type"]: condition["status"] for condition in found["status"]["conditions"]} == {
        "Ready": "True", "ConfigurationsReady": "True", "RoutesReady": "True",
    }
    told = gcloud.done("run", "services", "describe", "shop", IN_REGION)
    assert f"URL:     {shop_url}" in told and "LATEST (currently shop-00001-" in told, told

    everywhere = gcloud.done("run", "services", "list").splitlines()
    assert everywhere[0].split() == ALL_REGIONS
    assert {line.split()[1] for line in everywhere[1:]} == {"hello", "shop"}
    assert gcloud.done("run", "services", "list", IN_REGION, "--format=value(metadata.name)").split() == ["hello", "shop"]
    assert "Listed 0 items." in gcloud.talk("run", "services", "list", "--region=europe-west1")


def test_a_binding_lets_callers_in_and_its_end_keeps_them_out(gcloud, own_world, shop, shop_url):
    assert curl(gcloud, shop_url) == 403
    account = own_world.account("caller")
    token = account.id_token(shop_url)
    bearer = ["-H", f"Authorization: Bearer {token}"]
    assert curl(gcloud, shop_url, *bearer) == 403
    bound = gcloud.json("run", "services", "add-iam-policy-binding", "shop", IN_REGION, f"--member={account.member}", INVOKER)
    assert members(bound) == {account.member}
    assert (curl(gcloud, shop_url, *bearer), curl(gcloud, shop_url)) == (200, 403)
    open_to_all = gcloud.json("run", "services", "add-iam-policy-binding", "shop", IN_REGION, "--member=allUsers", INVOKER)
    assert members(open_to_all) == {account.member, "allUsers"}
    assert curl(gcloud, shop_url) == 200
    assert members(gcloud.json("run", "services", "get-iam-policy", "shop", IN_REGION)) == {account.member, "allUsers"}
    for member in (account.member, "allUsers"):
        gcloud.done("run", "services", "remove-iam-policy-binding", "shop", IN_REGION, f"--member={member}", INVOKER)
    assert members(gcloud.json("run", "services", "get-iam-policy", "shop", IN_REGION)) == set()
    assert (curl(gcloud, shop_url, *bearer), curl(gcloud, shop_url)) == (403, 403)
    said = gcloud.refused("run", "services", "add-iam-policy-binding", "shop", IN_REGION, "--member=somebody", INVOKER)
    assert "INVALID_ARGUMENT" in said and "<type>:<value>" in said, said


def test_changes_make_revisions_that_traffic_is_divided_between(gcloud, own_world, shop, shop_url, programs):
    first = shown(gcloud)["status"]["latestReadyRevisionName"]
    gcloud.done("run", "services", "add-iam-policy-binding", "shop", IN_REGION, "--member=allUsers", INVOKER)
    said = gcloud.talk("run", "services", "update", "shop", IN_REGION, f"--image={programs[1].url}", "--no-traffic", "--tag=next")
    assert "https://next---shop-" in said, said
    second = shown(gcloud)["status"]["latestReadyRevisionName"]
    assert second != first
    tagged = shop_url.replace("https://", "https://next---")
    assert (curl(gcloud, shop_url), curl(gcloud, tagged)) == (200, 201)
    said = gcloud.talk("run", "services", "update-traffic", "shop", IN_REGION, f"--to-revisions={second}=100")
    assert "Done." in said, said
    assert curl(gcloud, shop_url) == 201
    told = gcloud.done("run", "revisions", "list", "--service=shop", IN_REGION, "--format=value(name,active.yesno(yes='yes', no='no'))")
    assert dict(line.split() for line in told.splitlines()) == {first: "no", second: "yes"}
    assert gcloud.json("run", "revisions", "describe", first, IN_REGION)["status"]["serviceName"] == "shop"
    said = gcloud.refused("run", "revisions", "delete", second, IN_REGION, "--quiet")
    assert "takes traffic" in said, said
    assert f"Deleted revision [{first}]." in gcloud.talk("run", "revisions", "delete", first, IN_REGION, "--quiet")
    assert "Cannot find revision" in gcloud.refused("run", "revisions", "describe", first, IN_REGION)
    said = gcloud.refused("run", "services", "update-traffic", "shop", IN_REGION, f"--to-revisions={first}=10")
    assert f"the service has no revision {first}" in said, said
    gcloud.done("run", "services", "update-traffic", "shop", IN_REGION, "--to-latest", "--clear-tags")
    assert [target["percent"] for target in shown(gcloud)["spec"]["traffic"]] == [100]
    gcloud.done("run", "services", "remove-iam-policy-binding", "shop", IN_REGION, "--member=allUsers", INVOKER)


def test_settings_are_changed_one_by_one_and_the_rest_stays(gcloud, shop, shop_url):
    before = shown(gcloud)
    said = gcloud.talk("run", "services", "update", "shop", IN_REGION, "--ingress=internal")
    assert "Service [shop] has been updated." in said, said
    closed = shown(gcloud)
    assert closed["metadata"]["annotations"]["run.googleapis.com/ingress-status"] == "internal"
    assert closed["spec"]["template"] == before["spec"]["template"], "no revision is made of another ingress"
    assert curl(gcloud, shop_url) == 404
    gcloud.done("run", "services", "update", "shop", IN_REGION, "--ingress=all", "--no-invoker-iam-check")
    assert curl(gcloud, shop_url) in (200, 201)
    gcloud.done("run", "services", "update", "shop", IN_REGION, "--invoker-iam-check")
    assert curl(gcloud, shop_url) == 403
    said = gcloud.talk("run", "services", "update", "shop", IN_REGION, "--update-env-vars=MORE=1", "--concurrency=7", "--min-instances=1")
    assert "has been deployed and is serving 100 percent of traffic." in said, said
    template = shown(gcloud)["spec"]["template"]
    names = {variable["name"] for variable in template["spec"]["containers"][0]["env"]}
    assert names == {"GREETING", "EMPTY", "MORE"} and template["spec"]["containerConcurrency"] == 7
    assert template["spec"]["serviceAccountName"] == shop.email


def test_an_exported_service_is_replaced(gcloud, shop, tmp_path):
    exported = tmp_path / "shop.yaml"
    exported.write_text(gcloud.done("run", "services", "describe", "shop", IN_REGION, "--format=export"))
    text = exported.read_text()
    assert "name: shop" in text and "containerConcurrency: 7" in text, text
    exported.write_text(text.replace("containerConcurrency: 7", "containerConcurrency: 8"))
    said = gcloud.talk("run", "services", "replace", exported, IN_REGION)
    assert "New configuration has been applied to service [shop]." in said, said
    assert shown(gcloud)["spec"]["template"]["spec"]["containerConcurrency"] == 8
    made = tmp_path / "made.yaml"
    spec = {"containers": [{"image": "gcr.io/cloudrun/hello"}], "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}]}
    wished = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "made"}, "spec": {"template": {"spec": spec}}}
    made.write_text(json.dumps(wished))
    said = gcloud.refused("run", "services", "replace", made, IN_REGION)
    assert "spec.template.spec.volumes" in said and "not implemented here yet" in said, said
    del spec["volumes"]
    made.write_text(json.dumps(wished))
    gcloud.done("run", "services", "replace", made, IN_REGION)
    assert "Deleted service [made]." in gcloud.talk("run", "services", "delete", "made", IN_REGION, "--quiet")


def test_a_service_that_everybody_may_call_is_deployed_so(gcloud, own_world):
    said = gcloud.talk("run", "deploy", "open", "--image=gcr.io/cloudrun/hello", IN_REGION, "--allow-unauthenticated", "--ingress=all")
    assert "Setting IAM Policy" in said, said
    url = f"https://open-{own_world.number}.{REGION}.run.app"
    assert curl(gcloud, url) == 200
    gcloud.done("run", "deploy", "open", "--image=gcr.io/cloudrun/hello", IN_REGION, "--no-allow-unauthenticated")
    assert curl(gcloud, url) == 403
    assert "Deleted service [open]." in gcloud.talk("run", "services", "delete", "open", IN_REGION, "--quiet")
    assert curl(gcloud, url) == 404
    assert "Cannot find service [open]" in gcloud.refused("run", "services", "describe", "open", IN_REGION)
    assert "could not be found" in gcloud.refused("run", "services", "delete", "open", IN_REGION, "--quiet")
    assert "could not be found" in gcloud.refused("run", "services", "update", "open", IN_REGION, "--ingress=all")


@pytest.mark.parametrize(("words", "told"), [
    (["--image=docker.io/library/other:1"], ['"docker.io/library/other:1" = "http://127.0.0.1:3000"', "[images]", "gcr.io/cloudrun/hello"]),
    (["--image=gcr.io/cloudrun/hello", "--vpc-connector=c"], ["run.googleapis.com/vpc-access-connector", "not implemented here yet"]),
    (["--image=gcr.io/cloudrun/hello", "--set-secrets=KEY=secret:1"], ["spec.template.spec.containers.env.valueFrom", "not implemented here yet"]),
    (["--image=gcr.io/cloudrun/hello", "--command=/bin/x"], ["spec.template.spec.containers.command", "not implemented here yet"]),
    (["--image=gcr.io/cloudrun/hello", f"--service-account=nobody@{PROJECT}.iam.gserviceaccount.com"], ["iam.serviceAccounts.actAs", f"doorward exec -- gcloud iam service-accounts create nobody --project={PROJECT}"]),
])
def test_what_cannot_be_deployed_is_said_in_a_sentence(gcloud, words, told):
    said = gcloud.refused("run", "deploy", "never", IN_REGION, "--no-allow-unauthenticated", *words)
    for words in told:
        assert words in said, said
    assert "network connectivity" not in said and "HttpError accessing" not in said, said


def test_what_is_not_served_is_named(gcloud, tmp_path):
    for command, method in [
        (["run", "jobs", "list"], "google.cloud.run.v1.Jobs.ListJobs"),
        (["beta", "run", "worker-pools", "list"], "WorkerPools.ListWorkerPools"),
    ]:
        said = gcloud.refused(*command, IN_REGION)
        assert f"{method} is not implemented here yet" in said and "network connectivity" not in said, said
    (tmp_path / "main.py").write_text("")
    said = gcloud.refused("run", "deploy", "built", f"--source={tmp_path}", IN_REGION, "--no-allow-unauthenticated", "--quiet")
    assert "ArtifactRegistry.GetRepository is not implemented here yet" in said and "network connectivity" not in said, said
    assert "doorward exec -- gcloud run deploy SERVICE --image=http://127.0.0.1:3000" in said, said


def test_who_may_not_is_told_so(own_server, own_world, shop, tmp_path):
    stranger = own_world.lasting_account("stranger")
    gcloud = Gcloud(own_server, tmp_path, principal=stranger.email)
    for command, permission in [
        (["describe", "shop"], "run.services.get"), (["list"], "run.services.list"),
        (["delete", "shop", "--quiet"], "run.services.delete"), (["get-iam-policy", "shop"], "run.services.getIamPolicy"),
    ]:
        said = gcloud.refused("run", "services", *command, IN_REGION)
        assert "PERMISSION_DENIED" in said and permission in said, said
