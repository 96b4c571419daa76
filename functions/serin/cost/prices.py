"""What does AWS take for a unit, in this region? Each price with its date and where it was read; none is guessed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Self

from serin.cost.code import Code
from serin.errors import InvalidSettings

__all__ = ["MICRO", "Allowance", "Price", "Prices", "Quantities", "always_free"]

MICRO = 1_000_000
"""Micro-dollars in a dollar."""

Quantities = Mapping[Code, Fraction]
"""How much was used, exactly, in the unit of each code's price."""


@dataclass(frozen=True)
class Price:
    """US dollars for one unit, in the lowest tier of volume, before any allowance that is free."""

    amount: Fraction
    unit: str
    as_of: date
    source: str


@dataclass(frozen=True)
class Allowance:
    """So much of these codes together is free each month, for ever: once for a whole AWS account."""

    name: str
    codes: tuple[Code, ...]
    quantity: Fraction


@dataclass(frozen=True)
class Prices:
    """List prices of one region."""

    region: str
    of_code: Mapping[Code, Price]

    @classmethod
    def of(cls, region: str, overrides: Mapping[str, Mapping[str, Any]] | None = None) -> Self:
        """Those of the table, with `overrides` by code ({"amount": "0.09", "as_of": "2026-11-01", "source": URL}) over
        them. Raises InvalidSettings for an override that lacks a part, and for a region of which a price is missing.
        """
        known: Mapping[str, Any] = _table()["regions"]
        own = {Code(code): dict(price) for code, price in known.get(region, {}).items()}
        for name, given in (overrides or {}).items():
            code = _code(name)
            own[code] = {"unit": next(iter(known.values()))[code]["unit"], **_checked(name, given)}
        if missing := [str(code) for code in Code if code not in own]:
            raise InvalidSettings(_unknown(region, missing, sorted(known)))
        return cls(region, {code: _price(code, price) for code, price in own.items()})

    def exact(self, code: Code, quantity: Fraction | int) -> Fraction:
        """Micro-dollars, not rounded."""
        return self.of_code[code].amount * quantity * MICRO

    def cost(self, used: Quantities) -> dict[Code, int]:
        """Micro-dollars by code, each rounded once, half to even."""
        return {code: round(self.exact(code, quantity)) for code, quantity in used.items()}


def always_free() -> tuple[Allowance, ...]:
    """What no price here takes off."""
    return tuple(
        Allowance(name, tuple(map(Code, one["codes"])), Fraction(one["quantity"]))
        for name, one in _table()["always_free"].items()
    )


@cache
def _table() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files("serin.cost").joinpath("prices.json").read_text())
    return document


def _code(name: str) -> Code:
    try:
        return Code(name)
    except ValueError:
        raise InvalidSettings(f"prices: {name!r} is not a code; there are {', '.join(Code)}.") from None


def _checked(name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    if missing := [part for part in ("amount", "as_of", "source") if not given.get(part)]:
        raise InvalidSettings(f"prices.{name} lacks {' and '.join(missing)}: a price has a date and a source.")
    return given


def _price(code: Code, given: Mapping[str, Any]) -> Price:
    try:
        if not isinstance(given["amount"], str):
            raise ValueError("the amount is a decimal number in quotes, for a float is not exact")
        amount, as_of = Fraction(given["amount"]), date.fromisoformat(given["as_of"])
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise InvalidSettings(f"prices.{code} can't be read: {error}.") from None
    if amount < 0:
        raise InvalidSettings(f"prices.{code}: {given['amount']} is less than nothing.")
    return Price(amount, given["unit"], as_of, given["source"])


def _unknown(region: str, missing: list[str], known: list[str]) -> str:
    lacking = "no price" if len(missing) == len(Code) else f"no price for {', '.join(missing)}"
    return (
        f"Serin knows {lacking} of region {region!r}, and does not guess: known are {', '.join(known)}. Give each that"
        ' is missing in cdk.json, under "prices": {"CODE": {"amount": "0.00", "as_of": "YYYY-MM-DD", "source": "URL"}};'
        f" the codes are {', '.join(missing)}."
    )
