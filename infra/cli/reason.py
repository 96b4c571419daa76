"""Why does somebody change what is live? One option, the same wherever it may be said."""

from typing import Annotated, Any

import typer

from serin.errors import BadRequest

__all__ = ["Reason", "checked"]

_LONGEST = 500
_OPTION: Any = typer.Option("--reason", help="Why; it stands on the audit trail.", show_default=False)
Reason = Annotated[str, _OPTION]


def checked(reason: str, *, required: bool = False) -> str:
    """On one line. Raises BadRequest for one that is too long, or missing where it is required."""
    said = " ".join(reason.split())
    if required and not said:
        raise BadRequest("Say why, with --reason TEXT: it stands on the audit trail.")
    if len(said) > _LONGEST:
        raise BadRequest(f"A reason has at most {_LONGEST} characters, this one has {len(said)}.")
    return said
