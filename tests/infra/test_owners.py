"""Do the synthesized policies say who may do what? Evaluated as IAM would, with what the commands really call."""

import json
from typing import Any

import pytest

from infra.local.iam import decide
from tests.infra.conftest import Template
from tests.infra.test_template import listed, text

Document = dict[str, Any]
ROLES = ("watcher", "releaser", "approver", "communicator")
TABLE = "<RegistryTable.Arn>"
FUNCTION = "<FlightsFunction.Arn>"
ALARMS = "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm"
SEALED = "<TrailSealed.Arn>"
REGISTRY = "<RegistryArtifacts.Arn>"
EDITS = ("DeleteItem", "UpdateItem", "BatchWriteItem", "PartiQLDelete", "PartiQLUpdate")


def plain(document: Document) -> Document:
    """With the names of resources as text."""
    statements = [
        {**one, "Resource": [text(resource) for resource in listed(one["Resource"])]} for one in document["Statement"]
    ]
    return {"Statement": statements}


def policy(template: Template, role: str, model: str = "flights", stage: str = "dev") -> Document:
    name = f"serin-{stage}-{model}-{role}"
    (found,) = [one for one in template.properties("IAM::ManagedPolicy") if one["ManagedPolicyName"] == name]
    return plain(found["PolicyDocument"])


def may(document: Document, action: str, resource: str = TABLE, **context: Any) -> bool:
    keys = {"dynamodb:leadingkeys": (context.pop("key"),)} if "key" in context else {}
    return decide([document], action, resource, {**context, **keys}).allowed


@pytest.mark.parametrize("role", ROLES)
def test_only_an_approver_may_write_what_is_the_approvers(template: Template, role: str) -> None:
    """A promotion and an approval are items of that partition."""
    assert may(policy(template, role), "dynamodb:PutItem", key="APPROVER#flights") is (role == "approver")


@pytest.mark.parametrize(
    ("role", "writes"),
    [
        ("watcher", set()),
        ("releaser", {"MODEL", "AUDIT"}),
        ("approver", {"MODEL", "APPROVER", "AUDIT"}),
        ("communicator", {"REVIEW", "AUDIT"}),
    ],
)
def test_records_are_bounded_by_partition(two: Template, role: str, writes: set[str]) -> None:
    """Of one model: neither records of another nor outcomes; all may read the model's own, and nobody may scan."""
    found = policy(two, role, stage="prod")
    kinds = ("MODEL", "APPROVER", "AUDIT", "REVIEW", "OUTCOME")
    assert {kind for kind in kinds if may(found, "dynamodb:PutItem", key=f"{kind}#flights")} == writes
    assert not [kind for kind in kinds if may(found, "dynamodb:PutItem", key=f"{kind}#late-trains")]
    assert [kind for kind in kinds if may(found, "dynamodb:Query", key=f"{kind}#flights")] == [*kinds[:-1]]
    of_others = [kind for kind in kinds if may(found, "dynamodb:Query", key=f"{kind}#late-trains")]
    assert of_others == ["MODEL"]  # a parent may be another model's version
    assert not may(found, "dynamodb:Scan")
    assert may(found, "dynamodb:Query", key="LEDGER#2026-11")
    assert not may(found, "dynamodb:PutItem", key="LEDGER#2026-11")


@pytest.mark.parametrize("model", ["flights", "late-trains"])
def test_nobody_edits_the_audit_trail(two: Template, model: str) -> None:
    """No owner and no function, even where another policy would allow everything."""
    everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    documents = {role: policy(two, role, model, "prod") for role in ROLES}
    documents |= {role: _of_role(two, role) for role in two.named("IAM::Role")}
    assert len(documents) > 12
    for name, document in documents.items():
        for action in EDITS:
            context = {"dynamodb:leadingkeys": (f"AUDIT#{model}",)}
            decision = decide([everything, document], f"dynamodb:{action}", TABLE, context)
            assert "explicit deny" in decision.reason, (name, action)
        other = {"dynamodb:leadingkeys": (f"MODEL#{model}",)}
        assert decide([everything, document], "dynamodb:UpdateItem", TABLE, other).allowed


def _of_role(template: Template, role: str) -> Document:
    """All inline policies of a function's role, as one."""
    documents = [plain(one["PolicyDocument"]) for one in template.properties("IAM::Policy")
                 if {"Ref": role} in one["Roles"]]  # fmt: skip
    return {"Statement": [statement for document in documents for statement in document["Statement"]]}


def test_sealed_copies_are_added_by_the_controller_and_removed_by_nobody(two: Template) -> None:
    """Only where none is yet; nobody may shorten the lock, or let copies expire."""
    copy = f"{SEALED}/flights/01.json"
    documents = {name: _of_role(two, name) for name in two.named("IAM::Role")}
    documents |= {role: policy(two, role, stage="prod") for role in ROLES}
    new = {"s3:if-none-match": "*"}
    assert [name for name, one in documents.items() if may(one, "s3:PutObject", copy, **new)] == ["ControllerRole"]
    for action in ("DeleteObject", "DeleteObjectVersion", "PutObjectRetention", "PutObjectLegalHold",
                   "BypassGovernanceRetention", "PutLifecycleConfiguration", "PutObject"):  # fmt: skip
        for resource in (copy, SEALED):
            assert not [name for name, one in documents.items() if may(one, f"s3:{action}", resource)]


