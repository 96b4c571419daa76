"""Does a rollout keep its promises in any order of looks, alarms, duplicates, deaths, throttling and commands?

Here everything that acts takes part: the controller, the alarm's function, people, and a process that ends after any
of its effects. test_any_order asks the same of the decision alone.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from serin.errors import Conflict, Throttled
from serin.rollout.cliffs import AlarmName
from serin.rollout.evidence import Alarm, Ask, Command, Evidence
from serin.rollout.on_alarm import on_alarm
from serin.rollout.phases import Phase
from serin.rollout.reconcile import reconcile
from serin.rollout.take_back import take_back
from serin.rollout.verdict import Verdict
from tests.unit.rollout.cloud import ENDPOINT, Cloud, Records
from tests.unit.rollout.looks import MINUTE
from tests.unit.rollout.world import Died

_NEVER = 10_000
_DEATHS = st.sampled_from([_NEVER, _NEVER, _NEVER, 1, 2, 3, 4, 5])
_SERVICES = [""] * 6 + ["windows", "alias", "states", "put", "move_alias", "tell"]
_WHOSE = ["candidate", "live", "9"]
_PLANS = ("all-at-once@2m+deadline=40m", "5,50@2m+deadline=40m", "20@2m+deadline=30m")


class Steered(RuleBasedStateMachine):
    """`told_red` are the alarms whose events may come again, or late."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud, self.told_red = Cloud(), list[Alarm]()

    def _mortal(self, act: object, death: int) -> bool:
        """Did it come to its end? What throttles or dies is left for the next."""
        self.cloud.left = death
        try:
            act()  # type: ignore[operator]
        except (Died, Throttled, Conflict):
            return False
        finally:
            self.cloud.left = -1
        return True

    @rule(plan=st.sampled_from(_PLANS), death=_DEATHS)
    def deploy(self, plan: str, death: int) -> None:
        if not self.cloud.live.weights:
            self._mortal(lambda: self.cloud.deploy(plan), death)

    @rule(count=st.integers(1, 4), bad=st.sampled_from([0] * 6 + [300]), requests=st.sampled_from([400, 400, 40, 0]))
    def minutes(self, count: int, bad: int, requests: int) -> None:
        self.cloud.bad, self.cloud.requests = bad, requests
        self.cloud.minutes(count)

    @rule(death=_DEATHS, throttled=st.sampled_from(_SERVICES))
    def tick(self, death: int, throttled: str) -> None:
        self.cloud.throttled = frozenset({throttled} - {""})
        whole = self._mortal(lambda: reconcile(self.cloud.controller(), ENDPOINT), death)
        self.cloud.throttled = frozenset()
        if whole and not throttled:
            self._all_is_as_decided()

    @rule(minutes=st.integers(1, 4))
    def all_goes_well(self, minutes: int) -> None:
        """Long ways are walked rarely by chance alone."""
        self.minutes(minutes, 0, 400)
        self.tick(_NEVER, "")

    @rule(kind=st.sampled_from(["crashes", "failures"]), whose=st.sampled_from(_WHOSE), death=_DEATHS)
    def goes_red(self, kind: str, whose: str, death: int) -> None:
        if not self.cloud.rollouts:
            return
        release = str(self.cloud.rollout.candidate) if whose == "candidate" else whose
        name = str(AlarmName("dev", "churn", release, kind))
        there = whose == "live" or name in self.cloud.alarms
        alarm = self.cloud.goes_red(name) if there else Alarm(name, True, self.cloud.now)
        self.told_red.append(alarm)
        self._mortal(lambda: on_alarm(self.cloud.controller(), ENDPOINT, alarm, alarm.name, "why"), death)
        if death == _NEVER and self.cloud.lock and whose != "9":
            assert self.cloud.rollout.phase.ended, "a new alarm of the candidate or the endpoint ends it"

    @rule(data=st.data(), death=_DEATHS)
    def hears_of_it_again(self, data: st.DataObject, death: int) -> None:
        """The same event twice, or long after; the alarm may be green by now."""
        if self.told_red:
            alarm = data.draw(st.sampled_from(self.told_red))
            self._mortal(lambda: on_alarm(self.cloud.controller(), ENDPOINT, alarm, alarm.name, "why"), death)

    @rule()
    def turns_green(self) -> None:
        self.cloud.alarms = {
            name: Alarm(name, False, self.cloud.now, one.threshold) for name, one in self.cloud.alarms.items()
        }

    @rule(ask=st.sampled_from([Ask.PROMOTE, Ask.PROMOTE, Ask.RESUME, Ask.RESUME, Ask.PAUSE]))
    def somebody_asks(self, ask: Ask) -> None:
        if self.cloud.lock:
            self.cloud.asked.append(Command(ask, "ann", self.cloud.now, self.cloud.rollout.step))

    @rule(wants=st.sampled_from([False, False, True]), death=_DEATHS)
    def somebody_aborts(self, wants: bool, death: int) -> None:
        evidence, cloud = Evidence(commands=(Command(Ask.ABORT, "ann", self.cloud.now),)), self.cloud
        if wants:
            self._mortal(lambda: take_back(cloud, Records(cloud), ENDPOINT, evidence, lambda: cloud.now), death)

    @rule()
    def time_passes(self) -> None:
        self.cloud.now += MINUTE

    def _all_is_as_decided(self) -> None:
        """After a pass that nothing disturbed: the alias is what the record says, and everybody knows."""
        if not self.cloud.rollouts:
            return
        rollout = self.cloud.rollout
        left = rollout.history[-1].action == "LEAVE"
        if not left:
            assert rollout.weight_on(self.cloud.live) == rollout.weight
        assert not rollout.untold
        assert rollout.reason
        if rollout.phase.ended:
            assert self.cloud.lock is None
            assert {AlarmName.parse(name).release for name in self.cloud.alarms} <= {"live"}  # type: ignore[union-attr]

    @invariant()
    def live_exists(self) -> None:
        assert {self.cloud.live.version, *self.cloud.live.weights} <= set(self.cloud.published)

    @invariant()
    def at_most_one_is_active(self) -> None:
        open_ones = [rollout for rollout, _ in self.cloud.rollouts.values() if not rollout.settled]
        assert len(open_ones) <= 1
        assert not open_ones or self.cloud.lock == open_ones[0].id

    @invariant()
    def harm_keeps_no_weight(self) -> None:
        """In the record at once; on the alias after the next pass, which `_all_is_as_decided` sees to."""
        for rollout, _ in self.cloud.rollouts.values():
            if any(finding.verdict is Verdict.HARM for finding in rollout.findings):
                assert rollout.weight == 0 or rollout.phase is Phase.DONE
            assert rollout.phase not in {Phase.ROLLED_BACK, Phase.ABORTED} or rollout.weight == 0

    @invariant()
    def every_move_has_its_line(self) -> None:
        """The record's weight, and each new one on the alias, stand in the history with a reason."""
        for rollout, _ in self.cloud.rollouts.values():
            assert rollout.history[-1].weight == rollout.weight
            assert all(entry.reason for entry in rollout.history)
        told = {(entry.details.get("rollout"), entry.details.get("reason")) for entry in self.cloud.trail}
        for rollout, _ in self.cloud.rollouts.values():
            assert {(rollout.id, entry.reason) for entry in rollout.history[1:]} <= told, "the audit trail has them all"


TestSteered = Steered.TestCase
TestSteered.settings = settings(max_examples=100, stateful_step_count=50)
