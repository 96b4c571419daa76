"""The `serin` command."""

import gc
from collections.abc import Mapping
from typing import Any

import typer
from typer.main import get_command

from infra.cli.command import command
from infra.cli.later import Function, add

__all__ = ["app", "main"]

_HELP = """From an ONNX model to an HTTPS endpoint on AWS Lambda that keeps proving it is right.

Try it with no AWS account: `serin demo`, or `serin up` and then the commands below with --local.

Exit codes: 0 done, 1 unexpected, 2 bad request, 3 invalid model, 4 invalid settings, 5 not found, 6 conflict,
7 throttled, 8 not ready, 9 smoke test failed, 10 access denied, 11 unavailable, 12 rolled back, 13 gates closed. `diff`
alone ends with 1 when something differs, and with 70 for what is unexpected.
"""

_LOOK: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": "markdown",
    "pretty_exceptions_enable": False,
}
app = typer.Typer(
    name="serin",
    help=_HELP,
    no_args_is_help=True,
    **_LOOK,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_PANELS = {
    "Try": {"demo": "demo.demo", "up": "up.up"},
    "Register": {
        "register": "register.register",
        "models": "models.models",
        "show": "models.show",
        "export": "export.export",
    },
    "Judge": {
        "evaluate": "evaluate.evaluate",
        "check": "check.check",
        "approve": "approve.approve",
        "diff": "diff.diff",
        "card": "card.card",
        "optimize": "optimize.optimize",
        "tune": "tune.tune",
    },
    "Release": {
        "deploy": "deploy.deploy",
        "status": "status.status",
        "history": "history.history",
        "predict": "predict.predict",
    },
    "Watch": {
        "drift": "drift.drift",
        "fairness": "fairness.fairness",
        "audit": "audit.audit",
        "query": "query.query",
        "rotate-key": "keys.rotate_key",
    },
    "Steer": {
        "promote": "steer.promote",
        "pause": "steer.pause",
        "resume": "steer.resume",
        "abort": "steer.abort",
        "rollback": "deploy.rollback",
    },
    "Spend": {"gc": "gc.gc"},
}
"""Each command by its name, with the function in infra/cli that it runs."""
_OUTCOMES = {"import": "outcomes.import_outcomes"}
_REVIEW = {"list": "review.list_reviews", "take": "review.take", "decide": "review.decide"}
_NO_CLOUD = {"demo", "up", "estimate"}
_UNEXPECTED = {"diff": 70}  # as diff(1), it says with 1 that something differs


def _fill(group: typer.Typer, functions: Mapping[str, str], panel: str | None = None) -> typer.Typer:
    for name, function in functions.items():
        add(group, name, f"infra.cli.{function}", _alone, panel)
    return group


def _alone(function: Function) -> Any:
    made, name = typer.Typer(**_LOOK), function.__name__
    made.command(name)(command(function, cloud=name not in _NO_CLOUD, unexpected=_UNEXPECTED.get(name, 1)))
    return get_command(made)


def _cost(function: Function) -> Any:
    """A command that is a group, too."""
    group = typer.Typer(name="cost", invoke_without_command=True, **_LOOK)
    group.callback()(command(function))
    return get_command(_fill(group, {"estimate": "cost.estimate"}))


for _panel, _functions in _PANELS.items():
    _fill(app, _functions, _panel)
add(app, "cost", "infra.cli.spend.cost", _cost, "Spend")
for _name, _help, _functions in (
    ("outcomes", "What came of predictions.", _OUTCOMES),
    ("review", "Decide what a model was not sure of.", _REVIEW),
):
    _group = _fill(typer.Typer(help=_help, no_args_is_help=True), _functions)
    app.add_typer(_group, name=_name, rich_help_panel="Watch")


def main() -> None:
    gc.set_threshold(50_000, 20, 100)  # what a command imports stays, and a sixth of its time would go to searching it
    app()


if __name__ == "__main__":
    main()
