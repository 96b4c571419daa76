"""Does `serin audit` tell who did what and why, and does it notice that the trail was changed?"""

import json
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.s3 import Bucket
from serin.registry.seal import Sealer
from tests.unit.cli.conftest import Serin
from tests.unit.cli.test_rollout_commands import _become, _said, _settings
from tests.unit.registry import folders


@pytest.fixture
def audited(serin: Serin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serin:
    """Two versions of churn are registered, by two people; the first entry is sealed."""
    boto3.client("s3").create_bucket(Bucket="sealed", ObjectLockEnabledForBucket=True)
    _settings(audit_bucket="sealed")
    for number, name in ((1, "ann"), (2, "bob")):
        _become(monkeypatch, "churn-releaser", name)
        serin("register", folders.write_folder(tmp_path / f"m{number}", factor=float(number)))
        if number == 1:
            table = AuditTable(Table(boto3.client("dynamodb"), "table"))
            Sealer(table, Bucket(boto3.client("s3"), "sealed")).look("churn", datetime.now(UTC))
    return serin


def _overwrite(action: str) -> None:
    """As a role may that is allowed to put items."""
    client = boto3.client("dynamodb")
    items = client.scan(TableName="table")["Items"]
    entry = next(one for one in items if one.get("action") == {"S": action})
    client.put_item(TableName="table", Item={**entry, "actor": {"S": "nobody"}})


def test_the_newest_is_last_and_each_has_its_seal(audited: Serin) -> None:
    """For programs, and for people."""
    found = _said(audited("audit", "churn", "--json"))
    rows = [(one["action"], one["actor"].rpartition("/")[2], one["seal"]) for one in found["entries"]]
    assert rows == [("register", "ann", "sealed"), ("register", "bob", "not yet sealed")]
    assert (found["compared"], found["broken"]) == (2, 0)
    shown = audited("audit", "churn").stdout
    assert all(part in shown for part in ("assumed-role/churn-releaser/ann", "register", "sealed"))
    assert "arn:aws" not in shown


def test_what_is_shown_can_be_chosen(audited: Serin) -> None:
    """By number, by action, by day; a day that is none is refused."""
    assert [one["actor"][-3:] for one in _said(audited("audit", "churn", "--last", 1, "--json"))["entries"]] == ["bob"]
    assert _said(audited("audit", "churn", "--action", "promote", "--json"))["entries"] == []
    assert _said(audited("audit", "churn", "--since", "2100-01-01", "--json"))["compared"] == 0
    found = audited("audit", "churn", "--since", "2100-01-01", "--action", "promote").stdout
    assert found.startswith("Nothing of churn was changed by promote since 2100-01-01.")
    assert "is no day" in _said(audited("audit", "churn", "--since", "yesterday", "--json"), 2)["error"]


def test_an_entry_that_was_written_over_is_shown_as_it_was(audited: Serin) -> None:
    """Whatever else was asked for; the exit code says it too, and so does the document."""
    _overwrite("register")
    done = audited("audit", "churn", "--last", 1, "--json")
    assert "differs from its sealed copy" in _said(done, 6)["error"]
    found = json.loads(done.stdout)
    assert [(one["actor"].rpartition("/")[2], one["seal"]) for one in found["entries"]] == [
        ("ann", "differs from its sealed copy"), ("bob", "not yet sealed"),
    ]  # fmt: skip
    assert found["broken"] == 1


def test_a_stage_without_copies_says_so(audited: Serin) -> None:
    """One that was deployed before there were any: nothing is called sealed."""
    _settings(audit_bucket="")
    done = audited("audit", "churn")
    assert (done.exit_code, done.stdout.count("not yet sealed")) == (0, 2)
    assert "nothing could be compared" in done.stderr
