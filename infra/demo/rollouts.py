"""How does the rehearsal roll a version out, and what do clients send meanwhile?"""

from typing import Any

import numpy as np

from infra.demo import flights
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Version, Versions

__all__ = ["AFTERWARDS_S", "december", "deploy_words", "last_rollout", "truth", "truths"]

PLAN = "25,50,100@3s+min=200+deadline=150s"
"""Undecided after 150 s goes back, whatever the machine was busy with."""

AFTERWARDS_S = 1.0
"""Traffic goes on for so long after the end, for the move that ends it must lose no request."""

# Wider margins than the usual ones where events are not rare: at 300 requests a second they are proved within seconds.
GUARDRAILS = ("errors", "over_latency:10%", "invalid_output", "low_confidence:10%")


def deploy_words(version: Version) -> tuple[str, ...]:
    """The command that rolls a version out and waits for the end."""
    guards = [word for guardrail in GUARDRAILS for word in ("--guardrail", guardrail)]
    return ("deploy", str(version), "--plan", PLAN, *guards, "--wait")


def december() -> np.ndarray:
    """The flights of December, on which no version was trained, in an order in which time does not matter.

    A drift within the month would be the traffic's, and each look at it would see another month.
    """
    rows, _ = flights.month(12)
    return np.random.default_rng(5).permutation(rows)


def truth(version: Version, rows: np.ndarray) -> np.ndarray:
    """What the version's own pipeline says of the rows, [rows, classes]."""
    said: np.ndarray = version.trained.pipeline.predict_proba(rows).astype(np.float32)
    return said


def truths(versions: Versions, rows: np.ndarray) -> dict[int, np.ndarray]:
    """The same by release, for each release that may answer."""
    return {release: truth(version, rows) for release, version in versions.of.items()}


def last_rollout(stage: Stage) -> dict[str, Any]:
    """The newest rollout with its history, as `serin history` has it."""
    rollout: dict[str, Any] = stage.serin("history", MODEL, "--last", "1")["rollouts"][-1]
    return rollout
