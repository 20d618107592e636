"""Programs that people let act for them: google-auth-oauthlib's flows, and what no honest client sends."""

import base64
import hashlib
import json
import secrets
import threading
import webbrowser
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from google.auth import exceptions
from google.auth.transport.requests import Request
from google.oauth2 import credentials as oauth2_credentials
from google.oauth2 import id_token
from google_auth_oauthlib.flow import Flow, InstalledAppFlow

import tokens
from server import Server, command, until
from test_commands import failed

SECRET = secrets.token_hex(32)
BACK = "https://shop.example/oauth2/callback"
SCOPES = ["openid", "https://www.googleapis.com/auth/userinfo.email", tokens.CLOUD_PLATFORM]
PROFILE = "https://www.googleapis.com/auth/userinfo.profile"
CONFIGURATION = f"""
[oauth_clients.shop]
redirect_uris = ["{BACK}", "https://shop.example/other"]
secret_sha256 = "{hashlib.sha256(SECRET.encode()).hexdigest()}"

[oauth_clients.another]
redirect_uris = ["{BACK}"]
secret_sha256 = "{hashlib.sha256(SECRET.encode()).hexdigest()}"

[owner]
name = "Grace Hopper"
given_name = "Grace"
family_name = "Hopper"
picture = "https://example.com/grace.png"

[oauth_clients.tool]
redirect_uris = ["http://localhost/"]
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A server with three clients: two that keep a secret, and one that cannot."""
    folder = tmp_path_factory.mktemp("clients")
    with Server(folder / "data", "--project", "demo", configuration=CONFIGURATION) as started:
        yield started
        assert SECRET not in started.output()


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    """oauthlib speaks to loopback without TLS only when it is told to."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def client(house, client_id, secret):
    """A client's file as Google's console gives it, with Doorward's addresses in it."""
    return {
        "client_id": client_id, "client_secret": secret,
        "auth_uri": f"{house.url}/o/oauth2/v2/auth", "token_uri": f"{house.url}/token", "redirect_uris": [BACK],
    }


def authorize(house, url):
    """What the local owner types; where it leads."""
    printed = command("authorize", url, "--data", house.data)
    assert printed.returncode == 0, printed.stderr
    return printed.stdout.strip()


def web(house, **more):
    """A shop on the web at its second step: the address that it sends people to, and where they come back."""
    flow = Flow.from_client_config({"web": client(house, "shop", SECRET)}, SCOPES, redirect_uri=BACK, **more)
    url, state = flow.authorization_url(access_type="offline", nonce="n-0S6_WzA2Mj")
    return flow, url, state


def signed_in(house):
    """The shop's credentials for the owner."""
    flow, url, _ = web(house)
    flow.fetch_token(authorization_response=authorize(house, url))
    return flow.credentials


def parameters(location):
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def asks(house, path="/o/oauth2/v2/auth", **changes):
    """The address of a request; a change to `None` takes the parameter out."""
    asked = {
        "client_id": "shop", "redirect_uri": BACK, "response_type": "code", "scope": "openid", "state": "s&t",
        "access_type": "offline",
    }
    asked = {name: value for name, value in {**asked, **changes}.items() if value is not None}
    return f"{house.url}{path}?{urlencode(asked)}"


def code(house, **changes):
    return parameters(authorize(house, asks(house, **changes)))["code"]


def redeem(house, given, auth=("shop", SECRET), **changes):
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": BACK, **changes}
    return requests.post(f"{house.url}/token", data=form, auth=auth, timeout=20)


def refused(answer, status, error):
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert "no-store" in answer.headers["cache-control"]


