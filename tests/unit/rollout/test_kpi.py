"""Is a canary that earns less found, does each outcome count once, and does no step wait for what comes too late?"""

import itertools
import json
import random
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from serin.errors import InvalidSettings
from serin.rollout.decide import Decision, decide
from serin.rollout.evidence import Ask, Command, Evidence
from serin.rollout.guardrails import ERRORS, Guardrail, guardrails
from serin.rollout.kpi import Kpi, parse_kpi
from serin.rollout.kpi_watch import KpiWatch
from serin.rollout.phases import Action, Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Alias
from serin.rollout.slices import Earned, Slice, spans
from serin.rollout.state import Rollout
from serin.rollout.verdict import Verdict
from serin.rollout.weigh import weigh
from tests.unit.rollout.looks import MINUTE, PASSED, T0, healthy, window

PLAIN, STRICT = parse_kpi("kpi:dollars:-100..0:5"), parse_kpi("kpi:dollars:-100..0:5!")
HOUR = timedelta(hours=1)
NAME = PLAIN.name


def earned(values: Iterable[int], kpi: Kpi = PLAIN) -> Earned:
    """Of a few values many times each."""
    ones = [(Earned.of(value * 1_000_000, kpi), times) for value, times in Counter(values).items()]
    sums = zip(*([times * part for part in astuple(one)] for one, times in ones), strict=True)
    return Earned(*map(sum, sums))


def slice_(start: datetime, end: datetime, control: Iterable[int], candidate: Iterable[int]) -> Slice:
    return Slice(start, end, earned(control), earned(candidate))


def minutes(first: float, last: float) -> tuple[datetime, datetime]:
    return T0 + first * MINUTE, T0 + last * MINUTE


def look(
    rollout: Rollout, minute: float, worth: tuple[Slice, ...] | None = (), *commands: Command, live: Alias | None = None
) -> Decision:
    """All is healthy but what is told of the KPI; None: it could not be read."""
    counts = healthy(0, int(minute)) if rollout.weight < 100 else _alone(int(minute))
    read = {} if worth is None else {NAME: worth}
    evidence = Evidence(counts, (), live or rollout.wanted, PASSED, commands, worth=read)
    return decide(rollout, evidence, T0 + minute * MINUTE)


def _alone(minute: int) -> tuple:
    return tuple(window(one, candidate=(0, 4000), control=(0, 0)) for one in range(max(0, minute - 20), minute))


def canary(guard: Kpi, plan: str = "5,50@3m+min=500+deadline=9h") -> Rollout:
    """At 5 % since minute 1, and seen there."""
    rollout = Rollout.start("01R", "churn", 2, 1, parse_plan(plan), (ERRORS, guard), "me", T0)
    return look(look(rollout, 1).rollout, 1).rollout


COSTLY = slice_(*minutes(1, 2), [0] * 900 + [-50] * 100, [0] * 60 + [-50] * 60)
GOOD = slice_(*minutes(1, 2), [0] * 900 + [-50] * 100, [0] * 90 + [-50] * 10)


