"""How does the cost curve of an endpoint's memory look on a terminal?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from serin.cost.prices import MICRO
from serin.optimize.memory import WHOLE_CPU, Point

__all__ = ["tune_page"]


def tune_page(document: Mapping[str, Any], points: Sequence[Point], best: Point | None) -> Iterator[RenderableType]:
    table = Table("memory", "p50", "p99", "a million requests", "", box=None, padding=(0, 2))
    for point in points:
        notes = [
            *(["too small"] if not point.holds else []),
            *(["over budget"] if not point.in_budget else []),
            *(["now"] if point.memory_mb == document["memory_mb_now"] else []),
            *(["cheapest"] if point == best else []),
        ]
        style = "bold green" if point == best else "" if point.holds and point.in_budget else "dim"
        cells = (f"{point.memory_mb:,} MB", f"{point.p50:.3f} ms", f"{point.p99:.3f} ms")
        table.add_row(*cells, f"${point.micro_per_million / MICRO:.4f}", ", ".join(notes), style=style)
    yield table
    yield escape(
        f"{document['version']}: estimated from the CPU time of {document['requests']:,} requests on this machine, "
        f"divided by memory / {WHOLE_CPU:,} MB; the function needs about {document['needed_mb']:.0f} MB. Lambda on "
        f"{document['architecture']} in {document['region']}, without API Gateway, logs and cold starts."
    )
    yield escape(_closing(document, best))


def _closing(document: Mapping[str, Any], best: Point | None) -> str:
    budget = f"{document['latency_budget_ms']:g} ms"
    if best is None:
        return f"No setting up to {WHOLE_CPU:,} MB keeps p99 within {budget}: optimize the model, or raise the budget."
    now = document["memory_mb_now"]
    if best.memory_mb == now:
        return f"{now:,} MB, as it is now, is the cheapest that keeps p99 within {budget}."
    return (
        f'Write "memory_mb": {best.memory_mb} into cdk.json for a p99 within {budget} (now {now:,} MB), deploy the '
        "stack, then release: a release keeps the memory that it was published with."
    )
