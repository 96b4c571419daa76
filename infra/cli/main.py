"""The `serin` command."""

import typer

from infra.cli.approve import approve
from infra.cli.audit import audit
from infra.cli.card import card
from infra.cli.check import check
from infra.cli.command import command
from infra.cli.cost import estimate
from infra.cli.demo import demo
from infra.cli.deploy import deploy, rollback
from infra.cli.diff import diff
from infra.cli.drift import drift
from infra.cli.evaluate import evaluate
from infra.cli.export import export
from infra.cli.fairness import fairness
from infra.cli.gc import gc
from infra.cli.history import history
from infra.cli.keys import rotate_key
from infra.cli.models import models, show
from infra.cli.optimize import optimize
from infra.cli.outcomes import import_outcomes
from infra.cli.predict import predict
from infra.cli.query import query
from infra.cli.register import register
from infra.cli.review import decide, list_reviews, take
from infra.cli.spend import cost
from infra.cli.status import status
from infra.cli.steer import abort, pause, promote, resume
from infra.cli.tune import tune
from infra.cli.up import up

__all__ = ["app", "main"]

_HELP = """From an ONNX model to an HTTPS endpoint on AWS Lambda that keeps proving it is right.

Try it with no AWS account: `serin demo`, or `serin up` and then the commands below with --local.

Exit codes: 0 done, 1 unexpected, 2 bad request, 3 invalid model, 4 invalid settings, 5 not found, 6 conflict,
7 throttled, 8 not ready, 9 smoke test failed, 10 access denied, 11 unavailable, 12 rolled back, 13 gates closed. `diff`
alone ends with 1 when something differs, and with 70 for what is unexpected.
"""

app = typer.Typer(
    name="serin",
    help=_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_GROUPS = {
    "Try": ((demo, False), (up, False)),
    "Register": ((register, True), (models, True), (show, True), (export, True)),
    "Judge": (
        (evaluate, True),
        (check, True),
        (approve, True),
        (diff, True),
        (card, True),
        (optimize, True),
        (tune, True),
    ),
    "Release": ((deploy, True), (status, True), (history, True), (predict, True)),
    "Watch": ((drift, True), (fairness, True), (audit, True), (query, True), (rotate_key, True)),
    "Steer": ((promote, True), (pause, True), (resume, True), (abort, True), (rollback, True)),
    "Spend": ((gc, True),),
}
_UNEXPECTED = {diff: 70}  # as diff(1), it says with 1 that something differs
for _panel, _commands in _GROUPS.items():
    for _function, _cloud in _commands:
        _run = command(_function, cloud=_cloud, unexpected=_UNEXPECTED.get(_function, 1))
        app.command(_function.__name__.replace("_", "-"), rich_help_panel=_panel)(_run)
_outcomes = typer.Typer(help="What came of predictions.", no_args_is_help=True)
_outcomes.command("import")(command(import_outcomes))
app.add_typer(_outcomes, name="outcomes", rich_help_panel="Watch")
_cost = typer.Typer(invoke_without_command=True)
_cost.callback()(command(cost))
_cost.command("estimate")(command(estimate, cloud=False))
app.add_typer(_cost, name="cost", rich_help_panel="Spend")
_review = typer.Typer(help="Decide what a model was not sure of.", no_args_is_help=True)
for _name, _function in {"list": list_reviews, "take": take, "decide": decide}.items():
    _review.command(_name)(command(_function))
app.add_typer(_review, name="review", rich_help_panel="Watch")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
