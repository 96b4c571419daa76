"""Who spent what in one hour? The entry of a ledger: a version of a team's model, and a line a thing paid for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Self

__all__ = ["TRAINING", "Account", "Entry", "Line"]

TRAINING = "training"
"""The line of what a version's training cost, as its owner declared it."""


@dataclass(frozen=True, order=True)
class Account:
    """Who pays: one version of a model, which belongs to a team. Version 0 is an endpoint that has none yet."""

    team: str
    model: str
    version: int


@dataclass(frozen=True)
class Line:
    """Micro-dollars, which are exact, and the quantity behind them, to nine digits: it explains and is never priced
    again."""

    micro: int
    quantity: Fraction = Fraction(0)

    @classmethod
    def of(cls, micro: int, quantity: Fraction) -> Self:
        return cls(micro, Fraction(f"{float(quantity):.9g}"))

    def __add__(self, other: "Line") -> "Line":
        return Line(self.micro + other.micro, self.quantity + other.quantity)


@dataclass(frozen=True)
class Entry:
    """`hour` is UTC, 2026-11-03T08; `lines` are by price code, or TRAINING."""

    account: Account
    hour: str
    lines: Mapping[str, Line] = field(default_factory=dict)

    @property
    def micro(self) -> int:
        return sum(line.micro for line in self.lines.values())

    @property
    def day(self) -> str:
        return self.hour[:10]

    @classmethod
    def training(cls, account: Account, hour: str, micro: int) -> Self:
        """So that retraining has a price: declared when a version was registered."""
        return cls(account, hour, {TRAINING: Line(micro, Fraction(1))})

    def to_dict(self) -> dict[str, Any]:
        """Whole numbers and text alone, as DynamoDB keeps them."""
        account = self.account
        lines = {
            code: {"micro": line.micro, "quantity": f"{float(line.quantity):.9g}"} for code, line in self.lines.items()
        }
        return {
            "team": account.team, "model": account.model, "version": account.version, "hour": self.hour, "lines": lines,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        account = Account(document["team"], document["model"], int(document["version"]))
        lines = {
            code: Line(int(one["micro"]), Fraction(one["quantity"])) for code, one in document["lines"].items()
        }  # fmt: skip
        return cls(account, document["hour"], lines)
