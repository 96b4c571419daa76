"""Are outcomes, marks and sums kept as the library means it? Against moto, with real boto3."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from moto import mock_aws

from serin.aws.dynamodb import Table
from serin.aws.outcome_table import OutcomeTable
from serin.errors import Conflict
from serin.outcomes.judge import Outcome
from serin.outcomes.quality import Quality
from serin.outcomes.tally import Mark, tally
from tests.unit.aws.stage import Aws, make_stage

AT = datetime(2026, 1, 5, 8, 30, 1, 500_000, tzinfo=UTC)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[OutcomeTable]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        aws = Aws()
        make_stage(aws)
        yield OutcomeTable(Table(aws.client("dynamodb"), "table"))


def _outcome(row: int, outcome: float | str | bool = True, score: int | None = 900_000) -> Outcome:
    return Outcome("r1", row, "flights", 3, "7", AT, outcome, score, {"value": -5}, {"origin": "EWR"}, "c1", AT)


def test_an_outcome_is_written_once_and_comes_back_as_it_was(table: OutcomeTable) -> None:
    """Booleans, numbers and texts keep their kind; the second word changes nothing."""
    ones = [_outcome(0), _outcome(1, 2.5), _outcome(2, "late", None), _outcome(3, 7)]
    assert [table.add(one) for one in ones] == [True] * 4
    assert [table.add(_outcome(0, outcome=False)), table.add(_outcome(1))] == [False, False]
    mark = Mark("flights", 3, "2026-01-05T08", "x")
    found = sorted(table.outcomes(mark), key=lambda one: one.row)
    assert found == ones
    assert [type(one.outcome) for one in found] == [bool, float, str, int]


def test_a_window_is_counted_when_it_was_touched_and_then_no_more(table: OutcomeTable) -> None:
    """Until it is touched again."""
    for row in range(3):
        table.add(_outcome(row))
    table.mark("flights", 3, "2026-01-05T08")
    table.mark("flights", 3, "2026-01-05T08")
    (one,) = tally(table, "flights", lambda _: "classification")
    assert (one.qualities[""].n, one.qualities["origin=EWR"].n) == (3, 3)
    assert not list(table.marks("flights"))
    assert table.qualities("flights", 3)["2026-01-05T08"]["all"] == one.qualities[""]
    assert table.qualities("flights", 2) == {}
    assert list(table.qualities("flights", 3, "2026-01-05T08")) == ["2026-01-05T08"]
    assert table.qualities("flights", 3, "2026-01-05T09") == {}


def test_who_counted_less_does_not_overwrite_who_counted_more(table: OutcomeTable) -> None:
    """And a mark that is newer than the one that was read stays."""
    table.mark("flights", 3, "2026-01-05T08")
    (mark,) = table.marks("flights")
    one, two = Quality.binary(0.9, True), Quality.binary(0.2, False)
    table.put(mark, {"": one + two})
    with pytest.raises(Conflict):
        table.put(mark, {"": one})
    table.mark("flights", 3, "2026-01-05T08")
    with pytest.raises(Conflict):
        table.unmark(mark)
    assert table.qualities("flights", 3)["2026-01-05T08"]["all"] == one + two
