"""What every command has in common: the options that point it at a cloud, and exit codes by class of error."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from infra.cli.session import Session
from infra.cli.voice import Voice
from serin.errors import SerinError

__all__ = ["command"]

_WHERE = "Where"
_OPTIONS: dict[str, tuple[Any, Any]] = {
    "local": (
        Annotated[
            bool, typer.Option("--local", help="The local cloud of `serin up`, not AWS.", rich_help_panel=_WHERE)
        ],
        False,
    ),
    "as_role": (
        Annotated[
            str | None,
            typer.Option(
                "--as",
                metavar="ROLE[:NAME]",
                help="With --local: run as NAME in an owner's role, e.g. approver:ann.",
                show_default="you, who may do everything",
                rich_help_panel=_WHERE,
            ),
        ],
        None,
    ),
    "stage": (
        Annotated[
            str | None,
            typer.Option(help="Stage of the stack.", envvar="SERIN_STAGE", show_default="dev", rich_help_panel=_WHERE),
        ],
        None,
    ),
    "region": (Annotated[str | None, typer.Option(help="AWS region.", rich_help_panel=_WHERE)], None),
    "profile": (Annotated[str | None, typer.Option(help="AWS profile.", rich_help_panel=_WHERE)], None),
}
_OUTPUT: dict[str, tuple[Any, Any]] = {
    "as_json": (Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")], False),
    "debug": (Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")], False),
}


def command(function: Callable[..., int | None], *, cloud: bool = True, unexpected: int = 1) -> Callable[..., None]:
    """Give the function `session: Session` as its first argument, and its options to the command line.

    `unexpected` is the exit code of a defect.
    """
    options = (_OPTIONS if cloud else {}) | _OUTPUT

    def run(**values: Any) -> None:
        if values.pop("context").invoked_subcommand:
            return  # a group that is a command itself: the one after it was meant
        as_json, debug = values.pop("as_json"), values.pop("debug")
        where = {name: values.pop(name) for name in _OPTIONS if cloud}
        voice = Voice(as_json)
        work = partial(function, Session(voice, **where), **values)
        raise typer.Exit(_guarded(work, voice, debug=debug, unexpected=unexpected))

    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(n, keyword, default=d, annotation=a) for n, (a, d) in options.items()]
    added.append(inspect.Parameter("context", keyword, annotation=typer.Context))
    parameters = [parameter.replace(kind=keyword) for parameter in own] + added
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # typer reads it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _guarded(work: Callable[[], int | None], voice: Voice, *, debug: bool, unexpected: int) -> int:
    try:
        return work() or 0
    except KeyboardInterrupt:
        return 130
    except SerinError as error:
        if debug:
            voice.err.print_exception()
        return voice.failure(error)
    except Exception as error:
        if debug:
            raise
        return voice.surprise(error, unexpected)
