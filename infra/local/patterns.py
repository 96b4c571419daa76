"""Does an event match a rule's pattern? EventBridge's language, as far as rules here use it."""

from typing import Any

from serin.errors import InvalidSettings

__all__ = ["check", "matches"]

FILTERS = ("prefix", "suffix", "anything-but", "exists")


def check(pattern: dict[str, Any]) -> None:
    """Raises InvalidSettings for what `matches` does not know."""
    for key, want in pattern.items():
        if isinstance(want, dict):
            check(want)
        elif key == "$or" or not isinstance(want, list) or not want:
            raise InvalidSettings(f"event pattern: {key} must be an object or a list of wanted values")
        else:
            for one in want:
                _check_filter(key, one)


def _check_filter(key: str, one: Any) -> None:
    if isinstance(one, dict) and (len(one) != 1 or next(iter(one)) not in FILTERS):
        raise InvalidSettings(f"event pattern: {key} has a filter that is none of {', '.join(FILTERS)}: {one}")
    if isinstance(one, dict) and "anything-but" in one:
        inner = one["anything-but"]
        if isinstance(inner, dict) and (len(inner) != 1 or next(iter(inner)) not in ("prefix", "suffix")):
            raise InvalidSettings(f"event pattern: {key}: anything-but takes values, prefix or suffix, not {inner}")


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Every key of the pattern must match; a list names the values that do."""
    if not isinstance(event, dict):
        return False
    return all(
        matches(want, event.get(key)) if isinstance(want, dict) else _any(want, event.get(key), key in event)
        for key, want in pattern.items()
    )


def _any(wanted: list[Any], have: Any, present: bool) -> bool:
    values = have if isinstance(have, list) else [have]
    return any(_fits(want, value, present) for want in wanted for value in values)


def _fits(want: Any, value: Any, present: bool) -> bool:
    if not isinstance(want, dict):
        return present and _same(want, value)
    kind, operand = next(iter(want.items()))
    if kind == "exists":
        return present == operand
    if not present:
        return False
    if kind == "anything-but":
        others = operand if isinstance(operand, list) else [operand]
        return not any(_fits(one, value, True) for one in others)
    test = {"prefix": str.startswith, "suffix": str.endswith}[kind]
    return isinstance(value, str) and test(value, operand)


def _same(want: Any, value: Any) -> bool:
    """True is not 1 in JSON."""
    return want == value and isinstance(want, bool) == isinstance(value, bool)
