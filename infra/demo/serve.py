"""Chapter `serve`: one model from training to answers that are checked, row by row, against the trainer's own."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.table import Table

from infra.demo import flights, traffic, training
from infra.demo.stage import Stage
from infra.demo.versions import Versions

__all__ = ["serve"]

CLIENTS = 4
BATCHES = ((1, 1_000), (32, 60), (256, 20))
"""Rows in a request, and how many such requests; all of it once as JSON and once as binary tensors."""


def serve(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Train on January and February, register, deploy, send March; returns what was measured."""
    release = versions.live()
    version = versions.of[release]
    answers, traffic_seconds = _send(stage, version.trained)
    summaries = list(traffic.summarize(answers))
    _report(stage, summaries, traffic_seconds)
    return {
        "train": {"seconds": version.seconds, "auc": version.trained.auc, "held_out_rows": version.trained.held_out},
        "version": version.number,
        "release": release,
        "traffic": [asdict(summary) for summary in summaries],
        "requests": len(answers),
        "rows": sum(summary.rows for summary in summaries),
        "requests_per_second": round(len(answers) / traffic_seconds, 1),
        "mismatches": sum(summary.mismatches for summary in summaries),
        "errors": sum(summary.errors for summary in summaries),
        "first_error": next((answer.error for answer in answers if answer.error), None),
    }


def _send(stage: Stage, trained: training.Trained) -> tuple[list[traffic.Answer], float]:
    rows, _ = flights.month(3)
    complete = rows[~np.isnan(rows).any(axis=1)]
    stage.scene(f"Traffic: {CLIENTS} unmodified tritonclient.http clients send real flights of March")
    stage.tell(f"{len(rows):,} flights; JSON has no NaN, so the {len(rows) - len(complete):,} with a gap go as binary")
    began = time.perf_counter()
    answers: list[traffic.Answer] = []
    for binary, sent in ((False, complete), (True, rows)):
        requests = traffic.plan(len(sent), binary=binary, batches=BATCHES)
        expected = trained.pipeline.predict_proba(sent).astype(np.float32)
        with stage.progress("binary" if binary else "JSON", len(requests)) as advance:
            answers += traffic.send(stage.endpoint, requests, sent, expected, clients=CLIENTS, on_answer=advance)
    return answers, time.perf_counter() - began


def _report(stage: Stage, summaries: Sequence[traffic.Summary], seconds: float) -> None:
    table = Table("requests", "count", "rows", "p50 ms", "p99 ms", "mismatches", "errors", box=None, pad_edge=True)
    for summary in summaries:
        table.add_row(
            summary.kind,
            f"{summary.requests:,}",
            f"{summary.rows:,}",
            f"{summary.p50_ms:.2f}",
            f"{summary.p99_ms:.2f}",
            str(summary.mismatches),
            str(summary.errors),
        )
    stage.console.print(table)
    requests = sum(summary.requests for summary in summaries)
    stage.tell(f"{requests:,} requests in {seconds:.1f} s: {requests / seconds:,.0f} a second, clients included")
