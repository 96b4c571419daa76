"""`serin tune`: with how little memory does an endpoint keep to its latency budget, and what does each setting cost?"""

from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli.cost import settings_here
from infra.cli.live import live_of
from infra.cli.reason import checked
from infra.cli.session import Session
from infra.cli.tune_invoked import Asked, invoked
from infra.cli.tune_page import invoked_page, tune_page
from infra.cli.version_of import version_of
from serin.cost.prices import Prices
from serin.diff.version import Version
from serin.errors import BadRequest, GatesClosed, NotFound
from serin.evidence.data import read_data
from serin.optimize.memory import SETTINGS, WHOLE_CPU, cheapest, curve, needed_mb
from serin.optimize.probe import probe
from serin.optimize.requests import events_of_data, events_of_golden
from serin.optimize.rounds import ALPHA
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef
from serin.rollout.trial import undone

__all__ = ["tune"]

INVOKED = (512, 768, 1024, 1536, WHOLE_CPU, 3008)
_REQUESTS, _MOST = 500, 20


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
    invoke: Annotated[
        bool, typer.Option("--invoke", help="Measure it: invoke temporary releases, one for each setting.")
    ] = False,
    memory: Annotated[
        str | None,
        typer.Option(metavar="MB,…", help="With --invoke: the settings.", show_default=",".join(map(str, INVOKED))),
    ] = None,
    requests: Annotated[
        int | None, typer.Option(help="With --invoke: how many to each setting; 299 at least decide.", min=1,
                                 max=100_000, show_default=str(_REQUESTS))
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="With --invoke: why; it stands on the audit trail.", show_default=False)
    ] = "",
) -> int:  # fmt: skip
    """Find the cheapest memory setting that meets the latency budget at p99, and print the cost curve.

    By default an estimate from this machine: no function is changed or invoked. A fresh process answers requests as the
    function does, without receipts and sketches, and the CPU time of each is divided by the share of a CPU that a
    setting buys (memory / 1,769 MB). Settings under 1.2 times what the process and AWS's clients take are too
    small. Cold starts and the network are not in it, and this machine's cores are not Lambda's.

    With --invoke it is measured: for each setting a temporary release of the version, on the code of now, is published,
    invoked directly in turn with the others, and deleted. No client meets one, `live` stays as it is, and neither
    drift nor metrics nor captured rows of the endpoint see them. $LATEST is changed while they are published, and set
    back; what a run that died leaves there, the next deploy or tune undoes. Refused during a rollout. 500
    requests of 20 ms to each of six settings cost about three cents, nearly all of it for metrics, and the snapshots
    that SnapStart takes, where it is on, about two cents each.

    Exit code 13 when none is enough.
    """
    ref = ModelRef.parse(model)
    if not invoke and (memory is not None or requests is not None or reason):
        raise BadRequest("--memory, --requests and --reason go with --invoke.")
    sizes, why = _sizes(memory), checked(reason)
    endpoint = session.directory.get(ref.model)
    version = version_of(session, endpoint, ref.version or _live(session, endpoint))
    budget = budget_ms if budget_ms is not None else float(endpoint.latency_budget_ms)
    if not budget:
        raise BadRequest(f"{endpoint.model} has no latency budget: add --budget-ms.")
    if invoke:
        asked = Asked(version, _events(version, data), budget, sizes, requests or _REQUESTS, why)
        return _measure(session, endpoint, asked)
    return _estimate(session, endpoint, version, _events(version, data), budget)


def _measure(session: Session, endpoint: Endpoint, asked: Asked) -> int:
    if session.local:
        session.voice.warn(
            "on the local cloud a sandbox has this machine's CPUs, whatever its memory: settings differ in nothing but"
            " their name, so that this rehearses the procedure and measures nothing of them. The estimate, without"
            " --invoke, is the one to use here"
        )
    prices, architecture = _prices(session), endpoint.architecture or "arm64"
    found = invoked(session, endpoint, asked, prices, architecture)
    document = {
        "version": str(asked.version), "latency_budget_ms": asked.budget_ms, "architecture": architecture,
        "region": prices.region, "requests": asked.requests, "confidence": 1 - ALPHA, "local": session.local,
        "memory_mb_now": found.now_mb, "same_code_as_live": found.same_code, "releases": list(found.releases),
        "curve": [point.to_dict() for point in found.points], "memory_mb": found.best.memory_mb if found.best else None,
    }  # fmt: skip
    session.voice.result(document, *invoked_page(document, found.points, found.best))
    return 0 if found.best else GatesClosed.exit_code


def _estimate(
    session: Session, endpoint: Endpoint, version: Version, events: list[dict[str, Any]], budget: float
) -> int:
    now_mb = undone(session.functions.configuration(endpoint.function)).memory_mb
    prices, architecture = _prices(session), endpoint.architecture or "arm64"
    with session.voice.progress(f"measuring {version}"):
        probed = probe(endpoint.model, version.artifact, version.manifest, events)
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


def _sizes(text: str | None) -> tuple[int, ...]:
    if text is None:
        return INVOKED
    sizes = tuple(int(part) if part.strip().isdecimal() else 0 for part in text.split(","))
    if not all(128 <= size <= 10_240 for size in sizes) or len(set(sizes)) < len(sizes) or len(sizes) > _MOST:
        raise BadRequest(
            f"--memory {text}: write up to {_MOST} settings from 128 to 10240 MB with commas between them, such as "
            "512,1024,1769."
        )
    return tuple(sorted(sizes))


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