@pytest.mark.parametrize(("name", "mode", "days"), [("template", "GOVERNANCE", 400), ("two", "COMPLIANCE", 30)])
def test_the_bucket_of_copies_is_locked(name: str, mode: str, days: int, request: pytest.FixtureRequest) -> None:
    """In dev stages so that an administrator can still clear up; elsewhere for everybody. Its own policy denies what
    would hide a copy, to all."""
    template: Template = request.getfixturevalue(name)
    sealed = template.body["Resources"]["TrailSealed"]["Properties"]
    rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
    assert sealed["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled", "Rule": rule}
    assert "LifecycleConfiguration" not in sealed
    (found,) = [one for one in template.properties("S3::BucketPolicy") if text(one["Bucket"]) == "<TrailSealed>"]
    denied = {
        (action, json.dumps(statement.get("Condition")))
        for statement in found["PolicyDocument"]["Statement"]
        if (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
        for action in listed(statement["Action"])
    }
    assert denied >= {
        ("s3:PutObject", '{"Null": {"s3:if-none-match": "true"}}'),
        ("s3:DeleteObject", "null"),
        ("s3:DeleteObjectVersion", "null"),
        ("s3:PutObjectRetention", "null"),
    }


def test_each_role_can_do_its_work_and_not_that_of_others(template: Template) -> None:
    """Besides records: what commands call, by the roles that need it."""
    controller, anywhere = "<ControllerFunction.Arn>", f"{FUNCTION}:3"
    everybody, looking = {*ROLES}, {"watcher", "releaser", "approver"}
    steering = {"releaser", "approver"}
    directory = "arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/serin/dev/endpoints"
    key = "arn:<AWS::Partition>:apigateway:<AWS::Region>::/apikeys/<FlightsDefaultKey>"
    table = {
        ("ssm:GetParametersByPath", directory): everybody,
        ("ssm:GetParameter", f"{directory}/flights"): everybody,
        ("lambda:GetAlias", FUNCTION): everybody,
        ("s3:GetObject", f"{REGISTRY}/reports/flights/1/x.html"): everybody,
        ("s3:GetObject", f"{SEALED}/flights/01.json"): everybody,
        ("s3:GetObject", f"{SEALED}/trains/01.json"): set(),
        ("s3:GetObject", f"{REGISTRY}/documents/sha256/00"): looking,
        ("s3:GetObject", f"{REGISTRY}/windows/flights/1/x"): looking,
        ("lambda:GetFunctionConfiguration", anywhere): looking,
        ("cloudwatch:GetMetricData", "*"): looking,
        ("lambda:UpdateAlias", FUNCTION): steering,
        ("lambda:InvokeFunction", controller): steering,
        ("s3:PutObject", f"{REGISTRY}/artifacts/sha256/00"): {"releaser"},
        ("s3:PutObject", f"{REGISTRY}/windows/flights/1/x"): set(),
        ("lambda:UpdateFunctionConfiguration", FUNCTION): {"releaser"},
        ("lambda:PublishVersion", FUNCTION): {"releaser"},
        ("lambda:InvokeFunction", anywhere): {"releaser"},
        ("apigateway:GET", key): {"releaser", "communicator"},
        ("lambda:ListVersionsByFunction", FUNCTION): looking,
        ("lambda:DeleteFunction", anywhere): {"releaser"},
        ("lambda:DeleteFunction", FUNCTION): set(),  # without a version it is the whole function
        ("cloudwatch:DeleteAlarms", f"{ALARMS}:serin-dev.flights.3.crashes"): {"releaser"},
        ("cloudwatch:DeleteAlarms", f"{ALARMS}:serin-dev-flights-drift"): set(),
        ("lambda:UpdateFunctionCode", FUNCTION): set(),
        ("s3:DeleteObject", f"{REGISTRY}/artifacts/sha256/00"): set(),
        ("secretsmanager:GetSecretValue", "<ReceiptsKey>"): set(),
    }
    found = {
        access: {role for role in ROLES if may(policy(template, role), *access)} for access in table
    }  # fmt: skip
    assert found == table


def test_policies_fit_into_what_iam_takes(two: Template) -> None:
    """A managed policy has at most 6,144 characters, spaces aside; ours keep a good third of it for longer names."""
    documents = [plain(one["PolicyDocument"]) for one in two.properties("IAM::ManagedPolicy")]
    assert len(documents) == 8
    assert max(len(json.dumps(one, separators=(",", ":"))) for one in documents) < 4000
