"""Lines as benchmarks give them, with few words, and strategies for any of them."""

from hypothesis import strategies as st

from tests.benchmarks.blocks import Ratio
from tests.benchmarks.line import Line, Measured

__all__ = ["line", "lines"]


def line(
    value: float = 2.0, low: float = 1.9, high: float = 2.1, *, name: str = "request", aim: float | None = None,
    higher: bool = False,
) -> Line:  # fmt: skip
    figure, floor = Measured(10 * value, 10 * low, 10 * high), Measured(10.0, 10.0, 10.0)
    return Line(name, "µs", "the least", figure, floor, Ratio(value, low, high), 0.5, aim, higher)


@st.composite
def _line(draw: st.DrawFn, name: str) -> Line:
    low, value, high = sorted(draw(st.lists(st.floats(0.01, 1e4), min_size=3, max_size=3)))
    return line(value, low, high, name=name)


@st.composite
def lines(draw: st.DrawFn) -> list[Line]:
    """Of different names, as in a report."""
    return [draw(_line(name)) for name in draw(st.lists(st.sampled_from("abcdef"), unique=True))]
