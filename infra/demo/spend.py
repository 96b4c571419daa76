"""Chapter `spend`: a client that runs away is stopped, a person lets the endpoint go on, and all of it has a price."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import numpy as np

from infra.demo import pictures, rollouts, spend_alarm, traffic
from infra.demo.account import account
from infra.demo.live_traffic import Fate, flowing
from infra.demo.runaway import STOPPED, runaway
from infra.demo.spent import break_even, spent
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Versions
from serin.errors import Unavailable

__all__ = ["spend"]

MORE = 1_500
"""Requests above those of the last minute that trip the alarm. Whoever sends without a pause gets there within seconds:
what earlier chapters have sent leaves that minute more slowly."""

UNPACED = float("inf")
PATIENCE_S = 75.0
AFTER = ((1, 200), (32, 10))
"""Rows in a request, and how many such requests, to see that predictions flow again."""


@dataclass(frozen=True)
class _Sent:
    """By the client that ran away; `retry_after` is what a refusal told it, empty where it told nothing. `red` is when
    the alarm went red: once nothing comes any more it may soon be green again."""

    fates: list[Fate]
    number: int
    retry_after: str
    red: datetime | None


def spend(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Run away, be stopped, go on; returns the timeline, what became of each request, and what was spent."""
    release = versions.live()
    rows = rollouts.december()
    truth = rollouts.truth(versions.of[release], rows)
    before = spend_alarm.reserved(stage)
    stopped = _stopped(stage, release, rows, truth)
    resumed = _resumed(stage, before)
    flows = _flows(stage, rows, truth)
    costs, estimate = spent(stage), break_even(stage)
    parts = (stopped, resumed, flows, costs)
    return {
        **stopped, "resumed": resumed, "after": flows, "cost": costs, "estimate": estimate,
        "mismatches": sum(part["mismatches"] for part in parts),
        "errors": stopped["errors"] + flows["errors"],
        "first_error": stopped["first_error"] or flows["first_error"],
    }  # fmt: skip


def _stopped(stage: Stage, release: int, rows: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """A refusal before anything was stopped is an error, and an order in which nothing follows is a mismatch."""
    stage.scene("Runaway: a client sends without a pause, more than anybody means to send")
    sent = _run_away(stage, rows)
    standing = stage.serin("status", MODEL)["endpoints"][0]["spending"]
    if sent.red is None or standing is None:
        raise Unavailable("it was refused, and neither alarm nor spend guard says why")
    times = runaway(sent.fates, sent.red, datetime.fromisoformat(standing["since"]))
    answered = [fate for fate in sent.fates if fate.status != STOPPED]
    found = account(answered, sent.number - times.refusals, {release: truth})
    stage.console.print(pictures.runaway_table(times, standing["why"], sent.retry_after))
    stage.tell(pictures.account_sentence(found))
    told = found.to_dict()
    told["mismatches"] += sum([standing["grade"] != "STOPPED", not times.in_order, not sent.retry_after.isdigit()])
    if times.early:
        told["errors"] += times.early
        told["first_error"] = told["first_error"] or "a request was refused before anything was stopped"
    return {**told, "timeline": times.to_dict(), "retry_after": sent.retry_after}


def _run_away(stage: Stage, rows: np.ndarray) -> _Sent:
    """Until it is refused. Raises Unavailable when nobody stops it."""
    was = spend_alarm.limit(stage)
    most = was.recent + MORE
    spend_alarm.at_most(stage, most)
    stage.tell(
        f"cdk.json says {was.per_minute:,} a minute, which no laptop can send; so that it trips here, the alarm now "
        f"takes {most:,}: {was.recent:,} came within the last minute"
    )
    until, red = time.monotonic() + PATIENCE_S, None
    with (
        flowing(stage.endpoint, rows, per_second=UNPACED) as live,
        stage.console.status("  sending until it is refused"),
    ):
        while not any(fate.status == STOPPED for fate in live.fates[-200:]):
            if time.monotonic() > until:
                raise Unavailable(f"nobody stopped it within {PATIENCE_S:.0f} s: see the log of serin-dev-shutdown.")
            red = red or spend_alarm.red_since(stage)
            time.sleep(0.1)
        red = red or spend_alarm.red_since(stage)
    return _Sent(live.fates, live.sent, _retry_after(stage, rows), red)


def _retry_after(stage: Stage, rows: np.ndarray) -> str:
    """Of one more request: tritonclient keeps no headers of an error."""
    complete = rows[~np.isnan(rows).any(axis=1)][:1]
    row = {
        "name": stage.endpoint.input_name,
        "datatype": "FP32",
        "shape": [*complete.shape],
        "data": complete.ravel().tolist(),
    }
    url = f"{stage.cloud.api_url}/v2/models/{MODEL}/infer"
    answer = httpx.post(url, headers={"x-api-key": stage.endpoint.key}, json={"inputs": [row]}, timeout=30)
    return answer.headers.get("retry-after", "") if str(answer.status_code) == STOPPED else ""


def _resumed(stage: Stage, before: int | None) -> dict[str, Any]:
    stage.scene("Resume: an approver lets it go on, and what was there before is there again")
    stopped = spend_alarm.reserved(stage)
    told = stage.serin("resume", MODEL, "--reason", "the client is mended")["spending"]
    after = spend_alarm.reserved(stage)
    stage.tell(told["reason"])
    said = ["none" if value is None else str(value) for value in (before, stopped, after)]
    stage.tell(f"reserved concurrency: {said[0]} before, {said[1]} while it was stopped, {said[2]} again")
    right = told["restored"] and stopped == 0 and after == before
    return {**told, "concurrency": [before, stopped, after], "mismatches": int(not right)}


def _flows(stage: Stage, rows: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """At once."""
    requests = traffic.plan(len(rows), binary=True, batches=AFTER)
    answers = traffic.send(stage.endpoint, requests, rows, truth, clients=2)
    wrong = sum(answer.mismatches for answer in answers)
    errors = [answer.error for answer in answers if answer.error]
    stage.tell(f"{len(answers):,} requests right after it: {wrong} answers were wrong, {len(errors)} errors")
    return {
        "requests": len(answers),
        "mismatches": wrong,
        "errors": len(errors),
        "first_error": next(iter(errors), None),
    }
