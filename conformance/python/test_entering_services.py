"""Who gets to a service at all: its URLs, its ingress, its openness, the images of the configuration."""

import pytest

from server import Server, until
from world import PARENT, World


def runner(world, echo):
    """An account that may call the service."""
    account = world.account("runner")
    echo.let_in(account.member)
    return account


def patch(world, service, mask, **more):
    return world.done("PATCH", f"/v2/{service.name}?updateMask={mask}", json=more)["response"]


def test_both_urls_lead_to_the_service_and_are_audiences(world, echo):
    account = runner(world, echo)
    main, hashed = world.done("GET", f"/v2/{echo.name}")["urls"]
    assert main == echo.uri
    assert hashed.startswith(f"https://{echo.id}-") and hashed.endswith("-uc.a.run.app")
    host = hashed.removeprefix("https://")
    path = f"/projects/{world.number}/locations/us-central1/services/{echo.id}"
    for at in (echo.host, echo.local_host, host, host.removesuffix(".run.app") + ".run.localhost"):
        for audience in (main, hashed, path):
            answer = echo.call(account.id_token(audience), headers={"Host": at})
            assert answer.status_code == 200, (at, audience, answer.text)
    assert echo.call(account.id_token(f"{main}/path")).status_code == 401


def test_a_tags_url_is_an_audience_as_long_as_there_is_the_tag(world, echo):
    account = runner(world, echo)
    latest = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    traffic = [{"type": latest, "percent": 100, "tag": "next"}]
    shown = patch(world, echo, "traffic", traffic=traffic)
    uri = shown["trafficStatuses"][0]["uri"]
    token = account.id_token(uri)
    assert echo.call(token).status_code == 200
    assert echo.call(token, headers={"Host": uri.removeprefix("https://")}).status_code == 200
    patch(world, echo, "traffic", traffic=[])
    assert echo.call(token).status_code == 401
    assert echo.call(token, headers={"Host": uri.removeprefix("https://")}).status_code == 404


def test_without_default_uri_no_host_leads_to_the_service(world, echo):
    account = runner(world, echo)
    token = account.id_token(echo.uri)
    assert echo.call(token).status_code == 200
    shown = patch(world, echo, "defaultUriDisabled", defaultUriDisabled=True)
    assert "uri" not in shown and "urls" not in shown
    assert echo.call(token).status_code == 404
    assert echo.call(token, headers={"Host": echo.local_host}).status_code == 404
    patch(world, echo, "defaultUriDisabled", defaultUriDisabled=False)
    assert echo.call(token).status_code == 200


@pytest.mark.parametrize("ingress", ["INTERNAL_ONLY", "INTERNAL_LOAD_BALANCER", "NONE"])
def test_a_service_that_is_not_for_the_network_answers_404_whatever_is_sent(world, echo, upstream, ingress):
    account = runner(world, echo)
    token = account.id_token(echo.uri)
    patch(world, echo, "ingress", ingress=f"INGRESS_TRAFFIC_{ingress}")
    for sent in ({}, {"Authorization": f"Bearer {token}"}, {"Authorization": "Bearer nonsense"}, {"X-CloudScheduler": "true"}):
        answer = echo.call(headers=sent)
        assert (answer.status_code, answer.headers["x-doorward-reason"]) == (404, "INGRESS_REFUSED")
        assert answer.headers["content-type"] == "text/html; charset=UTF-8"
        assert "404 Not Found" in answer.text
    assert upstream.arrivals == []


@pytest.mark.parametrize(("ingress", "status"), [("INTERNAL_ONLY", 200), ("NONE", 404)])
def test_a_job_of_the_project_is_inside(world, echo, upstream, ingress, status):
    account = runner(world, echo)
    patch(world, echo, "ingress", ingress=f"INGRESS_TRAFFIC_{ingress}")
    job = world.job(f"{echo.uri}/task", token={"serviceAccountEmail": account.email, "audience": echo.uri})
    world.run(job)
    world.attempted(job)
    assert world.finished(job)[0]["httpRequest"]["status"] == status
    assert len(upstream.arrivals) == (1 if status == 200 else 0)


@pytest.mark.parametrize("opened", ["invokerIamDisabled", "allUsers"])
def test_a_public_service_takes_everybody_and_leaves_the_header_as_sent(world, echo, upstream, opened):
    assert echo.call().status_code == 403
    if opened == "allUsers":
        echo.let_in("allUsers")
    else:
        patch(world, echo, "invokerIamDisabled", invokerIamDisabled=True)
    token = world.account("anybody").id_token(echo.uri)
    for sent in (None, "nonsense", token):
        assert echo.call(sent).status_code == 200
    assert upstream.arrivals[-1].header("Authorization") == f"Bearer {token}"


def test_all_authenticated_users_need_a_token_for_the_service(world, echo, upstream):
    echo.let_in("allAuthenticatedUsers")
    account = world.account("anybody")
    assert echo.call().status_code == 403
    assert echo.call(account.id_token("https://elsewhere.example")).status_code == 401
    assert echo.call(account.id_token(echo.uri)).status_code == 200
    assert upstream.arrivals[-1].header("Authorization").endswith(".SIGNATURE_REMOVED_BY_GOOGLE")


def test_an_image_of_the_configuration_stands_for_its_address(tmp_path, upstream):
    with Server(tmp_path / "data", configuration=f'[images]\n"gcr.io/acme/app" = "{upstream.url}"\n') as server:
        world = World(server)
        app = world.service("gcr.io/acme/app:v1", "app", invokerIamDisabled=True)
        assert app.call().status_code == 200
        assert world.done("GET", f"/v2/{app.name}")["template"]["containers"][0]["image"] == "gcr.io/acme/app:v1"
        body = {"template": {"containers": [{"image": "gcr.io/acme/other"}]}}
        refused = world.call("POST", f"/v2/{PARENT}/services?serviceId=other", json=body)
        assert refused.status_code == 501
        assert "[images]" in refused.json()["error"]["message"]
        assert server.interrupt() == 0
        # The address was looked up when the revision was made, and stays.
        server.configuration.write_text("")
        World(server.start())
        until(lambda: app.call().status_code == 200, "the service is there again")