class TestText:
    def test_a_kpi_comes_on_top_of_the_others(self) -> None:
        """By default there is none; named alone, it does not take the place of the counts."""
        assert all(isinstance(one, Guardrail) for one in guardrails())
        assert [one.name for one in guardrails([str(PLAIN)])] == [*(one.name for one in guardrails()), NAME]
        assert [one.name for one in guardrails(["errors:2%", str(STRICT)])] == ["errors", NAME]
        with pytest.raises(InvalidSettings, match="twice"):
            guardrails([str(PLAIN), str(STRICT)])

    @pytest.mark.parametrize(
        "text",
        [
            "kpi:dollars:-100..0:5",
            "kpi:a b:0.5..1.25:0.000001!",
            "kpi:n:-1..1:1.5",
            "kpi:n:-1..1:1@24h!",
            "kpi:n:0..1:0.5@90s",
        ],
    )
    def test_what_is_written_comes_back(self, text: str) -> None:
        """As text, and from the record without floats."""
        kpi = parse_kpi(f" {text} ")
        assert str(kpi) == text
        assert Kpi.from_dict(json.loads(json.dumps(kpi.to_dict()), parse_float=_no_float)) == kpi

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("kpi", "'kpi' is no KPI guardrail: write kpi:NAME:LOW..HIGH:MARGIN, such as"),
            ("kpi:dollars:5", "is no KPI guardrail"),
            ("kpi:dollars:-100,0:5", "is no KPI guardrail"),
            ("kpi::-100..0:5", "needs a name of 1 to 40 characters"),
            ("kpi:dollars:-x..0:5", "'-x' in 'kpi:dollars:-x..0:5' is no number"),
            ("kpi:dollars:-100..0:nan", "'nan' in 'kpi:dollars:-100..0:nan' is too large"),
            ("kpi:dollars:-1e12..0:5", "is too large: numbers up to 1e\\+09 can be watched"),
            ("kpi:dollars:-100..0:5@", "'' in 'kpi:dollars:-100..0:5@' is no age"),
            ("kpi:dollars:-100..0:5@1d", "'1d' in 'kpi:dollars:-100..0:5@1d' is no age"),
            ("kpi:dollars:-100..0:5@49h", "Guardrail kpi:dollars waits longer than 48h"),
            ("kpi:dollars:0..-100:5", "The bounds 0..-100 of guardrail kpi:dollars are none: the lower comes first"),
            ("kpi:dollars:-100..0:0", "The margin 0 of guardrail kpi:dollars must be above 0 and below 100, the width"),
            ("kpi:dollars:-100..0:100", "must be above 0 and below 100"),
        ],
    )
    def test_what_is_no_kpi_is_refused_in_one_sentence(self, text: str, sentence: str) -> None:
        """That says what is wrong and how it is written."""
        with pytest.raises(InvalidSettings, match=sentence) as refused:
            guardrails([text])
        assert "\n" not in str(refused.value)

    def test_a_rollout_is_not_judged_by_a_kpi_alone(self) -> None:
        """Outcomes may never come; requests do."""
        with pytest.raises(InvalidSettings, match="name one, such as errors"):
            Rollout.start("01", "churn", 2, 1, parse_plan("canary"), (PLAIN,), "me", T0)


