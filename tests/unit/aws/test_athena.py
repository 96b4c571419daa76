"""Answers of Athena come back as values, a failed query as a sentence, and a query that nobody waits for is stopped."""

from itertools import pairwise

import pytest

from serin.aws.athena import Athena
from serin.errors import BadRequest, Unavailable


@pytest.fixture
def client(aws):
    client = aws.client("athena")
    client.create_work_group(
        Name="serin-dev", Configuration={"ResultConfiguration": {"OutputLocation": "s3://bucket/q/"}}
    )
    return client


def queue(rows):
    """What moto will say of the next query, in the form in which AWS's API gives it."""
    from moto.athena.models import athena_backends

    kinds = {"day": "varchar", "n": "bigint", "score": "double", "sure": "boolean"}
    columns = [{"Name": name, "Type": kind} for name, kind in kinds.items()]
    cells = [[{} if value is None else {"VarCharValue": value} for value in row] for row in [tuple(kinds), *rows]]
    results = {"Rows": [{"Data": line} for line in cells], "ResultSetMetadata": {"ColumnInfo": columns}}
    backend = athena_backends["123456789012"]["us-east-1"]
    backend.query_results_queue.append(_Results(results))


class _Results:
    def __init__(self, document):
        self.document = document

    def to_dict(self):
        return {"ResultSet": self.document}


def ask(client, most=10):
    return Athena(client, "serin-dev", "serin_dev", pause=lambda _: None).ask("select 1", most)


def test_values_have_their_types_and_what_is_null_is_none(client):
    """Athena sends text alone, and the names of the columns as the first line."""
    queue([("2026-01-01", "12", "0.5", "true"), (None, None, None, None)])
    answer = ask(client)
    assert answer.columns == ("day", "n", "score", "sure")
    assert answer.rows == (("2026-01-01", 12, 0.5, True), (None, None, None, None))
    assert not answer.cut


def test_no_more_rows_come_back_than_asked_for(client):
    """And it says that there are more."""
    queue([("2026-01-01", str(n), "0.5", "true") for n in range(5)])
    answer = ask(client, most=3)
    assert ([row[1] for row in answer.rows], answer.cut) == ([0, 1, 2], True)


class Recording:
    """A client of Athena that tells how a query ends, and remembers what was asked of it."""

    def __init__(self, *states):
        self.states, self.asked = iter(states), []

    def start_query_execution(self, **arguments):
        self.asked.append(("start", arguments["ClientRequestToken"]))
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_):
        state = next(self.states)
        if isinstance(state, BaseException):
            raise state
        return {"QueryExecution": {"Status": {"State": state, "StateChangeReason": "line 1:8: no such column"}}}

    def stop_query_execution(self, **_):
        self.asked.append(("stop", ""))


def test_a_query_that_fails_says_why():
    """In Athena's own words: they name line and column."""
    with pytest.raises(BadRequest, match="line 1:8: no such column"):
        ask(Recording("QUEUED", "FAILED"))


@pytest.mark.parametrize("ended", [KeyboardInterrupt(), "RUNNING"])
def test_a_query_that_nobody_waits_for_is_stopped(ended):
    """It would cost on: after an interruption, and after the longest wait, whose pauses grow."""
    from itertools import repeat

    pauses = []
    states = [ended] if ended != "RUNNING" else repeat(ended)
    client = Recording(*([] if ended == "RUNNING" else states))
    client.states = iter(states)
    with pytest.raises((KeyboardInterrupt, Unavailable)):
        Athena(client, "w", "d", pauses.append).ask("select 1", 1, patience_s=60)
    assert [verb for verb, _ in client.asked] == ["start", "stop"]
    assert all(one <= two for one, two in pairwise(pauses))
    assert sum(pauses) <= 63
