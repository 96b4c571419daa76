"""Is a version let in only if it is surely faster and surely the same?"""

import numpy as np

from serin.optimize.golden import Moved
from serin.optimize.speed import Speed, compared
from serin.optimize.verdict import decide, rows_needed
from serin.stats.counts import Counts

SAME = Moved(2, 1, ())
FEW_FLIPS = Counts(0, 10_000)


def _times(scale: float, seed: int, runs: int = 2000) -> list[int]:
    return (np.random.default_rng(seed).gamma(20, 1000, runs) * scale).astype(int).tolist()


def _speed(scale: float, batch: int = 1, runs: int = 2000) -> Speed:
    return compared(_times(1, 1, runs), _times(scale, 2, runs), batch)


def test_a_faster_one_that_answers_alike_is_let_in() -> None:
    """At both batch sizes half the time, and no flip among ten thousand."""
    assert decide([_speed(0.5), _speed(0.5, 32)], FEW_FLIPS, SAME, 0.001).accepted


def test_a_slower_one_is_refused_with_its_figures() -> None:
    """As happens to 8 bits on small models."""
    (said,) = decide([_speed(1.5)], FEW_FLIPS, SAME, 0.001).against
    assert said.startswith("it is slower: p99 at batch 1 is 0.03")
    assert "1.5" in said


def test_an_equal_one_is_not_faster() -> None:
    """Chance does not let it in: the whole interval has to lie below 1."""
    for seed in range(5):
        speed = compared(_times(1, 100 + seed), _times(1, 200 + seed), 1)
        assert speed.low < speed.ratio < speed.high
    (said,) = decide([_speed(1.0)], FEW_FLIPS, SAME, 0.001).against
    assert said.startswith("that it gets faster is not shown")


def test_chance_lets_few_equal_ones_in() -> None:
    """Where bursts slow down runs next to each other, too: about 2.5 % of the time, here under 12 % of 60."""
    passed = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        slow = np.repeat(rng.random(40) < 0.1, 25) * 3 + 1  # a burst hits both
        one, two = (rng.gamma(20, 1000, 1000) * slow for _ in range(2))
        passed += compared(one.astype(int).tolist(), two.astype(int).tolist(), 1).high < 1
    assert passed < 7


def test_a_later_batch_size_may_stay_as_it_is_and_not_get_slower() -> None:
    """5 % is the margin, for the whole interval."""
    assert decide([_speed(0.5), Speed(32, *_pair(), 1.0, 0.97, 1.04)], FEW_FLIPS, SAME, 0.001).accepted
    (said,) = decide([_speed(0.5), Speed(32, *_pair(), 1.0, 0.9, 1.1)], FEW_FLIPS, SAME, 0.001).against
    assert said.startswith("that it gets no slower is not shown: p99 at batch 32")


def _pair() -> tuple:
    speed = _speed(1.0)
    return speed.before, speed.after


def test_flips_count_by_their_upper_limit() -> None:
    """None of a thousand is no proof of one in a thousand; too many are too many."""
    (said,) = decide([_speed(0.5)], Counts(0, 1000), SAME, 0.001).against
    assert said.endswith(
        "0 of 1,000 rows flip, up to 0.383%, and 0.100% is allowed; 3,838 rows without a flip would tell"
    )
    (said,) = decide([_speed(0.5)], Counts(100, 1000), SAME, 0.001).against
    assert said.startswith("it answers otherwise")
    assert decide([_speed(0.5)], Counts(0, rows_needed(0.001)), SAME, 0.001).accepted
    assert not decide([_speed(0.5)], Counts(0, rows_needed(0.001) - 1), SAME, 0.001).accepted


def test_a_golden_example_of_another_class_is_a_reason() -> None:
    """They were chosen because they matter, so one is enough."""
    other = Moved(1, 1, ("golden example 1: output 'label' has 0 at position 0, expected 1",))
    assert decide([_speed(0.5)], FEW_FLIPS, other, 0.001).against == other.otherwise
