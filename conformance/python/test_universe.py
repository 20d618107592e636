"""A universe of one's own: the same clients under another domain than googleapis.com, over TLS."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import functions
from certificates import self_signed
from front import Front
from gcloud import needs_gcloud
from node import MODULES, SCRIPTS, needs_node
from server import Encrypted, Server, environment
from upstream import Upstream
from world import PARENT, PROJECT, World

UNIVERSE = "cloud.example.com"
# Names that are the same in every universe, because they name no host: types, scopes, APIs in errors and in the names of
# logs and resources, and the keys of labels.
EVERYWHERE = re.compile(
    r"type\.googleapis\.com/[\w.]+|https://www\.googleapis\.com/auth/[\w.-]+|//[a-z]+\.googleapis\.com/projects/"
    r"|logs/[a-z]+\.googleapis\.com%2F|cloud\.googleapis\.com/region"
    r"|\"(domain|service)\": ?\"([a-z]+\.)?googleapis\.com\""
)
GOOGLES = re.compile(r"googleapis\.com|accounts\.google\.com|\brun\.app\b|gserviceaccount\.com|cloudfunctions\.net")


ID_TOKEN = """
import json, sys
from google.auth.transport.requests import AuthorizedSession
from google.oauth2 import service_account

key, url, audience = sys.argv[1:]
credentials = service_account.Credentials.from_service_account_file(key, scopes=["https://www.googleapis.com/auth/cloud-platform"])
print(json.dumps(AuthorizedSession(credentials).post(url, json={"audience": audience}).json()))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("universe")
    with Server(folder / "data", "--demo", configuration=f'universe = "{UNIVERSE}"\n') as server:
        yield server
        assert server.interrupt() == 0, server.output()[-4000:]


@pytest.fixture(scope="module")
def here(served):
    return World(served)


@pytest.fixture(scope="module")
def account(here):
    return let_in(here)


def let_in(here):
    """An account that may see what there is, call `hello` and mint tokens for itself."""
    account = here.lasting_account("universe")
    here.bind_on_project("roles/viewer", account.member)
    here.bind(f"/v1/{account.name}", "roles/iam.serviceAccountTokenCreator", account.member)
    here.hello().let_in(account.member)
    return account


@pytest.fixture(scope="module")
def key(here, account):
    """The key file as it was given out, nothing changed."""
    return account.unmodified_key()


def test_the_key_file_names_the_universe_and_nothing_of_googles(key, account):
    assert (key["universe_domain"], key["client_email"]) == (UNIVERSE, account.email)
    assert account.email.endswith(f"@{PROJECT}.iam.{UNIVERSE}")
    assert key["token_uri"] == f"https://oauth2.{UNIVERSE}/token"
    assert not GOOGLES.search(json.dumps(key))


