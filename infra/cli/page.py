"""How does one model version look to a person? A page of short tables."""

from collections.abc import Mapping
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

__all__ = ["version_page"]

_SHOWN_ELSEWHERE = ("schema", "features", "signature", "task", "description", "parent")


def version_page(document: Mapping[str, Any]) -> RenderableType:
    """The document of `serin show MODEL@N --json`, without what only a program compares."""
    manifest = document["manifest_document"]
    facts = {
        "task": document["task"],
        "registered": f"{document['created_at']} by {document['created_by']}",
        "artifact": f"{document['artifact']} ({document['artifact_bytes']:,} bytes)",
        "baseline": document.get("baseline") or "none",
    }
    behaviour = {name: value for name, value in manifest.items() if name not in _SHOWN_ELSEWHERE and value}
    parts: list[RenderableType] = [
        f"[bold]{document['model']}@{document['version']}[/bold]  {escape(document.get('description', ''))}",
        _pairs(facts),
        _section("signature", _signature(document["signature"])),
        _section("features", _features(manifest["features"])),
        _section("manifest", _pairs({name: _words(value) for name, value in behaviour.items()})),
        _section("lineage", _pairs(_lineage(document))),
        _section("evidence", _evidence(document.get("evidence_document"))),
    ]
    return Group(*parts)


def _section(title: str, body: RenderableType) -> RenderableType:
    return Group("", f"[bold cyan]{title}[/bold cyan]", body)


def _pairs(facts: Mapping[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(f"  {name}", value)
    return table


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items())
    return escape(value if isinstance(value, str) else orjson.dumps(value).decode())


def _lineage(document: Mapping[str, Any]) -> dict[str, str]:
    children = ", ".join(f"{child['version']} ({child['relation']})" for child in document["children"])
    parent = f"{document['parent']} ({document['relation']})" if document.get("parent") else "none"
    return {"made from": parent, "made into": children or "nothing"}


def _signature(signature: Mapping[str, Any]) -> Table:
    table = Table("", "name", "datatype", "shape", box=None)
    for side in ("inputs", "outputs"):
        for tensor in signature[side]:
            table.add_row(side.removesuffix("s"), tensor["name"], tensor["datatype"], str(tensor["shape"]))
    return table


def _features(features: list[Mapping[str, Any]]) -> str:
    words = [f"{one['name']} {one['type']}{'?' if one['nullable'] else ''}" for one in features]
    return f"  {', '.join(words)}    (? may be missing)"


def _evidence(evidence: Mapping[str, Any] | None) -> Table:
    if not evidence:
        return _pairs({"none": "no evidence.json was registered with this version"})
    evaluations = evidence.get("evaluations")
    if not isinstance(evaluations, list):
        return _pairs({name: _words(value) for name, value in evidence.items()})
    table = Table.grid(padding=(0, 2))
    for evaluation in evaluations:
        table.add_row(f"  {_words(evaluation)}")
    return table
