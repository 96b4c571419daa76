"""`serin fairness`, against a table with outcomes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import numpy as np
import pytest

from infra.cli.fairness_page import fairness_table
from infra.cli.voice import Voice
from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.aws.version_table import VersionTable
from serin.fairness.limits import Limits
from serin.outcomes.quality import Quality, by_segment
from serin.outcomes.tally import Mark
from serin.registry.records import AuditEntry, VersionRecord
from tests.unit.cli.conftest import Serin
from tests.unit.fairness.rows import drawn, report


@pytest.fixture
def told(serin: Serin) -> Iterator[Serin]:
    """Two hours of outcomes of churn@1, which is unfair to F; churn@2 has none."""
    table = Table(boto3.client("dynamodb"), "table")
    for number in (1, 2):
        audit = AuditEntry.of("churn", "register", "me", datetime.now(UTC))
        record = VersionRecord("churn", number, str(number), "a", 1, "m", "g", {}, "classification", "", "me")
        VersionTable(table).add(record, audit)
    for day, seed in (("2026-01-05T08", 1), ("2026-01-06T08", 2)):
        rows = drawn(1500, seed, unfair=0.15)
        parts = zip(rows["score"], rows["outcome"], rows["groups"]["sex"], strict=True)
        found = by_segment((Quality.binary(float(p), bool(y)), {"sex": str(sex)}) for p, y, sex in parts)
        OutcomeTable(table).put(Mark("churn", 1, day, "s"), found)
    return serin


def test_segments_are_judged_and_all_of_it_is_json(told: Serin) -> None:
    """A verdict is no error; a day leaves out what was before it."""
    done = told("fairness", "churn@1", "--json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["standing"], document["hours"], document["all"]["counts"]["rows"]) == ("fail", 2, 3000)
    gap = document["splits"][0]["gaps"]["tpr"]["difference"]
    assert 0.1 < gap["low"] < gap["value"] < gap["high"]
    later = json.loads(told("fairness", "churn@1", "--since", "2026-01-06", "--json").stdout)
    assert (later["hours"], later["all"]["counts"]["rows"]) == (1, 1500)


def test_a_person_reads_why(told: Serin) -> None:
    """The verdict with its reason, each gap, each group."""
    done = told("fairness", "churn@1")
    assert done.exit_code == 0, done.stderr
    said = " ".join(done.stdout.split())
    for words in (
        "churn@1 3,000 outcomes of 2 hours",
        "fail: tpr is 0.",
        "higher for sex=M",
        "95 %, all at once",
        "sex=F",
    ):
        assert words in said


def test_what_can_not_be_told_is_said_with_the_next_step(told: Serin) -> None:
    """And an exit code of its own: 5 for what is not there, 2 for what is written wrongly."""
    for words, code, said in (
        (("churn",), 5, "churn serves no version yet"),
        (("churn@2",), 5, "No outcome of churn@2 was counted yet"),
        (("churn@1", "--since", "2027-01-01"), 5, "counted since 2027-01-01"),
        (("churn@3",), 5, "churn@3"),
        (("churn@1", "--threshold", "0.55"), 2, "multiple of 0.02"),
        (("churn@1", "--since", "yesterday"), 2, "is no day"),
    ):
        done = told("fairness", *words)
        assert (done.exit_code, said in " ".join(done.stderr.split())) == (code, True), done.stderr


def test_a_table_of_hundreds_of_groups_stays_short(capsys: pytest.CaptureFixture[str]) -> None:
    """And says what it left out; markup in names is text."""
    rng = np.random.default_rng(3)
    columns = {name: rng.choice([f"[red]{value}" for value in range(12)], 900) for name in "ab"}
    made = report({**drawn(900), "groups": columns}, Limits.from_dict({"ratio": {"selection_rate": 0.8}}))
    Voice().result({}, fairness_table(made.to_dict()))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 60
    assert "selection_rate ratio" in "".join(lines)
    assert any("a=[red]0" in line for line in lines)
    assert (
        lines[-1] == f"… and {sum(len(split.counts) for split in made.splits) - 40:,} more groups, which --json shows"
    )