class TestDecisions:
    def test_a_canary_that_earns_less_goes_back(self) -> None:
        """In one step, also while paused, with the numbers in the reason."""
        paused = look(canary(PLAIN), 2, (), Command(Ask.PAUSE, "ann", T0 + MINUTE)).rollout
        back = look(paused, 4, (_first(), COSTLY_LATER))
        assert (back.action, back.rollout.weight, back.rollout.phase) == (Action.ROLL_BACK, 0, Phase.ROLLED_BACK)
        assert back.rollout.verdict is Verdict.HARM, "though no step waits for it"
        assert "KPI dollars does harm: -24.67 over 122 outcomes against -5 over 1,002 outcomes" in back.reason

    def test_no_outcomes_hold_no_step_of_a_kpi_that_only_convicts(self) -> None:
        """All the way to the end; and what it says meanwhile is undecided, which decides nothing."""
        rollout, minute = canary(PLAIN), 1
        while not rollout.phase.ended and minute < 60:
            minute += 1
            decision = look(rollout, minute)
            rollout = decision.rollout
            assert "dollars" not in decision.reason
            assert rollout.kpis[0].finding.verdict is Verdict.UNDECIDED
        assert (rollout.phase, rollout.verdict) == (Phase.DONE, Verdict.SAFE)

    def test_no_outcomes_never_advance_where_a_step_has_to_wait_for_them(self) -> None:
        """At the deadline it goes back; what could not be read is said too."""
        rollout = canary(STRICT)
        held = look(rollout, 30)
        assert held.action is Action.HOLD
        assert held.reason.startswith("held: KPI dollars is undecided: no outcomes against no outcomes")
        assert held.rollout.verdict is Verdict.UNDECIDED
        assert look(rollout, 30, None).reason == "held: the outcomes for kpi:dollars could not be read"
        assert "undecided at the deadline" in look(held.rollout, 540).reason

    def test_each_step_waits_for_outcomes_of_its_own(self) -> None:
        """Those of the step before speak for harm only; and at 100 % for what control earned."""
        rollout = look(canary(STRICT), 4, (_first(), GOOD_LATER)).rollout
        assert (rollout.weight, rollout.kpis[0].step.n, rollout.kpis[0].candidate.n) == (50, 0, 1002)
        late = slice_(GOOD_LATER.start, GOOD_LATER.end, [0] * 1001 + [-50] * 100, [0] * 951 + [-50] * 50)
        held = look(rollout, 8, (_first(), late))
        assert (held.action, held.rollout.kpis[0].step.n, held.rollout.kpis[0].candidate.n) == (Action.HOLD, 0, 1003)
        fresh = tuple(
            slice_(*minutes(4 + part, 5 + part), [0] * 900 + [-50] * 100, [0] * 900 + [-50] * 100) for part in range(3)
        )
        assert look(held.rollout, 8, fresh).rollout.weight == 100

    def test_good_first_outcomes_do_not_outlast_the_bad_ones_that_come_late(self) -> None:
        """SAFE is what all that is known says now."""
        safe = look(canary(STRICT), 3, (_first(), GOOD_LATER)).rollout
        assert safe.kpis[0].finding.verdict is Verdict.SAFE
        late = slice_(GOOD_LATER.start, GOOD_LATER.end, [0] * 900 + [-50] * 101, [0] * 950 + [-50] * 350)
        assert look(safe, 3.1, (late,)).rollout.kpis[0].finding.verdict is not Verdict.SAFE

    def test_at_full_weight_it_is_held_against_what_control_earned(self) -> None:
        """Also where control's outcomes come after it lost its traffic; a loss of the margin is harm."""
        baking = look(canary(PLAIN), 4, (_first(), GOOD_LATER)).rollout
        baking = look(look(baking, 8).rollout, 8).rollout
        assert baking.phase is Phase.BAKE
        much = later(slice_(*minutes(1, 2), ([0] * 9 + [-50]) * 2000, [0] * 950 + [-50] * 51))
        baking = look(baking, 9, (much,)).rollout
        lone = [([0] * 9 + [-50]) * 800, ([0] * 6 + [-50] * 4) * 100, ([0] * 43 + [-50] * 7) * 500]
        good, bad, little = (look(baking, 10, (slice_(*minutes(8, 9), [], values),)).rollout for values in lone)
        assert (little.kpis[0].finding.verdict, little.phase) == (Verdict.SAFE, Phase.BAKE), "2 of 5 dollars less"
        assert (good.kpis[0].finding.verdict, good.phase) == (Verdict.SAFE, Phase.BAKE)
        assert (bad.kpis[0].finding.verdict, bad.phase) == (Verdict.HARM, Phase.ROLLED_BACK)
        assert "-20 over 1,000 outcomes at 100 % against -5" in bad.reason

    def test_at_full_weight_without_a_control_nothing_is_known(self) -> None:
        """Neither safe nor harm, however much is lost."""
        rollout = canary(PLAIN, "all-at-once@3m+min=500+deadline=9h")
        held = look(rollout, 3, (slice_(*minutes(1, 2), [], [-100] * 1000),)).rollout
        assert (held.kpis[0].step.n, held.kpis[0].finding.verdict) == (1000, Verdict.UNDECIDED)
        known = look(held, 3.5, (slice_(*minutes(0, 1), [0] * 500, []),)).rollout
        assert known.kpis[0].finding.verdict is Verdict.HARM

    def test_late_outcomes_of_an_old_step_convict_at_full_weight(self) -> None:
        """The comparison of that step goes on, hours after."""
        baking = look(canary(PLAIN), 4).rollout
        baking = look(look(baking, 8).rollout, 8).rollout
        assert look(baking, 9, (_first(), COSTLY_LATER)).action is Action.ROLL_BACK

    def test_the_record_holds_all_of_it_and_older_ones_load(self) -> None:
        """Without floats; a record from before there were KPIs has none."""
        rollout = look(canary(STRICT), 3, (_first(), COSTLY_LATER)).rollout
        rollout = replace(rollout, kpis=(rollout.kpis[0].alone().update_alone(COSTLY),))
        record = json.dumps(rollout.to_dict())
        assert Rollout.from_dict(json.loads(record, parse_float=_no_float)) == rollout
        old = json.loads(record)
        del old["kpis"]
        assert Rollout.from_dict(old).kpis == ()


