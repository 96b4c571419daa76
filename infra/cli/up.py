"""`serin up`: the local cloud, in the foreground, from the template that `cdk deploy` would take."""

import gc
import os
import traceback
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.session import Session
from infra.local import running
from serin.errors import BadRequest, Conflict, Unavailable

__all__ = ["up"]

_SILENT = "The process that synthesizes the template ended without an answer: see what it printed above, or try again."


def up(
    session: Session,
    assembly: Annotated[
        Path | None, typer.Option(help="A synthesized cdk.out.", show_default="synthesize cdk.json now", exists=True)
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option(help="Where code, logs and local.json go.", envvar="SERIN_HOME", show_default="~/.serin"),
    ] = None,
    gateway_port: Annotated[int, typer.Option(help="Port of the API; 0 takes a free one.")] = 0,
    aws_port: Annotated[int, typer.Option(help="Port of the AWS API; 0 takes a free one.")] = 0,
    bundled: Annotated[bool, typer.Option("--bundled", help="Run the bundle that would be shipped.")] = False,
    state: Annotated[Path | None, typer.Option(help="Keep the state in this file; else it is lost at exit.")] = None,
    max_sandboxes: Annotated[
        int | None, typer.Option(help="Sandboxes per version.", show_default="2 per core", min=1)
    ] = None,
    tick: Annotated[
        str, typer.Option(help="How long a schedule's minute lasts, e.g. 2s: rollouts and their windows hurry too.")
    ] = "60s",
) -> int:
    """Run the local cloud in the foreground: AWS's API, the gateway and the functions. Ctrl-C ends all of it."""
    home, minute = home or running.default_home(), _seconds(tick)
    found = running.read(home)
    if found:
        raise Conflict(f"A local cloud is running already: {found.api_url} (process {found.pid}). End it with Ctrl-C.")
    gc.disable()  # until it is up: what a start makes stays, and a third of its time would go to searching it
    if assembly is None:
        with session.voice.progress("synthesizing the template, unless it is as it was"):
            assembly = _assembly(home, bundle=bundled)
    words = ["--assembly", assembly, "--home", home, "--gateway-port", gateway_port, "--aws-port", aws_port]
    words += ["--bundled"] if bundled else []
    words += ["--state", state] if state else []
    words += ["--tick", minute]
    words += ["--max-sandboxes", max_sandboxes] if max_sandboxes else []

    from infra.local.__main__ import main  # noqa: PLC0415 - other commands need no server

    return main([str(word) for word in words])


def _seconds(text: str) -> float:
    try:
        seconds = float(text.removesuffix("s"))
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise BadRequest(f"--tick {text} is no length of a minute: write 2s, or anything from 0.1s to 3600s.")
    return seconds


def _assembly(home: Path, *, bundle: bool) -> Path:
    """Found or made in a process of its own, which takes CDK's Node process with it when it ends. Meanwhile this one
    imports what it will need."""
    context = get_context("spawn")
    hears, tells = context.Pipe(duplex=False)
    with hears:
        context.Process(target=_tell, args=(tells, home / "assemblies", bundle), daemon=True).start()
        tells.close()

        from infra.local.warm import warm  # noqa: PLC0415 - moto takes a second to import

        warm(hears.poll)
        try:
            found = hears.recv()
        except EOFError:
            raise Unavailable(_SILENT) from None
    if isinstance(found, Exception):
        raise found
    return Path(found)


def _tell(tells: Connection, folder: Path, bundle: bool) -> None:
    gc.disable()  # this process ends soon
    with tells:
        try:
            tells.send(_kept(folder, bundle))
        except Exception as error:
            error.add_note(traceback.format_exc())
            tells.send(error)


def _kept(folder: Path, bundle: bool) -> Path:
    from infra.template_cache import kept  # noqa: PLC0415 - only for this
    from infra.template_key import here, key  # noqa: PLC0415

    found = dict(os.environ)
    return kept(folder, lambda: key(here(bundle=bundle, environment=found)), partial(_synthesize, bundle=bundle))


def _synthesize(outdir: Path, *, bundle: bool) -> Path:
    from infra.app import build  # noqa: PLC0415 - CDK takes seconds to import

    return build(outdir, bundle=bundle, nag=False)
