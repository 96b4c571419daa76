"""Do the rules of a rollout survive any order of looks, alarms, duplicates, crashes and commands?"""

import random
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from serin.rollout.decide import Decision, decide
from serin.rollout.evidence import Alarm, Arms, Ask, Command, Evidence, Smoke, Window
from serin.rollout.guardrails import ERRORS
from serin.rollout.phases import Action, Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Alias
from serin.rollout.state import Rollout
from serin.rollout.verdict import Verdict
from serin.stats.counts import Counts
from tests.unit.rollout.looks import MINUTE, T0

_PLANS = ("all-at-once@2m+deadline=40m", "5,50@2m+deadline=40m", "20@2m+deadline=30m+shadow=10%")


class Controlled(RuleBasedStateMachine):
    """A controller that saves before it moves and may die after either, and a world that sends it anything."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.live, self.releases, self.rollouts = T0, Alias("1"), {"1"}, list[Rollout]()
        self.windows: list[Window] = []
        self.alarms: tuple[Alarm, ...] = ()
        self.commands: list[Command] = []

    @property
    def active(self) -> Rollout | None:
        return self.rollouts[-1] if self.rollouts and not self.rollouts[-1].settled else None

    @rule(plan=st.sampled_from(_PLANS))
    def deploy(self, plan: str) -> None:
        if self.active or self.live.weights:
            return
        candidate = len(self.releases) + 1
        self.releases.add(str(candidate))
        parsed, number = parse_plan(plan), str(len(self.rollouts))
        guards, previous = (ERRORS,), int(self.live.version)
        self.alarms = ()
        self.rollouts.append(Rollout.start(number, "churn", candidate, previous, parsed, guards, "me", self.now))
        self.windows = []

    @rule(
        count=st.integers(1, 4),
        bad=st.sampled_from([0, 0, 0, 0, 0, 0, 0, 300]),
        requests=st.sampled_from([1000, 1000, 1000, 40, 0]),
    )
    def minutes(self, count: int, bad: int, requests: int) -> None:
        arms = Arms(Counts(0, 4000), Counts(min(bad, requests), requests))
        for _ in range(count):
            self.windows.append(Window(self.now, self.now + MINUTE, {"errors": arms}))
            self.now += MINUTE

    @rule(
        ask=st.sampled_from([*[Ask.RESUME, Ask.PROMOTE] * 3, Ask.PAUSE, Ask.ABORT, Ask.GO_BACK]),
        step=st.integers(-1, 2),
    )
    def command(self, ask: Ask, step: int) -> None:
        self.commands.append(Command(ask, "ann", self.now, step))

    @rule(red=st.sampled_from([False, False, True]), earlier=st.sampled_from([90, 90, 5, 0]))
    def alarm(self, red: bool, earlier: int) -> None:
        self.alarms = (Alarm("5xx", red, self.now - timedelta(minutes=earlier)),)

    @rule(
        order=st.randoms(use_true_random=False),
        dies=st.sampled_from(["never", "never", "never", "before saving", "before moving"]),
        smoke=st.sampled_from([True] * 6 + [None, False]),
        blind=st.sampled_from([False] * 5 + [True]),
    )
    def tick(self, order: random.Random, dies: str, smoke: bool | None, blind: bool) -> None:
        rollout = self.active
        if rollout is None:
            return
        shuffled = order.sample(self.windows, len(self.windows)) + self.windows[-1:]
        tested = None if smoke is None else Smoke(rollout.candidate, smoke, "example 1")
        live = None if blind else self.live
        evidence = Evidence(None if blind else tuple(shuffled), self.alarms, live, tested, tuple(self.commands))
        decision = decide(rollout, evidence, self.now)
        assert decide(rollout, evidence, self.now) == decision, "done again, it is the same"
        self._check(rollout, decision)
        if dies == "before saving":
            return
        self.rollouts[-1] = Rollout.from_dict(decision.rollout.to_dict())
        assert self.rollouts[-1] == decision.rollout, "the record holds all of it"
        if dies == "never" and decision.action not in {Action.HOLD, Action.LEAVE, Action.FINISH, Action.MIRROR}:
            self.live = decision.rollout.wanted

    @rule(minutes=st.integers(1, 4))
    def all_goes_well(self, minutes: int) -> None:
        """Long ways are walked rarely by chance alone."""
        self.minutes(minutes, 0, 1000)
        self.tick(random.Random(minutes), "never", True, False)

    def _check(self, before: Rollout, decision: Decision) -> None:
        after = decision.rollout
        assert decision.reason
        if after.weight != before.weight or after.phase != before.phase:
            assert after.history[-1].reason == decision.reason
            assert (after.history[-1].weight, after.history[-1].phase) == (after.weight, after.phase)
        if before.phase.ended:
            assert (after.phase, after.history) == (before.phase, before.history), "terminal phases are terminal"
        red = [one for one in self.alarms if one.red and one.since >= before.started]
        if red:
            assert after.weight == 0 or before.phase is Phase.DONE, "no weight with a new alarm red"
        if any(finding.verdict is Verdict.HARM for finding in after.findings):
            assert after.weight == 0 or before.phase.ended, "no weight after HARM"
            assert after.phase.ended
        if after.weight > before.weight:
            index = after.step
            assert index == before.step + 1, "one step at a time"

    @rule(strikes=st.sampled_from([False, False, False, True]))
    def taken_back_by_the_alarm(self, strikes: bool) -> None:
        if strikes and self.active and self.active.weight and self.active.confirmed:
            self.live = Alias(str(self.active.previous))

    @invariant()
    def live_exists(self) -> None:
        assert {self.live.version, *self.live.weights} <= self.releases

    @invariant()
    def at_most_one_is_active(self) -> None:
        assert sum(not rollout.settled for rollout in self.rollouts) <= 1

    @invariant()
    def weights_are_of_the_plan(self) -> None:
        for rollout in self.rollouts:
            assert rollout.weight in {0, *(step.weight for step in rollout.plan.steps)}
            assert rollout.phase is not Phase.ROLLED_BACK or rollout.weight == 0


TestAnyOrder = Controlled.TestCase
TestAnyOrder.settings = settings(max_examples=100, stateful_step_count=40)
