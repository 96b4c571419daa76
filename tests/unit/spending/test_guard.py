"""Which grade does what was seen call for, and does it make a difference how it is told?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.rollout.cliffs import AlarmName
from serin.spending.grade import Grade
from serin.spending.guard import Action, decide, resume
from serin.spending.signal import RUNAWAY, Source, SpendAlarm
from serin.spending.state import Reserved, Spending
from tests.unit.spending.world import MINUTE, T0, runaway, spent

FRESH = Spending("churn", "2026-01")
LATER = T0 + 30 * MINUTE


def look(spending, *signals, critical=False, now=LATER):
    return decide(spending, signals, critical=critical, now=now)


@pytest.mark.parametrize(
    ("percent", "grade", "action"),
    [
        (79, Grade.NORMAL, Action.HOLD), (80, Grade.NOTIFIED, Action.NOTIFY), (90, Grade.FRUGAL, Action.FRUGAL),
        (100, Grade.STOPPED, Action.STOP), (250, Grade.STOPPED, Action.STOP),
    ],
)  # fmt: skip
def test_each_grade_begins_at_its_percentage(percent, grade, action):
    """And the reason has the figure."""
    found = look(FRESH, spent(percent))
    assert (found.action, found.spending.grade) == (action, grade)
    assert action is Action.HOLD or found.reason == f"{percent} % of its budget for 2026-01 used"


def test_the_worst_of_endpoint_and_team_counts():
    """Whichever it is, the reason tells."""
    found = look(FRESH, spent(20), spent(93, source=Source.TEAM))
    assert (found.spending.grade, found.reason) == (Grade.FRUGAL, "93 % of its team's budget for 2026-01 used")


def test_a_critical_endpoint_is_never_stopped():
    """Neither by its budget nor for a runaway client: it saves what it can, and people are paged, once."""
    for signal in (spent(100), runaway()):
        found = look(FRESH, signal, critical=True)
        assert (found.action, found.spending.grade, found.spending.called) == (
            Action.PAGE, Grade.FRUGAL, Grade.STOPPED,
        )  # fmt: skip
        assert found.reason.endswith("; it is critical, and so goes on")
        assert look(found.spending, signal, critical=True).action is Action.HOLD


def test_who_is_critical_no_more_is_stopped_at_the_next_look():
    """The grade that the spend calls for is kept beside the one that holds."""
    paged = look(FRESH, spent(100), critical=True).spending
    assert look(paged).action is Action.STOP


def test_a_runaway_client_stops_at_once():
    """With what the alarm said. That it is over resumes nothing: no signal says so."""
    found = look(FRESH, runaway())
    assert (found.action, found.reason) == (Action.STOP, "too many requests a minute: 41233 requests")
    assert look(found.spending).action is Action.HOLD


def test_after_a_resume_grades_count_from_above_the_headroom():
    """Headroom is on top of what was used then, and nothing counts before: no notice either."""
    stopped = look(FRESH, spent(103)).spending
    going = resume(stopped, headroom=25, by="ann", now=LATER)
    assert going.reason == "resumed by ann: grades count again above 128 % of its budget"
    assert look(going.spending, spent(128, 40), now=LATER + 10 * MINUTE).action is Action.HOLD
    assert look(going.spending, spent(129, 40), now=LATER + 10 * MINUTE).action is Action.STOP


def test_what_was_seen_before_a_resume_stops_nothing_afterwards():
    """An alarm that is told late; and a runaway client that comes back does."""
    going = resume(look(FRESH, runaway()).spending, headroom=25, by="ann", now=LATER).spending
    assert look(going, runaway(29), spent(100, 29)).action is Action.HOLD
    assert look(going, runaway(31)).action is Action.STOP


def test_a_clock_that_is_behind_resumes_all_the_same():
    """What the person saw is over, whatever their machine's clock says."""
    stopped = look(FRESH, runaway(29)).spending
    going = resume(stopped, headroom=25, by="ann", now=T0 - timedelta(hours=1)).spending
    assert look(going, runaway(29)).action is Action.HOLD


def test_a_new_month_begins_anew():
    """What was there is still to be restored, and last month's figures say nothing of this one."""
    february = datetime(2026, 2, 1, 0, 1, tzinfo=UTC)
    stopped = replace(look(FRESH, spent(104)).spending, saved=Reserved(7))
    found = look(stopped, spent(104), runaway(), now=february)
    assert (found.action, found.spending.grade, found.spending.used) == (Action.RESET, Grade.NORMAL, {})
    assert (found.spending.saved, found.spending.pending) == (Reserved(7), True)
    assert look(found.spending, spent(104), now=february).action is Action.HOLD
    assert found.reason == "a new month: 2026-01 ended as STOPPED"


def test_a_month_that_was_well_ends_without_a_word():
    """And its resume is forgotten."""
    going = resume(FRESH, headroom=25, by="ann", now=T0).spending
    found = look(going, now=datetime(2026, 2, 1, tzinfo=UTC))
    assert (found.action, found.spending.month, found.spending.resumed_at) == (Action.HOLD, "2026-02", None)


def signals(first, last):
    """Of those minutes."""
    minutes = st.integers(first, last)
    some = st.builds(spent, st.integers(0, 160), minutes, st.sampled_from(Source)) | st.builds(runaway, minutes)
    return st.lists(some, max_size=4)


@given(signals(0, 29), signals(31, 59), st.sampled_from([0, 25, 60]), st.data())
def test_the_grade_does_not_depend_on_how_it_is_told(before, after, headroom, data):
    """All that led to a resume, and the resume itself, twice and in any order, also the resume first; then what came
    later, with the old news among it."""
    resumes = ["resume", "resume"]

    def told(*words):
        spending = FRESH
        for word in words:
            if word == "resume":
                spending = resume(spending, headroom=headroom, by="ann", now=LATER).spending
            else:
                spending = look(spending, word, now=LATER).spending
        return spending

    first = data.draw(st.permutations([*before, *before, *resumes]))
    then = data.draw(st.permutations([*after, *after, *before]))
    assert told(*first).called is told(*before, "resume").called
    assert told(*first, *then).called is told(*before, "resume", *after).called
    if not after:
        assert told(*first, *then).called is Grade.NORMAL


NAMES = st.from_regex(r"[a-z](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@given(NAMES | st.sampled_from(["live", "model", "team", "dev-spend"]), NAMES, st.sampled_from(["80", "90", RUNAWAY]),
       st.sampled_from(Source), st.integers(1, 99).map(str) | st.just("live"))  # fmt: skip
def test_no_alarm_is_taken_for_one_of_the_others(stage, name, kind, source, release):
    """What tells of spend wakes no rollback, and what tells of crashes stops no endpoint."""
    spend, cliff = SpendAlarm(stage, kind, source, name), AlarmName(stage, name, release, "crashes")
    assert (SpendAlarm.parse(str(spend)), SpendAlarm.parse(str(cliff))) == (spend, None)
    assert (AlarmName.parse(str(cliff)), AlarmName.parse(str(spend))) == (cliff, None)
    assert not str(spend).startswith(f"serin-{stage}."), "the prefix that wakes the rollback"


def test_the_record_holds_all_of_it():
    """A concurrency of none is not that of nothing saved."""
    for saved in (None, Reserved(None), Reserved(0), Reserved(5)):
        spending = resume(look(FRESH, spent(100), runaway()).spending, headroom=5, by="a", now=LATER).spending
        kept = replace(spending, saved=saved)
        assert Spending.from_dict(kept.to_dict()) == kept
