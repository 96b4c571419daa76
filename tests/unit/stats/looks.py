"""Looks at a canary, for property tests: from nothing at all to a billion requests."""

from hypothesis import strategies as st

from serin.stats.counts import Counts
from serin.stats.moments import Moments

MOST = 10**9


@st.composite
def counts(draw, most=MOST):
    total = draw(st.integers(0, most))
    return Counts(draw(st.integers(0, total)), total)


@st.composite
def moments(draw, most=MOST):
    """A feasible triple for values in [0, 1] around one mean."""
    n = draw(st.integers(0, most))
    mean = draw(st.floats(0, 1))
    spread = draw(st.floats(0, 1)) * mean * (1 - mean)
    return Moments(n, n * mean, n * (mean * mean + spread))


looks = st.tuples(counts(), counts())
many_looks = st.lists(looks, max_size=6)
