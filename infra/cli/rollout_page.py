"""A rollout for people and programs: where it stands, what its guardrails say, how far each is from a verdict."""

import math
from typing import Any

from rich.table import Table

from serin.outcomes.outcome import MICRO
from serin.rollout.kpi_watch import KpiWatch
from serin.rollout.phases import Entry
from serin.rollout.state import Rollout
from serin.rollout.verdict import Verdict
from serin.rollout.watch import Watch

__all__ = ["document", "guardrail_table", "headline", "history_table"]


def document(rollout: Rollout, *, history: bool = False) -> dict[str, Any]:
    found = {
        "rollout": rollout.id,
        "model": rollout.model,
        "version": rollout.version,
        "release": rollout.candidate,
        "previous_version": rollout.previous_version or None,
        "previous_release": rollout.previous,
        "plan": str(rollout.plan),
        "phase": rollout.phase.value,
        "weight": rollout.weight,
        "paused": rollout.paused,
        "verdict": rollout.verdict.value,
        "reason": rollout.reason,
        "started_at": rollout.started.isoformat(),
        "deadline": rollout.deadline.isoformat(),
        "guardrails": [_guardrail(watch) for watch in rollout.watches],
        "kpis": [_kpi(watch) for watch in rollout.kpis],
    }
    return found | ({"history": [entry.to_dict() for entry in rollout.history]} if history else {})


def headline(rollout: Rollout) -> str:
    what = f"{rollout.model}@{rollout.version} as release {rollout.candidate}, against release {rollout.previous}"
    paused = ", paused" if rollout.paused else ""
    return f"{what}: {rollout.phase}{paused} at {rollout.weight} % (plan {rollout.plan})\n{rollout.reason}"


def guardrail_table(rollout: Rollout) -> Table:
    table = Table("guardrail", "verdict", "candidate", "before", "e-value", "to HARM", "to SAFE", box=None)
    for watch in rollout.watches:
        row = _guardrail(watch)
        table.add_row(
            row["name"],
            f"[{_COLORS[watch.finding.verdict]}]{row['verdict']}[/]",
            _share(row["candidate_bad"], row["candidate_total"]),
            _share(row["control_bad"], row["control_total"]),
            f"{row['e_value']:.3g} of {1 / watch.guardrail.alpha:.0f}",
            _percent(row["to_harm"]),
            _percent(row["to_safe"]),
        )
    for kpi in rollout.kpis:
        row = _kpi(kpi)
        table.add_row(
            row["name"],
            f"[{_COLORS[kpi.finding.verdict]}]{row['verdict']}[/]{'' if row['required'] else ' (only convicts)'}",
            _mean(row["candidate_mean"], row["candidate_n"]),
            _mean(row["control_mean"], row["control_n"]),
            f"{row['e_value']:.3g} of {1 / row['alpha']:.0f}",
            _percent(row["to_harm"]),
            _percent(row["to_safe"]),
        )
    return table


def history_table(entries: tuple[Entry, ...]) -> Table:
    table = Table("when (UTC)", "phase", "weight", "by", "reason", box=None)
    for entry in entries:
        by = entry.by.rpartition("/")[2]
        table.add_row(f"{entry.at:%Y-%m-%d %H:%M:%S}", entry.phase.value, f"{entry.weight} %", by, entry.reason)
    return table


_COLORS = {Verdict.SAFE: "green", Verdict.UNDECIDED: "yellow", Verdict.HARM: "red"}


def _guardrail(watch: Watch) -> dict[str, Any]:
    """`to_harm` and `to_safe` say how much of the evidence for each verdict is there, from 0 to 1, on a log scale."""
    needed = -math.log(watch.guardrail.alpha)
    safe = watch.finding.verdict is Verdict.SAFE
    return {
        "name": watch.guardrail.name,
        "verdict": watch.finding.verdict.value,
        "reason": watch.finding.reason,
        "candidate_bad": watch.candidate.bad,
        "candidate_total": watch.candidate.total,
        "control_bad": watch.control.bad,
        "control_total": watch.control.total,
        "margin": watch.guardrail.margin,
        "alpha": watch.guardrail.alpha,
        "e_value": watch.harm.e_value,
        "to_harm": _part(math.log(max(watch.harm.e_value, 1.0)), needed),
        "to_safe": 1.0 if safe else _part(watch.log_e_safe, needed),
    }


def _kpi(watch: KpiWatch) -> dict[str, Any]:
    """Means in the KPI's own unit, beside control; `required` says whether a step waits for SAFE."""
    guardrail, candidate, alone = watch.guardrail, watch.candidate, watch.at_full_weight
    needed = -math.log(guardrail.alpha)
    safe = watch.finding.verdict is Verdict.SAFE
    return {
        "name": guardrail.name,
        "verdict": watch.finding.verdict.value,
        "reason": watch.finding.reason,
        "required": guardrail.required,
        "low": guardrail.low / MICRO,
        "high": guardrail.high / MICRO,
        "margin": guardrail.margin / MICRO,
        "age_s": guardrail.age_s,
        "alpha": guardrail.alpha,
        "candidate_mean": candidate.mean,
        "candidate_n": candidate.n,
        "control_mean": watch.control.mean,
        "control_n": watch.control.n,
        "alone_mean": alone.mean,
        "alone_n": alone.n,
        "clipped": watch.clipped,
        "e_value": watch.harm.e_value,
        "to_harm": _part(math.log(max(watch.harm.e_value, 1.0)), needed),
        "to_safe": 1.0 if safe else _part(watch.log_e_safe, needed),
    }


def _part(log_e: float | None, needed: float) -> float | None:
    return None if log_e is None else round(min(1.0, max(0.0, log_e / needed)), 3)


def _percent(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"


def _mean(mean: float | None, n: int) -> str:
    return "none" if mean is None else f"{mean:,.4g} over {n:,}"


def _share(bad: int, total: int) -> str:
    return f"{bad:,} of {total:,} ({bad / total:.2%})" if total else "none"
