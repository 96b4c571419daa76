"""`serin fairness`: are people of all segments served alike, by what really happened?"""

from datetime import UTC
from typing import Annotated

import typer

from infra.cli.day import day
from infra.cli.fairness_page import fairness_table
from infra.cli.live import live_of
from infra.cli.session import Session
from serin.errors import NotFound
from serin.fairness.gate import judge_report
from serin.fairness.limits import Limits
from serin.fairness.online import segment_report
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef

__all__ = ["fairness"]


def fairness(
    session: Session,
    model: Annotated[
        str, typer.Argument(metavar="MODEL[@N]", help="A version, the live one by default.", show_default=False)
    ],
    since: Annotated[
        str | None, typer.Option(help="Predictions from this day on, e.g. 2026-01-05.", show_default="all there are")
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Scores from here on are decided as positive; a multiple of 0.02.")
    ] = 0.5,
) -> None:
    """Tell from outcomes how each segment fares: selection rate, TPR, FPR, calibration, error, and their gaps.

    All intervals hold at once, with 95 %. The verdict is by the endpoint's limits (`gates.fairness` in cdk.json): pass,
    fail, or insufficient, with the rows that would be needed. Segments are declared in model.toml; pairs of them are
    not counted online. The exit code is 0 whatever the verdict is.
    """
    ref = ModelRef.parse(model)
    hour = f"{day(since).astimezone(UTC):%Y-%m-%dT%H}" if since else ""
    with session.voice.progress(f"reading outcomes of {ref}"):
        endpoint = session.directory.get(ref.model)
        record = session.versions(endpoint).get(ref.model, ref.version or _live(session, endpoint))
        hours = session.outcomes(endpoint).qualities(ref.model, record.number, hour)
        if not hours:
            when = f" since {since}" if since else " yet"
            raise NotFound(
                f"No outcome of {ref.model}@{record.number} was counted{when}: send them with serin outcomes import or "
                "POST /outcomes. They are counted every five minutes."
            )
        limits = Limits.from_dict(endpoint.gates.get("fairness", {}))
        numeric = record.task != "classification"
        report = segment_report(hours.values(), threshold, limits=limits, numeric=numeric)
    standing, reason, then = judge_report(report, limits)
    about = {"model": ref.model, "version": record.number, "since": since, "hours": len(hours), "threshold": threshold}
    document = report.to_dict()
    headline = f"[bold]{ref.model}@{record.number}[/bold]  {report.whole.rows:,} outcomes of {len(hours):,} hours"
    session.voice.result(
        {**about, "standing": standing, "reason": reason, "next": then, **document}, headline, fairness_table(document)
    )


def _live(session: Session, endpoint: Endpoint) -> int:
    """Raises NotFound where no model is live."""
    version = live_of(session, endpoint).model_version
    if version is None:
        raise NotFound(f"{endpoint.model} serves no version yet: name one, as in {endpoint.model}@1.")
    return version
