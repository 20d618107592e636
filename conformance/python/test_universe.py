"""A universe of one's own: the same clients under another domain than googleapis.com, over TLS."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from certificates import self_signed
from front import Front
from server import Encrypted, Server, environment
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


def test_googles_clients_reach_it_with_nothing_set_but_the_universe(tmp_path):
    universe = f'universe = "{UNIVERSE}"\n'
    chain, private = self_signed(tmp_path, f"*.{UNIVERSE}", f"*.us-central1.run.{UNIVERSE}")
    # What the clients need is made without TLS, which is for the same data afterwards.
    with Server(tmp_path / "data", "--demo", configuration=universe) as server:
        here = World(server)
        account = let_in(here)
        key = account.unmodified_key()
        hello = here.hello().uri
        assert server.interrupt() == 0
    assert re.fullmatch(rf"https://hello-\d+\.us-central1\.run\.{re.escape(UNIVERSE)}", hello)
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key))
    tls = f'{universe}[[tls.certificates]]\nchain = "{chain}"\nkey = "{private}"\n'
    with Encrypted(tmp_path / "data", configuration=tls) as server, Front(server, UNIVERSE) as front:
        ran = subprocess.run(
            [sys.executable, Path(__file__).with_name("in_universe.py"), file, hello], capture_output=True, text=True,
            timeout=120, check=False, env=environment(front.variables(chain)),
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    for transport in ("grpc", "rest"):
        for kind in ("audience", "scope"):
            assert found[f"jobs {transport} {kind}"] == [f"cloudscheduler.{UNIVERSE}", ["oidctest"]]
            assert found[f"services {transport} {kind}"] == [f"run.{UNIVERSE}", ["hello"]]
    assert (found["claims"]["iss"], found["claims"]["email"]) == (f"https://accounts.{UNIVERSE}", account.email)
    assert (found["called"], found["anonymous"]) == (200, 403)
    assert found["discovery"]["issuer"] == f"https://accounts.{UNIVERSE}"
    assert f"iamcredentials.{UNIVERSE}" in front.hosts and not front.strangers, front.strangers


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
