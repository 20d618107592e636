"""gcloud's accounts and tokens under `doorward exec`, as articles use them."""

import contextlib
import json
import sqlite3

import pytest

from gcloud import Gcloud, needs_gcloud
from tokens import claims
from world import PROJECT

pytestmark = needs_gcloud
OWNER = "owner@doorward.localhost"
GCLOUD = "32555940559.apps.googleusercontent.com"


@pytest.fixture(scope="module")
def gcloud(own_gcloud):
    """Against a Doorward of this file's own: gcloud remembers in its data directory who is active."""
    return own_gcloud


@pytest.fixture(scope="module")
def service(own_world):
    return own_world.hello()


def active(gcloud):
    return {found["account"]: found["status"] for found in gcloud.json("auth", "list")}


def test_the_owner_is_the_active_account(gcloud):
    assert active(gcloud) == {OWNER: "ACTIVE"}
    assert OWNER in gcloud.done("auth", "list")
    assert gcloud.done("config", "get-value", "project").strip() == PROJECT
    assert not (gcloud.home / ".config").exists(), "the person's own configuration is not touched"


def test_the_owners_tokens_are_good(gcloud, own_world, service):
    access = gcloud.done("auth", "print-access-token").strip()
    assert own_world.call("GET", f"/v1/projects/{PROJECT}", token=access).status_code == 200
    identity = gcloud.done("auth", "print-identity-token").strip()
    assert (claims(identity)["aud"], claims(identity)["email"]) == (GCLOUD, OWNER)
    assert service.call(identity).status_code == 200


def test_a_person_gets_no_audience_of_choice(gcloud):
    said = gcloud.refused("auth", "print-identity-token", "--audiences=https://x.example")
    assert "Invalid account type for `--audiences`. Requires valid service account." in said, said


@pytest.fixture(scope="module")
def runner(own_world, service):
    account = own_world.lasting_account("runner")
    service.let_in(account.member)
    return account


def test_an_activated_account_is_active_until_another_is(gcloud, own_world, service, runner, tmp_path):
    key = tmp_path / "key.json"
    said = gcloud.talk("iam", "service-accounts", "keys", "create", key, f"--iam-account={runner.email}")
    assert f"of type [json] as [{key}] for [{runner.email}]" in said, said
    said = gcloud.talk("auth", "activate-service-account", f"--key-file={key}")
    assert f"Activated service account credentials for: [{runner.email}]" in said, said
    assert active(gcloud) == {OWNER: "", runner.email: "ACTIVE"}

    bare = gcloud.done("auth", "print-identity-token").strip()
    assert (claims(bare)["aud"], claims(bare)["email"]) == (GCLOUD, runner.email)
    assert service.call(bare).status_code == 200
    meant = gcloud.done("auth", "print-identity-token", f"--audiences={service.uri}").strip()
    assert claims(meant)["aud"] == service.uri and service.call(meant).status_code == 200
    elsewhere = gcloud.done("auth", "print-identity-token", "--audiences=https://x.example").strip()
    assert service.call(elsewhere).status_code == 401
    access = gcloud.done("auth", "print-access-token").strip()
    assert own_world.call("GET", f"/v1/projects/{PROJECT}", token=access).status_code == 403
    assert "PERMISSION_DENIED" in gcloud.refused("projects", "describe", PROJECT)
    assert gcloud.json("projects", "describe", PROJECT, f"--account={OWNER}")["projectId"] == PROJECT

    said = gcloud.talk("config", "set", "account", OWNER)
    assert "Updated property [core/account]" in said
    assert active(gcloud) == {OWNER: "ACTIVE", runner.email: ""}
    assert f"- {runner.email}" in gcloud.done("auth", "revoke", runner.email)
    assert active(gcloud) == {OWNER: "ACTIVE"}


def test_a_key_that_was_deleted_or_changed_activates_nobody(gcloud, own_world, runner, tmp_path):
    path = tmp_path / "key.json"
    key = runner.unmodified_key()
    path.write_text(json.dumps(key))
    own_world.done("DELETE", f"/v1/{runner.name}/keys/{key['private_key_id']}")
    said = gcloud.refused("auth", "activate-service-account", f"--key-file={path}")
    assert "invalid_grant" in said and "Invalid JWT Signature" in said, said
    path.write_text(json.dumps({**key, "client_email": f"nobody@{PROJECT}.iam.gserviceaccount.com"}))
    assert "invalid_grant" in gcloud.refused("auth", "activate-service-account", f"--key-file={path}")
    assert active(gcloud) == {OWNER: "ACTIVE"}


