"""What a policy may say and what a mask leaves alone, through Google's clients over both transports (facts §4.4)."""

import pytest
from google.api_core import exceptions
from google.cloud import iam_admin_v1, resourcemanager_v3
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import field_mask_pb2

import clients
from world import PROJECT

NAME = f"projects/{PROJECT}"
LogType = policy_pb2.AuditLogConfig.LogType


@pytest.fixture(params=clients.TRANSPORTS)
def projects(request, server, owner):
    return clients.client(resourcemanager_v3.ProjectsClient, server, owner, request.param)


@pytest.fixture
def admin(server, owner):
    return clients.client(iam_admin_v1.IAMClient, server, owner, "grpc")


def read(client, name=NAME):
    options = {"requested_policy_version": 3}
    return client.get_iam_policy({"resource": name, "options": options})


def write(client, policy, *paths, name=NAME):
    mask = field_mask_pb2.FieldMask(paths=paths) if paths else None
    return client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=name, policy=policy, update_mask=mask))


def audited(service, log_type, *exempted):
    log = policy_pb2.AuditLogConfig(log_type=log_type, exempted_members=exempted)
    return policy_pb2.AuditConfig(service=service, audit_log_configs=[log])


def text_of(refused):
    return clients.message(refused)


def test_audit_configuration_is_kept_with_the_policy_and_apart_from_its_bindings(projects):
    before = read(projects)
    configs = [
        audited("allServices", LogType.ADMIN_READ, "user:jose@example.com"),
        audited("run.googleapis.com", LogType.DATA_READ),
    ]
    kept = write(projects, policy_pb2.Policy(audit_configs=configs), "audit_configs")
    assert list(kept.audit_configs) == configs and kept.etag != before.etag
    assert list(kept.bindings) == list(before.bindings), "the mask does not name them"
    assert read(projects) == kept
    # Without a mask `bindings, etag` is meant: what else is sent is not written.
    policy = policy_pb2.Policy(bindings=kept.bindings, etag=kept.etag, version=3)
    assert list(write(projects, policy).audit_configs) == configs
    whole = policy_pb2.Policy(bindings=kept.bindings, etag=read(projects).etag, version=3)
    assert not write(projects, whole, "bindings", "etag", "audit_configs").audit_configs


def test_a_mask_of_nothing_but_the_etag_compares_it_and_changes_nothing(projects):
    before = read(projects)
    same = write(projects, policy_pb2.Policy(etag=before.etag), "etag")
    assert list(same.bindings) == list(before.bindings)
    with pytest.raises(exceptions.Conflict, match="There were concurrent policy changes. Please retry"):
        write(projects, policy_pb2.Policy(etag=before.etag), "etag")


BAD_AUDIT_CONFIGS = [
    ([audited("run", LogType.DATA_READ)], "allServices or the host of an API"),
    ([audited("allServices", LogType.LOG_TYPE_UNSPECIFIED)], "ADMIN_READ, DATA_WRITE or DATA_READ"),
    ([audited("allServices", LogType.DATA_READ, "jose")], 'Policy members must be of the form "<type>:<value>".'),
    ([audited("allServices", LogType.DATA_READ)] * 2, "allServices has more than one audit configuration."),
    ([policy_pb2.AuditConfig(service="allServices")], "needs at least one auditLogConfig"),
]


@pytest.mark.parametrize("configs, text", BAD_AUDIT_CONFIGS)
def test_bad_audit_configuration_is_refused(projects, configs, text):
    with pytest.raises(exceptions.BadRequest) as refused:
        write(projects, policy_pb2.Policy(audit_configs=configs), "audit_configs")
    assert text in text_of(refused)


def bound(role, *members):
    return policy_pb2.Policy(bindings=[policy_pb2.Binding(role=role, members=members)])