def _first() -> Slice:
    """The first look only teaches mean and variance."""
    return slice_(*minutes(1, 1.5), [0, -10], [0, -10])


def later(one: Slice) -> Slice:
    return replace(one, start=T0 + 1.5 * MINUTE)


COSTLY_LATER = later(COSTLY)
GOOD_LATER = later(slice_(*minutes(1, 2), [0] * 900 + [-50] * 100, [0] * 950 + [-50] * 50))


class TestCounting:
    def test_what_lies_outside_of_the_bounds_is_clipped_and_said(self) -> None:
        """On either side; it counts as the bound."""
        one = slice_(*minutes(1, 2), [7, -5], [-500, -5])
        assert (one.control, one.candidate) == (
            Earned(2, -5_000_000, 25 * 10**12, 1),
            earned([-100, -5]) + Earned(0, 0, 0, 1),
        )
        assert "2 values clipped to -100..0" in look(canary(PLAIN), 2, (one,)).rollout.kpis[0].finding.reason

    def test_duplicates_order_and_old_readings_change_nothing(self) -> None:
        """Each outcome counts once."""
        slices = (_first(), COSTLY_LATER)
        small = slice_(COSTLY_LATER.start, COSTLY_LATER.end, [0] * 40, [0] * 4)
        once = look(canary(PLAIN), 2, slices).rollout
        assert look(canary(PLAIN), 2, (*reversed(slices), *slices)).rollout == once
        assert weigh(once, {NAME: (small, *slices)}, T0 + 2 * MINUTE) == once

    def test_what_came_for_one_release_alone_waits_for_the_other(self) -> None:
        """Nothing of it is lost."""
        rollout = canary(PLAIN)
        waiting = look(rollout, 2, (slice_(*minutes(1, 2), [-5] * 30, []),)).rollout
        assert (waiting.kpis[0].control.n, waiting.kpis[0].taken) == (0, ())
        both = look(waiting, 3, (slice_(*minutes(1, 2), [-5] * 40, [-5]),)).rollout
        assert (both.kpis[0].control.n, both.kpis[0].candidate.n) == (40, 1)

    def test_with_an_age_predictions_are_looked_at_once_they_are_so_old(self) -> None:
        """Whatever is known of them before; what comes even later counts too. Two looks instead of many."""
        rollout = canary(parse_kpi("kpi:dollars:-100..0:5@30m"))
        assert look(rollout, 31.9, (GOOD,)).rollout.kpis[0].taken == ()
        old = look(rollout, 32, (GOOD,)).rollout
        assert old.kpis[0].candidate.n == 100
        more = slice_(GOOD.start, GOOD.end, [0] * 905 + [-50] * 100, [0] * 90 + [-50] * 11)
        assert look(old, 33, (more,)).rollout.kpis[0].candidate.n == 101

    def test_a_slice_in_which_weights_changed_is_left_out(self) -> None:
        """So is one that cuts the same time differently, and one that has not ended, or is long past."""
        rollout = look(canary(PLAIN), 4, (GOOD,)).rollout
        taken = rollout.kpis[0].taken
        assert rollout.weight == 50
        for start, end in ((3, 5), (1.5, 2), (4, 99), (0.5, 3)):
            assert look(rollout, 5, (slice_(*minutes(start, end), [0], [-100]),)).rollout.kpis[0].taken == taken
        much_later = T0 + timedelta(hours=100)
        assert weigh(rollout, {NAME: (GOOD,)}, much_later).kpis[0].taken == ()
        assert weigh(rollout, {NAME: (GOOD,)}, much_later).kpis[0].candidate.n == 100

    def test_before_there_is_traffic_nothing_is_weighed(self) -> None:
        """A smoke test's own predictions are no canary's."""
        rollout = Rollout.start("01R", "churn", 2, 1, parse_plan("5@3m"), (ERRORS, PLAIN), "me", T0)
        assert weigh(rollout, {NAME: (GOOD,)}, T0 + 9 * MINUTE) == rollout

    def test_the_record_keeps_a_bounded_number_of_slices(self) -> None:
        """72 hours, or 96 of them; what was forgotten does not count again."""
        rollout = canary(PLAIN, "5,50@3m+min=500+deadline=900h")
        start, counted = T0 + HOUR, 0
        every = [slice_(start + n * 0.5 * HOUR, start + (n + 1) * 0.5 * HOUR, [-1], [-1]) for n in range(300)]
        for hour in range(2, 160):
            rollout = weigh(rollout, {NAME: every}, T0 + hour * HOUR)
            counted = max(counted, len(rollout.kpis[0].taken))
        assert rollout.kpis[0].candidate.n == 300
        assert counted <= 96 + 2
        assert len(json.dumps(rollout.to_dict())) < 40_000


