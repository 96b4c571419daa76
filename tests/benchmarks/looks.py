"""What does one look of the controller take, with its tests that may be looked at for ever, against a plain z-test?

python -m tests.benchmarks looks [--json FILE]
"""

from datetime import UTC, datetime, timedelta

import numpy as np

from serin.rollout.decide import decide
from serin.rollout.evidence import Arms, Evidence, Smoke, Window
from serin.rollout.guardrails import guardrails
from serin.rollout.phases import Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.state import Rollout
from serin.stats.counts import Counts
from serin.stats.difference import DifferenceSequence
from serin.stats.harm import HarmTest
from tests.benchmarks.beside import Pair, Work, alike_long, both
from tests.benchmarks.report import Figures, parser, run

__all__ = ["tables"]

_T0 = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_CONTROL, _CANDIDATE = Counts(9, 900), Counts(1, 100)
_WARM = 30
"""Minutes that were looked at before: as many windows as a rollout remembers."""


def tables(quick: bool = False) -> Figures:
    guards, (rollout, seen) = guardrails(), _canary()
    harm, safe = HarmTest.start(), DifferenceSequence.start((0.01,))
    for _ in range(_WARM):
        harm, safe = harm.update(_CONTROL, _CANDIDATE), safe.update(_CONTROL, _CANDIDATE)
    now = _T0 + (_WARM + 2) * _MINUTE
    looks = {
        "look, test for harm": (lambda: harm.update(_CONTROL, _CANDIDATE).harmful(0.0125), 1),
        "look, test for safety": (lambda: safe.update(_CONTROL, _CANDIDATE).safe(0.0125, 0.01), 1),
        f"look, a decision on {len(guards)} guardrails": (lambda: decide(rollout, seen, now), len(guards)),
    }
    print(f"One minute's counts, of {_CONTROL.total} and {_CANDIDATE.total} requests, after {_WARM} minutes\n")
    floor = "z-tests of the same counts in numpy, which may be looked at once"
    pairs = [Pair(name, *alike_long(work, _z_tests(many)), floor, times=5) for name, (work, many) in looks.items()]
    return both(pairs, 5 if quick else 40)


def _canary() -> tuple[Rollout, Evidence]:
    """A rollout at its first step for half an hour, and what the next look sees."""
    rollout = Rollout.start("01R", "churn", 2, 1, parse_plan("10@24h+deadline=72h"), guardrails(), "me", _T0)
    for minute in range(1, _WARM + 2):
        rollout = decide(rollout, _seen(rollout, minute), _T0 + minute * _MINUTE).rollout
    counted = min(watch.candidate.total for watch in rollout.watches)
    if rollout.phase is not Phase.CANARY or not counted:
        raise AssertionError(f"the rollout should be counting at its first step: {rollout.reason}")
    return rollout, _seen(rollout, _WARM + 2)


def _seen(rollout: Rollout, minute: int) -> Evidence:
    arms = {watch.guardrail.name: Arms(_CONTROL, _CANDIDATE) for watch in rollout.watches}
    window = Window(_T0 + (minute - 1) * _MINUTE, _T0 + minute * _MINUTE, arms)
    return Evidence((window,), (), rollout.wanted, Smoke(rollout.candidate, passed=True), ())


def _z_tests(guards: int) -> Work:
    """Of two proportions each, with a pooled rate: no look before, none after, and no state to keep."""
    bad, total = (np.tile([getattr(one, what) for one in (_CONTROL, _CANDIDATE)], (guards, 1)) for what in _COUNTS)

    def test() -> bool:
        rate, pooled = bad / total, bad.sum(1) / total.sum(1)
        z = (rate[:, 1] - rate[:, 0]) / np.sqrt(pooled * (1 - pooled) * (1 / total).sum(1))
        return bool((z > 2.24).any())

    return test


_COUNTS = ("bad", "total")

if __name__ == "__main__":
    run({"looks": tables}, parser(__doc__).parse_args().json)
