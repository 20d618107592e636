"""Threats C (docs/threats.md): tokens and keys."""

import http.client
import itertools
import json
import random
import socketserver
import threading
import time

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

import tokens
from doors import API, Doors, assembled, every_way_to_sign, number, pem
from server import Server, command
from world import PARENT, PROJECT, YEARLY, World

AUDIENCE_MISMATCH = (401, "INVOKER_TOKEN_AUDIENCE_MISMATCH")


@pytest.fixture(scope="module")
def doors(server, world, hello, caller, caller_key):
    return Doors(server, world, hello, caller, caller_key)


@pytest.mark.parametrize("door", ["gate", "api", "token"])
def test_c01_no_algorithm_but_the_keys_own_counts_whoever_signs(doors, door):
    for key_id in (*doors.key_ids[door], None):
        for alg, sign in every_way_to_sign(doors, door):
            header = {"alg": alg, "typ": "JWT", **({"kid": key_id} if key_id else {})}
            token = assembled(header, doors.claims[door], sign)
            assert not doors.opens(door, token), f"{alg} with kid {key_id}"
    if door != "gate":
        for without in ({"kid": "0" * 40}, {"alg": None}):
            assert not doors.opens(door, doors.signed(door, **without)), without
        assert doors.opens(door, doors.signed(door)), "and the key's own does"


def malformed(claims, name):
    """Payloads in which one claim is of a wrong kind, too large, absent or there twice."""
    whole = json.dumps(claims)
    values = ["null", "true", "[]", "{}", '""', "1.5", "1e400", "-1", "99999999999999999999", "NaN", "Infinity", '["x"]', '"\\u0000"']
    for value in values:
        rest = {key: found for key, found in claims.items() if key != name}
        yield f'{{"{name}": {value}, {json.dumps(rest)[1:]}', value
    yield json.dumps({key: found for key, found in claims.items() if key != name}), "absent"
    yield f'{{"{name}": {json.dumps(claims[name])}, {whole[1:]}', "twice"
    yield f'{{"{name[0]}\\u{ord(name[1]):04x}{name[2:]}": 1, {whole[1:]}', "twice in another spelling"


@pytest.mark.parametrize(("door", "claim"), [
    *itertools.product(["api"], ["iss", "sub", "iat", "exp"]), *itertools.product(["token"], ["iss", "aud", "iat", "exp"]),
])
def test_c02_a_malformed_claim_is_never_an_absent_one(doors, door, claim):
    for payload, how in malformed(doors.claims[door], claim):
        assert not doors.opens(door, doors.signed(door, payload)), f"{claim} {how}"
    expired = {**doors.claims[door], "iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}
    assert not doors.opens(door, doors.signed(door, expired))
    for value in (str(expired["exp"]), float(expired["exp"]), f"{int(time.time()) + 3000}x", True):
        assert not doors.opens(door, doors.signed(door, {**expired, "exp": value})), f"an expired exp as {value!r}"


@pytest.mark.parametrize("payload", ["[]", "1", '"x"', "null", "", "{", "{}{}", "\ufeff{}", "{" * 5000, '{"a":' * 2000])
def test_c02_what_is_no_object_has_no_claims(doors, payload):
    for door in ("api", "token"):
        assert not doors.opens(door, doors.signed(door, payload))


class Canary:
    """A server that nobody should ask for a key."""

    def __init__(self):
        self.visits = []
        canary = self

        class Visit(socketserver.BaseRequestHandler):
            def handle(self):
                canary.visits.append(self.request.recv(4096))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Visit)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize("door", ["gate", "api", "token"])
