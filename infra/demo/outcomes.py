"""Chapter `outcomes`: what became of the flights comes back, each with its receipt and with what it was worth."""

import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
from sklearn.metrics import roc_auc_score

from infra.cli.quality_page import quality_table
from infra.demo import flights, rollouts, traffic
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Versions
from serin.errors import Unavailable

__all__ = ["outcomes"]

ROWS, REQUESTS = 20, 30
PATIENCE_S = 90.0
UNNEEDED, MISSED = -20.0, -100.0
"""Dollars that a passenger loses by a rebooking that was not needed, and by one that was missed."""

NEAR = 0.02
"""AUC from fifty bins against the exact one."""


def outcomes(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Ask for the flights of March, then tell what became of them; returns what the registry made of it."""
    release = versions.live()
    version = versions.of[release]
    rows, late = flights.month(3)
    picked = np.random.default_rng(3).choice(len(rows), ROWS * REQUESTS, replace=False)
    rows, late = rows[picked], late[picked]
    stage.scene(f"Receipts: {len(rows):,} flights of March are asked for; each answer carries a signed receipt")
    receipts = _ask(stage, rows)
    stage.tell(f"the first one, of {ROWS} rows: {receipts[0][:60]}… ({len(receipts[0])} characters)")
    truth = rollouts.truth(version, rows)[:, 1]
    file = _write(stage.folder / "outcomes.jsonl", receipts, truth, late)
    stage.scene("Outcomes: the flights have landed; a file tells how late each was, and what that cost")
    sent = stage.serin("outcomes", "import", str(file))
    again = stage.serin("outcomes", "import", str(file))
    stage.tell(f"{sent['accepted']:,} accepted; the same file again: {again['accepted']} accepted, "
               f"{again['repeated']:,} known before")  # fmt: skip
    refused = _forged(stage, receipts[0])
    stage.tell(f"an altered receipt: {refused}")
    row = _counted(stage, version.number, len(rows))
    stage.console.print(quality_table([(MODEL, row)]))
    exact = float(roc_auc_score(late, truth))
    stage.tell(f"AUC on the same {len(rows):,} flights by scikit-learn: {exact:.4f}")
    wrong = [sent["accepted"] != len(rows), again["accepted"] != 0, abs(row["auc"] - exact) > NEAR, not refused]
    return {
        "realised": row, "exact_auc": exact, "accepted": sent["accepted"], "refused": refused,
        "mismatches": sum(wrong), "errors": 0, "first_error": None,
    }  # fmt: skip


def _ask(stage: Stage, rows: np.ndarray) -> list[str]:
    client = traffic.connect(stage.endpoint)
    found = []
    with stage.progress("asking", REQUESTS) as advance:
        for start in range(0, len(rows), ROWS):
            answer = traffic.infer(client, stage.endpoint, rows[start : start + ROWS], binary=True).get_response()
            found.append(answer["parameters"]["receipt"])
            advance(None)
    return found


def _write(file: Path, receipts: list[str], scores: np.ndarray, late: np.ndarray) -> Path:
    """Whoever was told to expect a delay has rebooked."""
    lines = []
    for at, (score, was_late) in enumerate(zip(scores, late, strict=True)):
        rebooked = score >= 0.5
        cost = MISSED if was_late and not rebooked else UNNEEDED if rebooked and not was_late else 0.0
        item = {"receipt": receipts[at // ROWS], "row": at % ROWS, "outcome": bool(was_late), "kpi": {"dollars": cost}}
        lines.append(orjson.dumps(item))
    file.write_bytes(b"\n".join(lines) + b"\n")
    return file


def _forged(stage: Stage, receipt: str) -> str:
    """The reason for which one changed character is refused."""
    at = len(receipt) // 2
    other = receipt[:at] + ("A" if receipt[at] != "A" else "B") + receipt[at + 1 :]
    answer = httpx.post(
        f"{stage.cloud.api_url}/outcomes", headers={"x-api-key": stage.endpoint.key}, timeout=30,
        json={"outcomes": [{"receipt": other, "row": 0, "outcome": True}]},
    ).json()  # fmt: skip
    rejected = answer["rejected"]
    return str(rejected[0]["reason"]) if rejected else ""


def _counted(stage: Stage, version: int, expected: int) -> dict[str, Any]:
    """Until the function that adds up has seen all of them. Raises Unavailable when it does not."""
    until = time.monotonic() + PATIENCE_S
    with stage.console.status("  waiting for the next count"):
        while time.monotonic() < until:
            for row in stage.quietly("status", MODEL)["endpoints"][0]["quality"]:
                if (row["version"], row["n"]) == (version, expected):
                    return row
            time.sleep(1.0)
    raise Unavailable(f"the outcomes were not counted within {PATIENCE_S:.0f} s: see the log of serin-dev-quality.")
