"""`serin demo`: the rehearsal on real data."""

from pathlib import Path
from typing import Annotated

import typer

from infra.cli.session import Session

__all__ = ["demo"]


def demo(
    session: Session,
    chapters: Annotated[list[str] | None, typer.Argument(help="All by default.", show_default=False)] = None,
    home: Annotated[
        Path | None, typer.Option(help="Keep everything it makes here.", show_default="a temporary folder")
    ] = None,
) -> int:
    """Rehearse on real data: train, register, deploy on a private local cloud, check every answer."""
    from infra.demo.command import run  # noqa: PLC0415 - pandas and scikit-learn take seconds to import

    return run(as_json=session.voice.as_json, home=home, chapters=chapters or [])
