"""Lists in small pages, as generated clients walk through them over both transports (facts §0.4)."""

import pytest
from google.api_core import exceptions
from google.cloud import iam_admin_v1, run_v2, scheduler_v1
from google.cloud.location import locations_pb2
from google.longrunning import operations_pb2

import clients
from world import PARENT, PROJECT

ACCOUNTS = f"/v1/projects/{PROJECT}/serviceAccounts"
JOBS = f"/v1/{PARENT}/jobs"


@pytest.fixture(params=clients.TRANSPORTS)
def transport(request):
    return request.param


def walked(pager, field, most):
    """The names of the items of all pages, none of which is larger than was asked for."""
    items = []
    for page in pager.pages:
        assert len(getattr(page, field)) <= most
        items += [item.name for item in getattr(page, field)]
    assert len(items) == len(set(items)), "an item came twice"
    return items


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_jobs_join_up(server, owner, world, transport, size):
    made = {world.job("http://127.0.0.1:9/") for _ in range(3)}
    client = clients.client(scheduler_v1.CloudSchedulerClient, server, owner, transport)
    assert made <= set(walked(client.list_jobs(request={"parent": PARENT, "page_size": size}), "jobs", size))


def test_pages_of_services_join_up(server, owner, world, transport, upstream):
    made = {world.service(upstream.url).name for _ in range(3)}
    client = clients.client(run_v2.ServicesClient, server, owner, transport)
    assert made <= set(walked(client.list_services(request={"parent": PARENT, "page_size": 2}), "services", 2))


def test_pages_of_accounts_join_up_over_grpc(server, owner, world):
    made = {world.account("page").email for _ in range(3)}
    client = clients.client(iam_admin_v1.IAMClient, server, owner, "grpc")
    pages = list(client.list_service_accounts(request={"name": f"projects/{PROJECT}", "page_size": 2}).pages)
    assert all(len(page.accounts) <= 2 for page in pages)
    emails = [account.email for page in pages for account in page.accounts]
    assert len(emails) == len(set(emails)) and made <= set(emails)


def test_a_page_larger_than_the_most_is_as_large_as_the_most(server, owner, transport):
    client = clients.client(scheduler_v1.CloudSchedulerClient, server, owner, transport)
    assert client.list_jobs(request={"parent": PARENT, "page_size": 1_000_000}) is not None


def test_a_negative_page_is_refused(server, owner, transport):
    client = clients.client(scheduler_v1.CloudSchedulerClient, server, owner, transport)
    with pytest.raises(exceptions.BadRequest, match="page_size"):
        client.list_jobs(request={"parent": PARENT, "page_size": -1})


def test_a_token_continues_one_list_with_its_parameters_only(world):
    for _ in range(2):
        world.job("http://127.0.0.1:9/"), world.account("page")
    jobs = world.done("GET", f"{JOBS}?pageSize=1")["nextPageToken"]
    accounts = world.done("GET", f"{ACCOUNTS}?pageSize=1")["nextPageToken"]
    elsewhere = JOBS.replace("us-central1", "europe-west1")
    tampered = jobs[:-1] + ("A" if jobs[-1] != "A" else "B")
    for path in (
        f"{JOBS}?pageToken={accounts}", f"{ACCOUNTS}?pageToken={jobs}", f"{elsewhere}?pageToken={jobs}",
        f"{JOBS}?pageToken={tampered}", f"{JOBS}?pageToken={jobs[:-4]}", f"{JOBS}?pageToken=nonsense",
    ):
        answer = world.call("GET", path)
        assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), path
        assert "page_token" in answer.text
    # Another size of the page is no other list.
    assert world.done("GET", f"{JOBS}?pageSize=7&pageToken={jobs}")["jobs"]


def test_locations_are_listed_in_pages(server, owner, transport):
    client = clients.client(scheduler_v1.CloudSchedulerClient, server, owner, transport)
    first = client.list_locations(locations_pb2.ListLocationsRequest(name=f"projects/{PROJECT}", page_size=5))
    assert len(first.locations) == 5 and first.next_page_token
    names, token = [], ""
    while True:
        asked = locations_pb2.ListLocationsRequest(name=f"projects/{PROJECT}", page_size=5, page_token=token)
        page = client.list_locations(asked)
        names += [location.location_id for location in page.locations]
        token = page.next_page_token
        if not token:
            break
    assert "us-central1" in names and len(names) == len(set(names)) > 30


def test_operations_are_listed_in_pages(server, owner, world, transport, upstream):
    world.service(upstream.url), world.service(upstream.url)
    client = clients.client(run_v2.ServicesClient, server, owner, transport)
    first = client.list_operations(operations_pb2.ListOperationsRequest(name=PARENT, page_size=1))
    assert len(first.operations) == 1 and first.next_page_token
    next_ = operations_pb2.ListOperationsRequest(name=PARENT, page_size=1, page_token=first.next_page_token)
    assert client.list_operations(next_).operations[0].name != first.operations[0].name
