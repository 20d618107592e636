"""Domains of one's own, over REST as gcloud speaks it; and what reaches the service under them."""

import pytest

from world import PARENT, PROJECT

MAPPINGS = f"/apis/domains.cloudrun.com/v1/namespaces/{PROJECT}/domainmappings"


def mapping(domain, service, **metadata):
    return {
        "apiVersion": "domains.cloudrun.com/v1", "kind": "DomainMapping",
        "metadata": {"name": domain, "namespace": PROJECT, **metadata}, "spec": {"routeName": service},
    }


@pytest.fixture
def domain(world):
    return f"{world.unique('shop')}.example.com"


def test_a_domain_is_mapped_shown_listed_and_taken_away(world, echo, domain):
    made = world.done("POST", MAPPINGS, json=mapping(domain, echo.id))
    assert made["status"]["mappedRouteName"] == echo.id
    assert {found["type"]: found["status"] for found in made["status"]["conditions"]}["Ready"] == "True"
    assert made["metadata"]["labels"]["cloud.googleapis.com/location"] == "us-central1"
    assert world.done("GET", f"{MAPPINGS}/{domain}") == made
    assert world.done("GET", f"/v1/{PARENT}/domainmappings/{domain}") == made
    assert made in world.done("GET", MAPPINGS)["items"]
    world.done("DELETE", f"{MAPPINGS}/{domain}")
    assert world.call("GET", f"{MAPPINGS}/{domain}").status_code == 404


def test_a_mapped_host_is_the_services_with_the_audiences_of_the_service(world, echo, domain):
    account = world.account("runner")
    echo.let_in(account.member)
    at = {"Host": domain}
    assert echo.call(account.id_token(echo.uri), headers=at).status_code == 404
    world.done("POST", MAPPINGS, json=mapping(domain, echo.id))
    assert echo.call(account.id_token(echo.uri), headers=at).status_code == 200
    own = account.id_token(f"https://{domain}")
    refused = echo.call(own, headers=at)
    assert (refused.status_code, refused.headers["x-doorward-reason"]) == (401, "INVOKER_TOKEN_AUDIENCE_MISMATCH")
    body = {"customAudiences": [f"https://{domain}"]}
    world.done("PATCH", f"/v2/{echo.name}?updateMask=customAudiences", json=body)
    assert echo.call(own, headers=at).status_code == 200
    world.done("PATCH", f"/v2/{echo.name}?updateMask=ingress", json={"ingress": "INGRESS_TRAFFIC_INTERNAL_ONLY"})
    assert echo.call(own, headers=at).status_code == 404
    world.done("DELETE", f"{MAPPINGS}/{domain}")


def test_a_mapped_domain_is_mapped_once(world, echo, domain):
    world.done("POST", MAPPINGS, json=mapping(domain, echo.id))
    refused = world.call("POST", MAPPINGS, json=mapping(domain, echo.id))
    assert (refused.status_code, refused.json()["error"]["status"]) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "a-1.us-central1.run.app", "us-central1-demo.cloudfunctions.net", "run.googleapis.com", "Shop.example.com", ""])
def test_what_is_no_domain_of_ones_own_is_refused(world, echo, name):
    refused = world.call("POST", MAPPINGS, json=mapping(name, echo.id))
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_trying_to_map_stores_nothing(world, echo, domain):
    world.done("POST", f"{MAPPINGS}?dryRun=all", json=mapping(domain, echo.id))
    assert world.call("GET", f"{MAPPINGS}/{domain}").status_code == 404


@pytest.mark.parametrize("dry", ["All", "true", "none"])
def test_what_is_no_dry_run_is_not_taken_for_a_real_one(world, echo, domain, dry):
    world.done("POST", MAPPINGS, json=mapping(domain, echo.id))
    refused = world.call("DELETE", f"{MAPPINGS}/{domain}?dryRun={dry}")
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert world.call("GET", f"{MAPPINGS}/{domain}").status_code == 200


def test_what_contradicts_the_path_is_refused(world, echo, domain):
    elsewhere = mapping(domain, echo.id) | {"metadata": {"name": domain, "namespace": "other"}}
    labelled = mapping(domain, echo.id, labels={"cloud.googleapis.com/location": "us-east1"})
    for path, body in [(MAPPINGS, elsewhere), (f"/v1/{PARENT}/domainmappings", labelled)]:
        refused = world.call("POST", path, json=body)
        assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_mappings_are_for_who_may(world, echo, domain, account):
    world.done("POST", MAPPINGS, json=mapping(domain, echo.id))
    token = account.access_token()
    for method, path, permission in [
        ("POST", MAPPINGS, "create"), ("GET", MAPPINGS, "list"),
        ("GET", f"{MAPPINGS}/{domain}", "get"), ("DELETE", f"{MAPPINGS}/{domain}", "delete"),
        ("GET", f"{MAPPINGS}/absent.example.com", "get"),
    ]:
        json = {"json": mapping(domain, echo.id)} if method == "POST" else {}
        refused = world.call(method, path, token=token, **json)
        assert refused.status_code == 403, (path, refused.text)
        assert f"run.domainmappings.{permission}" in refused.json()["error"]["message"]
