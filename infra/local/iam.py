"""May this caller do that? Evaluates identity policies as IAM does: deny wins, silence denies."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = ["Context", "Decision", "decide", "like"]

Context = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str


def decide(documents: list[dict[str, Any]], action: str, resource: str, context: Context) -> Decision:
    """`context` holds condition keys such as aws:SecureTransport, in lower case; some have several values."""
    allowed = False
    for document in documents:
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if not _applies(statement, action, resource, context):
                continue
            if statement["Effect"] == "Deny":
                return Decision(False, "with an explicit deny in an identity-based policy")
            allowed = True
    return Decision(allowed, "" if allowed else "because no identity-based policy allows it")


def _applies(statement: dict[str, Any], action: str, resource: str, context: Context) -> bool:
    matches = _element(statement, "Action", action.lower(), str.lower) and _element(statement, "Resource", resource)
    return matches and all(
        _condition(operator, key.lower(), _list(values), context, unknown=statement["Effect"] == "Deny")
        for operator, pairs in statement.get("Condition", {}).items()
        for key, values in pairs.items()
    )


def _element(statement: dict[str, Any], name: str, value: str, fold: Any = str) -> bool:
    if f"Not{name}" in statement:
        return not any(like(fold(pattern), value) for pattern in _list(statement[f"Not{name}"]))
    return any(like(fold(pattern), value) for pattern in _list(statement.get(name, [])))


def _condition(operator: str, key: str, expected: list[str], context: Context, *, unknown: bool) -> bool:
    """What an operator that is not known here counts as is `unknown`: met in a Deny, so that it can widen nothing."""
    quantifier, _, operator = operator.rpartition(":")
    optional, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists")
    actual = context.get(key)
    if operator == "Null":
        return str(actual is None).lower() in [str(one).lower() for one in expected]
    test, negated = _OPERATORS.get(operator.replace("Not", "")), "Not" in operator
    if test is None:
        return unknown
    values = () if actual is None else (actual,) if isinstance(actual, str) else actual
    return _met(quantifier, [any(test(str(one), value) for one in expected) != negated for value in values],
                missing=optional or negated)  # fmt: skip


def _met(quantifier: str, of_each: list[bool], *, missing: bool) -> bool:
    """ForAllValues holds where there is no value at all, ForAnyValue does not; without either there is one value."""
    if quantifier == "ForAllValues":
        return all(of_each)
    if quantifier == "ForAnyValue":
        return any(of_each)
    return all(of_each) if of_each else missing


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@lru_cache(4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def like(pattern: str, value: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda want, have: want == have,
    "StringEqualsIgnoreCase": lambda want, have: want.lower() == have.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda want, have: want.lower() == have.lower(),
    "NumericEquals": lambda want, have: float(want) == float(have),
}
