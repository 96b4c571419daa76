"""How is a plan written on one line? `canary`, `linear:10%/5m`, `1,10,50@10m+min=500+deadline=6h+shadow=10%`.

A shape (`all-at-once`, `canary`, `linear:STEP%/BAKE` or the steps themselves; 100 at the end goes without saying),
then `@BAKE`, then options, each after a plus or a space: `min` candidate requests per step, `deadline`, `shadow` share.
"""

import re

from serin.errors import InvalidSettings
from serin.rollout.plan import Plan

__all__ = ["parse_plan"]

_CANARY = (1, 5, 25, 50, 100)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_OPTIONS = ("min", "deadline", "shadow")
_BAKE, _MIN_REQUESTS = "10m", "100"


def parse_plan(text: str) -> Plan:
    """Raises InvalidSettings with what is wrong and how it is written.

    >>> print(parse_plan("linear:30%/5m"))
    30 → 60 → 90 → 100 %
    """
    shape, *rest = re.split(r"[+\s]+", text.strip())
    options = _options(rest)
    shape, at, bake = shape.partition("@")
    weights, linear_bake = _weights(shape)
    if at and linear_bake:
        raise InvalidSettings(f"'{text}' gives two bake times: keep either /{linear_bake} or @{bake}.")
    deadline = options.get("deadline")
    return Plan.of(
        weights,
        _seconds(bake if at else linear_bake or _BAKE, "bake time"),
        _whole(options.get("min", _MIN_REQUESTS), "minimum of requests"),
        None if deadline is None else _seconds(deadline, "deadline"),
        _percent(options.get("shadow", "0"), "shadow share"),
    )


def _weights(shape: str) -> tuple[tuple[int, ...], str]:
    """The steps, and the bake time where the shape itself names one."""
    if shape == "all-at-once":
        return (100,), ""
    if shape == "canary":
        return _CANARY, ""
    if shape == "linear" or shape.startswith("linear:"):
        size, _, bake = shape.removeprefix("linear").removeprefix(":").partition("/")
        by = _percent(size or "10%", "linear step")
        if not 0 < by <= 100:
            raise InvalidSettings(f"A linear step of {by} % can't be: it lies above 0 and at most at 100.")
        return (*range(by, 100, by), 100), bake
    if not re.match(r"[-\d,.%]+$", shape):
        raise InvalidSettings(
            f"'{shape}' is no plan: write all-at-once, canary, linear:10%/5m, or steps such as 1,10,50@10m."
        )
    return tuple(_percent(part, "step") for part in shape.split(",")), ""


def _options(parts: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        if name not in _OPTIONS or not value:
            raise InvalidSettings(f"'{part}' is no option of a plan: there are min=500, deadline=6h and shadow=10%.")
        if name in options:
            raise InvalidSettings(f"The plan gives {name} twice: keep one.")
        options[name] = value
    return options


def _seconds(text: str, what: str) -> int:
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if not found:
        raise InvalidSettings(f"The {what} '{text}' is no duration: write 90s, 10m, 6h or 1d.")
    return int(found[1]) * _UNITS[found[2]]


def _percent(text: str, what: str) -> int:
    return _whole(text.removesuffix("%"), what)


def _whole(text: str, what: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise InvalidSettings(f"The {what} '{text}' is no whole number.")
    return int(text)
