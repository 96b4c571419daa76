"""From a manifest document back to the model.toml that gives it."""

import math
from collections.abc import Mapping
from typing import Any

import tomli_w

__all__ = ["model_toml", "written"]

_NOT_IN_IT = ("schema", "signature")  # these come from registration


def model_toml(document: Mapping[str, Any], name: str | None = None) -> bytes:
    """Read again, it gives the same document; `name` is the model's, which is no part of it."""
    said = {key: value for key, value in document.items() if key not in _NOT_IN_IT and value not in (None, "", {})}
    return written(({"name": name} if name else {}) | said)


def written(fields: Mapping[str, Any]) -> bytes:
    return tomli_w.dumps(_with_nan(fields)).encode()


def _with_nan(value: Any) -> Any:
    """TOML has no null. Where a document has one, model.toml had NaN or an infinity, and either gives null again."""
    if isinstance(value, Mapping):
        return {key: _with_nan(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_nan(one) for one in value]
    return math.nan if value is None else value
