"""How does each group fare, and what can be told of it? A report of serin.fairness as short tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from serin.fairness.gate import findings, judge_report
from serin.fairness.metrics import Metric
from serin.fairness.report import Report
from serin.fairness.weigh import Finding

__all__ = ["fairness_table"]

_SHOWN = 40
_COLOURS = {"pass": "green", "insufficient": "yellow", "fail": "red"}
_NAMES = {
    Metric.SELECTION_RATE: "selected",
    Metric.TPR: "TPR",
    Metric.FPR: "FPR",
    Metric.CALIBRATION: "calibration",
    Metric.ERROR: "error",
}


def fairness_table(document: Mapping[str, Any]) -> RenderableType:
    """Of Report.to_dict: the verdict by its own limits, each gap that is judged, and each group's figures."""
    report = Report.from_dict(document)
    standing, reason, then = judge_report(report, report.limits)
    said = f"[{_COLOURS[standing]}]{standing}[/{_COLOURS[standing]}]: {escape(reason)}"
    parts: list[RenderableType] = [said, *([escape(then)] if then else [])]
    found = findings(report, report.limits)
    if found:
        parts += ["", _gaps(found)]
    if report.splits:
        parts += ["", _figures(document)]
    groups = sum(len(split.counts) for split in report.splits)
    if groups > _SHOWN:
        parts.append(f"… and {groups - _SHOWN:,} more groups, which --json shows")
    return Group(*parts)


def _gaps(found: list[Finding]) -> Table:
    """What lies between the ends of "95 %" holds for all of them at once."""
    table = Table("metric", "by", "gap", "95 %, all at once", "limit", "verdict", "lowest", "highest", box=None)
    for one in found[:_SHOWN]:
        table.add_row(
            f"{one.metric}{' ratio' if one.kind == 'ratio' else ''}",
            escape(one.split),
            "" if one.seen is None else _number(one.seen.value),
            "" if one.seen is None else f"{one.seen.low:.3f} to {one.seen.high:.3f}",
            f"{'≥' if one.kind == 'ratio' else '≤'} {one.limit:.3g}",
            f"[{_COLOURS[one.verdict]}]{one.verdict}[/{_COLOURS[one.verdict]}]",
            escape(one.lowest),
            escape(one.highest),
        )
    return table


def _figures(document: Mapping[str, Any]) -> Table:
    metrics = list(document["all"]["figures"])
    table = Table("group", box=None)
    for name in ("rows", *(_NAMES[Metric(metric)] for metric in metrics)):
        table.add_column(name, justify="right")
    for name, group in (*_groups(document), ("all", document["all"])):
        figures = (_number(group["figures"][metric]) for metric in metrics)
        table.add_row(escape(name), f"{group['counts']['rows']:,}", *figures)
    return table


def _groups(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    every = (pair for split in document["splits"] for pair in split["groups"].items())
    for _, pair in zip(range(_SHOWN), every, strict=False):
        yield pair


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
