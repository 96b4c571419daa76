"""How is a refusal of pydantic said to a person? What is wrong, where it is, and what would be right."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import ValidationError

_TOO_OLD = ("python3.8", "python3.9", "python3.10", "python3.11")
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}


def sentences(refusal: ValidationError, raw: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """One sentence for each cause; `raw` gives the model's name, `known` the settings that a typing error meant."""
    return [_sentence(error, raw, known) for error in _causes(refusal)]


def _causes(refusal: ValidationError) -> list[Mapping[str, Any]]:
    """Pydantic calls a list too short when what is in it is wrong: that list isn't, so drop what only follows."""
    errors = refusal.errors()
    inner = {error["loc"][:depth] for error in errors for depth in range(1, len(error["loc"]))}
    return [error for error in errors if error["loc"] not in inner]


def _sentence(error: Mapping[str, Any], raw: Mapping[str, Any], known: Collection[str]) -> str:
    where, field = _place(error["loc"], raw)
    value, limit = error.get("input"), error.get("ctx", {})
    match error["type"]:
        case "missing":
            said = f"{field} is missing"
        case "extra_forbidden":
            said = f"{field} is not a setting{_nearest(field, known)}"
        case "literal_error" if field == "runtime" and value in _TOO_OLD:
            said = (f"runtime {value} can't be used: its Amazon Linux 2 is too old for ONNX Runtime's wheels, and"
                    f" SnapStart needs python3.12; it must be {limit['expected']}")  # fmt: skip
        case "literal_error" | "enum":
            said = f"{field} is {value!r}; it must be {limit['expected']}"
        case "string_too_short" | "too_short":
            said = f"{field} is empty"
        case kind if kind in _BOUNDS:
            key, words = _BOUNDS[kind]
            said = f"{field} is {value}; it must be {words} {limit[key]:g}"
        case _:
            said = f"{field} is {value!r}: {error['msg'][:1].lower()}{error['msg'][1:]}"
    return f"{where}: {said}" if where else said


def _place(loc: tuple[int | str, ...], raw: Mapping[str, Any]) -> tuple[str, str]:
    """('endpoints', 0, 'owners', 'approver') -> ('endpoints[0] (flights)', 'owners.approver')."""
    if len(loc) < 3 or loc[0] != "endpoints":
        return "", _dotted(loc)
    entry = raw["endpoints"][loc[1]]
    model = entry.get("model") if isinstance(entry, Mapping) else None
    return f"endpoints[{loc[1]}]" + (f" ({model})" if model else ""), _dotted(loc[2:])


def _dotted(loc: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")


def _nearest(field: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(field.rpartition(".")[2], sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""
