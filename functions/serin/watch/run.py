"""A drift job's run: each window that is over is looked at, and again when late data has changed what is known of it.

A run that dies leaves what it did not get to, which the next one does: a window without a record, or a record of which
nobody was told yet.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from serin.errors import Conflict, SerinError
from serin.registry.endpoints import Endpoint
from serin.registry.notice import Notice
from serin.watch.look import Looked, Subject, compared_from, look
from serin.watch.notices import notices
from serin.watch.record import Record
from serin.watch.span import Span, ended

__all__ = ["Job", "Records", "run"]

_GRACE = timedelta(minutes=5)
"""Sandboxes write a minute with the first request after it."""


class Records(Protocol):
    """The records of drift jobs."""

    def of_version(self, model: str, version: int) -> Sequence[Record]:
        """The oldest window first."""

    def save(self, record: Record) -> Record:
        """With its new revision. Raises Conflict where it is not of this revision any more."""


class Reports(Protocol):
    """Pages for people."""

    def put(self, looked: Looked, endpoint: Endpoint, history: Sequence[Record]) -> None:
        """Under the record's key, over what a run that died has left there."""


class Teller(Protocol):
    """To owners and programs."""

    def tell(self, endpoint: Endpoint, notice: Notice) -> None: ...


@dataclass(frozen=True)
class Job:
    """`subject` gives a version with what became of its predictions from then on; None for one without a baseline."""

    versions: Callable[[str], Iterable[int]]
    subject: Callable[[str, int, datetime], Subject | None]
    records: Records
    reports: Reports
    teller: Teller


def run(job: Job, endpoint: Endpoint, now: datetime) -> Iterator[Record]:
    """Each record that is new, or that changed. What fails does not keep the others waiting, and is raised last."""
    drift, failures = endpoint.drift, list[SerinError]()
    due = ended(now, drift.window_hours, drift.back, _GRACE)
    for version in job.versions(endpoint.model):
        try:
            subject = job.subject(endpoint.model, version, compared_from(due[0]))
        except SerinError as error:
            failures.append(error)
            continue
        if subject is None:
            continue
        known = {one.span: one for one in job.records.of_version(endpoint.model, version)}
        for span in due:
            try:
                record = _looked_at(job, endpoint, subject, span, now, known)
                if record is not None:
                    known[span] = record
                    yield record
                _told(job, endpoint, span, known)
            except Conflict:
                continue  # another run looks at the same window: its record is as good
            except SerinError as error:
                failures.append(error)
    if failures:
        raise failures[0]


def _looked_at(
    job: Job, endpoint: Endpoint, subject: Subject, span: Span, now: datetime, known: dict[Span, Record]
) -> Record | None:
    """The new record, None where nothing is new. Raises Conflict."""
    before, stamp = known.get(span), subject.stamp(span)
    if not stamp or (before is not None and before.stamp == stamp):
        return None
    looked = look(subject, span, endpoint.drift, now, stamp)
    if looked is None:
        return None
    if before is not None and looked.record.evidence == before.evidence:
        known[span] = job.records.save(replace(before, stamp=stamp))
        return None
    if before is not None:
        looked = replace(looked, record=looked.record.after(before))
    job.reports.put(looked, endpoint, [one for one in known.values() if one.span < span])
    return job.records.save(looked.record)


def _told(job: Job, endpoint: Endpoint, span: Span, known: dict[Span, Record]) -> None:
    """Raises Conflict."""
    record = known.get(span)
    if record is None or record.told:
        return
    for notice in notices(endpoint, record, known.get(span.before)):
        job.teller.tell(endpoint, notice)
    known[span] = job.records.save(replace(record, told=True))
