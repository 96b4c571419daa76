"""Which bad events may a candidate not have more of than what runs now, and by how much not?"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from serin.errors import InvalidSettings
from serin.rollout.kpi import Kpi, is_kpi, parse_kpi

__all__ = ["ERRORS", "INVALID_OUTPUT", "LOW_CONFIDENCE", "OVER_LATENCY", "Guardrail", "guardrails", "parse_guardrail"]

_ALPHA = 0.0125


@dataclass(frozen=True)
class Guardrail:
    """`alpha` bounds the chance of each wrong verdict: four guardrails at 0.0125 take back 5 % of equals at most.
    (A KPI, see serin.rollout.kpi, comes on top with an alpha of its own.)

    HARM is more than chance explains beyond `tolerated` times the odds of control: releases always differ a little in
    how sure and how fast they are, and much traffic would convict each of them. SAFE needs the candidate's rate to be
    surely less than `margin` above control's. At 100 % there is no control: its rate before, plus `margin`, is the
    limit then, or `ceiling` where too little of it was seen.
    """

    name: str
    bad: str
    margin: float
    ceiling: float
    alpha: float = _ALPHA
    tolerated: float = 1.0

    def __post_init__(self) -> None:
        for what in ("margin", "ceiling", "alpha"):
            value = getattr(self, what)
            if not (math.isfinite(value) and 0 < value < 1):
                raise InvalidSettings(f"The {what} of guardrail {self.name} is {value}: it lies between 0 and 1.")

    def to_dict(self) -> dict[str, Any]:
        """Without floats, which DynamoDB does not take."""
        return {"name": self.name, "bad": self.bad, **{name: repr(getattr(self, name)) for name in _RATES}}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        return cls(document["name"], document["bad"], *(float(document[name]) for name in _RATES))


_RATES = ("margin", "ceiling", "alpha", "tolerated")


ERRORS = Guardrail("errors", "failed requests", margin=0.01, ceiling=0.05)
OVER_LATENCY = Guardrail("over_latency", "requests over the latency budget", margin=0.03, ceiling=0.10, tolerated=1.5)
INVALID_OUTPUT = Guardrail("invalid_output", "invalid or non-finite outputs", margin=0.01, ceiling=0.02)
LOW_CONFIDENCE = Guardrail("low_confidence", "predictions of low confidence", margin=0.05, ceiling=0.50, tolerated=2.5)

_KNOWN = {one.name: one for one in (ERRORS, OVER_LATENCY, INVALID_OUTPUT, LOW_CONFIDENCE)}


def guardrails(texts: Iterable[str] = (), confidence: bool = True) -> tuple[Guardrail | Kpi, ...]:
    """Those that are named, else all; low confidence only where the model gives one. Raises InvalidSettings.

    None is a KPI by itself. A KPI that is named comes on top, and leaves the others as they are.

    >>> [one.name for one in guardrails(["errors:2%", "kpi:dollars:-100..0:5"])]
    ['errors', 'kpi:dollars']
    """
    given = tuple(texts)
    kpis = tuple(parse_kpi(text) for text in given if is_kpi(text))
    chosen = tuple(parse_guardrail(text) for text in given if not is_kpi(text))
    if len({one.name for one in chosen} | {one.name for one in kpis}) < len(given):
        raise InvalidSettings("A guardrail is named twice: keep one.")
    if LOW_CONFIDENCE.name in {one.name for one in chosen} and not confidence:
        raise InvalidSettings("low_confidence can't be a guardrail here: one of the two models gives no confidence.")
    counts = chosen or tuple(one for one in _KNOWN.values() if confidence or one is not LOW_CONFIDENCE)
    return (*counts, *kpis)


def parse_guardrail(text: str) -> Guardrail:
    """`errors`, or with its own margin `errors:2%`. Raises InvalidSettings.

    >>> parse_guardrail("errors:2%").margin
    0.02
    """
    name, colon, margin = text.strip().partition(":")
    if name not in _KNOWN:
        raise InvalidSettings(f"There is no guardrail '{name}': there are {', '.join(_KNOWN)}, kpi:NAME.")
    if not colon:
        return _KNOWN[name]
    try:
        value = float(margin.removesuffix("%")) / (100 if margin.endswith("%") else 1)
    except ValueError:
        raise InvalidSettings(f"The margin '{margin}' of guardrail {name} is no number: write {name}:2%.") from None
    return replace(_KNOWN[name], margin=value)
