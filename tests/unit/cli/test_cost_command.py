"""Does `serin cost` tell people, programs and spreadsheets the same, and what was not counted yet?"""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import boto3
import pytest

from serin.aws.dynamodb import Table
from serin.aws.ledger_table import LedgerTable
from serin.cost.books import Books, Counted
from serin.cost.code import Code
from serin.cost.entry import Account, Entry, Line
from serin.cost.hour import hour_of
from serin.cost.month import month_before, month_of_ledger
from tests.unit.cli.conftest import Serin

ONE, TWO = Account("growth", "churn", 1), Account("growth", "churn", 2)
NOW = datetime.now(UTC)
MONTH = f"{NOW:%Y-%m}"


def counted(at: datetime, micro: int, *, closed: bool = True, account: Account = ONE) -> Counted:
    lines = {Code.LAMBDA_REQUEST: Line(micro, Fraction(micro, 10)), Code.DASHBOARD: Line(7, Fraction(1, 720))}
    return Counted(hour_of(at), (Entry(account, hour_of(at), lines),), at=1, closed=closed)


@pytest.fixture
def ledger(serin: Serin) -> LedgerTable:
    """A dollar in this month's first hour, two in this one."""
    found = LedgerTable(Table(boto3.client("dynamodb"), "table"))
    first = NOW.replace(day=1, hour=0)
    found.put(counted(first, 1_000_000))
    if hour_of(first) != hour_of(NOW):
        found.put(counted(NOW, 2_000_000, closed=False, account=TWO))
    return found


def budget(usd: float) -> None:
    client, name = boto3.client("ssm"), "/serin/dev/endpoints/churn"
    value = json.loads(client.get_parameter(Name=name)["Parameter"]["Value"])
    value |= {"budget": {"monthly_usd": usd}, "team_budget_usd": 2 * usd}
    client.put_parameter(Name=name, Value=json.dumps(value), Overwrite=True)


def test_nothing_on_the_ledger_is_said_and_is_no_failure(serin: Serin) -> None:
    """With whose business it is to write there."""
    said = serin("cost")
    assert said.exit_code == 0, said.output
    assert f"Nothing is on the ledger of {MONTH} yet" in said.stdout
    assert "serin-dev-ledger" in said.stdout
    assert json.loads(serin("cost", "--json").stdout)["rows"] == []


@pytest.mark.parametrize("by", ["team", "model", "version", "day", "line"])
def test_whatever_it_is_added_up_by_it_is_the_same_month(serin: Serin, ledger: LedgerTable, by: str) -> None:
    """To the micro-dollar."""
    document = json.loads(serin("cost", "--by", by, "--json").stdout)
    whole = sum(one.micro for one in ledger.month(MONTH))
    assert document["micro"] == whole == sum(row["micro"] for row in document["rows"])
    if by == "version":
        assert [row["name"] for row in document["rows"]] == ["churn@1", "churn@2"]


def test_a_person_sees_sum_budget_and_ending(serin: Serin, ledger: LedgerTable) -> None:
    """And of how many hours more will follow."""
    budget(2.5)
    said = serin("cost").stdout
    assert "$3.00 in" in said
    assert "120.0 %" in said
    assert "no whole day of spend is known yet" in said
    assert "1 hour is still open" in said
    (row,) = json.loads(serin("cost", "--by", "team", "--json").stdout)["rows"]
    assert (row["budget_usd"], row["budget_used_percent"]) == (5.0, 60.0)


def test_a_ledger_that_nobody_keeps_is_said(serin: Serin) -> None:
    """Since when it stands still, and where it is said why; of a region without prices at once."""
    ledger = LedgerTable(Table(boto3.client("dynamodb"), "table"))
    assert serin("cost").stderr == ""
    ledger.close(None, Books(hour_of(NOW - timedelta(hours=7))), ())
    assert "stands still" not in serin("cost").stderr
    books = ledger.books()
    assert books
    ledger.close(books, Books(hour_of(NOW - timedelta(hours=9))), ())
    said = json.loads(serin("cost", "--json").stdout)["problem"]
    assert "stands still since" in said
    assert "/aws/lambda/serin-dev-ledger" in said