def test_c03_a_token_brings_no_keys_and_names_no_place_to_fetch_them(doors, door):
    canary, attacker = Canary(), rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = attacker.public_key().public_numbers()
    jwk = {"kty": "RSA", "alg": "RS256", "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}
    good = doors.key_ids[door][0]
    try:
        for kid in (good, None, "attacker", canary.url, "../../../../dev/null", "/dev/null", "' OR '1'='1", "%00", "x" * 4000):
            for header in (
                {}, {"jwk": {**jwk, "kid": kid or "attacker"}}, {"jku": canary.url}, {"x5u": canary.url}, {"x5c": [pem(attacker.public_key()).decode()]},
                {"jwks": {"keys": [jwk]}}, {"jku": canary.url, "x5u": canary.url, "jwk": jwk}, {"iss": canary.url},
            ):
                assert not doors.opens(door, doors.signed(door, key=attacker, kid=kid, **header)), f"{kid} {header}"
        if door != "gate":
            for ignored in ({"jku": canary.url}, {"x5u": canary.url}, {"jwk": jwk}, {"x5t": "x"}):
                assert doors.opens(door, doors.signed(door, **ignored)), f"{ignored} is neither believed nor held against it"
            for critical in (["exp"], ["b64"], [], "x"):
                assert not doors.opens(door, doors.signed(door, crit=critical)), f"crit {critical}"
            assert not doors.opens(door, doors.signed(door, b64=False, crit=["b64"]))
        assert canary.visits == []
    finally:
        canary.close()


def test_c04_a_token_for_one_service_opens_no_other(world, upstream, account):
    services = [world.service(upstream.url, "one-of") for _ in range(4)]
    for service in services:
        service.let_in(account.member)
    for ours, theirs in itertools.product(services, repeat=2):
        answer = theirs.call(account.id_token(ours.uri))
        if ours is theirs:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.headers["x-doorward-reason"]) == AUDIENCE_MISMATCH
    assert len(upstream.arrivals) == len(services)


def test_c05_what_came_before_changes_no_verdict(world, upstream, account):
    one, other = world.service(upstream.url, "one-of"), world.service(upstream.url, "one-of")
    for service in (one, other):
        service.let_in(account.member)
    stranger = world.account("stranger")
    good = account.id_token(one.uri)
    shown = [
        (one, good), (other, good), (one, account.id_token(other.uri)), (one, stranger.id_token(one.uri)),
        (one, tokens.with_flipped_signature(good)), (one, tokens.with_claims(good, sub="1")), (one, tokens.unsigned(good)),
        (one, good[:-2]), (one, account.access_token()), (one, None),
    ]
    first = [service.call(token).status_code for service, token in shown]
    assert first == [200, 401, 401, 403, 401, 401, 401, 401, 401, 403]
    order = [at for at in range(len(shown)) for _ in range(4)]
    random.Random(5).shuffle(order)
    for at in order:
        service, token = shown[at]
        assert service.call(token).status_code == first[at], at


