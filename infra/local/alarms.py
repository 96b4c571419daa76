"""Is this alarm red? CloudWatch's rules for static thresholds: M of N periods, and what missing data means."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from serin.errors import InvalidSettings

__all__ = ["ALARM", "INSUFFICIENT", "OK", "STATISTICS", "Alarm", "Evaluation", "Sample", "evaluate"]

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
MISSING = ("missing", "ignore", "breaching", "notBreaching")
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of the alarm's metric at one time (seconds): how many, their sum, the smallest and the largest."""

    at: float
    count: float
    total: float
    low: float
    high: float


STATISTICS: dict[str, Callable[[list[Sample]], float]] = {
    "Sum": lambda of: sum(one.total for one in of),
    "SampleCount": lambda of: sum(one.count for one in of),
    "Average": lambda of: sum(one.total for one in of) / (sum(one.count for one in of) or 1.0),
    "Minimum": lambda of: min(one.low for one in of),
    "Maximum": lambda of: max(one.high for one in of),
}


@dataclass(frozen=True)
class Alarm:
    """Raises InvalidSettings for what is not evaluated here, in words."""

    name: str
    threshold: float
    comparison: str = "GreaterThanOrEqualToThreshold"
    statistic: str = "Sum"
    period: int = 60
    periods: int = 1
    to_alarm: int | None = None
    missing: str = "missing"
    state: str = INSUFFICIENT
    math: bool = False

    def __post_init__(self) -> None:
        if self.math:
            raise InvalidSettings(f"alarm {self.name}: the local cloud does not evaluate metric math")
        if self.statistic not in STATISTICS:
            raise InvalidSettings(f"alarm {self.name}: statistic {self.statistic} is none of {', '.join(STATISTICS)}")
        if self.comparison not in COMPARISONS:
            raise InvalidSettings(f"alarm {self.name}: only static thresholds are evaluated, not {self.comparison}")
        if self.missing not in MISSING:
            raise InvalidSettings(f"alarm {self.name}: missing data as {self.missing} is none of {', '.join(MISSING)}")
        if self.period not in (1, 5, 10, 20, 30) and (self.period < 60 or self.period % 60):
            raise InvalidSettings(f"alarm {self.name}: a period is 10 or 30 s or whole minutes, not {self.period} s")
        if not 1 <= self.needed <= self.periods:
            raise InvalidSettings(f"alarm {self.name}: {self.needed} of {self.periods} datapoints can't be reached")

    @property
    def needed(self) -> int:
        return self.periods if self.to_alarm is None else self.to_alarm


@dataclass(frozen=True)
class Evaluation:
    state: str
    reason: str
    values: tuple[float | None, ...] = ()


def evaluate(alarm: Alarm, samples: Iterable[Sample], now: float) -> Evaluation:
    """The periods end at `now`, so that a fault need not wait for the end of a minute to be seen."""
    values = _values(alarm, list(samples), now)
    breaching = [None if one is None else COMPARISONS[alarm.comparison][0](one, alarm.threshold) for one in values]
    state = _state(alarm, breaching)
    return Evaluation(state, _reason(alarm, values, breaching, state), tuple(values))


def _values(alarm: Alarm, samples: list[Sample], now: float) -> list[float | None]:
    """One value per period, the oldest first; None where nothing was measured."""
    slots: list[list[Sample]] = [[] for _ in range(alarm.periods)]
    for sample in samples:
        age = int((now - sample.at) // alarm.period)
        if sample.at <= now and age < alarm.periods:
            slots[-1 - age].append(sample)
    return [STATISTICS[alarm.statistic](slot) if slot else None for slot in slots]


def _state(alarm: Alarm, breaching: list[bool | None]) -> str:
    red, absent = breaching.count(True), breaching.count(None)
    if alarm.missing == "breaching":
        red, absent = red + absent, 0
    elif alarm.missing == "notBreaching":
        absent = 0
    if red >= alarm.needed:
        return ALARM
    if red + absent < alarm.needed:
        return INSUFFICIENT if absent == alarm.periods else OK
    return _undecided(alarm, breaching)


def _undecided(alarm: Alarm, breaching: list[bool | None]) -> str:
    """What is missing would make the difference. A lone old fault counts as lasting, a fresh one waits for more."""
    real = [one for one in breaching if one is not None]
    if alarm.missing == "ignore":
        return alarm.state
    if not real:
        return INSUFFICIENT
    if not all(real):
        return OK
    oldest = len(breaching) - next(index for index, one in enumerate(breaching) if one is not None)
    return ALARM if oldest >= alarm.needed else alarm.state


def _reason(alarm: Alarm, values: list[float | None], breaching: list[bool | None], state: str) -> str:
    if state == INSUFFICIENT:
        return f"Insufficient Data: {breaching.count(None)} datapoints were unknown."
    shown = ", ".join("missing" if one is None else f"{one:g}" for one in reversed(values))
    words = COMPARISONS[alarm.comparison][1]
    red, absent = breaching.count(True), breaching.count(None)
    more = f"; {absent} missing, treated as {alarm.missing}" if absent else ""
    return (
        f"Threshold Crossed: {red} out of the last {len(values)} datapoints [{shown}] "
        f"{'was' if red == 1 else 'were'} {words} the threshold ({alarm.threshold:g}), "
        f"{alarm.needed} needed for ALARM{more}."
    )
