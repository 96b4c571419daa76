"""`serin demo`: the rehearsal on real data."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.session import Session

__all__ = ["demo"]


def demo(
    session: Session,
    chapters: Annotated[
        list[str] | None,
        typer.Argument(help="serve, outcomes, drift, canary, harm, crash; all by default.", show_default=False),
    ] = None,
    home: Annotated[
        Path | None, typer.Option(help="Keep everything it makes here.", show_default="a temporary folder")
    ] = None,
) -> int:
    """Rehearse on real data, on a private local cloud: serve a model, promote a better one, take two bad ones back.

    serve: train, register, deploy, check every answer. outcomes: what became of predictions comes back. drift: spring
    and summer are replayed, and each week is diagnosed. canary: a better version goes out in steps under live traffic.
    harm: one whose training mixed up units is taken back. crash: so is one that fails on every fifth input.
    """
    from infra.demo.command import run  # noqa: PLC0415 - pandas and scikit-learn take seconds to import

    return run(as_json=session.voice.as_json, home=home, chapters=chapters or [])