def test_c05_a_wide_token_widens_no_narrow_one(world, account):
    world.bind_on_project("roles/viewer", account.member)
    wide = account.access_token()
    narrow = account.access_token(scope=["https://www.googleapis.com/auth/userinfo.email"])
    for _ in range(5):
        assert world.call("GET", API, token=wide).status_code == 200
        refused = world.call("GET", API, token=narrow)
        assert (refused.status_code, refused.headers["x-doorward-reason"]) == (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def twice(address, path, host, first, second):
    """A request with two `Authorization` headers."""
    connection = http.client.HTTPConnection(*address.split(":"), timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host)
    for token in (first, second):
        connection.putheader("Authorization", f"Bearer {token}")
    connection.endheaders()
    return connection.getresponse().status


def test_c06_two_credentials_are_none(doors):
    good, bad = doors.caller.id_token(doors.hello.uri), "x"
    access = doors.caller.access_token()
    for first, second in ((good, bad), (bad, good), (good, good)):
        assert twice(doors.server.gate, "/", doors.hello.host, first, second) in (400, 401)
    for first, second in ((access, bad), (bad, access), (access, access)):
        assert twice(doors.server.api, API, doors.server.api, first, second) == 401
        assert twice(doors.server.api, "/v1/userinfo", doors.server.api, first, second) == 401


def test_c07_and_c08_every_token_is_for_one_door(doors, world, owner):
    """What opens the gate opens no API, what opens an API does not open the gate, and what buys tokens opens neither."""
    caller = doors.caller
    shown = {
        "an ID token": (caller.id_token(doors.hello.uri), {"gate"}),
        "an ID token for the API": (caller.id_token(f"https://cloudresourcemanager.googleapis.com/"), set()),
        "an ID token for the token endpoint": (caller.id_token(tokens.TOKEN_ENDPOINT), set()),
        "an access token": (caller.access_token(), {"api"}),
        "a self-signed token": (doors.signed("api"), {"api"}),
        "a self-signed token for the gate": (doors.signed("api", {**tokens.claims(doors.signed("api")), "aud": doors.hello.uri, "scope": ""}), set()),
        "an assertion": (doors.signed("token"), {"token"}),
        "the owner's refresh token": (owner.refresh_token, set()),
        "the key file's ID": (doors.key["private_key_id"], set()),
        "an opaque token of somebody else": ("ya29.a0AfH6SMBx", set()),
    }
    for name, (token, expected) in shown.items():
        assert {door for door in ("gate", "api", "token") if doors.opens(door, token)} == expected, name


@pytest.fixture(scope="module")
def talkative(tmp_path_factory):
    """A server of this test alone that logs everything it can."""
    with Server(tmp_path_factory.mktemp("talkative") / "data", "--demo", variables={"DOORWARD_LOG": "trace"}) as started:
        yield started


def test_c09_no_answer_and_no_log_line_shows_a_secret(talkative):
    world = World(talkative)
    answers, secrets_ = [], {}
    account = world.account("secretive")
    key = account.key()
    secrets_["private key"] = key["private_key"].splitlines()[3]
    owner = json.loads((talkative.data / "owner.json").read_text())
    secrets_["the owner's refresh token"] = owner["refresh_token"]
    secrets_["the owner's access token"] = world.owner_token()
    secrets_["access token"] = account.access_token()
    hello = world.done("GET", f"/v2/{PARENT}/services/hello")
    secrets_["ID token"] = account.id_token(hello["uri"])
    secrets_["self-signed"] = tokens.self_signed(key)
    secrets_["assertion"] = tokens.assertion(key)
    secrets_["what is no token"] = "canary-5bd1e995"
    asked = f"/o/oauth2/v2/auth?client_id={owner['client_id']}&redirect_uri=http://localhost:1/&response_type=code&scope=openid"
    location = command("authorize", f"http://x{asked}", "--data", talkative.data).stdout
    secrets_["code"] = location.split("code=")[1].split("&")[0].replace("%2F", "/")

    def ask(method, path, url=None, **options):
        answers.append(requests.request(method, f"{url or talkative.url}{path}", timeout=20, allow_redirects=False, **options))

    gate = f"http://{talkative.gate}"
    host = hello["uri"].removeprefix("https://")
    for name, secret in list(secrets_.items()):
        bearer = {"Authorization": f"Bearer {secret}"} if "\n" not in secret else {}
        for path in (API, f"{API}/serviceAccounts", f"/v2/{PARENT}/services", "/v1/userinfo", "/oauth2/v2/userinfo", "/v1/nothing", asked):
            ask("GET", path, headers=bearer)
        # Not in a path: that is part of what a request is about, and explanations say it.
        for path in ("/", f"/path?token={secret}"):
            ask("GET", path, gate, headers={"Host": host, **bearer})
            ask("GET", path, gate, headers={"Host": "nobody.example", **bearer})
        for parameter in ("access_token", "id_token", "token", "code", "key"):
            for path in ("/tokeninfo", "/oauth2/v1/tokeninfo", "/v1/userinfo", API, "/token"):
                ask("GET", path, params={parameter: secret})
                ask("POST", path, data={parameter: secret})
        for form in (
            {"grant_type": tokens.JWT_BEARER, "assertion": secret},
            {"grant_type": "authorization_code", "code": secret, "redirect_uri": "http://localhost:1/", "client_id": owner["client_id"], "client_secret": secret},
            {"grant_type": "refresh_token", "refresh_token": secret, "client_id": secret, "client_secret": secret},
        ):
            refused = requests.post(f"{talkative.url}/token", data=form, timeout=20)
            if not refused.ok:
                answers.append(refused)
        ask("POST", f"/v1/projects/-/serviceAccounts/{account.email}:signJwt", json={"payload": secret, "delegates": [secret]}, headers=bearer)
        ask("POST", f"{API}:setIamPolicy", json={"policy": {"bindings": [{"role": secret, "members": [secret]}]}}, headers=bearer)
    owned = {"Authorization": f"Bearer {secrets_['the owner'+chr(39)+'s access token']}"}
    ids = [answer.headers.get("x-doorward-request-id") for answer in answers]
    for request_id in list(filter(None, ids))[::7]:
        ask("GET", f"/v1/decisions/{request_id}", headers=owned)
    ask("GET", f"{API}/serviceAccounts/{account.email}/keys", headers=owned)
    ask("POST", "/v2/entries:list", json={"resourceNames": [f"projects/{PROJECT}"]}, headers=owned)
    log = talkative.output()
    assert len(answers) > 300 and len(log) > 1000
    # What is no secret is said again where it was wrong, as Google does: the names of roles, members and claims.
    repeated = {"what is no token"}
    for name, secret in secrets_.items():
        parts = [secret] if "." not in secret else [secret.rsplit(".", 1)[1]]
        for part in parts:
            assert len(part) >= 12
            assert name in repeated or part not in log, f"{name} is in the log"
            for answer in answers:
                shown = f"{answer.text} {answer.headers}"
                if name in repeated or part not in shown:
                    continue
                said = (answer.request.body or b"") if isinstance(answer.request.body, (bytes, str)) else b""
                said = said.decode() if isinstance(said, bytes) else said
                where = f"{answer.request.method} {answer.request.path_url}"
                # Only to whoever sent it in a place that is no secret's.
                at = shown.find(part)
                assert part in said or part in where, f"{name} is in the answer to {where}: …{shown[max(0, at - 200):at]}…"


@pytest.mark.parametrize("email", [
    "ada@evil.example@example.com", "ada@@example.com", "@example.com", "ada@", "ada", "ada@exa mple.com", "ada@example.com\u0000.evil.example",
    "ada\u0000@example.com", "ada@example.com\n", " ada@example.com", "ada@exam\u0440le.com", "\u0430da@example.com", "ada@example..com",
    "ada@.example.com", "ada@example.com,eve@example.com", "ada@example.com;", "<ada@example.com>", "\"ada@evil.example\"@example.com",
    "ada@[127.0.0.1]", "a" * 65 + "@example.com", "ada@" + "e" * 250 + ".com", "ada@example.com\u202e", "ada@example.com%00",
])
def test_c10_an_address_has_one_at_sign_and_one_reading(world, doors, email):
    for member in (f"user:{email}", f"serviceAccount:{email}", f"group:{email}"):
        policy = {"bindings": [{"role": "roles/viewer", "members": [member]}]}
        refused = world.call("POST", f"/v1/{doors.caller.name}:setIamPolicy", json={"policy": policy})
        assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), member
    for door, claims in (("token", ("iss",)), ("api", ("iss", "sub"))):
        own = doors.claims[door]
        assert not doors.opens(door, doors.signed(door, {**own, **{claim: email for claim in claims}})), email


