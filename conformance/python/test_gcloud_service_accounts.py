"""`gcloud iam service-accounts` under `doorward exec`: every command of an article about service accounts."""

import json

from gcloud import Gcloud, needs_gcloud
from world import PROJECT

pytestmark = needs_gcloud
ACCOUNTS = ("iam", "service-accounts")


def test_the_life_of_an_account(gcloud, world):
    account_id = world.unique("made")
    email = f"{account_id}@{PROJECT}.iam.gserviceaccount.com"
    said = gcloud.talk(*ACCOUNTS, "create", account_id, "--display-name=Makes bread", "--description=For the bakery")
    assert f"Created service account [{account_id}]." in said
    said = gcloud.refused(*ACCOUNTS, "create", account_id)
    assert "ALREADY_EXISTS" in said and f"within project projects/{PROJECT}" in said, said

    listed = {found["email"]: found for found in gcloud.json(*ACCOUNTS, "list")}
    assert listed[email]["displayName"] == "Makes bread"
    assert email in gcloud.done(*ACCOUNTS, "list", "--format=value(email)").split()
    described = gcloud.json(*ACCOUNTS, "describe", email)
    assert (described["projectId"], described["description"]) == (PROJECT, "For the bakery")
    assert described["name"] == f"projects/{PROJECT}/serviceAccounts/{email}" and described["oauth2ClientId"] == described["uniqueId"]
    said = gcloud.talk(*ACCOUNTS, "update", email, "--display-name=Bakes bread")
    assert f"Updated serviceAccount [{email}]." in said
    assert gcloud.done(*ACCOUNTS, "describe", email, "--format=value(displayName)") == "Bakes bread\n"

    assert f"Disabled service account [{email}]." in gcloud.talk(*ACCOUNTS, "disable", email)
    assert gcloud.json(*ACCOUNTS, "describe", email)["disabled"] is True
    assert f"Enabled service account [{email}]." in gcloud.talk(*ACCOUNTS, "enable", email)
    assert "disabled" not in gcloud.json(*ACCOUNTS, "describe", email)

    assert f"deleted service account [{email}]" in gcloud.talk(*ACCOUNTS, "delete", email)
    # With `-` for its project an account that is not there looks like one that one may not see (facts §4.1).
    assert "PERMISSION_DENIED" in gcloud.refused(*ACCOUNTS, "delete", email)
    said = gcloud.done(*ACCOUNTS, "undelete", described["uniqueId"])
    assert email in said and "restoredAccount" in said, said
    assert gcloud.json(*ACCOUNTS, "describe", email)["uniqueId"] == described["uniqueId"]
    gcloud.talk(*ACCOUNTS, "delete", email)


def test_keys_are_made_listed_and_deleted(gcloud, account, tmp_path):
    path = tmp_path / "key.json"
    said = gcloud.talk(*ACCOUNTS, "keys", "create", path, f"--iam-account={account.email}")
    key = json.loads(path.read_text())
    assert f"created key [{key['private_key_id']}] of type [json] as [{path}] for [{account.email}]" in said, said
    assert key["client_email"] == account.email and key["token_uri"] == "https://oauth2.googleapis.com/token"

    def listed(*more):
        found = gcloud.json(*ACCOUNTS, "keys", "list", f"--iam-account={account.email}", *more)
        return {entry["name"].rsplit("/", 1)[1]: entry for entry in found}

    mine = listed("--managed-by=user")
    assert set(mine) == {key["private_key_id"]} and mine[key["private_key_id"]]["keyType"] == "USER_MANAGED"
    assert set(listed()) >= set(mine), "those that are managed for the account are listed, too"
    table = gcloud.done(*ACCOUNTS, "keys", "list", f"--iam-account={account.email}")
    assert table.split()[0] == "KEY_ID" and key["private_key_id"] in table

    delete = (*ACCOUNTS, "keys", "delete", key["private_key_id"], f"--iam-account={account.email}")
    assert f"deleted key [{key['private_key_id']}] for service account [{account.email}]" in gcloud.talk(*delete)
    assert listed("--managed-by=user") == {}
    assert "NOT_FOUND" in gcloud.refused(*delete)


def test_policies_are_read_changed_and_set(gcloud, account, tmp_path):
    ada, grace, role = "user:ada@example.com", "user:grace@example.com", "roles/iam.serviceAccountUser"
    said = gcloud.run(*ACCOUNTS, "add-iam-policy-binding", account.email, f"--member={ada}", f"--role={role}")
    assert said.returncode == 0 and f"Updated IAM policy for serviceAccount [{account.email}]." in said.stderr, said.stderr
    assert f"- {ada}" in said.stdout and f"role: {role}" in said.stdout, said.stdout
    policy = gcloud.json(*ACCOUNTS, "get-iam-policy", account.email)
    assert policy["bindings"] == [{"members": [ada], "role": role}]

    policy["bindings"][0]["members"] = [grace]
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy))
    assert "Updated IAM policy" in gcloud.talk(*ACCOUNTS, "set-iam-policy", account.email, path)
    assert gcloud.json(*ACCOUNTS, "get-iam-policy", account.email)["bindings"] == [{"members": [grace], "role": role}]
    # The policy that was read first is an old one now.
    said = gcloud.refused(*ACCOUNTS, "set-iam-policy", account.email, path)
    assert "concurrent policy changes" in said, said

    said = gcloud.talk(*ACCOUNTS, "remove-iam-policy-binding", account.email, f"--member={grace}", f"--role={role}")
    assert "Updated IAM policy" in said
    assert "bindings" not in gcloud.json(*ACCOUNTS, "get-iam-policy", account.email)
    said = gcloud.refused(*ACCOUNTS, "remove-iam-policy-binding", account.email, f"--member={grace}", f"--role={role}")
    assert "not found" in said, said
    said = gcloud.refused(*ACCOUNTS, "add-iam-policy-binding", account.email, f"--member={ada}", "--role=roles/no.such")
    assert "INVALID_ARGUMENT" in said and "roles/no.such" in said, said


def test_what_is_not_there_or_not_allowed_is_told(gcloud, server, world, account, tmp_path):
    nobody = f"nobody-here@{PROJECT}.iam.gserviceaccount.com"
    said = gcloud.refused(*ACCOUNTS, "describe", nobody)
    assert nobody in said and "PERMISSION_DENIED" in said, said
    stranger = Gcloud(server, tmp_path, account.email)
    for arguments in (("list",), ("create", "more-bread"), ("describe", account.email), ("delete", account.email)):
        said = stranger.refused(*ACCOUNTS, *arguments)
        assert "PERMISSION_DENIED" in said and f"This command is authenticated as {account.email}" in said, said
    assert world.call("GET", f"/v1/{account.name}").status_code == 200
