"""How are reviews shown? A table of those that wait, and one with all that was asked and predicted."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from rich.markup import escape
from rich.table import Table

from serin.registry.records import timestamp
from serin.review.case import Case, Decision, State
from serin.review.item import Item

__all__ = ["cases_table", "document", "pictures", "sentence"]


def cases_table(cases: Sequence[Case], now: datetime) -> Table:
    table = Table("id", "due", "version", "confidence", "state", "with", "said", box=None)
    for case in cases:
        state, decision = case.state(now), case.decision
        holder = decision.by if decision else case.holder if state is State.TAKEN else ""
        said = "" if decision is None else _said(decision)
        shown = f"{state}, not told" if decision and case.revision else state
        table.add_row(
            case.id, _due(case, now), str(case.version), f"{case.confidence:.3f}", shown, escape(_name(holder)),
            escape(said), style="bold red" if case.is_overdue(now) else "",
        )  # fmt: skip
    return table


def document(item: Item, case: Case) -> dict[str, Any]:
    return {
        "id": item.id, "model": item.model, "version": item.version, "release": item.release,
        "predicted_at": timestamp(item.at), "deadline": timestamp(item.deadline), "confidence": item.confidence,
        "score": item.score, "inputs": item.inputs, "outputs": item.outputs, "receipt": item.receipt, "row": item.row,
        "holder": case.holder, "until": timestamp(case.until) if case.until else None,
        "decision": case.to_dict()["decision"],
    }  # fmt: skip


def pictures(item: Item, case: Case) -> list[Table | str]:
    until = timestamp(case.until) if case.until else ""
    head = (
        f"[bold]{item.id}[/bold], {item.model}@{item.version}, predicted at {timestamp(item.at)}: "
        f"confidence {item.confidence:.3f}. Due at {timestamp(item.deadline)}, yours until {until}."
    )
    inputs = "the inputs were too large for the queue" if item.inputs is None else _values("input", item.inputs)
    return [
        head,
        inputs,
        _values("predicted", item.outputs),
        f"Then: serin review decide {item.model} {item.id} OUTCOME",
    ]


def sentence(case: Case, counted: str) -> str:
    said = escape(_said(case.decision)) if case.decision else ""
    return f"[bold]{case.id}[/bold]: {said}. {_COUNTED[counted]}"


_COUNTED = {
    "counted": "It counts as the outcome of the prediction.",
    "known before": "An outcome of this prediction was known before: that one counts.",
    "not told": "It is on record, and counts as no outcome.",
    "closed before": "It was decided so before, and nothing has changed.",
}


def _values(head: str, values: Mapping[str, Any]) -> Table:
    table = Table(head, "value", box=None)
    for name, value in values.items():
        table.add_row(escape(name), escape(", ".join(map(_figure, value if isinstance(value, list) else [value]))))
    return table


def _figure(value: Any) -> str:
    return "missing" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _said(decision: Decision) -> str:
    return orjson.dumps(decision.outcome).decode()


def _due(case: Case, now: datetime) -> str:
    if case.decision:
        return timestamp(case.deadline)
    left = case.deadline - now
    return f"in {_length(left)}" if left >= timedelta() else f"{_length(-left)} ago"


def _length(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


def _name(arn: str) -> str:
    """What tells people apart, of an ARN."""
    return arn.rpartition("/")[2]
