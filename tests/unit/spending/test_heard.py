"""Is it understood what the alarms and AWS Budgets tell, and is all else left alone?"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serin.spending.heard import budget_name, heard
from serin.spending.signal import Runaway, Source, Spent, Word, about
from tests.unit.spending.world import ENDPOINT, runaway, spent

EVENTS = Path(__file__).parents[3] / "events"


def event(name):
    return json.loads((EVENTS / f"{name}.json").read_text())


def test_a_red_alarm_tells_its_percentage_and_since_when():
    """By its name, for the endpoint that is in it."""
    at = datetime(2026, 1, 20, 12, 0, 31, 21_000, tzinfo=UTC)
    assert heard(event("shutdown-alarm"), "dev") == (Word(Source.MODEL, "flights", Spent(Source.MODEL, 100, at)),)


def test_a_runaway_client_is_told_with_the_alarms_own_words():
    """They hold the count."""
    (word,) = heard(event("shutdown-runaway"), "dev")
    assert isinstance(word.signal, Runaway)
    assert "133211" in word.signal.said


@pytest.mark.parametrize("name", ["shutdown-schedule", "rollback-endpoint-alarm", "rollback-back-to-ok"])
def test_what_is_no_spend_alarm_tells_nothing(name):
    """A schedule, an alarm about crashes."""
    assert heard(event(name), "dev") == ()


def test_an_alarm_that_turned_green_or_of_another_stage_tells_nothing():
    """That a client has calmed down lets nothing go on by itself."""
    found = event("shutdown-runaway")
    assert heard(found, "prod") == ()
    found["detail"]["state"]["value"] = "OK"
    assert heard(found, "dev") == ()


def test_aws_budgets_text_is_read():
    """Budgeted and actual amount make the percentage; the name says whose budget."""
    at = datetime(2026, 1, 20, 15, 56, 27, 357_000, tzinfo=UTC)
    assert heard(event("shutdown-budgets"), "dev") == (Word(Source.TEAM, "operations", Spent(Source.TEAM, 104, at)),)
    assert heard(event("shutdown-budgets"), "prod") == ()


def test_a_text_that_was_reworded_around_its_list_is_read_all_the_same():
    """Only four lines are relied upon; a forecast stops nobody; what is no number tells nothing."""
    name = budget_name("dev", Source.MODEL, "flights", "us-east-1")

    def told(**lines):
        known = {"Budget Name": name, "Budgeted Amount": "$1,000.00", "ACTUAL Amount": "$1,250.00", **lines}
        text = "\r\n".join(["Hello.", *(f"  {key} : {value}" for key, value in known.items()), "Bye: now"])
        return heard({"Records": [{"Sns": {"Message": text, "Timestamp": "2026-01-20T12:00:00.000Z"}}]}, "dev")

    assert told()[0].signal.percent == 125
    assert told(**{"Alert Type": "ACTUAL", "ACTUAL Amount": "999.9 USD"})[0].signal.percent == 99
    assert told(**{"Alert Type": "FORECASTED"}) == ()
    assert told(**{"Budgeted Amount": "0"}) == told(**{"ACTUAL Amount": "none"}) == told(**{"Budget Name": "x"}) == ()
    assert heard({"Records": [{"Sns": {}}, {}]}, "dev") == ()


def test_a_teams_word_is_about_all_of_its_endpoints():
    """And about nobody else's, also where a team is called as a model."""
    words = [
        Word(Source.TEAM, "growth", spent(90, source=Source.TEAM)), Word(Source.MODEL, "churn", runaway()),
        Word(Source.TEAM, "churn", spent(1)), Word(Source.MODEL, "growth", spent(2)),
    ]  # fmt: skip
    assert about(ENDPOINT, words) == (spent(90, source=Source.TEAM), runaway())


def test_a_whole_budget_is_a_hundred_percent_to_the_cent():
    """Also of 0.29 USD, which binary fractions only come near."""
    found = event("shutdown-budgets")
    text = found["Records"][0]["Sns"]
    text["Message"] = re.sub(r"(Budgeted Amount|ACTUAL Amount): \S+", r"\1: $0.29", text["Message"])
    (word,) = heard(found, "dev")
    assert word.signal.percent == 100
