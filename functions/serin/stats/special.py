"""SciPy's special functions, by SciPy's names; it is imported when one is called first.

Its import takes longer than most commands, of which nearly all can reach a statistic and few ever compute one.
"""

from functools import cache
from typing import Any

__all__ = ["betainccinv", "betaincinv", "gammaln", "ndtr", "ndtri", "stdtrit"]


def ndtr(x: Any) -> Any:
    return _scipy().ndtr(x)


def ndtri(p: Any) -> Any:
    return _scipy().ndtri(p)


def stdtrit(df: Any, p: Any) -> Any:
    return _scipy().stdtrit(df, p)


def gammaln(x: Any) -> Any:
    return _scipy().gammaln(x)


def betaincinv(a: Any, b: Any, p: Any) -> Any:
    return _scipy().betaincinv(a, b, p)


def betainccinv(a: Any, b: Any, p: Any) -> Any:
    return _scipy().betainccinv(a, b, p)


@cache
def _scipy() -> Any:
    from scipy import special  # noqa: PLC0415 - what this module is for

    return special
