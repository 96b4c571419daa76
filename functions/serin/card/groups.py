"""How did each group fare? The document of a fairness evaluation as tables, whatever figures it has."""

from collections.abc import Mapping
from typing import Any

__all__ = ["groups_of"]


def groups_of(document: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """By what was split; for each group its rows and figures. What can't be read is left out."""
    splits = (document or {}).get("splits")
    return [_split(one) for one in splits if isinstance(one, Mapping)] if isinstance(splits, list) else []


def _split(split: Mapping[str, Any]) -> dict[str, Any]:
    groups = {name: one for name, one in _mapping(split.get("groups")).items() if isinstance(one, Mapping)}
    figures = {name: _numbers(one.get("figures")) for name, one in groups.items()}
    return {
        "columns": [str(column) for column in split.get("columns", ())],
        "metrics": list(dict.fromkeys(metric for one in figures.values() for metric in one)),
        "groups": [
            {"group": name, "rows": _numbers(one.get("counts")).get("rows"), "figures": figures[name]}
            for name, one in groups.items()
        ],
    }


def _mapping(found: Any) -> dict[str, Any]:
    return {str(name): value for name, value in found.items()} if isinstance(found, Mapping) else {}


def _numbers(found: Any) -> dict[str, float | None]:
    return {name: one for name, one in _mapping(found).items() if one is None or isinstance(one, int | float)}
