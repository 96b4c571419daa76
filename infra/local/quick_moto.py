"""What does moto do that once, or later, or without looking twice is enough? Half of the time that its answers to a
template's first calls take, and four fifths of what an item of DynamoDB does.

Some of these names are bound when they are imported. So this comes before the services of moto are.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import moto.core.utils
from moto.core.serialize import BaseJSONSerializer
from werkzeug.routing import Rule

__all__ = ["quicken"]

_SCALARS = {"S": str, "N": str, "BOOL": bool, "NULL": bool}
_SETS = {"SS", "NS"}


def quicken() -> None:
    """Once: one reader of AWS's API descriptions, which would list all of them anew for each service. Later: the code
    that builds a route's URLs, which only a redirect asks for. At once: attributes of DynamoDB, which are written as
    they lie there, and not looked for in objects that might be spelled otherwise."""
    moto.core.utils.create_loader = cache(moto.core.utils.create_loader)
    Rule._compile_builder = _later(Rule._compile_builder)  # type: ignore[method-assign]
    BaseJSONSerializer._serialize_type_structure = _at_once(  # type: ignore[method-assign]
        BaseJSONSerializer._serialize_type_structure
    )


def _later(compile_now: Callable[..., Any]) -> Callable[..., Any]:
    def compile_later(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        def build(self: Rule, /, **values: Any) -> Any:
            return compile_now(rule, append_unknown).__get__(self, None)(**values)

        return build

    return compile_later


def _at_once(serialize: Callable[..., None]) -> Callable[..., None]:
    def serialize_at_once(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue":
            try:
                plain = _plain(value)
            except TypeError:
                pass
            else:
                self._default_serialize(serialized, plain, shape, key)
                return
        serialize(self, serialized, value, shape, key)

    return serialize_at_once


def _plain(value: Any) -> dict[str, Any]:
    """Raises TypeError for what needs more than to be copied: bytes, and models of moto's own."""
    if type(value) is dict and len(value) == 1:
        ((kind, held),) = value.items()
        if type(held) is _SCALARS.get(kind):
            return value
        if type(held) is list and (kind == "L" or kind in _SETS):
            return {kind: list(map(_plain, held)) if kind == "L" else held}
        if type(held) is dict and kind == "M":
            return {kind: {name: _plain(one) for name, one in held.items()}}
    raise TypeError("no plain attribute")