@pytest.mark.parametrize("change", ["{}@evil.example", "evil.example@{}", "{}\u0000", " {}", "{} ", "{}.", "{}.evil.example", "x{}"])
def test_c10_no_other_spelling_of_an_account_is_the_account(doors, change):
    for door, claims in (("token", ("iss",)), ("api", ("iss", "sub"))):
        other = {claim: change.format(doors.caller.email) for claim in claims}
        assert not doors.opens(door, doors.signed(door, {**doors.claims[door], **other})), change


def test_c11_nobody_mints_as_an_account_that_they_may_not_act_as(world, upstream, account):
    """Whoever writes what will call, and may not act as whom it would call: creating and changing are refused alike."""
    world.bind_on_project("roles/cloudscheduler.admin", account.member)
    world.bind_on_project("roles/run.admin", account.member)
    runner, token = world.account("runner"), account.access_token()
    target = {"uri": upstream.url, "oidcToken": {"serviceAccountEmail": runner.email}}
    name = f"{PARENT}/jobs/{world.unique('job')}"
    created = world.call("POST", f"/v1/{PARENT}/jobs", token=token, json={"name": name, "schedule": YEARLY, "httpTarget": target})
    assert (created.status_code, "iam.serviceAccounts.actAs" in created.text) == (403, True)
    plain = {"name": name, "schedule": YEARLY, "httpTarget": {"uri": upstream.url}}
    assert world.call("POST", f"/v1/{PARENT}/jobs", token=token, json=plain).status_code == 200
    changed = world.call("PATCH", f"/v1/{name}?updateMask=httpTarget", token=token, json={"httpTarget": target})
    assert (changed.status_code, "iam.serviceAccounts.actAs" in changed.text) == (403, True)
    template = {"containers": [{"image": upstream.url}], "serviceAccount": runner.email}
    made = world.call("POST", f"/v2/{PARENT}/services?serviceId={world.unique('as')}", token=token, json={"template": template})
    assert (made.status_code, "iam.serviceAccounts.actAs" in made.text) == (403, True)
    path = f"/v1/projects/-/serviceAccounts/{runner.email}"
    for verb, body in (
        ("generateAccessToken", {"scope": [tokens.CLOUD_PLATFORM]}), ("generateIdToken", {"audience": "https://a.example"}),
        ("signBlob", {"payload": "YQ=="}), ("signJwt", {"payload": "{}"}),
    ):
        refused = world.call("POST", f"{path}:{verb}", token=token, json=body)
        assert (refused.status_code, refused.headers["x-doorward-reason"]) == (403, "IAM_PERMISSION_DENIED"), verb
    assert upstream.arrivals == []
    world.done("DELETE", f"/v1/{name}")
