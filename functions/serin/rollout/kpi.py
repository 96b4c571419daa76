"""What is a prediction worth, between which bounds, and how much less may a candidate's be? A guardrail on a KPI.

Written `kpi:NAME:LOW..HIGH:MARGIN`, such as `kpi:dollars:-100..0:5`: values of the KPI `dollars` lie between -100 and
0, more is better, and a mean that is 5 lower per prediction is a loss that matters. Only outcomes that tell this KPI
are looked at. They come hours or days after their predictions, so the guardrail only convicts: a step does not wait for
it. With `!` at the end it must be SAFE too, as every other guardrail: for outcomes that come within the bake times.

Where a value decides when it is told (good ones at once, bad ones a day later), `kpi:dollars:-100..0:5@24h` looks at
predictions once they are that old, all at once: before, good would be compared with good, and bad ones be missing.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from serin.errors import InvalidSettings
from serin.outcomes.outcome import MICRO, micro

__all__ = ["Kpi", "is_kpi", "parse_kpi", "plain"]

_ALPHA = 0.0125
_PREFIX = "kpi"
_LARGEST = 1e9
_LONGEST = 40
_OLDEST_S = 48 * 3600
_UNITS = {"s": 1, "m": 60, "h": 3600}
_FORM = (
    "write kpi:NAME:LOW..HIGH:MARGIN, such as kpi:dollars:-100..0:5, then @24h where outcomes are to be looked at when "
    "their predictions are a day old, then ! where each step has to wait"
)


@dataclass(frozen=True)
class Kpi:
    """`low`, `high` and `margin` in millionths of the KPI's own unit, as outcomes keep their values.

    HARM: the candidate surely earns less than control, by whatever little. SAFE: a loss of `margin` or more per
    prediction is ruled out. At 100 % there is no control: against what it earned before, a loss of `margin` is HARM.
    `alpha` bounds the chance of each wrong verdict. What lies outside of `low` and `high` counts as the nearer of them.
    A prediction is looked at when it is `age_s` seconds old.
    """

    kpi: str
    low: int
    high: int
    margin: int
    required: bool = False
    alpha: float = _ALPHA
    age_s: int = 0

    def __post_init__(self) -> None:
        if self.age_s > _OLDEST_S:
            raise InvalidSettings(f"Guardrail {self.name} waits longer than {_OLDEST_S // 3600}h: no rollout should.")
        if not self.low < self.high:
            raise InvalidSettings(f"The bounds {self.bounds} of guardrail {self.name} are none: the lower comes first.")
        if not 0 < self.margin < self.high - self.low:
            raise InvalidSettings(
                f"The margin {plain(self.margin)} of guardrail {self.name} must be above 0 and below "
                f"{plain(self.high - self.low)}, the width of its bounds."
            )

    @property
    def name(self) -> str:
        return f"{_PREFIX}:{self.kpi}"

    @property
    def bounds(self) -> str:
        return f"{plain(self.low)}..{plain(self.high)}"

    def __str__(self) -> str:
        unit = next(one for one in ("h", "m", "s") if self.age_s % _UNITS[one] == 0)
        age = f"@{self.age_s // _UNITS[unit]}{unit}" if self.age_s else ""
        return f"{self.name}:{self.bounds}:{plain(self.margin)}{age}{'!' if self.required else ''}"

    @property
    def scaled_margin(self) -> float:
        """Where the bounds are 0 and 1."""
        return self.margin / (self.high - self.low)

    def to_dict(self) -> dict[str, Any]:
        """Without floats, which DynamoDB does not take."""
        return {**{name: getattr(self, name) for name in _PLAIN}, "alpha": repr(self.alpha)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        low, high, margin = (int(document[name]) for name in ("low", "high", "margin"))
        required, alpha = bool(document["required"]), float(document["alpha"])
        return cls(document["kpi"], low, high, margin, required, alpha, int(document["age_s"]))


_PLAIN = ("kpi", "low", "high", "margin", "required", "age_s")


def plain(millionths: int) -> str:
    """As a person writes it, to the last digit.

    >>> plain(-100_000_000), plain(2_500_000), plain(1), plain(0)
    ('-100', '2.5', '0.000001', '0')
    """
    whole, rest = divmod(abs(millionths), MICRO)
    digits = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{digits}" if millionths < 0 else digits


def is_kpi(text: str) -> bool:
    return text.strip().partition(":")[0] == _PREFIX


def parse_kpi(text: str) -> Kpi:
    """Raises InvalidSettings.

    >>> str(parse_kpi("kpi:dollars:-100..0:5!"))
    'kpi:dollars:-100..0:5!'
    """
    given = text.strip()
    parts = given.removesuffix("!").split(":")
    if len(parts) != 4 or ".." not in parts[2]:
        raise InvalidSettings(f"'{given}' is no KPI guardrail: {_FORM}.")
    _, name, bounds, margin = parts
    if not 0 < len(name) <= _LONGEST:
        raise InvalidSettings(f"The KPI of '{given}' needs a name of 1 to {_LONGEST} characters: {_FORM}.")
    low, _, high = bounds.partition("..")
    margin, at, age = margin.partition("@")
    numbers = [_number(one, given) for one in (low, high, margin)]
    age_s = _seconds(age, given) if at else 0
    return Kpi(name, numbers[0], numbers[1], numbers[2], required=given.endswith("!"), age_s=age_s)


def _seconds(text: str, given: str) -> int:
    found = re.fullmatch(r"([0-9]{1,6})([smh])", text)
    if not found:
        raise InvalidSettings(f"'{text}' in '{given}' is no age: {_FORM}.")
    return int(found[1]) * _UNITS[found[2]]


def _number(text: str, given: str) -> int:
    try:
        value = float(text)
    except ValueError:
        raise InvalidSettings(f"'{text}' in '{given}' is no number: {_FORM}.") from None
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise InvalidSettings(f"'{text}' in '{given}' is too large: numbers up to {_LARGEST:.0e} can be watched.")
    return micro(value)
