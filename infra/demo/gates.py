"""Chapter `gates`: what has to be shown of a version before it gets traffic, who may say so, and what differs in it."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from infra.demo import flights, pictures
from infra.demo.recipes import BETTER, MIXED
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Version, Versions
from serin.errors import AccessDenied, GatesClosed
from serin.fairness.gate import judge_report
from serin.fairness.limits import Limits
from serin.fairness.report import Report

__all__ = ["gates"]

TIER = "limited"
DIFFERS = 1
NEAR = 1e-4
"""AUC of single precision against the trainer's double."""

AT_THE_LIMIT = 3
"""Predictions so near to one half that single and double precision see them on different sides."""


def gates(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Evaluate two candidates on the flights of May, which none has seen; one passes, the other is held back."""
    live = versions.of[versions.live()]
    better = versions.make(BETTER)
    rows, late = flights.month(5)
    file = _write(stage.folder / "may.parquet", rows, late)
    stage.scene(f"Gates: `cdk.json` calls {MODEL} a model of tier low; tier {TIER} would ask for more")
    asked = stage.serin("check", str(better), "--tier", TIER, ends=GatesClosed.exit_code, told=True)
    stage.console.print(pictures.gates_table(asked["gates"]))
    stage.scene(f"Evidence: {better} and {live} on the same {len(rows):,} flights of May")
    found = stage.serin("evaluate", str(better), "--data", str(file), "--label", "late", "--group", "origin")
    stage.console.print(pictures.evaluation_table(found))
    exact = float(roc_auc_score(late, better.trained.pipeline.predict_proba(rows)[:, 1]))
    stage.tell(f"AUC on the same flights by scikit-learn: {exact:.4f}")
    standing, reason, _ = judge_report(Report.from_dict(found["fairness"]), Limits())
    stage.tell(f"by airport {standing}: {reason}")
    passed = stage.serin("check", str(better), "--tier", TIER)
    stage.console.print(pictures.gates_table(passed["gates"]))
    mixed = versions.make(MIXED)
    stage.scene(f"Held back: {mixed}, whose training mixed up two units, on the same flights")
    stage.serin("evaluate", str(mixed), "--data", str(file), "--label", "late")
    held = stage.serin("check", str(mixed), "--tier", TIER, ends=GatesClosed.exit_code, told=True)
    stage.console.print(pictures.gates_table(held["gates"], only=("champion",)))
    turned = _differences(stage, live, better, file, rows)
    owners = _owners(stage, better)
    wrong = [
        abs(found["metrics"]["auc"]["value"] - exact) > NEAR, asked["standing"] != "insufficient",
        passed["standing"] != "pass", held["standing"] != "fail", turned["off"] > AT_THE_LIMIT, not owners["sealed"],
    ]  # fmt: skip
    return {
        "asked": asked, "evaluation": found, "exact_auc": exact, "passed": passed, "held": held, "difference": turned,
        "audit": owners, "mismatches": sum(wrong), "errors": 0, "first_error": None,
    }  # fmt: skip


def _write(file: Path, rows: np.ndarray, late: np.ndarray) -> Path:
    frame = pd.DataFrame(rows, columns=list(flights.FEATURES))
    airports = np.array(flights.ORIGINS)[frame["origin_code"].astype(int)]
    frame.assign(late=late, origin=airports).to_parquet(file, index=False)
    return file


def _differences(stage: Stage, live: Version, better: Version, file: Path, rows: np.ndarray) -> dict[str, Any]:
    stage.scene(f"Difference: what would change for whom, if {better} took the place of {live}?")
    page = stage.folder / "difference.html"
    words = ("diff", str(live), str(better), "--data", str(file), "--html", str(page))
    found = stage.serin(*words, ends=DIFFERS, told=True)["behaviour"][0]
    one, two = (version.trained.pipeline.predict(rows) for version in (live, better))
    truth = int((one != two).sum())
    stage.tell(f"{found['flips']:,} of {found['rows']:,} predictions flip; {truth:,} by scikit-learn's own predictions")
    for part in found["slices"][:3]:
        stage.tell(f"most where {part['slice']}: {part['share']:.1%} of them ({part['low']:.1%} to {part['high']:.1%})")
    return {"flips": found["flips"], "rows": found["rows"], "off": abs(found["flips"] - truth)}


def _owners(stage: Stage, better: Version) -> dict[str, Any]:
    stage.scene("Owners: who may say yes, and what is on record")
    why = ("--reason", "read the evaluation of May")
    refused = stage.serin("approve", str(better), *why, "--as", "releaser:ann", ends=AccessDenied.exit_code)
    stage.tell(refused["error"])
    stage.serin("approve", str(better), *why, "--as", "approver:ben")
    trail = stage.serin("audit", MODEL)
    stage.console.print(pictures.audit_table(trail["entries"]))
    return {"entries": trail["compared"], "sealed": not trail["broken"]}
