"""What did training a version cost? As its owner declares it: `[training] cost_usd` in model.toml."""

from decimal import Decimal, InvalidOperation
from typing import Any

from serin.errors import InvalidModel

__all__ = ["training_usd"]

_MOST = 10**9


def training_usd(document: dict[str, Any]) -> str | None:
    """US dollars as decimal text, exactly as they were written; None where nothing is declared. Raises InvalidModel.

    >>> training_usd({"training": {"commit": "0a1", "cost_usd": 12.5}})
    '12.5'
    """
    given = document["training"].get("cost_usd")
    if given is None:
        return None
    try:
        amount = None if isinstance(given, bool) else Decimal(str(given))
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount <= _MOST:
        raise InvalidModel(
            f'model.toml: [training] cost_usd is {given!r}: write US dollars as a number or as text, such as "12.50".'
        )
    return f"{amount:f}"
