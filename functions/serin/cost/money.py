"""How is an amount written? Micro-dollars, which are whole, as dollars."""

from decimal import Decimal
from fractions import Fraction

from serin.cost.prices import MICRO

__all__ = ["decimal", "dollars", "micro_of", "per_unit"]


def dollars(micro: int, *, sign: bool = False) -> str:
    """To the cent, and what is smaller than ten cents to a hundredth of one.

    >>> dollars(1_234_560_000), dollars(43_800), dollars(-5_000_000), dollars(12, sign=True)
    ('$1,234.56', '$0.0438', '-$5.00', '+$0.0000')
    """
    before = "-" if micro < 0 else "+" if sign else ""
    places = 4 if 0 < abs(micro) < MICRO // 10 else 2
    return f"{before}${abs(micro) / MICRO:,.{places}f}"


def decimal(micro: int) -> str:
    """Exactly, for programs and tables.

    >>> decimal(1_234_567), decimal(-12)
    ('1.234567', '-0.000012')
    """
    return f"{'-' if micro < 0 else ''}{abs(micro) // MICRO}.{abs(micro) % MICRO:06d}"


def micro_of(usd: str | float) -> int:
    """Micro-dollars, rounded half to even.

    >>> micro_of("12.5"), micro_of(0.1)
    (12500000, 100000)
    """
    return round(Decimal(str(usd)) * MICRO)


def per_unit(amount: Fraction) -> str:
    """A price, which is a decimal number, as it stands in the table.

    >>> per_unit(Fraction("0.0000166667"))
    '0.0000166667'
    """
    return f"{Decimal(amount.numerator) / Decimal(amount.denominator):f}"
