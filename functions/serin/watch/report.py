"""A diagnosis as one page, which its owner can read in a minute: the verdict, what to do, what changed, how surely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from serin.drift import wording
from serin.drift.diagnosis import QUIET, Diagnosis, Kind
from serin.drift.findings import Finding
from serin.registry.endpoints import Endpoint
from serin.watch.bars import Bar, bars
from serin.watch.chart import HEIGHT, WIDTH, quality_chart, worth_charts
from serin.watch.look import Looked
from serin.watch.record import Record

__all__ = ["page"]

_PICTURES = 6


@dataclass(frozen=True)
class Picture:
    """One series that has changed, in a sentence each way, and then and now."""

    name: str
    sentences: tuple[str, ...]
    bars: tuple[Bar, ...]

    @property
    def highest(self) -> float:
        return max((share for one in self.bars for share in (one.before, one.now)), default=1.0) or 1.0


def page(looked: Looked, endpoint: Endpoint, history: Sequence[Record]) -> str:
    """`history` are the records of the windows before, the oldest first."""
    diagnosis, record = looked.diagnosis, looked.record
    records = [*history, record]
    task = next((one.task for one in (diagnosis.expected, *diagnosis.realised) if one is not None), "classification")
    rendered: str = _template().render(
        record=record,
        endpoint=endpoint,
        diagnosis=diagnosis,
        verdict=diagnosis.verdict,
        tone="bad" if record.alarm else "open" if diagnosis.verdict.kind is Kind.INSUFFICIENT else "good",
        contact=endpoint.owners.get(record.owner, ""),
        others=[(role, endpoint.owners.get(role, "")) for role in record.tell],
        pictures=list(_pictures(looked)),
        quality=quality_chart(records, "AUC" if task == "classification" else "mean absolute error"),
        worth=worth_charts(records),
        changes=sorted(diagnosis.changes, key=lambda one: -(one.population_stability or 0.0)),
        sure=list(_sure(diagnosis, record)),
        width=WIDTH,
        height=HEIGHT,
    )
    return rendered


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("serin.watch", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["strftime"] = lambda form, at: at.strftime(form)
    environment.filters["capitalized"] = lambda text: f"{text[:1].upper()}{text[1:]}"
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    environment.filters["figure"] = lambda value: "–" if value is None else f"{value:.4g}"
    return environment.get_template("report.html.j2")


def _pictures(looked: Looked) -> Iterator[Picture]:
    """What the verdict names comes first, then what is beyond the usual; the usual only where there is nothing else."""
    named = set(looked.diagnosis.verdict.features)
    every = looked.diagnosis.findings
    found = [one for one in every if one.is_beyond or one.name in named] or list(every)
    keys = dict.fromkeys(one.key for one in sorted(found, key=lambda one: one.name not in named))
    for key in list(keys)[:_PICTURES]:
        of_key = [one for one in found if one.key == key]
        of_key = [one for one in of_key if one.is_beyond] or of_key[:1]
        series = bars(looked.baseline.sketches[key], looked.window.sketches[key])
        yield Picture(of_key[0].name, tuple(map(_sentence, of_key)), series)


def _sentence(one: Finding) -> str:
    said = wording.moved(one)
    return f"{said}." if one.is_beyond else f"{said}: within what is usual."


def _sure(diagnosis: Diagnosis, record: Record) -> Iterator[str]:
    budget = diagnosis.budget
    yield (
        f"False alarms allowed: {budget['alarms_per_month']:g} a month over {budget['windows_per_month']:.0f} windows "
        f"and all {len(diagnosis.changes)} series together."
    )
    yield f"{record.rows:,} rows were seen, {record.outcomes:,} have an outcome."
    if diagnosis.lost:
        yield f"{diagnosis.lost:,} rows were served and are in no window: they could not be written."
    if diagnosis.skipped:
        yield f"{len(diagnosis.skipped):,} objects were not counted: they are spoiled, foreign or there twice."
    if diagnosis.verdict.kind in QUIET and not record.outcomes:
        yield "Without outcomes a change of the concept can't be seen."
    if record.changed:
        yield f"This is diagnosis {record.number} of the window: {record.changed}."
