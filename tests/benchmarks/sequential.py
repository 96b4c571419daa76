"""How often do the sequential tests roll back a good release, how fast a bad one, and how often is SAFE wrong?

    python -m tests.benchmarks.sequential [runs]

Every look goes through the same `harm_step` and `difference_step` as a rollout's, over all runs at once.
"""

import math
import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from serin.stats.difference import difference_start, difference_step
from serin.stats.harm import LIFTS, harm_log_e, harm_start, harm_step
from serin.stats.mixture import log_sum
from tests.benchmarks.report import Figures, table
from tests.benchmarks.sequential_traffic import KINDS, Look, constant, draw

ALPHA = 0.05
SEED = 20240501
DAY = 1440
LATE = 720
_NEVER = math.inf

Source = Callable[[int], Look]


def harm_minutes(runs: int, minutes: int, look: Source) -> NDArray[np.float64]:
    """The minute (from 1) at which each run first reaches 1/alpha, inf if it never does."""
    wealth, looks = np.tile(harm_start(np.array(LIFTS)), (runs, 1)), np.zeros(runs)
    first = np.full(runs, _NEVER)
    for minute in range(minutes):
        wealth, looks = harm_step(wealth, looks, *look(minute), np.array(LIFTS))
        first[(harm_log_e(wealth, looks) >= -math.log(ALPHA)) & np.isinf(first)] = minute + 1
    return first


def safe_minutes(runs: int, minutes: int, look: Source, margin: float) -> NDArray[np.float64]:
    """The minute at which each run first rules out a difference of `margin` or more."""
    wealth = np.tile(difference_start(1), (runs, 1, 1))
    past = (np.zeros(runs), np.zeros(runs))
    first = np.full(runs, _NEVER)
    for minute in range(minutes):
        seen = look(minute)
        wealth = difference_step(wealth, past, *seen, np.array([margin]))
        past = (past[0] + seen[0] + seen[2], past[1] + seen[1] + seen[3])
        first[(log_sum(wealth)[:, 0] >= -math.log(ALPHA)) & np.isinf(first)] = minute + 1
    return first


def false_rollbacks(name: str, runs: int, seed: int = SEED) -> float:
    """Share of runs of equal arms that are rolled back within a day."""
    rng = np.random.default_rng(seed)
    first = harm_minutes(runs, DAY, lambda minute: draw(rng, KINDS[name](minute), runs))
    return float(np.mean(np.isfinite(first)))


def median_minutes(rate: float, runs: int, since: int = 0, seed: int = SEED) -> float:
    """Median minutes until a candidate at `rate`, bad since minute `since`, is found; earlier alarms are left out."""
    rng = np.random.default_rng(seed)

    def look(minute: int) -> Look:
        return draw(rng, constant(minute), runs, excess=rate - 0.01 if minute >= since else 0.0)

    first = harm_minutes(runs, since + 240, look)
    return float(np.median(first[first > since] - since))


def wrongly_safe(name: str, margin: float, runs: int, seed: int = SEED) -> float:
    """Share of runs ever called SAFE with a candidate worse by exactly the margin, the hardest of the harmful."""
    rng = np.random.default_rng(seed)
    first = safe_minutes(runs, DAY, lambda minute: draw(rng, KINDS[name](minute), runs, excess=margin), margin)
    return float(np.mean(np.isfinite(first)))


def minutes_to_safe(name: str, margin: float, runs: int, seed: int = SEED) -> float:
    """Median minutes until a candidate equal to control is called SAFE."""
    rng = np.random.default_rng(seed)
    return float(np.median(safe_minutes(runs, DAY, lambda minute: draw(rng, KINDS[name](minute), runs), margin)))


def tables(runs: int = 4000) -> Figures:
    began = time.perf_counter()
    print(f"alpha {ALPHA}, {runs:,} runs of {DAY:,} looks, seed {SEED}\n")
    equal = {name: false_rollbacks(name, runs) for name in KINDS}
    table(("equal arms, 24 h", "rolled back"), [(name, f"{share:.2%}") for name, share in equal.items()])
    found = {rate: (median_minutes(rate, runs), median_minutes(rate, runs, LATE)) for rate in (0.02, 0.05, 0.2)}
    head = ("control 1 %, candidate", "median minutes from the start", "after 12 h")
    table(head, [(f"{rate:.0%}", f"{start:g}", f"{late:g}") for rate, (start, late) in found.items()])
    safe = [_safe(name, margin, runs) for name in KINDS for margin in (0.005, 0.02)]
    head = ("traffic", "margin", "worse by the margin: ever SAFE", "equal: median minutes to SAFE")
    table(head, [(traffic, f"{at:.1%}", f"{wrong:.2%}", f"{median:g}") for traffic, at, wrong, median in safe])
    print(f"{time.perf_counter() - began:.0f} s")
    minutes = [{"rate": rate, "from_start": start, "after_12_h": late} for rate, (start, late) in found.items()]
    return {"runs": runs, "false_rollbacks": equal, "minutes_to_harm": minutes, "safe": safe}


def _safe(name: str, margin: float, runs: int) -> tuple[str, float, float, float]:
    return name, margin, wrongly_safe(name, margin, runs // 2), minutes_to_safe(name, margin, runs // 4)


if __name__ == "__main__":
    tables(*(int(argument) for argument in sys.argv[1:]))