def opens(house, token):
    answer = requests.get(f"{house.url}/v1/projects/demo", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


class Owner:
    """A browser in front of which the local owner sits: the address goes to the command line, which answers it."""

    def __init__(self, house):
        self.house = house

    def open(self, url, **_):
        # The program listens for the answer only after this returns.
        threading.Thread(target=lambda: requests.get(authorize(self.house, url), timeout=20)).start()
        return True


def test_a_program_on_this_machine_signs_the_owner_in(house):
    webbrowser.register("doorward", None, Owner(house))
    flow = InstalledAppFlow.from_client_config({"installed": client(house, "tool", "")}, SCOPES)
    # A public client: a code verifier, and no secret, which Google's library wants to have all the same.
    credentials = flow.run_local_server(port=0, browser="doorward", open_browser=True, timeout_seconds=30)
    assert opens(house, credentials.token)
    first = credentials.token
    credentials.refresh(Request())
    assert credentials.token != first and opens(house, credentials.token)


def test_a_shop_on_the_web_signs_the_owner_in(house, request_):
    flow, url, state = web(house)
    location = authorize(house, url)
    assert location.startswith(f"{BACK}?") and parameters(location)["state"] == state
    flow.fetch_token(authorization_response=location)
    credentials = flow.credentials
    assert set(credentials.scopes) == set(SCOPES) and opens(house, credentials.token)
    claims = id_token.verify_token(credentials.id_token, request_, "shop", certs_url=f"{house.url}/oauth2/v3/certs")
    assert (claims["azp"], claims["email"], claims["nonce"]) == ("shop", "owner@doorward.localhost", "n-0S6_WzA2Mj")
    digest = hashlib.sha256(credentials.token.encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert claims["hd"] == "doorward.localhost", "the domain of the organization"
    assert "name" not in claims, "the shop did not ask for it"


def test_a_program_that_asks_for_the_profile_is_told_what_the_owner_is_called(house, request_):
    flow = Flow.from_client_config({"web": client(house, "shop", SECRET)}, ["openid", PROFILE], redirect_uri=BACK)
    url, _ = flow.authorization_url()
    flow.fetch_token(authorization_response=authorize(house, url))
    claims = id_token.verify_token(flow.credentials.id_token, request_, "shop", certs_url=f"{house.url}/oauth2/v3/certs")
    bearer = {"Authorization": f"Bearer {flow.credentials.token}"}
    user = requests.get(f"{house.url}/v1/userinfo", headers=bearer, timeout=20).json()
    called = {"name": "Grace Hopper", "given_name": "Grace", "family_name": "Hopper", "picture": "https://example.com/grace.png"}
    assert user == {"sub": claims["sub"], **called}
    assert {name: claims[name] for name in called} == called


def test_an_answer_with_another_state_is_not_the_clients(house):
    flow, url, _ = web(house)
    location = authorize(house, url)
    state = parameters(location)["state"]
    with pytest.raises(Exception, match="mismatching_state|CSRF"):
        flow.fetch_token(authorization_response=location.replace(state, "another"))


@pytest.mark.parametrize("path", ["/o/oauth2/v2/auth", "/o/oauth2/auth"])
def test_both_paths_lead_to_the_authorization_endpoint(house, path):
    assert parameters(authorize(house, asks(house, path)))["state"] == "s&t"


def test_the_credential_of_the_owner_goes_to_this_doorward_alone(house):
    """A program that was made for Google's address is let in by the same command, here."""
    url = asks(house).replace(house.url, "https://accounts.google.com")
    assert authorize(house, url).startswith(BACK)
    failed(command("authorize", "https://evil.example/?x=y", "--data", house.data), "hint:")


@pytest.mark.parametrize(("said", "hint"), [("client_id=shop", "[oauth_clients.CLIENT_ID]"), ("callback", "redirect_uris")])
def test_what_the_configuration_lacks_is_said(house, said, hint):
    failed(command("authorize", asks(house).replace(said, f"{said}x"), "--data", house.data), "hint:", hint, "--config FILE")


def test_a_browser_by_itself_is_sent_nowhere(house):
    for credential in ({}, {"Cookie": "SID=x"}, {"Origin": "https://evil.example"}):
        answer = requests.get(asks(house), headers=credential, allow_redirects=False, timeout=20)
        assert answer.status_code == 401 and "location" not in answer.headers
        assert answer.headers["x-doorward-reason"] == "SIGN_IN_REQUIRED"
        assert "doorward authorize" in answer.json()["error_description"]


def test_an_access_token_does_not_turn_into_a_refresh_token(house):
    access = command("token", "access", "--data", house.data).stdout.strip()
    shop = signed_in(house)
    for token in (access, shop.token, shop.refresh_token, shop.id_token):
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(asks(house), headers=headers, allow_redirects=False, timeout=20)
        refused(answer, 401, "access_denied")


@pytest.mark.parametrize(("changes", "status", "error"), [
    ({"client_id": "nobody"}, 401, "invalid_client"),
    ({"client_id": None}, 400, "invalid_request"),
    ({"redirect_uri": None}, 400, "invalid_request"),
    ({"redirect_uri": BACK + "/"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": BACK + "?x=y"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": BACK.replace("https", "http")}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": BACK.replace(".example", ".example:443")}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": "https://shop.example.evil.example/oauth2/callback"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": "https://shop.example@evil.example/oauth2/callback"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": "//evil.example"}, 400, "redirect_uri_mismatch"),
    ({"redirect_uri": "http://localhost:1/"}, 400, "redirect_uri_mismatch"),
])
def test_nobody_is_sent_where_the_client_did_not_want_it(house, changes, status, error):
    answer = requests.get(asks(house, **changes), allow_redirects=False, timeout=20)
    refused(answer, status, error)
    assert "location" not in answer.headers


@pytest.mark.parametrize(("changes", "error"), [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": None}, "unsupported_response_type"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": "openid https://a.example"}, "invalid_scope"),
    ({"access_type": "ever"}, "invalid_request"),
    ({"code_challenge": "x", "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": "x" * 43, "code_challenge_method": "S512"}, "invalid_request"),
    ({"client_id": "tool", "redirect_uri": "http://localhost:49152/"}, "invalid_request"),
])
def test_the_client_is_told_what_is_wrong_with_its_request(house, changes, error):
    answer = requests.get(asks(house, **changes), allow_redirects=False, timeout=20)
    assert answer.status_code == 302
    told = parameters(answer.headers["location"])
    assert (told["error"], told["state"]) == (error, "s&t") and "code" not in told


def test_a_code_buys_once_and_shown_again_takes_back_what_it_bought(house):
    given = code(house, scope=" ".join(SCOPES))
    bought = redeem(house, given).json()
    assert set(bought) == {"access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"}
    assert (bought["expires_in"], bought["token_type"]) == (3599, "Bearer")
    assert opens(house, bought["access_token"])
    refused(redeem(house, given), 400, "invalid_grant")
    assert not opens(house, bought["access_token"])
    form = {"grant_type": "refresh_token", "refresh_token": bought["refresh_token"]}
    answer = requests.post(f"{house.url}/token", data=form, auth=("shop", SECRET), timeout=20)
    refused(answer, 400, "invalid_grant")
    assert answer.json()["error_description"] == "Token has been expired or revoked."


def test_a_code_is_for_one_client_one_address_and_one_verifier(house):
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    given = code(house, code_challenge=challenge, code_challenge_method="S256")
    good = {"code_verifier": verifier}
    refused(redeem(house, given, auth=("another", SECRET), **good), 400, "invalid_grant")
    refused(redeem(house, given, redirect_uri="https://shop.example/other", **good), 400, "redirect_uri_mismatch")
    refused(redeem(house, given), 400, "invalid_grant")
    for wrong in (challenge, secrets.token_urlsafe(48), ""):
        refused(redeem(house, given, code_verifier=wrong), 400, "invalid_grant")
    assert redeem(house, given, **good).status_code == 200
    # Whoever takes the challenge out of the request on its way is found out.
    refused(redeem(house, code(house), **good), 400, "invalid_grant")
    assert redeem(house, code(house, code_challenge=verifier, code_challenge_method="plain"), **good).status_code == 200


@pytest.mark.parametrize(("auth", "form", "status", "error"), [
    (("shop", "guess"), {}, 401, "invalid_client"),
    (("nobody", SECRET), {}, 401, "invalid_client"),
    (None, {"client_id": "shop"}, 401, "invalid_client"),
    (None, {"client_id": "shop", "client_secret": "guess"}, 401, "invalid_client"),
    (None, {"client_id": "nobody", "client_secret": SECRET}, 401, "invalid_client"),
    (None, {}, 400, "invalid_request"),
    (("shop", SECRET), {"client_secret": SECRET}, 400, "invalid_request"),
    (("shop", SECRET), {"client_id": "another"}, 400, "invalid_request"),
])
def test_a_client_proves_itself_in_one_way(house, auth, form, status, error):
    answer = redeem(house, "4/0x", auth=auth, **form)
    refused(answer, status, error)
    if error == "invalid_client":
        unknown = "nobody" in ((auth or ("",))[0], form.get("client_id"))
        described = "The OAuth client was not found." if unknown else "Unauthorized"
        assert answer.json()["error_description"] == described
        assert ("www-authenticate" in answer.headers) == (auth is not None)


@pytest.mark.parametrize("way", ["client_secret_post", "client_secret_basic"])
def test_both_ways_of_showing_a_secret_are_taken(house, way):
    form = {"client_id": "shop", "client_secret": SECRET} if way == "client_secret_post" else {}
    auth = None if form else ("shop", SECRET)
    assert redeem(house, code(house), auth=auth, **form).status_code == 200
    told = requests.get(f"{house.url}/.well-known/openid-configuration", timeout=20).json()
    assert way in told["token_endpoint_auth_methods_supported"]


def test_access_without_the_person_needs_to_be_asked_for(house):
    assert "refresh_token" not in redeem(house, code(house, access_type=None)).json()
    assert "refresh_token" not in redeem(house, code(house, access_type="online")).json()
    assert "id_token" not in redeem(house, code(house, scope=tokens.CLOUD_PLATFORM)).json()


@pytest.mark.parametrize("kind", ["token", "refresh_token"])
@pytest.mark.parametrize("place", ["data", "params"])
def test_what_is_revoked_opens_nothing_any_more(house, kind, place):
    credentials, other = signed_in(house), signed_in(house)
    token = getattr(credentials, kind)
    revoked = requests.post(f"{house.url}/revoke", **{place: {"token": token}}, timeout=20)
    assert (revoked.status_code, revoked.json()) == (200, {})
    assert not opens(house, credentials.token)
    with pytest.raises(exceptions.RefreshError, match="Token has been expired or revoked"):
        credentials.refresh(Request())
    assert opens(house, other.token)
    again = requests.post(f"{house.url}/revoke", **{place: {"token": token}}, timeout=20)
    refused(again, 400, "invalid_token")


@pytest.mark.parametrize("form", [{}, {"token": ""}, {"token": ["a", "b"]}])
def test_a_revocation_names_one_token(house, form):
    refused(requests.post(f"{house.url}/revoke", data=form, timeout=20), 400, "invalid_request")


def test_revocations_and_clients_outlast_a_kill(tmp_path):
    with Server(tmp_path / "data", "--project", "demo", configuration=CONFIGURATION) as own:
        kept, gone = signed_in(own), signed_in(own)
        access = command("token", "access", "--data", own.data).stdout.strip()
        account = requests.post(
            f"{own.url}/v1/projects/demo/serviceAccounts", json={"accountId": "short-lived"},
            headers={"Authorization": f"Bearer {access}"}, timeout=20,
        ).json()["email"]
        minted = command("token", "access", "--as", account, "--data", own.data).stdout.strip()
        for token in (gone.refresh_token, minted):
            assert requests.post(f"{own.url}/revoke", data={"token": token}, timeout=20).status_code == 200
        unused = code(own)
        own.kill()
        own.start()
        assert opens(own, kept.token) and not opens(own, gone.token) and not opens(own, minted)
        kept = oauth2_credentials.Credentials(
            None, refresh_token=kept.refresh_token, client_id="shop", client_secret=SECRET, token_uri=f"{own.url}/token",
        )
        kept.refresh(Request())
        assert opens(own, kept.token)
        assert redeem(own, unused).status_code == 200
        stored = b"".join(path.read_bytes() for path in own.data.iterdir() if path.name.startswith("doorward"))
        assert stored, "the store is looked at"
        for secret in (kept.refresh_token, unused, SECRET, kept.token, minted):
            assert secret.encode() not in stored


def test_a_client_that_is_taken_away_buys_nothing_any_more(tmp_path):
    with Server(tmp_path / "data", "--project", "demo", configuration=CONFIGURATION) as own:
        kept = signed_in(own)
        assert own.interrupt() == 0
        own.configuration.write_text(CONFIGURATION.replace("oauth_clients.shop", "oauth_clients.shut"))
        own.start()
        form = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token}
        for client_id in ("shop", "shut", "another"):
            answer = requests.post(f"{own.url}/token", data=form, auth=(client_id, SECRET), timeout=20)
            refused(answer, 401, "invalid_client")
        assert requests.post(f"{own.url}/revoke", data={"token": kept.token}, timeout=20).status_code == 200
        assert not opens(own, kept.token)


