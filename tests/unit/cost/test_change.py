"""Is it said what changed, and why?"""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from serin.cost.change import changes
from serin.cost.entry import Line

LINES = st.dictionaries(
    st.sampled_from("abcde"), st.builds(Line, st.integers(0, 10**12), st.fractions(0, 10**6)), max_size=5
)


@given(before=LINES, after=LINES)
def test_the_effects_sum_to_the_difference(before: dict[str, Line], after: dict[str, Line]) -> None:
    """To the micro-dollar, and no line that differs is left out; the largest comes first."""
    found = changes(before, after)
    assert sum(one.volume + one.price for one in found) == sum(one.micro for one in after.values()) - sum(
        one.micro for one in before.values()
    )
    assert all(one.volume + one.price == one.difference != 0 for one in found)
    sizes = [abs(one.difference) for one in found]
    assert sizes == sorted(sizes, reverse=True)
    assert all(one.sentence for one in found)


def test_volume_and_price_are_told_apart() -> None:
    """Twice the usage at half as much again: 10 to 30 dollars."""
    (one,) = changes(
        {"lambda": Line(10_000_000, Fraction(100))}, {"lambda": Line(30_000_000, Fraction(200))}
    )  # fmt: skip
    assert (one.volume, one.price) == (10_000_000, 10_000_000)
    assert one.sentence == "+$20.00: +$10.00 for 100% more usage and +$10.00 for a higher price of the unit"


def test_what_is_new_or_gone_is_said_so() -> None:
    """It has no price to compare with."""
    new, gone = changes({"a": Line(1_000_000)}, {"b": Line(2_000_000)})
    assert (new.line, new.sentence) == ("b", "+$2.00: it is new")
    assert (gone.line, gone.sentence) == ("a", "-$1.00: it is gone")
