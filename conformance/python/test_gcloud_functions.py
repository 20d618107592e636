"""`gcloud functions` of both generations, as articles about private functions type it."""

import pytest

import functions
from gcloud import needs_gcloud
from server import until
from world import PARENT, PROJECT, REGION

pytestmark = needs_gcloud
HERE = f"--region={REGION}"


@pytest.fixture
def greet(world, upstream):
    function = functions.first(world, upstream.url)
    yield function
    world.call("DELETE", function.path)


@pytest.fixture
def shop(world, upstream):
    function = functions.second(world, upstream.url)
    yield function
    world.call("DELETE", function.path)


def test_functions_of_both_generations_are_listed_described_and_deleted(gcloud, world, greet, shop):
    listed = gcloud.done("functions", "list")
    lines = {line.split()[0]: line.split() for line in listed.splitlines()}
    assert lines["NAME"] == ["NAME", "STATE", "TRIGGER", "REGION", "ENVIRONMENT"]
    assert lines[shop.id][1:] == ["ACTIVE", "HTTP", "Trigger", REGION, "2nd", "gen"], listed
    assert lines[greet.id][1:] == ["ACTIVE", "HTTP", "Trigger", REGION, "1st", "gen"], listed

    described = gcloud.json("functions", "describe", shop.id, HERE)
    assert (described["name"], described["environment"], described["state"]) == (shop.name, "GEN_2", "ACTIVE")
    assert described["url"] == shop.url
    assert gcloud.json("functions", "describe", greet.id, HERE)["httpsTrigger"]["url"] == greet.url

    for function in (greet, shop):
        said = gcloud.talk("functions", "delete", function.id, HERE, "--quiet")
        assert f"Deleted [{function.name}]" in said, said
        assert world.call("GET", function.path).status_code == 404
        assert "not found" in gcloud.refused("functions", "describe", function.id, HERE)


def test_a_binding_on_a_function_of_the_first_generation_lets_its_member_in(gcloud, greet, account):
    token = account.id_token(greet.url)
    assert greet.call(token).status_code == 403
    bound = gcloud.json(
        "functions", "add-iam-policy-binding", greet.id, HERE, f"--member={account.member}",
        "--role=roles/cloudfunctions.invoker",
    )
    assert bound["bindings"] == [{"members": [account.member], "role": "roles/cloudfunctions.invoker"}]
    assert greet.call(token).status_code == 200
    assert gcloud.json("functions", "get-iam-policy", greet.id, HERE) == bound
    gcloud.done(
        "functions", "remove-iam-policy-binding", greet.id, HERE, f"--member={account.member}",
        "--role=roles/cloudfunctions.invoker",
    )
    assert greet.call(token).status_code == 403


def test_the_role_of_functions_on_the_second_generation_only_warns(gcloud, shop, account):
    token = account.id_token(shop.url)
    said = gcloud.talk(
        "functions", "add-iam-policy-binding", shop.id, HERE, f"--member={account.member}",
        "--role=roles/cloudfunctions.invoker",
    )
    assert "does not grant the member permission to invoke 2nd gen function" in said, said
    assert shop.call(token).status_code == 403


def test_the_invoker_of_the_second_generation_is_bound_on_its_service(gcloud, shop, account):
    token = account.id_token(shop.url)
    arguments = (shop.id, HERE, f"--member={account.member}")
    bound = gcloud.json("functions", "add-invoker-policy-binding", *arguments)
    assert {"members": [account.member], "role": "roles/run.invoker"} in bound["bindings"]
    assert shop.call(token).status_code == 200
    on_the_service = gcloud.json("run", "services", "get-iam-policy", shop.id, HERE)
    assert on_the_service["bindings"] == bound["bindings"]
    gcloud.done("functions", "remove-invoker-policy-binding", *arguments)
    assert shop.call(token).status_code == 403


def test_a_function_of_the_second_generation_is_called_by_gcloud(gcloud, shop, upstream):
    before = len(upstream.arrivals)
    answered = gcloud.done("functions", "call", shop.id, HERE, '--data={"name": "Ada"}')
    arrival = upstream.wait_for(before + 1)[before]
    assert (arrival.method, arrival.path, arrival.body) == ("POST", "/", b'{"name": "Ada"}')
    assert '"method": "POST"' in answered, "what the function answered is printed"


def test_calls_of_both_generations_are_read_as_logs(gcloud, greet, shop, account):
    shop_token, greet_token = account.id_token(shop.url), account.id_token(greet.url)
    greet.let_in(account.member)
    assert (greet.call(greet_token).status_code, shop.call(shop_token).status_code) == (200, 403)
    for function, said in ((greet, "ms, finished with status code: 200"), (shop, "not authorized to invoke")):
        read = lambda name=function.id: gcloud.done("functions", "logs", "read", name, HERE).splitlines()[1:]
        lines = until(read, f"log entries of {function.id}", seconds=60)
        assert all(function.id in line for line in lines) and any(said in line for line in lines), lines


def test_calling_the_first_generation_through_the_api_says_how_to_call_it(gcloud, greet):
    said = gcloud.refused("functions", "call", greet.id, HERE, "--data={}")
    assert "gcloud auth print-identity-token" in said, said


def test_source_is_refused_with_the_flags_that_work(gcloud, world, upstream, tmp_path):
    (tmp_path / "package.json").write_text("{}")
    name = world.unique("deployed")
    deploy = (
        "functions", "deploy", name, "--gen2", HERE, "--runtime=nodejs24", "--trigger-http", "--entry-point=greet",
        "--no-allow-unauthenticated",
    )
    said = gcloud.refused(*deploy, f"--source={tmp_path}")
    assert "--source=gs://already/running.zip --set-build-env-vars=DOORWARD_IMAGE=" in said, said
    builder = f"--build-service-account=projects/{PROJECT}/serviceAccounts/builder@{PROJECT}.iam.gserviceaccount.com"
    running = ("--source=gs://already/running.zip", f"--set-build-env-vars=DOORWARD_IMAGE={upstream.url}", builder)
    gcloud.done(*deploy, *running)
    made = world.done("GET", f"/v2/{PARENT}/functions/{name}")
    assert made["labels"] == {"deployment-tool": "cli-gcloud"}
    assert made["buildConfig"]["source"] == {"storageSource": {"bucket": "already", "object": "running.zip"}}
    gcloud.done(*deploy, *running, "--update-env-vars=GREETING=hi")
    changed = world.done("GET", f"/v2/{PARENT}/functions/{name}")
    assert changed["serviceConfig"]["environmentVariables"] == {"GREETING": "hi"}
    function = functions.Function(world, changed, f"/v2/{changed['name']}")
    # A bare identity token is for gcloud's own client ID, which private functions take.
    printed = gcloud.done("auth", "print-identity-token").strip()
    assert function.call(printed).status_code == 200, "the owner may call"
    assert function.call().status_code == 403
    function.delete()
