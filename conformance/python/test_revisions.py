"""Revisions through Google's generated clients, and through the gate: split, tag, roll back, delete."""

from collections import Counter

import pytest
from google.api_core import exceptions
from google.cloud import run_v2
from google.protobuf import field_mask_pb2

import clients
from upstream import Upstream
from world import PARENT, Service

LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
REVISION = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION


@pytest.fixture(params=clients.TRANSPORTS)
def transport(request):
    return request.param


@pytest.fixture
def services(transport, server, owner):
    return clients.client(run_v2.ServicesClient, server, owner, transport)


@pytest.fixture
def revisions(transport, server, owner):
    return clients.client(run_v2.RevisionsClient, server, owner, transport)


@pytest.fixture
def second():
    """The program behind the second revision."""
    started = Upstream(status=201)
    yield started
    started.close()


@pytest.fixture
def shop(services, world, upstream, second):
    """A public service with the revisions `SHOP-one` (answers 200) and `SHOP-two` (answers 201)."""
    shop_id = world.unique("shop")
    service = run_v2.Service(invoker_iam_disabled=True, template=template(upstream, f"{shop_id}-one"))
    services.create_service(parent=PARENT, service_id=shop_id, service=service).result(20)
    service = run_v2.Service(name=f"{PARENT}/services/{shop_id}", template=template(second, f"{shop_id}-two"))
    services.update_service(service=service).result(20)
    return Service(world, world.done("GET", f"/v2/{PARENT}/services/{shop_id}"))


def template(upstream, revision=""):
    container = run_v2.Container(image=upstream.url)
    return run_v2.RevisionTemplate(revision=revision, containers=[container])


def divide(services, shop, *targets):
    """Writes the traffic and nothing else."""
    service = run_v2.Service(name=shop.name, traffic=[run_v2.TrafficTarget(target) for target in targets])
    mask = field_mask_pb2.FieldMask(paths=["traffic"])
    return services.update_service(request={"service": service, "update_mask": mask}).result(20)


def to(revision, percent=0, tag=""):
    return {"type_": REVISION, "revision": revision, "percent": percent, "tag": tag}


def answers(shop, count=60, host=None):
    headers = {"Host": host} if host else {}
    return Counter(shop.call(headers=headers).status_code for _ in range(count))


def test_requests_are_split_tried_out_rolled_back_and_the_revision_is_deleted(services, revisions, shop):
    one, two = f"{shop.id}-one", f"{shop.id}-two"
    assert answers(shop) == {201: 60}
    names = [found.name.rsplit("/", 1)[1] for found in revisions.list_revisions(parent=shop.name)]
    assert names == [one, two]

    shown = divide(services, shop, to(one, 50), to(two, 50))
    assert [(status.revision, status.percent) for status in shown.traffic_statuses] == [(one, 50), (two, 50)]
    split = answers(shop, 200)
    assert split[200] > 50 and split[201] > 50, split

    shown = divide(services, shop, to(one, 100), to(two, tag="next"))
    assert shown.traffic_statuses[1].uri == shop.uri.replace("https://", "https://next---")
    assert answers(shop) == {200: 60}
    for host in (f"next---{shop.host}", f"next---{shop.local_host}", f"NEXT---{shop.host}:443"):
        assert answers(shop, 5, host) == {201: 5}
    assert answers(shop, 1, f"gone---{shop.host}") == {404: 1}

    for name in (one, two):
        with pytest.raises(exceptions.BadRequest, match="takes traffic"):
            revisions.delete_revision(name=f"{shop.name}/revisions/{name}").result(20)
    divide(services, shop, {"type_": LATEST, "percent": 100})
    assert answers(shop) == {201: 60}
    deleted = revisions.delete_revision(name=f"{shop.name}/revisions/{one}").result(20)
    assert deleted.name == f"{shop.name}/revisions/{one}"
    with pytest.raises(exceptions.NotFound):
        revisions.get_revision(name=f"{shop.name}/revisions/{one}")
    with pytest.raises(exceptions.BadRequest, match="(latest|takes traffic)"):
        revisions.delete_revision(name=f"{shop.name}/revisions/{two}").result(20)


def test_a_revision_is_as_it_was_made(services, revisions, shop, upstream, second):
    first = revisions.get_revision(name=f"{shop.name}/revisions/{shop.id}-one")
    assert (first.containers[0].image, first.service) == (upstream.url, shop.id)
    assert first.create_time and first.uid and first.etag
    found = services.get_service(name=shop.name)
    assert found.latest_ready_revision == found.latest_created_revision == f"{shop.name}/revisions/{shop.id}-two"
    found.template.revision = ""
    found.template.max_instance_request_concurrency = 10
    changed = services.update_service(service=found).result(20)
    made = revisions.get_revision(name=changed.latest_created_revision)
    assert made.max_instance_request_concurrency == 10
    assert made.name.rsplit("/", 1)[1].startswith(f"{shop.id}-00003-")
    assert revisions.get_revision(name=first.name) == first
    # What is no change of the template makes no revision.
    changed.description = "books"
    changed.template.revision = ""
    again = services.update_service(service=changed).result(20)
    assert again.latest_created_revision == changed.latest_created_revision


