"""`serin tune`: with how little memory does an endpoint keep to its latency budget, and what does each setting cost?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli.cost import settings_here
from infra.cli.live import live_of
from infra.cli.session import Session
from infra.cli.tune_page import tune_page
from infra.cli.version_of import version_of
from serin.cost.prices import Prices
from serin.diff.version import Version
from serin.errors import BadRequest, GatesClosed, NotFound
from serin.evidence.data import read_data
from serin.optimize.memory import SETTINGS, WHOLE_CPU, cheapest, curve, needed_mb
from serin.optimize.probe import probe
from serin.optimize.requests import events_of_data, events_of_golden
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef

__all__ = ["tune"]


def tune(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL[@N]", help="By default its live version.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option(help="Send rows of this csv or parquet file, one in a request.", show_default="golden examples"),
    ] = None,
    budget_ms: Annotated[
        float | None, typer.Option(help="The latency to keep to.", min=0.001, show_default="the endpoint's budget")
    ] = None,
) -> int:
    """Estimate the cheapest memory setting that meets the latency budget at p99, and print the cost curve.

    An estimate from this machine: no function is changed or invoked. A fresh process answers requests as the
    function does, without receipts and sketches, and the CPU time of each is divided by the share of a CPU that a
    setting buys (memory / 1,769 MB). Settings under 1.2 times what the process and AWS's clients take are too
    small. Cold starts and the network are not in it, and this machine's cores are not Lambda's. Exit code 13 when none
    is enough.
    """
    ref = ModelRef.parse(model)
    endpoint = session.directory.get(ref.model)
    version = version_of(session, endpoint, ref.version or _live(session, endpoint))
    budget = budget_ms if budget_ms is not None else float(endpoint.latency_budget_ms)
    if not budget:
        raise BadRequest(f"{endpoint.model} has no latency budget: add --budget-ms.")
    now_mb = int(session.functions.configuration(endpoint.function).settings["MemorySize"])
    prices, architecture = _prices(session), endpoint.architecture or "arm64"
    with session.voice.progress(f"measuring {version}"):
        probed = probe(endpoint.model, version.artifact, version.manifest, _events(version, data))
    settings = sorted({*SETTINGS, min(now_mb, WHOLE_CPU)})
    points = curve(probed.cpu_ns, probed.process_mb, budget, prices, architecture, settings)
    best = cheapest(points)
    document: dict[str, Any] = {
        "version": str(version), "latency_budget_ms": budget, "architecture": architecture, "region": prices.region,
        "requests": len(probed.cpu_ns), "process_mb": probed.process_mb,
        "needed_mb": round(needed_mb(probed.process_mb), 1), "memory_mb_now": now_mb,
        "curve": [point.to_dict() for point in points], "memory_mb": best.memory_mb if best else None,
        "estimate": "CPU time on this machine / min(1, memory / 1769 MB)",
    }  # fmt: skip
    session.voice.result(document, *tune_page(document, points, best))
    return 0 if best else GatesClosed.exit_code


def _live(session: Session, endpoint: Endpoint) -> int:
    number = live_of(session, endpoint).model_version
    if number is None:
        raise NotFound(f"{endpoint.model} serves no version yet: name one, as {endpoint.model}@1.")
    return number


def _events(version: Version, data: Path | None) -> list[dict[str, Any]]:
    if data is None:
        return events_of_golden(version)
    return events_of_data(version, read_data(data, version.features))


def _prices(session: Session) -> Prices:
    """Of the region that the endpoint is in."""
    settings = settings_here()
    region = session.clients.client("lambda").meta.region_name
    return Prices.of(region, settings.price_overrides if settings else None)
