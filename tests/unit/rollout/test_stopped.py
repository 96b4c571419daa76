"""Where does a rollout end up when the spend guard stops its endpoint: reserved concurrency 0, for days perhaps?"""

from datetime import timedelta

import pytest

from serin.registry.records import AuditEntry
from serin.rollout.evidence import Alarm, Evidence
from serin.rollout.phases import Action, Phase
from serin.rollout.rollback import rollback
from serin.rollout.take_back import take_back
from serin.spending.grade import Grade
from serin.spending.signal import Runaway
from tests.unit.rollout.cloud import ENDPOINT, Cloud, Records
from tests.unit.rollout.test_reconcile import at_five_percent, look
from tests.unit.spending.world import World as Budget

MINUTE = timedelta(minutes=1)


class Stopped:
    """A stage whose guard stops the endpoint: every invocation is refused, and nothing is counted."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.budget = cloud, Budget(there=6, now=cloud.now)

    def __enter__(self) -> "Stopped":
        assert self.budget.hear(Runaway(self.cloud.now)).grade is Grade.STOPPED
        self.cloud.throttled = frozenset({"invoke"})
        return self

    def __exit__(self, *_: object) -> None:
        self.budget.resumed()
        assert self.budget.hear().grade is Grade.NORMAL
        assert self.budget.there == 6
        self.cloud.throttled = frozenset()

    def minutes(self, count: int) -> None:
        for _ in range(count):
            self.cloud.now += MINUTE
            look(self.cloud)


def test_a_smoke_test_without_an_answer_waits_for_one() -> None:
    """It neither fails nor passes; with the resume it goes on from there."""
    cloud = Cloud()
    cloud.deploy()
    with Stopped(cloud) as stopped:
        stopped.minutes(30)
        assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights) == (Phase.SMOKE, "1", {})
        assert cloud.rollout.reason == "held: the smoke tests have not answered yet"
    look(cloud)
    assert (cloud.rollout.phase, cloud.live.weights) == (Phase.CANARY, {"2": 0.05})


@pytest.mark.parametrize("minutes", [0, 1, 3])
def test_a_canary_without_traffic_neither_advances_nor_goes_back(minutes: int) -> None:
    """Whatever it had been through; after the resume it is promoted as any other."""
    cloud = at_five_percent()
    look(cloud, minutes)
    before = cloud.rollout.weight, cloud.live
    with Stopped(cloud) as stopped:
        stopped.minutes(60)
        assert (cloud.rollout.weight, cloud.live) == before
        assert cloud.rollout.reason.startswith("held: ")
        assert not cloud.rollout.phase.ended
    for _ in range(20):
        look(cloud, 1)
    assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights) == (Phase.DONE, "2", {})


def test_a_rollout_that_is_stopped_past_its_deadline_goes_back() -> None:
    """As any that is undecided then. The endpoint serves the release before when it is resumed."""
    cloud = at_five_percent()
    with Stopped(cloud) as stopped:
        stopped.minutes(125)
    assert (cloud.rollout.phase, cloud.live.version, cloud.live.weights) == (Phase.ROLLED_BACK, "1", {})
    assert "undecided at the deadline" in cloud.rollout.reason


def test_an_alarm_takes_the_candidate_back_from_a_stopped_endpoint() -> None:
    """Moving the alias asks no function; the record and the lock end with it."""
    cloud = at_five_percent()
    with Stopped(cloud):
        alarm = cloud.goes_red("serin-dev.churn.2.crashes")
        evidence = Evidence(alarms=(Alarm(alarm.name, True, alarm.since),))
        decision = take_back(cloud, Records(cloud), ENDPOINT, evidence, lambda: cloud.now)
        assert decision
        assert decision.action is Action.ROLL_BACK
        look(cloud)
        assert (cloud.live.version, cloud.live.weights, cloud.lock) == ("1", {}, None)


def test_a_rollback_moves_the_alias_of_a_stopped_endpoint() -> None:
    """It is tested by nobody: it has served already."""
    cloud = at_five_percent()
    for _ in range(20):
        look(cloud, 1)
    cloud.trail.append(AuditEntry.of("churn", "deploy", "me", cloud.now, **{"from": "1", "to": "2", "version": 2}))
    with Stopped(cloud):
        assert rollback(cloud.operator(), ENDPOINT).moved
    assert cloud.live.version == "1"
