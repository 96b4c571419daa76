"""One look at one window of one version: read what was seen and what became of it, and diagnose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Protocol

import orjson

from serin.drift.baseline import Baseline
from serin.drift.budget import MONTH_HOURS, Budget
from serin.drift.diagnosis import Diagnosis
from serin.drift.examine import examine
from serin.drift.gather import HourObjects, gather
from serin.drift.seasons import Seasons
from serin.drift.window import WindowSketch
from serin.registry.endpoints import Drift
from serin.watch.happened import ByHour, in_span, of_span
from serin.watch.record import Record
from serin.watch.span import Span

__all__ = ["Known", "Looked", "Subject", "Windows", "compared_from", "look"]

_BEFORE = 14
"""Windows with which the worth of one is compared."""


class Windows(HourObjects, Protocol):
    """The objects of what sandboxes saw."""

    def versions(self, model: str) -> Iterable[int]:
        """Those that ever wrote a window."""

    def days(self, model: str, version: int) -> Iterable[datetime]:
        """Midnights (UTC) of the days on which anything was seen, the oldest first."""

    def stamp(self, model: str, version: int, span: Span) -> str:
        """Changes when an object of these hours comes, goes or changes. Empty where there is none."""

    def hours(self, model: str, version: int, span: Span) -> Iterable[str]:
        """In which anything was seen."""


@dataclass(frozen=True)
class Known:
    """What is known of a version from its registration."""

    baseline: Baseline
    seasons: Seasons | None


@dataclass(frozen=True)
class Subject:
    """One version of a model: what it was made for, what was seen of it, and what became of its predictions."""

    model: str
    version: int
    known: Known
    windows: Windows
    outcomes: ByHour

    def stamp(self, span: Span) -> str:
        """Changes with objects and outcomes of the window. Empty where nothing was seen."""
        objects = self.windows.stamp(self.model, self.version, span)
        return f"{objects}/{self.counted(span)}" if objects else ""

    def spans(self, since: datetime, until: datetime, hours: int) -> list[Span]:
        """Windows that began in this time and are over by its end, in which something was seen; the oldest first."""
        days = (day for day in self.windows.days(self.model, self.version) if day < until)
        starts = (day + timedelta(hours=hour) for day in days for hour in range(0, 24, hours))
        found = {one for start in starts if since <= (one := Span.at(start, hours)).start and one.end <= until}
        return sorted(one for one in found if self.stamp(one))

    def counted(self, span: Span) -> int:
        """Outcomes of the window."""
        whole = in_span(self.outcomes, span).get("all")
        return whole.n if whole else 0


@dataclass(frozen=True)
class Looked:
    """`window` is what was seen, for pictures."""

    record: Record
    diagnosis: Diagnosis
    baseline: Baseline
    window: WindowSketch


def look(subject: Subject, span: Span, settings: Drift, now: datetime, stamp: str = "") -> Looked | None:
    """None where nothing at all was seen. Raises Unavailable for objects that change while they are read."""
    known, windows = subject.known, subject.windows
    gathered = gather(windows, windows.hours(subject.model, subject.version, span), known.baseline)
    if gathered.window is None and not gathered.skipped:
        return None
    window = gathered.window or WindowSketch(known.baseline, ())
    before = list(islice(span.all_before, _BEFORE))[::-1]
    diagnosis = examine(
        window, known.baseline, known.seasons, of_span(subject.outcomes, span, before),
        Budget(settings.alarms_per_month, MONTH_HOURS / span.hours), now,
        seconds=span.hours * 3600.0, skipped=gathered.skipped,
    )  # fmt: skip
    record = Record.of(
        subject.model, subject.version, span, diagnosis, outcomes=subject.counted(span), stamp=stamp,
        evidence=_digest(window, subject, span),
    )  # fmt: skip
    return Looked(record, diagnosis, known.baseline, window)


def compared_from(span: Span) -> datetime:
    """From when on a look at this window wants to know what became of predictions."""
    return next(islice(span.all_before, _BEFORE - 1, None)).start


def _digest(window: WindowSketch, subject: Subject, span: Span) -> str:
    """Of what was seen and of what became of it, however many objects hold it."""
    document = {name: one.to_dict() for name, one in in_span(subject.outcomes, span).items()}
    return sha256(window.to_bytes() + orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
