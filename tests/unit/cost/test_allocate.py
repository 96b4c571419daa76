"""Do parts always sum to their whole?"""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.cost.allocate import allocate

WEIGHT = st.one_of(st.integers(0, 10**12), st.fractions(0, 10**6))
WEIGHTS = st.dictionaries(st.text(max_size=3), WEIGHT, min_size=1, max_size=12)
TOTAL = st.integers(0, 10**15)


@given(total=TOTAL, weights=WEIGHTS)
def test_the_parts_sum_to_the_whole(total: int, weights: dict[str, Fraction]) -> None:
    """To the micro-dollar, whatever the weights."""
    parts = allocate(total, weights)
    assert sum(parts.values()) == total
    assert parts.keys() == weights.keys()


@given(total=TOTAL, weights=WEIGHTS)
def test_each_part_is_less_than_a_unit_from_its_exact_share(total: int, weights: dict[str, Fraction]) -> None:
    """Nobody carries another's cent."""
    whole = Fraction(sum(weights.values()))
    for key, part in allocate(total, weights).items():
        exact = total * Fraction(weights[key]) / whole if whole else Fraction(total, len(weights))
        assert abs(part - exact) < 1


@given(total=TOTAL, weights=WEIGHTS, seed=st.randoms())
def test_the_order_of_keys_changes_nothing(total: int, weights: dict[str, Fraction], seed) -> None:  # type: ignore[no-untyped-def]
    """Two runs that read their accounts in another order write the same ledger."""
    items = list(weights.items())
    seed.shuffle(items)
    assert allocate(total, dict(items)) == allocate(total, weights)


@given(total=TOTAL, weights=WEIGHTS)
def test_a_larger_weight_never_gets_less(total: int, weights: dict[str, Fraction]) -> None:
    """Who used more pays no less."""
    parts = allocate(total, weights)
    ordered = sorted(weights, key=lambda key: weights[key])
    for small, large in pairwise(ordered):
        if weights[small] < weights[large]:
            assert parts[small] <= parts[large]


def test_equal_remainders_go_by_the_order_of_keys() -> None:
    """So that a tie is no draw."""
    assert allocate(2, {"c": 1, "b": 1, "a": 1}) == {"a": 1, "b": 1, "c": 0}


@pytest.mark.parametrize(("total", "weights"), [(1, {}), (-1, {"a": 1}), (1, {"a": -1, "b": 3})])
def test_nobody_and_less_than_nothing_are_refused(total: int, weights: dict[str, int]) -> None:
    """Each would lose money without a word."""
    with pytest.raises(ValueError, match=r"nobody|not negative"):
        allocate(total, weights)
