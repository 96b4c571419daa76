"""Is a document surely valid? The plain part of JSON Schema as one function per schema, fast enough for each request.

Only "yes" counts: what it does not say yes to is for a whole validator to judge, which also finds the words.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["compiled"]

Check = Callable[[Any], bool]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "null": type(None),
}  # fmt: skip
_SAID = frozenset({"$schema", "title", "description", "id", "default"})


def compiled(schema: dict[str, Any]) -> Check:
    """By draft 4. A schema with a keyword that is not known here says yes to nothing."""
    checks = [_check(keyword, value, schema) for keyword, value in schema.items() if keyword not in _SAID]
    # The kind first: the others rely on it.
    checks.sort(key=lambda pair: pair[0] != "type")
    functions = tuple(check for _, check in checks)
    if len(functions) == 1:
        return functions[0]
    return lambda document: all(check(document) for check in functions)


def _check(keyword: str, value: Any, schema: dict[str, Any]) -> tuple[str, Check]:
    make = _KEYWORDS.get(keyword)
    return keyword, make(value, schema) if make else _no


def _no(_: Any) -> bool:
    return False


def _type(name: Any, _: dict[str, Any]) -> Check:
    """A boolean is an int in Python, and no number in JSON."""
    if name == "boolean":
        return lambda document: isinstance(document, bool)
    kind = _TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        return _no
    return lambda document: isinstance(document, kind) and not isinstance(document, bool)


def _enum(values: list[Any], _: dict[str, Any]) -> Check:
    if not all(isinstance(value, str) for value in values):
        return _no
    known = frozenset(values)
    return lambda document: isinstance(document, str) and document in known


def _required(names: list[str], _: dict[str, Any]) -> Check:
    return lambda document: all(name in document for name in names)


def _properties(schemas: dict[str, Any], _: dict[str, Any]) -> Check:
    checks = {name: compiled(schema) for name, schema in schemas.items()}

    def check(document: Any) -> bool:
        return all(checks[name](value) for name, value in document.items() if name in checks)

    return check


def _items(schema: Any, _: dict[str, Any]) -> Check:
    if not isinstance(schema, dict):
        return _no
    check = compiled(schema)
    return lambda document: all(map(check, document))


def _for(kind: str, make: Callable[[Any, dict[str, Any]], Check]) -> Callable[[Any, dict[str, Any]], Check]:
    """A keyword that says nothing of other kinds, and so is taken only beside the type that it is about."""
    return lambda value, schema: make(value, schema) if schema.get("type") == kind else _no


_KEYWORDS: dict[str, Callable[[Any, dict[str, Any]], Check]] = {
    "type": _type,
    "enum": _enum,
    "required": _for("object", _required),
    "properties": _for("object", _properties),
    "items": _for("array", _items),
    "minItems": _for("array", lambda least, _: lambda document: len(document) >= least),
    "minimum": _for("integer", lambda least, schema: _no if "exclusiveMinimum" in schema else lambda n: n >= least),
}
