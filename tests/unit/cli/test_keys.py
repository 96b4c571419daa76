"""`serin rotate-key`: a new key and nothing lost, or a leaked key that counts no more; on the audit trail of each."""

import json
from dataclasses import dataclass

import boto3
import pytest

from infra.cli.keys import rotate_key
from infra.cli.session import Session
from infra.cli.voice import Voice
from serin.aws.clients import Clients
from serin.aws.dynamodb import Table
from serin.aws.lambda_ import Functions
from serin.aws.release_table import ReleaseTable
from serin.errors import Conflict, InvalidReceipt
from serin.outcomes.keys import KEPT, Key, Keyring
from serin.outcomes.receipts import Signer, read
from tests.unit.cli.conftest import Serin


@dataclass(frozen=True)
class Stage:
    serin: Serin
    arn: str

    def ring(self) -> Keyring:
        return Keyring.from_json(self.text())

    def text(self) -> str:
        found = boto3.client("secretsmanager").get_secret_value(SecretId=self.arn, VersionStage="AWSCURRENT")
        return str(found["SecretString"])

    def audits(self, model: str, action: str = "rotate-key") -> list[dict[str, object]]:
        table = ReleaseTable(Table(boto3.client("dynamodb"), "table"))
        return [audit.details | {"actor": audit.actor} for audit in table.audits(model, (action,))]


@pytest.fixture
def stage(serin: Serin) -> Stage:
    """Two endpoints and their one key, as CloudFormation generates it."""
    arn = boto3.client("secretsmanager").create_secret(Name="k", SecretString=json.dumps({"key": "x" * 64}))["ARN"]
    ssm = boto3.client("ssm")
    value = json.loads(ssm.get_parameter(Name="/serin/dev/endpoints/churn")["Parameter"]["Value"])
    for model in ("churn", "late-trains"):
        text = json.dumps(value | {"model": model, "receipt_secret": arn})
        ssm.put_parameter(Name=f"/serin/dev/endpoints/{model}", Value=text, Type="String", Overwrite=True)
    return Stage(serin, arn)


def test_a_new_key_signs_and_receipts_that_are_out_stay_valid(stage: Stage) -> None:
    """One JSON document with ids, never a secret; each model's audit trail says who did it."""
    before = stage.ring()
    receipt = Signer(before, model="churn", version=1, release="2").sign(0, 1)
    result = stage.serin("rotate-key", "--json")
    after, said = stage.ring(), json.loads(result.stdout)
    assert said == {
        "stage": "dev", "key": after.current.id, "before": before.current.id, "previous": [before.current.id],
        "dropped": [], "audited": ["churn", "late-trains"],
    }  # fmt: skip
    assert read(receipt, after).model == "churn"
    for model in ("churn", "late-trains"):
        (audit,) = stage.audits(model)
        assert (audit["key"], audit["before"]) == (after.current.id, before.current.id)
        assert str(audit["actor"]).startswith("arn:")
    assert after.current.secret not in result.stdout + result.stderr


def test_people_are_told_what_goes_on_with_the_key_before(stage: Stage) -> None:
    """A warning that sandboxes keep theirs for a while, and that this is fine."""
    result = stage.serin("rotate-key")
    assert stage.ring().current.id in result.stdout
    assert "for up to an hour more" in result.stderr
    assert "stay valid" in result.stderr


def test_what_is_dropped_is_named(stage: Stage) -> None:
    """The sixth key from the newest."""
    first = stage.ring().current.id
    said = [json.loads(stage.serin("rotate-key", "--json").stdout) for _ in range(KEPT + 1)]
    assert [document["dropped"] for document in said] == [[]] * KEPT + [[first]]
    assert f"dropped, its receipts are void: {said[0]['key']}" in stage.serin("rotate-key").stdout


