"""How are a rollout and its traffic shown? Every picture fits into 80 columns."""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from infra.demo.account import Account
from infra.demo.runaway import Runaway
from infra.demo.timeline import Timeline
from serin.cost.money import dollars

__all__ = [
    "account_sentence", "audit_table", "evaluation_table", "gates_table", "guardrail_table", "runaway_table",
    "spend_table", "steps_table", "timeline_table",
]  # fmt: skip


def guardrail_table(rollout: Mapping[str, Any]) -> Table:
    """From the document that `serin status --json` gives of a rollout; the last columns say how far each verdict is."""
    table = Table("guardrail", "verdict", "canary", "before", "e", "HARM", "SAFE", box=None)
    for row in rollout["guardrails"]:
        table.add_row(
            row["name"],
            row["verdict"],
            _share(row["candidate_bad"], row["candidate_total"]),
            _share(row["control_bad"], row["control_total"]),
            f"{row['e_value']:.2g}",
            _part(row["to_harm"]),
            _part(row["to_safe"]),
        )
    return table


def steps_table(history: Iterable[Mapping[str, Any]]) -> Table:
    """From the lines that `serin history --json` gives of a rollout; times count from its start."""
    table = Table("after", "weight", "decision and reason", box=None)
    lines = list(history)
    for line in lines:
        passed = datetime.fromisoformat(line["at"]) - datetime.fromisoformat(lines[0]["at"])
        table.add_row(f"{passed.total_seconds():.1f} s", f"{line['weight']} %", escape(line["reason"]))
    return table


def timeline_table(timeline: Timeline, account: Account) -> Table:
    """Seconds count from the fault; the account is that of the whole chapter."""
    table = Table(box=None, show_header=False)
    began = f"release {timeline.release} gets its first request"
    detected = f"by {timeline.found_by}: {timeline.reason}"
    restored = "its last answer is out: all traffic is back on the release before"
    table.add_row("fault", "0.0 s", began)
    table.add_row("detected", f"{timeline.to_detect:.1f} s", escape(detected))
    table.add_row("restored", f"{timeline.to_restore:.1f} s", restored)
    answered = account.answered.get(timeline.release, 0)
    harm = f"{answered:,} answered and {account.hurt:,} failed by release {timeline.release}"
    table.add_row("meanwhile", "", f"{timeline.sent:,} requests sent, {harm}")
    return table


def runaway_table(times: Runaway, why: str, retry_after: str) -> Table:
    """Seconds count from the first request of the client that ran away."""
    table = Table(box=None, show_header=False)
    table.add_row("runaway", "0.0 s", "its first request")
    table.add_row("alarm", f"{times.after(times.alarm):.1f} s", "more requests a minute than the alarm takes")
    table.add_row("stopped", f"{times.after(times.stopped):.1f} s", escape(why))
    refused = f"the first 503, with Retry-After: {retry_after or 'missing'}"
    table.add_row("refused", f"{times.after(times.refused):.1f} s", refused)
    table.add_row("meanwhile", "", f"{times.sent:,} requests sent, {times.refusals:,} of them refused")
    return table


def spend_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """From rows that `serin cost --json` gives; the budget is that of a month."""
    table = Table("for", "spent so far", "of a budget of", "used", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        budget = (f"${row['budget_usd']:,.2f}", f"{row['budget_used_percent']:.2f} %") if "budget_usd" in row else ()
        table.add_row(escape(row["name"]), dollars(row["micro"]), *budget)
    return table


def gates_table(gates: Iterable[Mapping[str, Any]], only: Container[str] = ()) -> Table:
    """From the gates that `serin check --json` gives; `only` some of them, or all."""
    table = Table("gate", "says", "because", box=None)
    for gate in gates:
        if not only or gate["gate"] in only:
            table.add_row(gate["gate"], gate["standing"], escape(gate["reason"]))
    return table


def evaluation_table(evaluation: Mapping[str, Any]) -> Table:
    """From `serin evaluate --json`: each figure with its interval, and how far it is from that of the live version."""
    table = Table("metric", "candidate", "95 %", "minus live", "95 %", box=None)
    differences = (evaluation["rival"] or {}).get("differences", {})
    for name, one in evaluation["metrics"].items():
        less = differences.get(name)
        beside = (f"{less['value']:+.4f}", f"{less['low']:+.4f} to {less['high']:+.4f}") if less else ("", "")
        table.add_row(name, f"{one['value']:.4f}", f"{one['low']:.4f} to {one['high']:.4f}", *beside)
    return table


def audit_table(entries: Iterable[Mapping[str, Any]]) -> Table:
    """From the entries that `serin audit --json` gives: who did what, and whether its copy is sealed."""
    table = Table("who", "what", "why", "copy", box=None)
    for entry in entries:
        who = "/".join(entry["actor"].rpartition(":")[2].split("/")[-2:])
        table.add_row(escape(who), entry["action"], escape(entry["details"].get("reason", "")), entry["seal"])
    return table


def account_sentence(account: Account) -> str:
    """All requests, by what became of them."""
    by = ", ".join(f"{number:,} by release {release}" for release, number in account.answered.items())
    hurt = f", {account.hurt:,} failed by the faulty one" if account.hurt else ""
    wrong = f"{account.mismatches} answers were wrong, {account.errors} errors are unexplained"
    times = f"p50 {account.p50_ms:.1f} ms, p99 {account.p99_ms:.1f} ms"
    return f"All {account.sent:,} requests: {by}{hurt}; {wrong}; {times}"


def _share(bad: int, total: int) -> str:
    return f"{bad / total:.1%} of {total:,}" if total else "none yet"


def _part(part: float | None) -> str:
    return "" if part is None else f"{part:.0%}"
