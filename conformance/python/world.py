"""What tests need around them, made through the public API as the local owner would make it."""

import base64
import json
import secrets

import requests
from google.auth.transport.requests import Request
from google.oauth2 import credentials as oauth2_credentials
from google.oauth2 import service_account

from server import until
from tokens import CLOUD_PLATFORM

PROJECT = "demo"
REGION = "us-central1"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
YEARLY = "0 0 1 1 *"


def owner_credentials(server):
    """google-auth credentials of the local owner, from the file in the data directory."""
    owner = json.loads((server.data / "owner.json").read_text())
    return oauth2_credentials.Credentials(
        None, refresh_token=owner["refresh_token"], client_id=owner["client_id"],
        client_secret=owner["client_secret"], token_uri=f"{server.url}/token",
    )


class Account:
    """A service account."""

    def __init__(self, world, answer):
        self.world = world
        self.email = answer["email"]
        self.unique_id = answer["uniqueId"]
        self.name = answer["name"]
        self.member = f"serviceAccount:{self.email}"

    def unmodified_key(self):
        """A new key file exactly as the API gives it, as a dictionary: it names Google's token endpoint."""
        made = self.world.done("POST", f"/v1/{self.name}/keys", json={})
        return json.loads(base64.b64decode(made["privateKeyData"]))

    def key(self):
        """A new key file, as a dictionary, with Doorward's token endpoint in it."""
        return {**self.unmodified_key(), "token_uri": f"{self.world.server.url}/token"}

    def disable(self):
        self.world.done("POST", f"/v1/{self.name}:disable", json={})

    def enable(self):
        self.world.done("POST", f"/v1/{self.name}:enable", json={})

    def id_token(self, audience, **more):
        body = {"audience": audience, "includeEmail": True, **more}
        return self.world.done("POST", f"/v1/projects/-/serviceAccounts/{self.email}:generateIdToken", json=body)["token"]

    def access_token(self, **more):
        body = {"scope": [CLOUD_PLATFORM], **more}
        path = f"/v1/projects/-/serviceAccounts/{self.email}:generateAccessToken"
        return self.world.done("POST", path, json=body)["accessToken"]


