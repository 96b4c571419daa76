"""Chapter `canary`: a better version goes out step by step under live traffic, each step on evidence."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from infra.demo import pictures, rollouts
from infra.demo.account import account
from infra.demo.captured import captured
from infra.demo.live_traffic import CLIENTS, PER_SECOND, flowing
from infra.demo.recipes import BETTER
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Versions

__all__ = ["canary"]

LOOK_AFTER = 400
"""Answers of the canary before the look at its guardrails, so that there is something to see."""


def canary(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Roll out the version that has seen March and April too; returns its steps, and what became of each request."""
    before = versions.live()
    better = versions.make(BETTER)
    stage.scene(f"Canary: {better} gets more of the live traffic only while nothing speaks against it")
    rows = rollouts.december()
    stage.tell(f"{CLIENTS} clients send flights of December, {PER_SECOND} a second at most, one flight a request")
    with flowing(stage.endpoint, rows) as live, ThreadPoolExecutor(1) as terminal:
        deployed = terminal.submit(stage.serin, *rollouts.deploy_words(better))
        live.await_answers(LOOK_AFTER, others_than=before, or_else=deployed.done)
        look = stage.serin("status", MODEL)["endpoints"][0]["rollout"]
        if look:
            stage.tell(f"meanwhile, in another terminal, at {look['weight']} %:")
            stage.console.print(pictures.guardrail_table(look))
        release = int(deployed.result()["release"])
        time.sleep(rollouts.AFTERWARDS_S)
    versions.goes_live(release, better)
    rollout = rollouts.last_rollout(stage)
    found = account(live.fates, live.sent, rollouts.truths(versions, rows))
    stage.console.print(pictures.steps_table(rollout["history"]))
    stage.tell(pictures.account_sentence(found))
    kept = captured(stage, versions, release)
    told = found.to_dict()
    told["mismatches"] += kept["mismatches"]
    return {"version": better.number, "rollout": rollout, "look": look, "captured": kept, **told}