def test_pages_of_revisions_follow_each_other(revisions, shop):
    pager = revisions.list_revisions(request={"parent": shop.name, "page_size": 1})
    pages = [[found.name for found in page.revisions] for page in pager.pages]
    assert [len(page) for page in pages] == [1, 1]
    with pytest.raises(exceptions.BadRequest):
        list(revisions.list_revisions(request={"parent": shop.name, "page_token": "nonsense"}))


def test_revisions_of_every_service_are_for_who_may_see_them_in_the_project(server, world, revisions, shop, account):
    parent = f"{PARENT}/services/-"
    own = list(revisions.list_revisions(parent=shop.name))
    found = [one for one in revisions.list_revisions(request={"parent": parent, "page_size": 1}) if one.name.startswith(f"{shop.name}/")]
    assert found == own
    world.bind(f"/v2/{shop.name}", "roles/run.viewer", account.member, read="GET")
    client = clients.over_grpc(run_v2.RevisionsClient, server, account.access_token())
    assert list(client.list_revisions(parent=shop.name)) == own
    with pytest.raises(exceptions.Forbidden, match="run.revisions.list"):
        client.list_revisions(parent=parent)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda shop: [to(f"{shop.id}-one", 99)],
        lambda shop: [to(f"{shop.id}-one", 60), to(f"{shop.id}-two", 60)],
        lambda shop: [to(f"{shop.id}-gone", 100)],
        lambda shop: [to("", 100)],
        lambda shop: [to(f"{shop.id}-one", 100, "a"), to(f"{shop.id}-two", 0, "a")],
        lambda shop: [to(f"{shop.id}-one", 100, "A")],
        lambda shop: [to(f"{shop.id}-one", 100, "t" * 50)],
        lambda shop: [{"type_": LATEST, "revision": f"{shop.id}-one", "percent": 100}],
    ],
    ids=["99", "120", "unknown", "unnamed", "tag twice", "tag", "tag length", "latest with a name"],
)
def test_traffic_that_cannot_be_is_refused_and_nothing_changes(services, shop, wrong):
    before = services.get_service(name=shop.name)
    with pytest.raises(exceptions.BadRequest):
        divide(services, shop, *wrong(shop))
    assert services.get_service(name=shop.name) == before


def test_a_name_is_given_to_one_revision(services, shop, upstream):
    service = run_v2.Service(name=shop.name, template=template(upstream, f"{shop.id}-two"))
    with pytest.raises(exceptions.Conflict, match="with different configuration already exists"):
        services.update_service(service=service).result(20)
    service.template.revision = "other-three"
    with pytest.raises(exceptions.BadRequest):
        services.update_service(service=service).result(20)


def test_trying_out_a_change_stores_nothing(services, revisions, shop, upstream):
    before = services.get_service(name=shop.name)
    service = run_v2.Service(name=shop.name, template=template(upstream, f"{shop.id}-three"))
    tried = services.update_service(request={"service": service, "validate_only": True}).result(20)
    assert tried.latest_created_revision.endswith(f"/{shop.id}-three")
    assert services.get_service(name=shop.name) == before
    assert len(list(revisions.list_revisions(parent=shop.name))) == 2
    revisions.delete_revision(request={"name": f"{shop.name}/revisions/{shop.id}-one", "validate_only": True}).result(20)
    with pytest.raises(exceptions.Conflict):
        revisions.delete_revision(request={"name": f"{shop.name}/revisions/{shop.id}-one", "etag": '"stale"'})
    assert len(list(revisions.list_revisions(parent=shop.name))) == 2


def test_an_update_creates_what_is_missing_when_it_is_told_to(services, world, upstream):
    name = f"{PARENT}/services/{world.unique('shop')}"
    service = run_v2.Service(name=name, template=template(upstream))
    with pytest.raises(exceptions.NotFound):
        services.update_service(service=service).result(20)
    made = services.update_service(request={"service": service, "allow_missing": True}).result(20)
    assert (made.name, made.generation) == (name, 1)


def test_revisions_are_for_who_may_see_the_service(server, shop, account):
    client = clients.over_grpc(run_v2.RevisionsClient, server, account.access_token())
    with pytest.raises(exceptions.Forbidden, match="run.revisions.list"):
        client.list_revisions(parent=shop.name)
    with pytest.raises(exceptions.Forbidden, match="run.revisions.get"):
        client.get_revision(name=f"{shop.name}/revisions/{shop.id}-one")
    with pytest.raises(exceptions.Forbidden, match="run.revisions.delete"):
        client.delete_revision(name=f"{shop.name}/revisions/{shop.id}-one")