class Service:
    """A private Cloud Run service."""

    def __init__(self, world, answer):
        self.world = world
        self.name = answer["name"]
        self.id = self.name.rsplit("/", 1)[1]
        self.uri = answer["uri"]
        self.host = self.uri.removeprefix("https://")
        self.local_host = self.host.removesuffix(".run.app") + ".run.localhost"

    def let_in(self, *members):
        """Binds roles/run.invoker on the service."""
        self.world.bind(f"/v2/{self.name}", "roles/run.invoker", *members, read="GET")

    def call(self, token=None, path="/", method="GET", **options):
        """Calls it through the gate."""
        headers = {"Host": self.host, **options.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return requests.request(
            method, f"http://{self.world.server.gate}{path}", headers=headers, timeout=20, allow_redirects=False, **options,
        )


class World:
    """The project `demo` of one server."""

    def __init__(self, server):
        self.server = server
        # A project has 100 accounts at most: those of a test go with it.
        self.passing = []
        self.owner = owner_credentials(server)
        self.number = self.done("GET", f"/v1/projects/{PROJECT}")["projectNumber"]

    def unique(self, prefix):
        """An ID that no other test has."""
        return f"{prefix}-{secrets.token_hex(4)}"

    def call(self, method, path, token="the owner's", **options):
        """One REST call; as the owner unless another token, or `None` for none, is given."""
        headers = options.pop("headers", {})
        if token == "the owner's":
            token = self.owner_token()
        if token is not None:
            headers = {**headers, "Authorization": f"Bearer {token}"}
        return requests.request(method, f"{self.server.url}{path}", headers=headers, timeout=20, **options)

    def done(self, method, path, **options):
        """The answer of a call that must succeed."""
        answer = self.call(method, path, **options)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def owner_token(self):
        if not self.owner.valid:
            self.owner.refresh(Request())
        return self.owner.token

    def account(self, prefix="caller"):
        """An account that goes with the test that made it."""
        account = self.lasting_account(prefix)
        self.passing.append(account)
        return account

    def lasting_account(self, prefix):
        """An account that several tests share."""
        body = {"accountId": self.unique(prefix)}
        return Account(self, self.done("POST", f"/v1/projects/{PROJECT}/serviceAccounts", json=body))

    def tidy(self):
        """Deletes the accounts of the test that ends; one that is gone already is as it should be."""
        while self.passing:
            answer = self.call("DELETE", f"/v1/{self.passing.pop().name}")
            assert answer.status_code in (200, 404), answer.text

    def key_credentials(self, key, **more):
        """google-auth credentials of a key file."""
        return service_account.Credentials.from_service_account_info(key, **more)

    def service(self, image, prefix="service", **more):
        """Creates a service and waits for its operation."""
        service_id = self.unique(prefix)
        body = {"template": {"containers": [{"image": image}]}, **more}
        operation = self.done("POST", f"/v2/{PARENT}/services?serviceId={service_id}", json=body)
        self.wait(operation)
        return Service(self, self.done("GET", f"/v2/{PARENT}/services/{service_id}"))

    def hello(self):
        """The demo's private service, which shows who called."""
        return Service(self, self.done("GET", f"/v2/{PARENT}/services/hello"))

    def wait(self, operation):
        """The response of an operation."""

        def finished():
            found = operation if operation.get("done") else self.done("GET", f"/v2/{operation['name']}")
            return found if found.get("done") else None

        found = until(finished, f"{operation['name']} is done")
        assert "error" not in found, found
        return found["response"]

    def job(self, uri, token=None, schedule=YEARLY, **more):
        """Creates a job that fires on its own once a year; its name."""
        name = f"{PARENT}/jobs/{self.unique('job')}"
        target = {"uri": uri, **more.pop("http", {})}
        if token is not None:
            target["oidcToken"] = token
        body = {"name": name, "schedule": schedule, "httpTarget": target, **more}
        return self.done("POST", f"/v1/{PARENT}/jobs", json=body)["name"]

    def run(self, job):
        return self.done("POST", f"/v1/{job}:run", json={})

    def attempted(self, job, seconds=20):
        """The job after its attempt was recorded."""

        until(lambda: self.finished(job), f"{job} was attempted", seconds)
        return self.done("GET", f"/v1/{job}")

    def entries(self, job):
        """The log entries of a job, oldest first."""
        jobs = 'resource.type="cloud_scheduler_job"'
        body = {"resourceNames": [f"projects/{PROJECT}"], "filter": jobs, "orderBy": "timestamp asc", "pageSize": 1000}
        entries, page = [], ""
        while True:
            answer = self.done("POST", "/v2/entries:list", json={**body, "pageToken": page})
            entries += [entry for entry in answer.get("entries", []) if entry["jsonPayload"]["jobName"] == job]
            page = answer.get("nextPageToken")
            if not page:
                return entries

    def finished(self, job):
        """The entries that tell how its attempts ended."""
        return [entry for entry in self.entries(job) if entry["jsonPayload"]["@type"].endswith(".AttemptFinished")]

    def bind(self, resource, role, *members, read="POST"):
        """Adds members to a role, in a read-modify-write that starts over when somebody else was first."""

        def bound():
            policy = self.done(read, f"{resource}:getIamPolicy?options.requestedPolicyVersion=3")
            bindings = policy.get("bindings", []) + [{"role": role, "members": list(members)}]
            body = {"policy": {"version": 3, "bindings": bindings, "etag": policy["etag"]}}
            answer = self.call("POST", f"{resource}:setIamPolicy", json=body)
            assert answer.status_code in (200, 409), answer.text
            return answer.status_code == 200

        until(bound, f"{role} is bound on {resource}")

    def bind_on_project(self, role, *members):
        self.bind(f"/v1/projects/{PROJECT}", role, *members)
