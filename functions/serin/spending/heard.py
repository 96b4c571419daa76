"""Of whose spend does this event speak? CloudWatch's alarms through EventBridge, and AWS Budgets through SNS."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from serin.spending.signal import Source, SpendAlarm, Spent, Word

__all__ = ["budget_name", "heard"]

_BUDGET = re.compile(r"serin-(?P<stage>[a-z0-9-]+) (?P<source>model|team) (?P<name>.+) in (?P<region>[a-z0-9-]+)")
_LINE = re.compile(
    r"^[ \t]*(?P<key>Budget Name|Budgeted Amount|Alert Type|ACTUAL Amount)[ \t]*:[ \t]*(?P<value>.+?)\s*$", re.MULTILINE
)
_AMOUNT = re.compile(r"\d[\d,]*(?:\.\d+)?")


def budget_name(stage: str, source: Source, name: str, region: str) -> str:
    """Budgets belong to an account, whatever the region of their stack.

    >>> budget_name("dev", Source.TEAM, "growth", "eu-central-1")
    'serin-dev team growth in eu-central-1'
    """
    return f"serin-{stage} {source} {name} in {region}"


def heard(event: Mapping[str, Any], stage: str) -> tuple[Word, ...]:
    """Nothing of a schedule, of an alarm that is not red, of another stage, or of a text that can't be understood."""
    found = _budgets(event, stage) if "Records" in event else _alarm(event, stage)
    return tuple(found)


def _alarm(event: Mapping[str, Any], stage: str) -> Iterator[Word]:
    detail = event.get("detail") or {}
    alarm = SpendAlarm.parse(str(detail.get("alarmName", "")))
    state = detail.get("state") or {}
    if alarm and alarm.stage == stage and state.get("value") == "ALARM":
        yield alarm.word(datetime.fromisoformat(state["timestamp"]), state.get("reason", ""))


def _budgets(event: Mapping[str, Any], stage: str) -> Iterator[Word]:
    for record in event["Records"]:
        message = record.get("Sns") or {}
        word = _read(str(message.get("Message", "")), str(message.get("Timestamp", "")), stage)
        if word is not None:
            yield word


def _read(text: str, at: str, stage: str) -> Word | None:
    """AWS Budgets writes prose, with a list of `Key: value` lines in it, of which only these four are relied upon."""
    lines = {found["key"]: found["value"] for found in _LINE.finditer(text)}
    named = _BUDGET.fullmatch(lines.get("Budget Name", ""))
    budgeted, actual = (_amount(lines.get(key, "")) for key in ("Budgeted Amount", "ACTUAL Amount"))
    if named is None or named["stage"] != stage or not budgeted or actual is None or not at:
        return None
    if lines.get("Alert Type", "ACTUAL") != "ACTUAL":
        return None  # a forecast stops nobody
    source = Source(named["source"])
    return Word(source, named["name"], Spent(source, int(100 * actual / budgeted), datetime.fromisoformat(at)))


def _amount(text: str) -> Fraction | None:
    """Exactly: 100 % is no less of 0.29.

    >>> _amount("$1,234.50"), _amount("0.5 USD"), _amount("none")
    (Fraction(2469, 2), Fraction(1, 2), None)
    """
    found = _AMOUNT.search(text)
    return Fraction(found[0].replace(",", "")) if found else None
