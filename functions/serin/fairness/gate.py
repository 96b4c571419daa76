"""May a version be let out, as its groups fare? One verdict over all that is judged, with its reason and what to do."""

from collections.abc import Iterator, Mapping
from typing import Any

from serin.fairness.gaps import Kind
from serin.fairness.groups import Groups
from serin.fairness.limits import Limits
from serin.fairness.report import Report
from serin.fairness.shortage import Shortage
from serin.fairness.weigh import Finding, Verdict, weigh
from serin.fairness.wording import few, gap, lone, short, within

__all__ = ["findings", "judge", "judge_report"]

_REPAIR = (
    "Find out why these groups differ (their share of the training rows, features that stand for them, the threshold), "
    "and register a version in which they don't."
)
_MORE = (
    "Evaluate on more rows of these groups, or wait for more of their outcomes; or declare in gates.fairness which "
    "metrics and columns count, and from which share of the rows on a group does (least_share)."
)
_DECLARE = (
    "Declare them in model.toml: [fairness] columns of the rows that are evaluated, [outcomes] segments of outcomes."
)


def judge(document: Mapping[str, Any], limits: Limits) -> tuple[str, str, str]:
    """Of Report.to_dict: "pass", "insufficient" or "fail", the reason, and what to do about it (empty for a pass)."""
    return judge_report(Report.from_dict(document), limits)


def judge_report(report: Report, limits: Limits) -> tuple[str, str, str]:
    found = findings(report, limits)
    failed = [one for one in found if one.verdict is Verdict.FAIL]
    if failed:
        return Verdict.FAIL, few([gap(one) for one in sorted(failed, key=_tightness)], "gaps") + ".", _REPAIR
    lacking = _lacking(report, limits)
    if lacking:
        return Verdict.INSUFFICIENT, f"{lacking}.", _DECLARE
    if not found or any(one.verdict is Verdict.INSUFFICIENT for one in found):
        return Verdict.INSUFFICIENT, f"{_unsure(report, limits, found)}.", _MORE
    return Verdict.PASS, f"{_passed(report, limits, found)}.", ""


def findings(report: Report, limits: Limits) -> list[Finding]:
    """Of each metric with a limit, by each split whose columns count."""
    return [
        one
        for comparison in report.comparisons()
        if _counts(comparison.split, limits)
        for one in weigh(comparison, limits, report.unit)
    ]


def _counts(split: Groups, limits: Limits) -> bool:
    return not limits.columns or set(split.columns) <= set(limits.columns)


def _lacking(report: Report, limits: Limits) -> str:
    there = {column for split in report.splits for column in split.columns}
    if not there:
        return "no columns were declared by which to tell groups apart"
    lacking = [column for column in limits.columns if column not in there]
    return f"nothing is known by {', '.join(lacking)}, which the limits name" if lacking else ""


def _tightness(one: Finding) -> float:
    """The smaller, the further beyond its limit, or the closer to it."""
    if one.seen is None:
        return float("inf")
    return one.limit - one.seen.high if one.kind is Kind.DIFFERENCE else one.seen.low - one.limit


def _unsure(report: Report, limits: Limits, found: list[Finding]) -> str:
    if not report.whole.rows:
        return "no row has a score and an outcome"
    if not found:
        return f"none of the limits is on {', '.join(report.metrics)}"
    said = [lone(split, groups) for split, groups in _alone(report, limits, found)]
    still = [one for one in found if one.verdict is Verdict.INSUFFICIENT and one.seen is not None]
    if still:
        beyond = sum(one.beyond for one in still)
        chance = f" ({beyond:,} seen beyond the limit, which may be chance)" if beyond else ""
        widest = gap(min(still, key=_tightness))
        said.append(f"not told yet: {len(still):,} of {len(found):,} comparisons{chance}; the widest: {widest}")
    wanted = _wanted(found)
    return "; ".join(said) + (f". Too small to tell: {short(wanted)}" if wanted else "")


def _alone(report: Report, limits: Limits, found: list[Finding]) -> Iterator[tuple[str, list[str]]]:
    bare = {one.split for one in found if one.seen is None}
    for split in report.splits:
        if str(split) in bare:
            yield str(split), [name for name in split.counts if name not in _exempt(split, limits)]


def _wanted(found: list[Finding]) -> list[Shortage]:
    """Each group once, with the most that it needs; the neediest first."""
    most: dict[str, Shortage] = {}
    for one in (shortage for finding in found for shortage in finding.short):
        most[one.group] = max(most.get(one.group, one), one, key=_need)
    return sorted(most.values(), key=_need, reverse=True)


def _need(one: Shortage) -> float:
    return float("inf") if one.needed is None else one.needed


def _passed(report: Report, limits: Limits, found: list[Finding]) -> str:
    judged = [split for split in report.splits if _counts(split, limits)]
    exempt = [name for split in judged for name in _exempt(split, limits)]
    groups = sum(len(split.counts) for split in judged) - len(exempt)
    said = f"all {groups:,} groups are alike within the limits; the closest is {within(min(found, key=_tightness))}"
    if exempt:
        said += f". Not judged, with under {limits.least_share:.2g} of the rows: {few(exempt, 'groups')}"
    return said + (f". Left out, without a score or an outcome: {report.left_out:,} rows" if report.left_out else "")


def _exempt(split: Groups, limits: Limits) -> list[str]:
    rows = sum(one.rows for one in split.counts.values())
    return [name for name, one in split.counts.items() if one.rows < limits.least_share * rows]
