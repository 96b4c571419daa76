"""Settings that can't work stop the synthesis with a sentence that says what and where."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from infra.app import ROOT
from infra.read_settings import check_region, read_settings
from serin.errors import InvalidSettings
from serin.gates.thresholds import Threshold, Thresholds

Spoil = Callable[[dict[str, Any]], object]


def endpoint(**changes: object) -> Spoil:
    return lambda settings: settings["endpoints"][0].update(changes)


def plan(**changes: object) -> Spoil:
    return lambda settings: settings["endpoints"][0]["plans"][0].update(changes)


def again(model: str) -> Spoil:
    return lambda settings: settings["endpoints"].append(settings["endpoints"][0] | {"model": model})


SENTENCES: list[tuple[Spoil, str]] = [
    (
        lambda s: s["endpoints"][0]["owners"].pop("approver"),
        "endpoints[0] (flights): owners.approver is missing",
    ),
    (
        lambda s: s["endpoints"][0]["owners"].update(watcher=" "),
        "endpoints[0] (flights): owners.watcher is empty",
    ),
    (lambda s: s["endpoints"][0].pop("owners"), "endpoints[0] (flights): owners is missing"),
    (lambda s: s["endpoints"][0].pop("model"), "endpoints[0]: model is missing"),
    (lambda s: s.update(endpoints=[]), "endpoints is empty"),
    (lambda s: s.update(endpoints=["flights"]), "endpoints[0] is 'flights'"),
    (lambda s: s.pop("stage"), "stage is missing"),
    (lambda s: s.update(stage="Dev!"), "stage 'Dev!' is not a name: use lower-case letters"),
    (lambda s: s.update(log_retention_days=31), "log_retention_days is 31; it must be 1, 3, 5"),
    (lambda s: s.update(window_days=34), "window_days is 34; it must be at least 35"),
    (lambda s: s.update(window_days=4000), "window_days is 4000; it must be at most 3653"),
    (lambda s: s.update(window_days="a year"), "window_days is 'a year'"),
    (lambda s: s.update(audit_days=0), "audit_days is 0; it must be at least 1"),
    (endpoint(model="trail"), "endpoints[0] (trail): model can't be api or budget or capture or compaction or"),
    (endpoint(model="Flights 2"), "endpoints[0] (Flights 2): model 'Flights 2' is not a name"),
    (endpoint(model="api"), "endpoints[0] (api): model can't be api or budget or capture or compaction or"),
    (endpoint(memory_mb=64), "endpoints[0] (flights): memory_mb is 64; it must be at least 128"),
    (endpoint(memory_mb=20_480), "endpoints[0] (flights): memory_mb is 20480; it must be at most 10240"),
    (endpoint(timeout_s=901), "endpoints[0] (flights): timeout_s is 901; it must be at most 900"),
    (endpoint(latency_budget_ms=0), "endpoints[0] (flights): latency_budget_ms is 0; it must be at least 1"),
    (endpoint(timeout_s=1, latency_budget_ms=2000), "latency_budget_ms is 2000, but the function is stopped"),
    (endpoint(budget={"monthly_usd": 1e-7}), "budget.monthly_usd is 1e-07; it must be at least 0.01"),
    (endpoint(latency_budget_ms=29_500), "latency_budget_ms is 29500; it must be at most 29000"),
    (endpoint(reserved_concurrency=0), "reserved_concurrency is 0; it must be at least 1"),
    (endpoint(tier="tiny"), "endpoints[0] (flights): tier is 'tiny'; it must be 'low', 'limited' or 'high'"),
    (endpoint(architecture="arm"), "architecture is 'arm'; it must be 'arm64' or 'x86_64'"),
    (endpoint(runtime="python3.11"), "runtime python3.11 can't be used"),
    (endpoint(runtime="python3.11"), "SnapStart needs python3.12"),
    (endpoint(runtime=["python3.13"]), "runtime is ['python3.13']; it must be 'python3.12'"),
    (endpoint(runtime="nodejs22.x"), "runtime is 'nodejs22.x'; it must be 'python3.12'"),
    (endpoint(memory=512), "endpoints[0] (flights): memory is not a setting; did you mean memory_mb?"),
    (endpoint(plans=[]), "endpoints[0] (flights): plans is empty"),
    (endpoint(rollout="5,5@10m"), "endpoints[0] (flights): rollout: Steps must increase: 5 % can't follow 5 %."),
    (endpoint(rollout="slowly"), "endpoints[0] (flights): rollout: 'slowly' is no plan"),
    (endpoint(guardrails=["kpi:usd:-1..0:5"]), "endpoints[0] (flights): guardrails: The margin 5 of guardrail kpi:usd"),
    (endpoint(guardrails=["speed:2%"]), "endpoints[0] (flights): guardrails: There is no guardrail 'speed'"),
    (endpoint(approvers=["ann"]), "endpoints[0] (flights): approvers[0]"),
    (endpoint(confidence_limit=1.5), "endpoints[0] (flights): confidence_limit is 1.5; it must be at most 1"),
    (
        endpoint(drift={"window_hours": 168, "alarms_per_month": 5}),
        "drift.alarms_per_month: A budget of 5 alarms for 4.3",
    ),
    (endpoint(drift={"window_hours": 5}), "drift.window_hours is 5; it must be 1, 2, 3"),
    (endpoint(capture={"share": 2}), "endpoints[0] (flights): capture.share is 2; it must be at most 1"),
    (endpoint(capture={"shar": 0.1}), "capture.shar is not a setting; did you mean share?"),
    (endpoint(gates={"metrics": {"auk": {"min": 0.7}}}), "gates.metrics.auk is not a metric; did you mean auc?"),
    (
        endpoint(gates={"metrics": {"speed": {"min": 1}}}),
        "gates.metrics.speed is not a metric; there are auc, accuracy",
    ),
    (
        endpoint(gates={"metrics": {"auc": {}}}),
        "endpoints[0] (flights): gates.metrics.auc sets nothing: give it a limit",
    ),
    (
        endpoint(gates={"metrics": {"auc": {"max": 0.7}}}),
        "gates.metrics.auc.max is no limit: the more of it the better",
    ),
    (endpoint(gates={"metrics": {"mae": {"min": 1}}}), "gates.metrics.mae.min is no limit: the less of it the better"),
    (endpoint(gates={"metrics": {"auc": {"margin": -1}}}), "gates.metrics.auc.margin is -1; it must be at least 0"),
    (endpoint(gates={"metrics": {"auc": {"margins": 1}}}), "gates.metrics.auc.margins is not a setting; did you mean"),
    (endpoint(gates={"fairness": {"ratios": {}}}), "endpoints[0] (flights): gates.fairness.ratios is not a setting"),
    (endpoint(gates={"drill_days": -1}), "gates.drill_days is -1; it must be at least 0"),
    (endpoint(gates={"latency_ms": 0}), "endpoints[0] (flights): gates.latency_ms is 0; it must be more than 0"),
    (endpoint(gates={"min_row": 10}), "gates.min_row is not a setting; did you mean min_rows?"),
    (
        endpoint(review={"confidence_limit": 2}),
        "endpoints[0] (flights): review.confidence_limit is 2; it must be at most 1",
    ),
    (endpoint(review={"deadline": 24}), "review.deadline is not a setting; did you mean deadline_hours?"),
    (endpoint(review={"deadline_hours": 0}), "review.deadline_hours is 0; it must be more than 0"),
    (
        endpoint(review={"deadline_hours": 2161}),
        "review.deadline_hours is 2161, but an outcome counts for outcome_days, 90",
    ),
    (endpoint(review="sometimes"), "endpoints[0] (flights): review is 'sometimes'"),
    (endpoint(alarm_errors_per_minute=0), "alarm_errors_per_minute is 0; it must be at least 1"),
    (lambda s: s.update(runtime="python3.11"), "runtime"),
    (endpoint(snap_start="sometimes"), "endpoints[0] (flights): snap_start is 'sometimes'"),
    (plan(rate=0), "endpoints[0] (flights): plans[0].rate is 0; it must be more than 0"),
    (plan(burst=0), "endpoints[0] (flights): plans[0].burst is 0; it must be at least 1"),
    (plan(rate=20_000), "plans[0].rate is 20000; it must be at most 10000"),
    (plan(daily_quota=0), "plans[0].daily_quota is 0; it must be at least 1"),
    (plan(rate=500, daily_quota=10), "plans[0].daily_quota is 10, less than one second of its rate of 500 a second"),
    (plan(name="A plan"), "plans[0].name 'A plan' is not a name"),
    (again("flights"), "endpoints[1] (flights): model is there twice"),
    (again("fl-ights"), "endpoints[1] (fl-ights): model is there twice, or differs from another one by a hyphen"),
    (
        lambda s: s["endpoints"][0]["plans"].append(s["endpoints"][0]["plans"][0]),
        "plans[1].name is there twice",
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES])
def test_impossible_settings_are_refused_with_what_and_where(
    settings: dict[str, Any], spoil: Spoil, sentence: str
) -> None:
    """Every refusal names the field, its place, and what would be right."""
    spoil(settings)
    with pytest.raises(InvalidSettings) as refusal:
        read_settings(settings)
    assert sentence in str(refusal.value)


def test_every_fault_is_told_at_once(settings: dict[str, Any]) -> None:
    """Two faults are two lines: nobody has to synthesize twice to find the second."""
    settings["endpoints"][0]["owners"] = {"watcher": "a@example.com"}
    with pytest.raises(InvalidSettings) as refusal:
        read_settings(settings)
    assert str(refusal.value).splitlines() == [
        "endpoints[0] (flights): owners.approver is missing",
        "endpoints[0] (flights): owners.communicator is missing",
    ]


@pytest.mark.parametrize(
    ("tier", "review", "limit"),
    [
        ("low", None, None), ("limited", None, None), ("high", None, 0.6), ("high", False, None), ("low", True, 0.6),
        ("high", {"confidence_limit": 0.8}, 0.8), ("low", {"deadline_hours": 2}, 0.6),
        ("high", {"confidence_limit": 0}, None),
    ],
)  # fmt: skip
def test_review_is_off_but_for_the_highest_tier(
    settings: dict[str, Any], tier: str, review: object, limit: float | None
) -> None:
    """By the endpoint's own limit where none is given; false switches it off anywhere."""
    settings["endpoints"][0] |= {"tier": tier} | ({} if review is None else {"review": review})
    (endpoint,) = read_settings(settings).endpoints
    assert (endpoint.reviewed and endpoint.reviewed.confidence_limit) == limit


