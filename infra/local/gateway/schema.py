"""Is a document surely valid? The plain part of JSON Schema as one function per schema, fast enough for each request.

Only "yes" counts: what it does not say yes to is for a whole validator to judge, which also finds the words.
"""

from collections.abc import Callable
from typing import Any

__all__ = ["compiled"]

Check = Callable[[Any], bool]
_TYPES: dict[str, type] = {
    "object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None),
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

    def check_all(document: Any) -> bool:
        for check in functions:  # noqa: SIM110 - each request comes by here, and `all` takes twice as long
            if not check(document):
                return False
        return True

    return check_all


def _check(keyword: str, value: Any, schema: dict[str, Any]) -> tuple[str, Check]:
    make = _KEYWORDS.get(keyword)
    return keyword, make(value, schema) if make else _no


def _no(_: Any) -> bool:
    return False


def _type(name: Any, _: dict[str, Any]) -> Check:
    """Exactly: a boolean is an int in Python, and none in JSON."""
    kind = _TYPES.get(name) if isinstance(name, str) else None
    return (lambda document: type(document) is kind) if kind else _no


def _enum(values: list[Any], _: dict[str, Any]) -> Check:
    if not all(isinstance(value, str) for value in values):
        return _no
    known = frozenset(values)
    return lambda document: type(document) is str and document in known


def _required(names: list[str], _: dict[str, Any]) -> Check:
    needed = frozenset(names)
    return lambda document: document.keys() >= needed


def _properties(schemas: dict[str, Any], _: dict[str, Any]) -> Check:
    checks = [(name, compiled(schema)) for name, schema in schemas.items()]

    def check_each(document: Any) -> bool:
        for name, check in checks:  # noqa: SIM110
            if name in document and not check(document[name]):
                return False
        return True

    return check_each


def _items(schema: Any, _: dict[str, Any]) -> Check:
    if not isinstance(schema, dict):
        return _no
    check = compiled(schema)

    def check_items(document: Any) -> bool:
        for item in document:  # noqa: SIM110
            if not check(item):
                return False
        return True

    return check_items


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
