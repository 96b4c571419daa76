"""How little memory does an endpoint need to be fast enough, and what does each setting cost?

Lambda gives a function a share of one CPU in proportion to its memory, a whole one at 1,769 MB. The estimate divides
the CPU time that a request takes by that share. It is an upper one: the share is granted in slices of time, and a
request that fits into a slice is not slowed at all. More memory than that buys more CPUs, of which a request of one
thread gets nothing: such settings are left out.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from serin.cost.code import Code
from serin.cost.prices import Prices

__all__ = ["SETTINGS", "WHOLE_CPU", "Point", "cheapest", "curve", "needed_mb"]

WHOLE_CPU = 1769
SETTINGS = (128, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, WHOLE_CPU)
_MILLION = 10**6
_OF_THE_FUNCTION_MB, _HEADROOM = 40, 1.2
"""The function holds AWS's clients too (32 MB) and Lambda's runtime client (4 MB); and no two requests take the same.
"""


@dataclass(frozen=True)
class Point:
    """Of one setting: milliseconds, and micro-dollars of Lambda for a million requests. `holds`: the process fits."""

    memory_mb: int
    p50: float
    p99: float
    micro_per_million: int
    holds: bool
    in_budget: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def curve(
    cpu_ns: Sequence[int], process_mb: float, budget_ms: float, prices: Prices, architecture: str,
    settings: Sequence[int] = SETTINGS,
) -> tuple[Point, ...]:  # fmt: skip
    """From the CPU time of each of many requests. Lambda bills whole milliseconds, begun ones too."""
    found = []
    for memory in sorted(settings):
        ms = np.array(cpu_ns) / 1e6 / min(1.0, memory / WHOLE_CPU)
        p50, p99 = np.percentile(ms, [50, 99]).tolist()
        billed = Fraction(sum(map(math.ceil, ms.tolist())), len(ms))
        used = {
            Code.LAMBDA_REQUEST: Fraction(_MILLION),
            Code.duration(architecture): billed / 1000 * _MILLION * Fraction(memory, 1024),
        }
        micro = sum(prices.cost(used).values())
        found.append(
            Point(memory, round(p50, 3), round(p99, 3), micro, memory >= needed_mb(process_mb), p99 <= budget_ms)
        )
    return tuple(found)


def needed_mb(process_mb: float) -> float:
    """For a function whose model and requests alone took so much.

    >>> needed_mb(60)
    120.0
    """
    return (process_mb + _OF_THE_FUNCTION_MB) * _HEADROOM


def cheapest(points: Sequence[Point]) -> Point | None:
    """Of those that hold the process and keep to the budget; of equal ones the fastest. None where there is none."""
    able = [point for point in points if point.holds and point.in_budget]
    return min(able, key=lambda point: (point.micro_per_million, -point.memory_mb), default=None)