GONE = "serviceAccount:gone@demo.iam.gserviceaccount.com"
BAD_POLICIES = [
    (bound("roles/viewer", "ada"), 'Policy members must be of the form "<type>:<value>".'),
    (bound("roles/viewer", "robot:ada@example.com"), 'Policy members must be of the form "<type>:<value>".'),
    (bound("roles/viewer", GONE), "Service account gone@demo.iam.gserviceaccount.com does not exist."),
    (bound("roles/nobody", "user:ada@example.com"), "Role roles/nobody is not supported for this resource."),
    (bound("viewer", "user:ada@example.com"), "Role viewer is not supported for this resource."),
    (bound("roles/viewer"), "Every binding needs at least one member"),
    (
        bound("roles/resourcemanager.organizationAdmin", "user:ada@example.com"),
        "Role roles/resourcemanager.organizationAdmin is not supported for this resource.",
    ),
    (bound("roles/viewer", "allUsers"), "Member allUsers is invalid due to membership type restrictions on the resource."),
    (
        bound("roles/viewer", "allAuthenticatedUsers"),
        "Member allAuthenticatedUsers is invalid due to membership type restrictions on the resource.",
    ),
    (bound("roles/viewer", f"deleted:{GONE}?uid=123456789012345678901"), "it keeps what it has and gets nothing more"),
    (bound("roles/viewer", *[f"user:u{n}@example.com" for n in range(1501)]), "at most 1500 members"),
    (bound("roles/viewer", *["user:ada@example.com"] * 1501), "at most 1500 members, this one names 1501"),
    (bound("roles/viewer", *[f"group:g{n}@example.com" for n in range(251)]), "at most 250 groups"),
    (policy_pb2.Policy(version=2), "policies have version 0, 1 or 3"),
]


@pytest.mark.parametrize("policy, text", BAD_POLICIES, ids=range(len(BAD_POLICIES)))
def test_bad_policies_are_refused_and_nothing_is_written(projects, policy, text):
    before = read(projects)
    asked = policy_pb2.Policy(version=policy.version or 3, etag=before.etag, bindings=policy.bindings)
    with pytest.raises(exceptions.BadRequest) as refused:
        write(projects, asked)
    assert text in text_of(refused)
    assert read(projects) == before


def test_a_role_that_grants_nothing_on_an_account_is_refused_there(admin, account):
    for role in ("roles/run.invoker", "roles/cloudscheduler.admin"):
        with pytest.raises(exceptions.BadRequest) as refused:
            write(admin, bound(role, "user:ada@example.com"), name=account.name)
        assert text_of(refused) == f"Role {role} is not supported for this resource."
    fits = write(admin, bound("roles/iam.serviceAccountUser", "user:ada@example.com"), name=account.name)
    assert [binding.role for binding in fits.bindings] == ["roles/iam.serviceAccountUser"]


def test_a_role_that_grants_nothing_on_a_service_is_refused_there(world, echo):
    policy = {"bindings": [{"role": "roles/iam.serviceAccountUser", "members": ["user:ada@example.com"]}]}
    refused = world.call("POST", f"/v2/{echo.name}:setIamPolicy", json={"policy": policy})
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "Role roles/iam.serviceAccountUser is not supported for this resource."


EVERY_MEMBER = [
    "user:ada@example.com",
    "group:team@example.com",
    "domain:example.com",
    f"projectOwner:{PROJECT}",
    f"projectEditor:{PROJECT}",
    f"projectViewer:{PROJECT}",
    f"serviceAccount:{PROJECT}.svc.id.goog[default/worker]",
    "principal://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/pool/subject/someone",
    "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/pool/group/team",
    "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/pool/attribute.branch/main",
    "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/pool/*",
    "principal://iam.googleapis.com/locations/global/workforcePools/pool/subject/someone",
    "principalSet://iam.googleapis.com/locations/global/workforcePools/pool/*",
]


def test_every_member_form_is_kept_as_it_was_written(admin, account):
    members = [*EVERY_MEMBER, account.member]
    written = write(admin, bound("roles/iam.serviceAccountUser", *members), name=account.name)
    assert sorted(written.bindings[0].members) == sorted(members)
    assert read(admin, account.name) == written


def test_an_account_without_a_policy_has_the_etag_of_none(world, account):
    assert world.done("POST", f"/v1/{account.name}:getIamPolicy", json={}) == {"etag": "ACAB"}


def test_a_deleted_member_comes_back_with_its_account(admin, world, account):
    other = world.account("to-be-deleted")
    write(admin, bound("roles/iam.serviceAccountUser", other.member), name=account.name)
    world.done("DELETE", f"/v1/{other.name}")
    shown = f"deleted:{other.member}?uid={other.unique_id}"
    policy = read(admin, account.name)
    assert list(policy.bindings[0].members) == [shown]
    assert list(write(admin, policy, name=account.name).bindings[0].members) == [shown], "written back as it was read"
    world.done("POST", f"/v1/projects/{PROJECT}/serviceAccounts/{other.unique_id}:undelete", json={})
    assert list(read(admin, account.name).bindings[0].members) == [other.member]