def test_the_current_key_is_dropped_for_a_new_one(stage: Stage) -> None:
    """Its receipts are void at once, those of the keys before are not; who did it and why is on each audit trail."""
    first = stage.ring()
    stage.serin("rotate-key")
    ring = stage.ring()
    leaked, good = (Signer(one, model="churn", version=1, release="2").sign(0, 1) for one in (ring, first))
    result = stage.serin("rotate-key", "--drop", ring.current.id.upper(), "--reason", "it was in a log", "--json")
    after, said = stage.ring(), json.loads(result.stdout)
    assert ring.find(after.current.id) is None
    with pytest.raises(InvalidReceipt, match="key is unknown"):
        read(leaked, after)
    assert read(good, after).model == "churn"
    assert said == {
        "stage": "dev", "key": after.current.id, "before": ring.current.id, "previous": [first.current.id],
        "dropped": [ring.current.id], "reason": "it was in a log", "audited": ["churn", "late-trains"],
        "marked": ["churn", "late-trains"],
    }  # fmt: skip
    for model in ("churn", "late-trains"):
        (audit,) = stage.audits(model, "drop-key")
        assert (audit["dropped"], audit["reason"]) == (ring.current.id, "it was in a log")
        assert str(audit["actor"]).startswith("arn:")


def test_a_key_before_is_dropped_and_the_others_stay(stage: Stage) -> None:
    """No new one is made: it would push out the oldest that is good."""
    stage.serin("rotate-key")
    stage.serin("rotate-key")
    ring = stage.ring()
    result = stage.serin("rotate-key", "--drop", ring.previous[0].id)
    assert stage.ring() == Keyring(ring.current, ring.previous[1:])
    assert f"dropped, its receipts are void: {ring.previous[0].id}" in result.stdout
    assert f"current key {ring.current.id}, as before" in result.stdout


def test_what_goes_on_with_a_dropped_key_is_said_and_a_deploy_ends_it(stage: Stage) -> None:
    """How long, and what to do; the next release of the very same version is a new one, whose sandboxes read anew."""
    functions = Functions(boto3.client("lambda"))
    before = functions.configuration("f")
    result = stage.serin("rotate-key", "--drop", stage.ring().current.id)
    for words in ("refused within a minute", "up to an hour more", "serin deploy MODEL@N --plan all-at-once"):
        assert words in result.stderr
    latest = functions.configuration("f")
    assert latest.environment == before.environment | {"SERIN_RECEIPT_KEY": stage.ring().current.id}
    assert latest.fingerprint != before.fingerprint
    assert functions.configuration("f", "1").environment == before.environment


def test_a_key_that_is_not_there_drops_nothing(stage: Stage) -> None:
    """The refusal names those that are; what may be the key itself is not repeated."""
    before = stage.text()
    unknown = stage.serin("rotate-key", "--drop", "00000000", "--json")
    assert (unknown.exit_code, json.loads(unknown.stderr)["type"]) == (5, "NotFound")
    assert stage.ring().current.id in unknown.stderr
    itself = stage.serin("rotate-key", "--drop", stage.ring().current.secret)
    assert itself.exit_code == 2
    assert stage.ring().current.secret not in itself.stdout + itself.stderr
    assert (stage.text(), stage.audits("churn", "drop-key")) == (before, [])


@pytest.mark.parametrize("dropping", [False, True])
def test_who_changes_the_keys_second_is_told_so(stage: Stage, dropping: bool) -> None:
    """Somebody else is faster between reading and writing: theirs counts, and nothing is on the audit trail."""

    class Racing(Clients):
        def client(self, service: str) -> object:
            client = super().client(service)
            if service == "secretsmanager":
                put = client.put_secret_value

                def first_they(**arguments: object) -> object:
                    put(SecretId=stage.arn, SecretString=theirs.to_json())
                    return put(**arguments)

                client.put_secret_value = first_they
            return client

    theirs = stage.ring().rotated(Key.new())
    session = Session(Voice(as_json=True))
    session.__dict__["clients"] = Racing()
    with pytest.raises(Conflict, match="Theirs are in use and yours are not"):
        rotate_key(session, stage.ring().current.id if dropping else None)
    assert stage.ring() == theirs
    assert stage.audits("churn") + stage.audits("churn", "drop-key") == []


def test_a_stage_without_a_key_says_what_to_do(serin: Serin) -> None:
    """Its stack is older than receipts."""
    result = serin("rotate-key", "--json")
    assert (result.exit_code, json.loads(result.stderr)["type"]) == (4, "InvalidSettings")
    assert "deploy the stack again" in result.stderr
    assert serin("rotate-key", "--stage", "other").exit_code == 5


def test_a_secret_that_is_no_keyring_is_left_alone(stage: Stage) -> None:
    """What can't be read can't be kept valid."""
    boto3.client("secretsmanager").put_secret_value(SecretId=stage.arn, SecretString="nonsense")
    assert stage.serin("rotate-key").exit_code == 4
    assert stage.text() == "nonsense"
