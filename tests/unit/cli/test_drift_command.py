"""`serin drift` and `serin query`: what they tell, what they leave alone, and what they say where there is nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path

import boto3
import numpy as np
import pytest

from serin.aws.drift_table import DriftTable
from serin.aws.dynamodb import Table
from serin.aws.version_table import VersionTable
from serin.drift.window import WindowSketch
from serin.registry.canonical import sha256
from serin.registry.records import AuditEntry, VersionRecord
from tests.unit.cli.conftest import Serin
from tests.unit.watch.world import baseline, rows

DAYS = [datetime(2026, 3, day, 8, tzinfo=UTC) for day in (2, 3, 5)]


@pytest.fixture
def watched(serin: Serin) -> Serin:
    """Three days on which churn@1 saw something; on the last one it did not get one of its features."""
    s3, document = boto3.client("s3"), baseline().to_bytes()
    s3.put_object(Bucket="bucket", Key=f"documents/sha256/{sha256(document)}", Body=document)
    record = VersionRecord("churn", 1, "d", "a", 1, "m", "g", {}, "classification", "", "me", sketch=sha256(document))
    audit = AuditEntry.of("churn", "register", "me", datetime.now(UTC))
    VersionTable(Table(boto3.client("dynamodb"), "table")).add(record, audit)
    for number, day in enumerate(DAYS):
        window = WindowSketch.of(baseline(), "s", number)
        missing = {"b": lambda values: np.full_like(values, np.nan)} if day is DAYS[-1] else {}
        window.observe(*rows(2000, number, **missing), 2000, day.timestamp())
        key = f"windows/churn/1/{day:%Y/%m/%d/%H}/00-s-{number}.z"
        s3.put_object(Bucket="bucket", Key=key, Body=window.to_bytes())
    return serin


def test_a_history_is_looked_at_and_nothing_is_recorded(watched: Serin, tmp_path: Path) -> None:
    """Each window in which something was seen has a row and a page; a lone one says why."""
    done = watched("drift", "churn", "--since", "2026-03-01", "--output", tmp_path / "pages", "--json")
    assert done.exit_code == 0, done.stderr
    windows = json.loads(done.stdout)["windows"]
    assert [one["span"] for one in windows] == [f"2026-03-0{day}T00+24h" for day in (2, 3, 5)]
    assert windows[-1]["kind"] == "broken input"
    assert windows[-1]["diagnosis"]["causes"][0]["features"] == ["b"]
    assert [Path(one["report"]).read_text().startswith("<!doctype html>") for one in windows] == [True] * 3
    lone = watched("drift", "churn", "--window", "2026-03-05T00+24h")
    assert "broken input, window 2026-03-05T00+24h" in lone.stdout
    assert "100.0% of b is missing" in lone.stdout
    assert not DriftTable(Table(boto3.client("dynamodb"), "table")).of_version("churn", 1)


def test_what_can_not_be_told_is_said_with_the_next_step(watched: Serin) -> None:
    """And an exit code of its own: 5 for what is not there, 2 for what is written wrongly."""
    for words, code, said in (
        ((), 5, "To look now: --window or --since"),
        (("--since", "2027-01-01"), 5, "seen in none of these windows"),
        (("--version", "7", "--since", "2026-01-01"), 5, "churn@7 was seen in no window; there are 1"),
        (("--window", "yesterday"), 2, "2026-01-05T00+24h"),
        (("--since", "yesterday"), 2, "is no day"),
        (("--since", "2026-01-01", "--hours", "5"), 2, "Windows are 1, 2, 3"),
    ):
        done = watched("drift", "churn", *words)
        assert (done.exit_code, said in " ".join(done.stderr.split())) == (code, True), done.stderr
    done = watched("query", "churn")
    assert (done.exit_code, "deploy it again" in done.stderr) == (4, True)
