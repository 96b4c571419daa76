"""Gates on what was registered with a version: golden examples, one metric with its sample size, a model card."""

from collections.abc import Iterator
from datetime import datetime

from serin.diff.figures import declared_figures
from serin.gates.dossier import Dossier
from serin.gates.gate import Result, Standing
from serin.gates.measured import evaluate_again
from serin.gates.thresholds import Thresholds
from serin.registry.endpoints import Endpoint

__all__ = ["card", "golden", "metric"]


def golden(dossier: Dossier, _endpoint: Endpoint, _now: datetime) -> Result:
    """Registration refuses a version whose examples don't come out as stored."""
    if dossier.version.golden:
        return Result("golden", Standing.PASS, "its golden examples came out as stored when it was registered")
    return Result("golden", Standing.INSUFFICIENT, "it has no golden examples", "add golden.json and register it anew")


def metric(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """One figure and on how many rows it rests, measured here or declared in evidence.json."""
    least = Thresholds.from_dict(endpoint.gates).min_rows
    figures = sorted((*_measured(dossier), *_declared(dossier)), reverse=True)
    if not figures:
        return Result(
            "metric", Standing.INSUFFICIENT, "no metric with its sample size is known", evaluate_again(dossier)
        )
    rows, said = figures[0]
    if rows < least:
        short = f"{said} rests on {rows:,} rows, and {least:,} are asked for"
        return Result("metric", Standing.INSUFFICIENT, short, evaluate_again(dossier))
    return Result("metric", Standing.PASS, f"{said} on {rows:,} rows")


def card(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """What it is for, and where it must not be trusted, in words."""
    given = dossier.manifest.get("card") or {}
    wanted = Thresholds.from_dict(endpoint.gates).card
    missing = [name for name in wanted if not (isinstance(given.get(name), str) and given[name].strip())]
    if not missing:
        return Result("card", Standing.PASS, f"its model card says {', '.join(wanted) or 'all that is asked for'}")
    lacks = f"its model card lacks {', '.join(missing)}"
    return Result("card", Standing.INSUFFICIENT, lacks, "write it under [card] in model.toml and register it anew")


def _measured(dossier: Dossier) -> Iterator[tuple[int, str]]:
    for evaluation in dossier.evaluations[-1:]:
        for name, estimate in evaluation.metrics.items():
            yield estimate.n, f"{name} {estimate.value:.4g}, measured on {evaluation.data},"


def _declared(dossier: Dossier) -> Iterator[tuple[int, str]]:
    for name, figure in declared_figures(dossier.declared):
        yield figure.n or 0, f"{name} {figure.value:.4g}, as declared in evidence.json,"
