"""`serin check`: what do the gates of its tier say of a version?"""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from infra.cli.dossier import dossier_of
from infra.cli.session import Session
from serin.errors import BadRequest, GatesClosed
from serin.gates.check import GATES
from serin.gates.check import check as results_of
from serin.gates.gate import Result, Standing, worst
from serin.registry.names import ModelRef

__all__ = ["check"]

_COLOURS = {Standing.PASS: "green", Standing.INSUFFICIENT: "yellow", Standing.FAIL: "red"}


def check(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="A version, e.g. churn@3.", show_default=False)],
    tier: Annotated[
        str | None,
        typer.Option(help="Ask what another tier would: low, limited, high.", show_default="the endpoint's own"),
    ] = None,
) -> int:
    """Say of each gate whether a version passes it, why, and what to do. Exit code 13 unless all pass.

    Which gates there are depends on the endpoint's tier, what they ask for on `gates` in cdk.json. `serin deploy`
    asks those of the endpoint's own tier.
    """
    if tier is not None and tier not in GATES:
        raise BadRequest(f"There is no tier {tier!r}: there are {', '.join(GATES)}.")
    model, number = ModelRef.parse_version(version)
    with session.voice.progress(f"checking {version}"):
        endpoint = session.directory.get(model)
        endpoint = replace(endpoint, tier=tier or endpoint.tier)
        dossier = dossier_of(session, endpoint, session.versions(endpoint).get(model, number))
        results = results_of(dossier, endpoint, datetime.now(UTC))
    standing = worst(results)
    document = {
        "model": model,
        "version": number,
        "tier": endpoint.tier,
        "standing": standing,
        "gates": [asdict(one) for one in results],
    }
    passed = sum(one.standing is Standing.PASS for one in results)
    closing = f"{version}: {passed} of {len(results)} gates of tier {endpoint.tier} pass"
    then = f".  Next: serin deploy {version}" if standing is Standing.PASS and tier is None else ""
    session.voice.result(document, _table(results), closing + then)
    return 0 if standing is Standing.PASS else GatesClosed.exit_code


def _table(results: tuple[Result, ...]) -> Table:
    table = Table("gate", "", Column("reason", overflow="fold"), Column("next", overflow="fold"), box=None)
    for one in results:
        coloured = f"[{_COLOURS[one.standing]}]{one.standing}[/]"
        table.add_row(one.gate, coloured, escape(one.reason), escape(one.next))
    return table