def test_an_owner_whose_credential_was_revoked_gets_another(tmp_path):
    with Server(tmp_path / "data", "--project", "demo") as own:
        kept = own.data / "owner.json"
        for is_running in (True, False):
            before = json.loads(kept.read_text())["refresh_token"]
            assert requests.post(f"{own.url}/revoke", data={"token": before}, timeout=20).status_code == 200
            if not is_running and own.interrupt() == 0:
                own.start()
            until(lambda: json.loads(kept.read_text())["refresh_token"] != before, "another is handed out")
            assert command("token", "access", "--data", own.data).stdout.startswith("ya29.")
            form = {**json.loads(kept.read_text()), "grant_type": "refresh_token", "refresh_token": before}
            refused(requests.post(f"{own.url}/token", data=form, timeout=20), 400, "invalid_grant")


def test_a_server_that_takes_nobody_for_the_owner_still_asks_for_consent(tmp_path):
    """`--dangerous-anonymous-owner` is for calls of the API: any page could make this one."""
    arguments = ("--project", "demo", "--dangerous-anonymous-owner")
    with Server(tmp_path / "data", *arguments, configuration=CONFIGURATION) as own:
        assert requests.get(f"{own.url}/v1/projects/demo", timeout=20).status_code == 200
        answer = requests.get(asks(own), allow_redirects=False, timeout=20)
        assert (answer.status_code, answer.headers["x-doorward-reason"]) == (401, "SIGN_IN_REQUIRED")
        assert requests.get(f"{own.url}/v1/userinfo", timeout=20).status_code == 401