def test_a_region_without_prices_has_no_ledger_and_that_is_said(
    serin: Serin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With what to do about it, away from this folder's prices too."""
    name, there = "/serin/dev/endpoints/churn", {"region_name": "eu-west-1"}
    value = boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    boto3.client("ssm", **there).put_parameter(Name=name, Value=value, Type="String")
    table = boto3.client("dynamodb").describe_table(TableName="table")["Table"]
    keys = {name: table[name] for name in ("TableName", "KeySchema", "AttributeDefinitions")}
    boto3.client("dynamodb", **there).create_table(**keys, BillingMode="PAY_PER_REQUEST")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.chdir(tmp_path)
    said = serin("cost")
    assert said.exit_code == 0, said.output
    assert "serin-dev-ledger can price nothing" in said.stderr
    assert "cdk.json" in said.stderr


def test_training_counts_for_no_budget(serin: Serin, ledger: LedgerTable) -> None:
    """It is in the sum; the budget's share is of what runs, and that is said."""
    budget(2.5)
    hour = hour_of(NOW - timedelta(hours=1) if NOW.hour else NOW + timedelta(hours=1))
    ledger.put(Counted(hour, (Entry.training(ONE, hour, 10**9),), at=1))
    (row,) = json.loads(serin("cost", "--json").stdout)["rows"]
    assert (row["micro"] > 10**9, row["budget_used_percent"]) == (True, 120.0)
    assert "not what training cost" in serin("cost").stdout


def test_a_spreadsheet_sums_to_the_month(serin: Serin, ledger: LedgerTable, tmp_path: Path) -> None:
    """On stdout, or in a file."""
    text = serin("cost", "--csv", "-").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(round(float(row["usd"]) * 10**6) for row in rows) == sum(one.micro for one in ledger.month(MONTH))
    assert {row["line"] for row in rows} == {"lambda.request", "cloudwatch.dashboard_month"}
    assert serin("cost", "--csv", tmp_path / "spend.csv").exit_code == 0
    assert (tmp_path / "spend.csv").read_text() == text
    assert serin("cost", "--csv", tmp_path / "no" / "spend.csv").exit_code == 2


def test_what_is_no_month_is_refused(serin: Serin) -> None:
    """Nor is one that has not begun."""
    assert serin("cost", "--month", "2026-13").exit_code == 2
    assert "has not begun" in serin("cost", "--month", "2999-01").stderr


def test_the_estimate_is_still_a_command_of_its_own(serin: Serin) -> None:
    """What stands behind a group's own command runs alone."""
    assert "rivals" in json.loads(serin("cost", "estimate", "--json").stdout)


def hours(first: datetime, days: int, micro: int) -> list[Counted]:
    return [counted(first + timedelta(hours=number), micro) for number in range(24 * days)]


def test_a_month_is_held_against_as_much_of_the_one_before() -> None:
    """By the hours that both have closed, and why it is not the same, by line: what is still open is not less."""
    now = datetime(2026, 11, 10, 12, 30, tzinfo=UTC)
    before = hours(datetime(2026, 10, 1, tzinfo=UTC), 31, 100)
    this = hours(datetime(2026, 11, 1, tzinfo=UTC), 9, 150)
    part = [counted(datetime(2026, 11, 10, 3, tzinfo=UTC), 5, closed=False)]
    found = month_of_ledger("2026-11", [*this, *part], before, now)
    assert found.compared
    assert found.compared.hours == 9 * 24
    assert found.compared.month == month_before("2026-11") == "2026-10"
    assert found.compared.before == 107 * 9 * 24
    change = found.compared.changes[0]
    assert (change.line, change.after) == ("lambda.request", 150 * 9 * 24)
    assert found.forecast
    assert found.forecast.expected > found.micro


def test_a_day_with_open_hours_foretells_nothing() -> None:
    """Nor does what training cost: both would bend every day to come."""
    now = datetime(2026, 11, 4, 12, tzinfo=UTC)
    this = hours(datetime(2026, 11, 1, tzinfo=UTC), 2, 100)
    part = [counted(datetime(2026, 11, 3, tzinfo=UTC), 5, closed=False)]
    trained = Counted("2026-11-02T09", (Entry.training(ONE, "2026-11-02T09", 10**9),), closed=True)
    paid = [one if one.hour != trained.hour else Counted(one.hour, (*one.entries, *trained.entries), closed=True)
            for one in this]  # fmt: skip
    found = month_of_ledger("2026-11", [*paid, *part], [], now)
    assert found.forecast
    left = 26.5 * 24 * 107
    assert found.forecast.expected == found.micro + left
    assert found.compared is None


def test_a_month_that_is_over_has_no_forecast() -> None:
    """And is held against the whole one before."""
    found = month_of_ledger(
        "2026-10", hours(datetime(2026, 10, 1, tzinfo=UTC), 1, 1), hours(datetime(2026, 9, 1, tzinfo=UTC), 30, 1), NOW
    )
    assert found.forecast is None
    assert found.compared
    assert found.compared.before == 8 * 24 * 30
