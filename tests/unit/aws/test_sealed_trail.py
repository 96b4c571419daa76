"""Does the controller seal what was written, does the lock hold, and does the copy show what was written over?"""

from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.s3 import Bucket
from serin.aws.sealed_copies import sealed_copies
from serin.registry.records import AuditEntry
from serin.registry.seal import Seal, Sealer, compared
from tests.unit.aws.stage import Aws

LOCK = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 400}}}


class Place:
    """A table and a locked bucket."""

    def __init__(self, aws: Aws) -> None:
        self.aws, s3 = aws, aws.client("s3")
        s3.create_bucket(Bucket="sealed", ObjectLockEnabledForBucket=True)
        s3.put_object_lock_configuration(Bucket="sealed", ObjectLockConfiguration=LOCK)
        self.trail, self.copies = AuditTable(Table(aws.client("dynamodb"), "table")), Bucket(s3, "sealed")

    def write(self, action: str) -> AuditEntry:
        audit = AuditEntry.of("flights", action, "ann", datetime.now(UTC), release=2, reason="why", parts=["a", 1])
        self.trail.record(audit)
        return audit

    def seal(self) -> int:
        return Sealer(self.trail, self.copies).look("flights", datetime.now(UTC))

    def seals(self) -> dict[str, Seal]:
        found = compared(self.trail.of("flights"), sealed_copies(self.copies, "flights"))
        return {one.entry.action: one.seal for one in found}

    def item(self, audit: AuditEntry) -> dict[str, dict[str, str]]:
        return {"PK": {"S": "AUDIT#flights"}, "SK": {"S": f"AUDIT#{audit.id}"}}


@pytest.fixture
def place(aws: Aws) -> Place:
    return Place(aws)


def test_an_entry_and_its_copy_are_equal(place: Place) -> None:
    """Through DynamoDB's types on one side and JSON on the other; two sealers at once are as good as one."""
    place.write("deploy")
    assert place.seals() == {"deploy": Seal.OPEN}
    assert (place.seal(), place.seal()) == (1, 0)
    place.write("promote")
    assert place.seals() == {"deploy": Seal.SEALED, "promote": Seal.OPEN}


@pytest.mark.parametrize("over", [{"actor": {"S": "nobody"}}, {}], ids=["another", "nothing"])
def test_the_copy_reveals_an_entry_that_was_written_over(place: Place, over: dict[str, dict[str, str]]) -> None:
    """Also where what was written over it is no entry any more; sealing again does not cover it up."""
    audit = place.write("deploy")
    place.seal()
    place.aws.client("dynamodb").put_item(TableName="table", Item={**place.item(audit), **over})
    place.seal()
    assert place.seals() == {"deploy": Seal.DIFFERS}


def test_the_copy_reveals_an_entry_that_is_gone(place: Place) -> None:
    """It is shown as it was."""
    audit = place.write("deploy")
    place.seal()
    place.aws.client("dynamodb").delete_item(TableName="table", Key=place.item(audit))
    assert place.seals() == {"deploy": Seal.MISSING}


def test_a_locked_copy_can_not_be_removed(place: Place) -> None:
    """Not by who may delete: the bucket's retention holds from the first moment."""
    audit = place.write("deploy")
    place.seal()
    s3: boto3.client = place.aws.client("s3")
    (version,) = s3.list_object_versions(Bucket="sealed")["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="sealed", Key=version["Key"], VersionId=version["VersionId"])
    assert version["Key"] == f"flights/{audit.id}.json"


def test_only_what_is_asked_for_is_read(place: Place) -> None:
    """From a moment on: entries and copies alike."""
    place.write("deploy")
    place.seal()
    later = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1)
    assert place.trail.of("flights", since=later) == ()
    assert sealed_copies(place.copies, "flights", later) == {}