def test_settings_may_come_as_json_text(default: dict[str, Any]) -> None:
    """`cdk synth -c serin='{…}'` hands over a string."""
    assert read_settings(json.dumps(default)) == read_settings(default)


def test_gates_are_told_by_what_differs_from_their_defaults(settings: dict[str, Any]) -> None:
    """A parameter of SSM holds 4 KB, and what is read back is what was set."""
    assert read_settings(settings).endpoints[0].gates.described == {}
    given = {"metrics": {"auc": {"min": 0.7, "margin": 0.01}, "accuracy:b": {"margin": 0.0}}, "card": []}
    settings["endpoints"][0]["gates"] = {**given, "min_rows": Thresholds.min_rows}
    assert read_settings(settings).endpoints[0].gates.described == given
    assert Thresholds.from_dict(given).metrics["auc"] == Threshold(min=0.7, margin=0.01)


@pytest.mark.parametrize("given", [None, "{", [], "[]"])
def test_what_is_not_an_object_is_refused(given: object) -> None:
    """No context, broken JSON and other JSON are each a sentence, not a stack trace."""
    with pytest.raises(InvalidSettings, match="context serin"):
        read_settings(given)


def test_the_command_prints_the_sentence_and_no_traceback(settings: dict[str, Any], tmp_path: os.PathLike[str]) -> None:
    """`python -m infra.app` ends with the exit code of InvalidSettings and the sentence alone."""
    settings["endpoints"][0]["memory_mb"] = 1
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'functions'}{os.pathsep}{ROOT}",
        "CDK_OUTDIR": str(tmp_path),
        "CDK_CONTEXT_JSON": json.dumps({"serin": settings}),
    }
    command = [sys.executable, "-m", "infra.app"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == InvalidSettings.exit_code
    assert done.stderr == "endpoints[0] (flights): memory_mb is 1; it must be at least 128\n"


def test_budgets_in_a_region_without_prices_are_refused(settings: dict[str, Any]) -> None:
    """Nobody would ever be held to them. A limit of requests a minute needs no price."""
    endpoint(budget={"runaway_per_minute": 9})(settings)
    check_region(read_settings(settings), "eu-nowhere-1")
    endpoint(budget={"monthly_usd": 40})(settings)
    check_region(read_settings(settings), "us-east-1")
    with pytest.raises(InvalidSettings, match=r"Budgets can't be kept.*'eu-nowhere-1'"):
        check_region(read_settings(settings), "eu-nowhere-1")
