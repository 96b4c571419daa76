"""What the demo shows fits into a terminal of 80 columns, with all its words."""

import io

from rich.console import Console

from infra.demo import pictures
from infra.demo.account import Account
from infra.demo.runaway import runaway
from infra.demo.timeline import timeline
from tests.unit.demo.test_runaway import FATES as RUNAWAY_FATES
from tests.unit.demo.test_runaway import at
from tests.unit.demo.test_timeline import FATES, HISTORY

GUARDRAIL = {
    "name": "low_confidence",
    "verdict": "UNDECIDED",
    "candidate_bad": 430,
    "candidate_total": 4_300,
    "control_bad": 980,
    "control_total": 9_800,
    "e_value": 0.532,
    "to_harm": 0.0,
    "to_safe": 0.421,
}
ACCOUNT = Account(5_000, {2: 4_500, 3: 400}, 0, 100, 0, None, 2.0, 30.0)


def shown(picture):
    """No line is cut, and none is wider."""
    console = Console(file=io.StringIO(), width=80)
    console.print(picture)
    text = console.file.getvalue()
    assert "…" not in text
    return text


def test_guardrails():
    """One that has seen nothing, and one at 100 % without a comparison, are shown too."""
    nothing = GUARDRAIL | {"candidate_total": 0, "to_safe": None}
    text = shown(pictures.guardrail_table({"guardrails": [GUARDRAIL, nothing]}))
    assert "low_confidence  UNDECIDED  10.0% of 4,300  10.0% of 9,800  0.53  0%    42%" in text
    assert "none yet" in text


def test_steps():
    """Seconds count from the start of the rollout."""
    lines = shown(pictures.steps_table(HISTORY)).splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["0.0", "s"], ["1.0", "s"], ["6.0", "s"]]


def test_timeline():
    """Fault, detection and recovery, and whom it hurt."""
    text = " ".join(shown(pictures.timeline_table(timeline(3, HISTORY, FATES, []), ACCOUNT)).split())
    assert "detected 3.5 s by an alarm: rolled back from 20 % to release 2: alarm" in text
    assert "3 requests sent, 400 answered and 100 failed by release 3" in text


def test_account():
    """A release that failed nothing needs no word on that."""
    assert "400 by release 3, 100 failed by the faulty one; 0 answers" in pictures.account_sentence(ACCOUNT)
    harmless = Account(10, {2: 10}, 0, 0, 0, None, 1.0, 1.0)
    assert "10 by release 2; 0 answers" in pictures.account_sentence(harmless)


def test_a_runaway_client_and_what_was_spent():
    """A reason wraps; what has no budget has no share of one."""
    times = runaway(RUNAWAY_FATES, alarm=at(4), stopped=at(5))
    text = " ".join(shown(pictures.runaway_table(times, "too many requests a minute: " * 5, "30")).split())
    assert "refused 5.5 s the first 503, with Retry-After: 30 meanwhile 5 requests sent, 2 of them refused" in text
    rows = [{"name": "flights", "micro": 51_200, "budget_usd": 40.0, "budget_used_percent": 0.128}]
    text = shown(pictures.spend_table([*rows, {"name": "flights@2", "micro": 51_200}]))
    assert "$0.0512          $40.00  0.13 %" in text


def test_gates_figures_and_the_trail():
    """Long reasons wrap; an evaluation without a rival has no differences; an actor is named without its account."""
    gate = {"gate": "champion", "standing": "insufficient", "reason": "it was not compared with flights@1 " * 4}
    assert shown(pictures.gates_table([gate, {**gate, "gate": "drill"}], only=("champion",))).count("champion") == 1
    figure = {"value": 0.76214, "low": 0.75561, "high": 0.76881, "n": 28_128}
    alone = {"metrics": {"auc": figure}, "rival": None}
    assert "0.7621" in shown(pictures.evaluation_table(alone))
    beside = alone | {"rival": {"differences": {"auc": figure | {"value": -0.047}}}}
    assert "-0.0470" in shown(pictures.evaluation_table(beside))
    entry = {"actor": "arn:aws:sts::123456789012:user/moto", "action": "evaluate", "details": {}, "seal": "sealed"}
    assert "user/moto  evaluate" in shown(pictures.audit_table([entry]))