def test_impersonation_gives_both_kinds_of_token(gcloud, own_world, service, runner):
    as_runner = f"--impersonate-service-account={runner.email}"
    access = gcloud.done("auth", "print-access-token", as_runner).strip()
    assert own_world.call("GET", f"/v1/projects/{PROJECT}", token=access).status_code == 403
    meant = gcloud.done("auth", "print-identity-token", as_runner, f"--audiences={service.uri}", "--include-email").strip()
    assert (claims(meant)["aud"], claims(meant)["email"]) == (service.uri, runner.email)
    assert service.call(meant).status_code == 200
    bare = gcloud.done("auth", "print-identity-token", as_runner).strip()
    assert claims(bare)["aud"] == GCLOUD and service.call(bare).status_code == 200
    assert "PERMISSION_DENIED" in gcloud.refused("projects", "describe", PROJECT, as_runner)


def test_who_may_not_impersonate_is_told_which_permission_is_missing(gcloud, runner, own_world):
    other = own_world.lasting_account("other")
    said = Gcloud(gcloud.server, gcloud.home, runner.email).refused("auth", "print-access-token", f"--impersonate-service-account={other.email}")
    assert "iam.serviceAccounts.getAccessToken" in said and "PERMISSION_DENIED" in said, said


def test_without_a_key_gcloud_finds_out_who_it_is(gcloud, own_world, service, runner):
    keyless = Gcloud(gcloud.server, gcloud.home, runner.email)
    assert active(keyless) == {runner.email: "ACTIVE"}
    assert keyless.done("config", "get-value", "project").strip() == PROJECT
    meant = keyless.done("auth", "print-identity-token", f"--audiences={service.uri}").strip()
    assert (claims(meant)["aud"], claims(meant)["email"]) == (service.uri, runner.email)
    assert service.call(meant).status_code == 200
    access = keyless.done("auth", "print-access-token").strip()
    assert own_world.call("GET", f"/v1/projects/{PROJECT}", token=access).status_code == 403
    said = keyless.refused("projects", "describe", PROJECT)
    assert "PERMISSION_DENIED" in said and runner.email in said, said
    own_world.bind_on_project("roles/viewer", runner.member)
    assert keyless.json("projects", "describe", PROJECT)["projectNumber"] == own_world.number


def test_anonymous_has_no_account(gcloud):
    nobody = Gcloud(gcloud.server, gcloud.home, "anonymous")
    assert nobody.json("auth", "list") == []
    said = nobody.refused("projects", "describe", PROJECT)
    assert "UNAUTHENTICATED" in said and "This command is unauthenticated" in said, said


def test_an_access_token_that_ended_renews_itself(gcloud):
    """gcloud keeps access tokens with their end."""
    assert gcloud.json("projects", "describe", PROJECT)["projectId"] == PROJECT
    [kept] = [path for path in (gcloud.server.data / "gcloud").rglob("access_tokens.db") if tokens_in(path, OWNER)]
    with contextlib.closing(sqlite3.connect(kept)) as database, database:
        changed = database.execute(
            "UPDATE access_tokens SET access_token = 'ya29.ended', token_expiry = '2020-01-01 00:00:00' WHERE account_id = ?",
            (OWNER,),
        )
        assert changed.rowcount == 1
    assert gcloud.json("projects", "describe", PROJECT)["projectId"] == PROJECT
    assert tokens_in(kept, OWNER) != ["ya29.ended"]


def tokens_in(path, account):
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT access_token FROM access_tokens WHERE account_id = ?", (account,)).fetchall()
    return [token for token, in rows]


def test_the_owner_who_revoked_the_credential_is_signed_in_again(gcloud):
    gcloud.talk("auth", "revoke", OWNER)
    assert gcloud.json("projects", "describe", PROJECT, f"--account={OWNER}")["projectId"] == PROJECT
    assert OWNER in active(gcloud)
