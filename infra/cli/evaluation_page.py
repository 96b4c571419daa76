"""How does an evaluation look to a person? Each figure with its interval, beside that of the version that is live."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from infra.cli.fairness_page import fairness_table
from serin.evidence.evaluation import Estimate, Evaluation, Latency

__all__ = ["evaluation_page"]


def evaluation_page(evaluation: Evaluation) -> RenderableType:
    head = f"[bold]{evaluation.model}@{evaluation.version}[/bold]  {evaluation.task}, {evaluation.rows:,} rows of"
    parts: list[RenderableType] = [f"{head} {escape(evaluation.data)}, label {escape(evaluation.label)}", ""]
    parts += [_figures(evaluation), "", _latencies(evaluation)]
    if evaluation.fairness is not None:
        parts += ["", fairness_table(evaluation.fairness)]
    return Group(*parts)


def _figures(evaluation: Evaluation) -> Table:
    rival, model = evaluation.rival, evaluation.model
    columns = ("metric (95 % interval)", f"{model}@{evaluation.version}")
    beside = (f"{model}@{rival.version}", "difference") if rival else ()
    table = Table(*columns, *beside, "rows", box=None)
    for name, estimate in evaluation.metrics.items():
        others = (_words(rival.metrics.get(name)), _words(rival.differences.get(name), "+")) if rival else ()
        table.add_row(escape(name), _words(estimate), *others, f"{estimate.n:,}")
    return table


def _words(estimate: Estimate | None, sign: str = "") -> str:
    if estimate is None:
        return ""
    return f"{estimate.value:{sign}.4g} ({estimate.low:{sign}.4g} to {estimate.high:{sign}.4g})"


def _latencies(evaluation: Evaluation) -> Table:
    table = Table.grid(padding=(0, 2))
    rival = evaluation.rival
    for version, found in (
        (evaluation.version, evaluation.latency),
        *(((rival.version, rival.latency),) if rival else ()),
    ):
        if found:
            table.add_row(f"latency of {evaluation.model}@{version}", _latency(found), escape(evaluation.machine))
    return table


def _latency(found: Latency) -> str:
    return f"p50 {found.p50:.3g} ms, p99 {found.p99:.3g} ms at batch {found.batch}, {found.runs:,} runs"
