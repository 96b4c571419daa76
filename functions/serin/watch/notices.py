"""What is told of a diagnosis, to whom? Owners hear of trouble that is new, programs of every diagnosis."""

from collections.abc import Iterator
from typing import Any

from serin.drift.diagnosis import Response
from serin.registry.endpoints import Endpoint
from serin.registry.notice import Event, Notice
from serin.watch.record import Record

__all__ = ["DIAGNOSED", "RETRAIN", "notices"]

DIAGNOSED, RETRAIN = "DriftDiagnosed", "RetrainRequested"


def notices(endpoint: Endpoint, record: Record, window_before: Record | None) -> Iterator[Notice]:
    """`window_before` is the record of the window before this one: the same trouble as there is no news."""
    goes_on = record.alarm and record.is_like(window_before)
    key = f"{record.model}@{record.version}/{record.span}/{record.number}"
    detail = _detail(endpoint, record, key, goes_on)
    roles = (record.owner, *record.tell) if _is_news(record, goes_on) else ()
    subject = f"{record.model}@{record.version} ({endpoint.stage}): {record.kind}, window {record.span}"
    yield Notice(key, roles, subject, _message(endpoint, record), Event(DIAGNOSED, detail))
    if record.response == Response.RETRAIN and not goes_on and record.was != record.kind:
        yield Notice(f"{key}/retrain", (), subject, "", Event(RETRAIN, detail))


def _is_news(record: Record, goes_on: bool) -> bool:
    """A verdict that late data has changed is news also where all is well now."""
    return record.was != record.kind if record.number > 1 else record.alarm and not goes_on


def _message(endpoint: Endpoint, record: Record) -> str:
    lines = [
        f"{record.model}@{record.version} ({endpoint.stage}), window {record.span}: {record.sentence}",
        f"{record.rows:,} rows, {record.outcomes:,} outcomes" + (f"; {record.lost:,} rows lost" if record.lost else ""),
        f"Looked at again: {record.changed}." if record.changed else "",
        f"The report: serin drift {record.model} --version {record.version} --window {record.span} --open",
        f"or s3://{endpoint.bucket}/{record.key}.html",
    ]
    return "\n".join(line for line in lines if line)


def _detail(endpoint: Endpoint, record: Record, key: str, goes_on: bool) -> dict[str, Any]:
    return {
        "id": key,
        "stage": endpoint.stage,
        "model": record.model,
        "team": endpoint.team,
        "version": record.version,
        "window": {"start": f"{record.span.start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{record.span.end:%Y-%m-%dT%H:%M:%SZ}"},
        "number": record.number,
        "at": record.at,
        "kind": record.kind,
        "alarm": record.alarm,
        "goes_on": goes_on,
        "response": record.response,
        "owner": record.owner,
        "features": list(record.features),
        "sentence": record.sentence,
        "changed": record.changed,
        "rows": record.rows,
        "outcomes": record.outcomes,
        "report": f"s3://{endpoint.bucket}/{record.key}.html",
    }
