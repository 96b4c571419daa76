"""`serin history`: what was rolled out, by whom, and why it went on or back."""

from typing import Annotated

import typer

from infra.cli.rollout_page import document, headline, history_table
from infra.cli.session import Session
from serin.registry.names import check_name

__all__ = ["history"]


def history(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    last: Annotated[int, typer.Option(help="How many rollouts to show.", min=1)] = 5,
) -> None:
    """Show a model's rollouts, the newest last: each decision with its time, its author and its reason."""
    with session.voice.progress("reading the rollouts"):
        endpoint = session.directory.get(check_name(model))
        rollouts = session.rollouts(endpoint).all(endpoint.model)[-last:]
    pictures = [part for rollout in rollouts for part in (headline(rollout), history_table(rollout.history), "")]
    nothing = f"{model} was never rolled out against another release."
    documents = [document(rollout, history=True) for rollout in rollouts]
    session.voice.result({"model": model, "rollouts": documents}, *(pictures or [nothing]))