class TestSpans:
    def test_they_are_cut_at_hours_and_moves_and_stay_where_they_are(self) -> None:
        """The last one grows; none begins before the rollout, or more than 72 hours ago."""
        at = T0 + timedelta(minutes=50)
        moves = (at + 3 * MINUTE, at + HOUR)
        cuts = spans(at, moves, at + 65 * MINUTE)
        assert [(start - at) / MINUTE for start, _ in cuts] == [0, 3, 10, 60]
        assert [start for start, _ in spans(at, moves, at + 66 * MINUTE)] == [start for start, _ in cuts]
        assert spans(at, moves, at) == ()
        long = spans(at, moves, at + 200 * HOUR + MINUTE)
        assert (len(long), long[0][0] >= at + 128 * HOUR) == (72, True)

    @given(st.lists(st.floats(0, 9000), max_size=6), st.floats(0.001, 9000))
    def test_they_cover_all_of_the_time_once(self, moves: list[float], now: float) -> None:
        """Up to 72 hours back."""
        cuts = spans(T0, tuple(T0 + one * MINUTE for one in sorted(moves)), T0 + now * MINUTE)
        assert all(one[1] == two[0] and one[0] < one[1] for one, two in itertools.pairwise(cuts))
        assert cuts[-1][1] == T0 + now * MINUTE
        assert cuts[0][0] == T0 or cuts[0][0] - (T0 + now * MINUTE - 72 * HOUR) <= HOUR


PLANS = ("5@9h+min=500+deadline=30h", "5,50@60m+min=500+deadline=30h", "5,20,50@40m+min=500+deadline=30h")


@settings(max_examples=10)
@example(505, "5,50@60m+min=500+deadline=30h", True)
@given(st.integers(0, 2**32), st.sampled_from(PLANS), st.booleans())
def test_each_outcome_counts_once_whenever_it_comes(seed: int, plan: str, astray: bool) -> None:
    """Predictions all along, outcomes late and out of order, readings partial, old or repeated, moves made again.

    In the end all is counted but what waits; where a move was made again, some is not. None is counted twice.
    """
    _live_through(seed, plan, astray)


@pytest.mark.soak
@settings(max_examples=200)
@given(st.integers(0, 2**32), st.sampled_from(PLANS), st.booleans())
def test_so_it_is_in_many_more_lives(seed: int, plan: str, astray: bool) -> None:
    """As the short run, with more."""
    _live_through(seed, plan, astray)


def _live_through(seed: int, plan: str, astray: bool) -> None:
    chance, rollout = random.Random(seed), canary(PLAIN, plan)
    everything: list[tuple[datetime, str, int]] = []
    known: list[tuple[datetime, str, int]] = []
    readings: list[tuple[Slice, ...]] = []
    for minute in range(2, 140):
        now = T0 + minute * MINUTE
        for _ in range(chance.randrange(4)):
            release = chance.choice(["1", "2"] if rollout.weight < 100 else ["2"])
            everything.append((now - chance.random() * MINUTE, release, -chance.randrange(20)))
        arrived = [one for one in everything if chance.random() < 0.1]
        known, everything = known + arrived, [one for one in everything if one not in arrived]
        readings = [*readings, _read(rollout, known, now)][-3:]
        if minute % 3 == 0:
            read = chance.sample(readings[-1], chance.randrange(len(readings[-1]) + 1))
            live = Alias("1", weights={"2": 0.33}) if astray and chance.random() < 0.1 else rollout.wanted
            rollout = look(rollout, minute, (*read, *chance.choice(readings)), live=live).rollout
    now = T0 + 140 * MINUTE
    rollout = weigh(rollout, {NAME: _read(rollout, known, now)}, now)
    assert rollout.weight == (100 if len(plan.split(",")) > 1 and not astray else rollout.weight) > 0
    lost = _counted_once(rollout.kpis[0], known)
    if not astray:
        assert lost == 0
        _counted_all(rollout, _read(rollout, known, now))


