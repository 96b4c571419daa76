"""What will a stage cost a month, idle and under a load, and from which load on is something else cheaper?"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from serin.cost.code import Code
from serin.cost.idle import idle_endpoint, idle_stack
from serin.cost.prices import Prices, always_free
from serin.cost.rivals import RIVALS, Rival
from serin.cost.stage import Load, Part, Stage
from serin.cost.traffic import traffic

__all__ = ["SERIN", "Crossing", "Estimate", "Priced", "estimate"]

_MOST_A_DAY = 10**9
SERIN = "Serin"


@dataclass(frozen=True)
class Priced:
    """A part of the bill: micro-dollars by code. `owner` is a model, or "" for the stage."""

    owner: str
    part: Part
    lines: dict[Code, int]

    @property
    def micro(self) -> int:
        return sum(self.lines.values())

    def to_dict(self) -> dict[str, Any]:
        lines = [
            {"code": str(code), "quantity": float(quantity), "micro": self.lines[code]}
            for code, quantity in self.part.used.items()
        ]
        return {
            "owner": self.owner, "part": self.part.name, "why": self.part.why, "micro": self.micro, "lines": lines,
        }  # fmt: skip


@dataclass(frozen=True)
class Crossing:
    """From so many requests a day and endpoint on, this is the cheaper one."""

    requests_per_day: int
    cheaper: str


@dataclass(frozen=True)
class Estimate:
    """A month at list price. `rivals` is None for what can't be had with so much memory. `free` is what AWS's
    always-free allowances would take off the idle bill at most, by name, in an account that uses them for nothing else.
    """

    idle: tuple[Priced, ...]
    load: tuple[Priced, ...]
    rivals: dict[str, int | None]
    crossings: dict[str, tuple[Crossing, ...]]
    free: dict[str, int]

    @property
    def idle_micro(self) -> int:
        return sum(part.micro for part in self.idle)

    @property
    def micro(self) -> int:
        return self.idle_micro + sum(part.micro for part in self.load)

    def idle_of(self, owner: str) -> int:
        return sum(part.micro for part in self.idle if part.owner == owner)

    @property
    def resources(self) -> Counter[str]:
        """What of a template is in the idle bill, by type."""
        return Counter(kind for priced in self.idle for kind in priced.part.resources)

    def to_dict(self) -> dict[str, Any]:
        """Amounts are micro-dollars."""
        return {
            "micro": self.micro,
            "idle": {"micro": self.idle_micro, "parts": [part.to_dict() for part in self.idle], "free": self.free},
            "load": [part.to_dict() for part in self.load],
            "rivals": {
                name: {
                    "micro": micro,
                    "crossings": [{"requests_per_day": at.requests_per_day, "cheaper": at.cheaper}
                                  for at in self.crossings[name]],
                }
                for name, micro in self.rivals.items()
            },
        }  # fmt: skip


def estimate(stage: Stage, load: Load, prices: Prices) -> Estimate:
    """For all endpoints together, each of which carries the load."""
    idle = [_priced("", part, prices) for part in idle_stack(stage)]
    for one in stage.endpoints:
        idle += [_priced(one.model, part, prices) for part in idle_endpoint(one, stage)]
    loaded = _loaded(stage, load, prices)
    fixed = sum(part.micro for part in idle)
    rivals = {name: _rival(rival, stage, load, prices) for name, rival in RIVALS.items()}
    crossings = {name: tuple(_crossings(name, stage, load, prices, fixed)) for name in RIVALS}
    return Estimate(tuple(idle), tuple(loaded), rivals, crossings, _free(idle, prices))


def _loaded(stage: Stage, load: Load, prices: Prices) -> list[Priced]:
    return [_priced(one.model, part, prices) for one in stage.endpoints for part in traffic(one, load, stage)]


def _priced(owner: str, part: Part, prices: Prices) -> Priced:
    return Priced(owner, part, prices.cost(part.used))


def _rival(rival: Rival, stage: Stage, load: Load, prices: Prices) -> int | None:
    total = 0
    for one in stage.endpoints:
        used = rival(one, load)
        if used is None:
            return None
        total += sum(prices.cost(used).values())
    return total


def _crossings(name: str, stage: Stage, load: Load, prices: Prices, fixed: int) -> Iterable[Crossing]:
    """Which is cheaper without requests, and where that changes, up to a billion a day. Between two steps of the search
    (1, 2, 5, 10 …) it is taken to change once at most."""
    if _rival(RIVALS[name], stage, load, prices) is None:
        return

    def dearer(requests: int) -> bool:
        """Is Serin?"""
        there = replace(load, requests_per_day=requests)
        mine = fixed + sum(part.micro for part in _loaded(stage, there, prices))
        return mine > (_rival(RIVALS[name], stage, there, prices) or 0)

    before, was = 0, dearer(0)
    yield Crossing(0, name if was else SERIN)
    for step in _steps():
        if dearer(step) != was:
            at = _first(lambda requests: dearer(requests) != was, before, step)  # noqa: B023 - called at once
            was = not was
            yield Crossing(at, name if was else SERIN)
        before = step


def _steps() -> Iterable[int]:
    step = 1
    while step <= _MOST_A_DAY:
        yield from (step, 2 * step, 5 * step)
        step *= 10


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The smallest number that it holds for, which is above `low` and not above `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _free(idle: Iterable[Priced], prices: Prices) -> dict[str, int]:
    used: dict[Code, Fraction] = {}
    for priced in idle:
        for code, quantity in priced.part.used.items():
            used[code] = used.get(code, Fraction(0)) + quantity
    found = {}
    for allowance in always_free():
        left = allowance.quantity
        micro = 0
        for code in allowance.codes:
            taken = min(left, used.get(code, Fraction(0)))
            left, micro = left - taken, micro + round(prices.exact(code, taken))
        if micro:
            found[allowance.name] = micro
    return found