class Network:
    """A Doorward with a certificate of its own, and the names of its universe; a key file, and what it opens."""

    def __init__(self, server, front, chain, key, account, hello, greet):
        self.server = server
        self.front = front
        self.chain = chain
        self.key = key
        self.account = account
        self.hello = hello
        self.greet = greet

    def run(self, *words, variables=None):
        """What a program prints that knows the names and believes the certificate."""
        ran = subprocess.run(
            [str(word) for word in words], capture_output=True, text=True, timeout=180, check=False, stdin=subprocess.DEVNULL,
            env=environment({**self.front.variables(self.chain), **(variables or {})}),
        )
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def get(self, url, token=None):
        """The status of a request to a name of the universe."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        with requests.Session() as session:
            session.trust_env = False
            proxies = {"https": self.front.url}
            return session.get(url, headers=headers, proxies=proxies, verify=str(self.chain), timeout=20).status_code


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    names = [f"*.{UNIVERSE}", f"*.us-central1.run.{UNIVERSE}", f"*.cloudfunctions.{UNIVERSE}"]
    chain, private = self_signed(folder, *names)
    universe = f'universe = "{UNIVERSE}"\n'
    program = Upstream()
    # What the clients need is made without TLS, which is for the same data afterwards.
    with Server(folder / "data", "--demo", configuration=universe) as server:
        here = World(server)
        account = let_in(here)
        greet = functions.first(here, program.url)
        greet.let_in(account.member)
        url = here.done("GET", greet.path)["httpsTrigger"]["url"]
        key, hello = account.unmodified_key(), here.hello().uri
        assert server.interrupt() == 0
    file = folder / "key.json"
    file.write_text(json.dumps(key))
    tls = f'{universe}[[tls.certificates]]\nchain = "{chain}"\nkey = "{private}"\n'
    with Encrypted(folder / "data", configuration=tls) as server, Front(server, UNIVERSE) as front:
        yield Network(server, front, chain, file, account, hello, url)
    program.close()


def test_pythons_clients_reach_it_with_nothing_set_but_the_universe(network):
    assert re.fullmatch(rf"https://hello-\d+\.us-central1\.run\.{re.escape(UNIVERSE)}", network.hello)
    found = json.loads(network.run(sys.executable, Path(__file__).with_name("in_universe.py"), network.key, network.hello))
    for transport in ("grpc", "rest"):
        for kind in ("audience", "scope"):
            assert found[f"jobs {transport} {kind}"] == [f"cloudscheduler.{UNIVERSE}", ["oidctest"]]
            assert set(found[f"services {transport} {kind}"][1]) >= {"hello"}
            assert found[f"services {transport} {kind}"][0] == f"run.{UNIVERSE}"
    assert (found["claims"]["iss"], found["claims"]["email"]) == (f"https://accounts.{UNIVERSE}", network.account.email)
    assert (found["called"], found["anonymous"]) == (200, 403)
    assert found["discovery"]["issuer"] == f"https://accounts.{UNIVERSE}"
    assert f"iamcredentials.{UNIVERSE}" in network.front.hosts


@needs_gcloud
def test_gcloud_reaches_it_with_its_universe_set(network, tmp_path):
    variables = {
        "HOME": tmp_path, "CLOUDSDK_CONFIG": tmp_path / "gcloud", "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": network.chain, "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
    }
    network.front.hosts.clear()

    def gcloud(*words):
        return network.run("gcloud", *words, variables=variables).strip()

    gcloud("config", "set", "core/universe_domain", UNIVERSE)
    gcloud("config", "set", "project", PROJECT)
    gcloud("auth", "activate-service-account", f"--key-file={network.key}")
    assert gcloud("auth", "list", "--format=value(account)") == network.account.email
    assert network.hello in gcloud("run", "services", "list", "--region=us-central1", "--format=value(status.url)").split()
    assert gcloud("scheduler", "jobs", "list", "--location=us-central1", "--format=value(name.basename())") == "oidctest"
    assert network.account.email in gcloud("iam", "service-accounts", "list", "--format=value(email)").split()
    assert gcloud("projects", "describe", PROJECT, "--format=value(projectId)") == PROJECT
    token = gcloud("auth", "print-identity-token", f"--audiences={network.hello}")
    assert (network.get(network.hello), network.get(network.hello, token)) == (403, 200)
    asked = {"iam", "iamcredentials", "us-central1-run", "cloudscheduler", "cloudresourcemanager"}
    assert {f"{name}.{UNIVERSE}" for name in asked} <= network.front.hosts


@needs_node
def test_nodes_clients_reach_it_with_their_universe_set(network, tmp_path):
    variables = {
        "HOME": tmp_path, "NODE_PATH": MODULES, "NODE_EXTRA_CA_CERTS": network.chain, "GOOGLE_APPLICATION_CREDENTIALS": network.key,
    }
    network.front.strangers.clear()
    found = json.loads(network.run("node", SCRIPTS / "universe.js", UNIVERSE, PARENT, network.hello, variables=variables))
    assert found["universe"] == UNIVERSE and found["jobs"] == [f"{PARENT}/jobs/oidctest"]
    assert network.hello in found["services"] and found["called"] == 200
    # docs/universe.md says so: what the library does not leave to the universe goes nowhere.
    assert found["byTheLibrary"].startswith("refused: ") and network.front.strangers == {"oauth2.googleapis.com"}


def test_a_function_has_its_host_in_the_universe(network):
    assert network.greet.startswith(f"https://us-central1-{PROJECT}.cloudfunctions.{UNIVERSE}/greet-")
    url = f"https://iamcredentials.{UNIVERSE}/v1/projects/-/serviceAccounts/{network.account.email}:generateIdToken"
    ran = json.loads(network.run(sys.executable, "-c", ID_TOKEN, network.key, url, network.greet))
    assert (network.get(network.greet), network.get(network.greet, ran["token"])) == (403, 200)
    assert network.get(network.hello, ran["token"]) == 401, "it is for the function"


def test_nothing_that_is_given_out_names_a_host_of_googles(served, here, account, key):
    hello = here.hello()
    token = account.id_token(hello.uri)
    stranger = here.lasting_account("stranger")
    given = {"key": json.dumps(key), "token": base64.urlsafe_b64decode(token.split(".")[1] + "==").decode()}
    keep = lambda name, answer: given.update({name: f"{answer.text}\n{json.dumps(dict(answer.headers))}"})
    paths = [
        f"/v1/projects/{PROJECT}", f"/v3/projects/{PROJECT}", f"/v1/projects/{PROJECT}/serviceAccounts", f"/v1/{account.name}",
        f"/v2/{PARENT}/services", f"/v2/{hello.name}", f"/v2/{hello.name}/revisions", f"/v2/{PARENT}/operations",
        f"/v2/{hello.name}:getIamPolicy", f"/v1/projects/{PROJECT}/locations", f"/v1/{PARENT}/jobs", f"/v1/{PARENT}/jobs/none",
        f"/v2/projects/{PROJECT}/logs", "/v1/roles/roles/run.invoker", "/.well-known/openid-configuration", "/oauth2/v3/certs",
        "/oauth2/v1/certs", f"/robot/v1/metadata/x509/{account.email}", f"/service_accounts/v1/jwk/{account.email}", "/nothing",
    ]
    for path in paths:
        for name, credential in (("owner", "the owner's"), ("nobody", None), ("nonsense", "x"), ("stranger", stranger.access_token())):
            keep(f"{path} {name}", here.call("GET", path, token=credential))
    keep("logs", here.call("POST", "/v2/entries:list", json={"resourceNames": [f"projects/{PROJECT}"]}))
    keep("policy", here.call("POST", f"/v1/projects/{PROJECT}:getIamPolicy", json={}))
    keep("inspect", here.call("POST", "/v1/tokens:inspect", json={"token": token}))
    keep("token", requests.post(f"{served.url}/token", data={"grant_type": "nonsense"}, timeout=20))
    keep("tokeninfo", requests.get(f"{served.url}/tokeninfo", params={"id_token": token}, timeout=20))
    keep("access", requests.get(f"{served.url}/tokeninfo", params={"access_token": account.access_token()}, timeout=20))
    for name, credential in (("nobody", None), ("nonsense", "x"), ("stranger", stranger.id_token(hello.uri)), ("let in", token)):
        keep(f"gate {name}", hello.call(credential))
    given["log"] = served.output()
    assert len(given) > 80
    for name, text in given.items():
        rest = EVERYWHERE.sub("", text)
        found = GOOGLES.search(rest)
        assert not found, f"{name}: {rest[max(0, found.start() - 80):found.end() + 80]}"


def test_tokens_and_hosts_of_googles_universe_mean_nothing_here(here, account, served):
    hello = here.hello()
    googles = hello.uri.replace(f"run.{UNIVERSE}", "run.app")
    assert hello.call(account.id_token(googles)).status_code == 401
    host = {"Host": googles.removeprefix("https://")}
    assert requests.get(f"http://{served.gate}/", headers=host, timeout=20).status_code == 404