def _counted_once(watch: KpiWatch, known: list[tuple[datetime, str, int]]) -> int:
    """What was taken does not overlap, and is no more than there was. Returns how many of it are in no total: those at
    100 % before that move was made again, with which its step begins anew."""
    for one, two in pairwise(watch.taken):
        assert one.end <= two.start
    for one in watch.taken:
        assert one.candidate.n <= sum(one.start <= at < one.end for at, who, _ in known if who == "2")
        assert one.control.n <= sum(one.start <= at < one.end for at, who, _ in known if who == "1")
    assert sum(one.control.n for one in watch.taken) == watch.control.n
    lost = sum(one.candidate.n for one in watch.taken) - (watch.candidate + watch.at_full_weight).n
    assert lost >= 0
    return lost


def _counted_all(rollout: Rollout, slices: Iterable[Slice]) -> None:
    """But what is new of one release alone, and waits for the other's."""
    watch = rollout.kpis[0]
    taken = {one.start: one for one in watch.taken}
    for one in slices:
        known = taken.get(one.start, Slice(one.start, one.end))
        control, candidate = one.control - known.control, one.candidate - known.candidate
        if one.end <= rollout.armed:
            assert control == Earned()
        elif rollout.weight == 100 and one.start >= rollout.since:
            assert candidate == Earned()
        else:
            assert not control.n or not candidate.n


def _read(rollout: Rollout, known: list[tuple[datetime, str, int]], now: datetime) -> tuple[Slice, ...]:
    cuts = spans(rollout.started, rollout.moves, now)
    starts = [start for start, _ in cuts]
    told: dict[tuple[int, str], list[int]] = {}
    for at, who, value in known:
        told.setdefault((bisect_right(starts, at) - 1, who), []).append(value)
    return tuple(slice_(*cut, *(told.get((place, arm), ()) for arm in ("1", "2"))) for place, cut in enumerate(cuts))


def test_a_move_made_again_counts_nothing_twice() -> None:
    """What was cut at the first try, and is cut elsewhere now, is left out where it would."""
    rollout = look(canary(PLAIN), 3, (GOOD,)).rollout
    evidence = Evidence(healthy(0, 3), (), Alias("1", weights={"2": 0.2}), PASSED, worth={NAME: (GOOD,)})
    again = decide(rollout, evidence, T0 + 3 * MINUTE).rollout
    assert (again.since, again.kpis[0].candidate.n) == (T0 + 3 * MINUTE, 100)
    twice = slice_(*minutes(1, 3), [0] * 950 + [-50] * 100, [0] * 92 + [-50] * 10)
    assert look(again, 3, (twice,)).rollout.kpis[0].candidate.n == 102


def test_a_step_made_again_proves_itself_anew() -> None:
    """Also at 100 %: what was predicted before the second try did not surely run at that weight."""
    rollout = look(canary(STRICT), 3, (_first(), GOOD_LATER)).rollout
    assert rollout.kpis[0].finding.verdict is Verdict.SAFE
    again = look(rollout, 3, (), live=Alias("1", weights={"2": 0.2})).rollout
    assert (again.kpis[0].finding.verdict, again.kpis[0].candidate.n) == (Verdict.UNDECIDED, 1002)
    baking = look(canary(PLAIN, "all-at-once@3h+min=500+deadline=9h"), 3).rollout
    again = look(baking, 3, (), live=Alias("1")).rollout
    assert again.phase is Phase.ROLLED_BACK, "taken back outside"
    again = look(baking, 3, (), live=Alias("1", weights={"2": 0.2})).rollout
    late = slice_(*minutes(1, 3), [], [-50] * 10), slice_(*minutes(3, 4), [], [-50] * 20)
    assert look(again, 5, late).rollout.kpis[0].step.n == 20


def _no_float(text: str) -> float:
    raise AssertionError(f"{text} is a float, which DynamoDB does not take")
