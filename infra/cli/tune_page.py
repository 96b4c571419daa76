"""How does the cost curve of an endpoint's memory look on a terminal, estimated or measured?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from serin.cost.prices import MICRO
from serin.optimize.choice import Measured, Standing, maybe_cheaper
from serin.optimize.memory import WHOLE_CPU, Point
from serin.optimize.rounds import ALPHA, QUANTILE
from serin.stats.quantile_bound import fewest

__all__ = ["invoked_page", "tune_page"]


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
    return _advice(document, best.memory_mb, budget)


def _advice(document: Mapping[str, Any], memory_mb: int, budget: str) -> str:
    now = document["memory_mb_now"]
    if memory_mb == now:
        return f"{now:,} MB, as it is now, is the cheapest that keeps p99 within {budget}."
    return (
        f'Write "memory_mb": {memory_mb} into cdk.json for a p99 within {budget} (now {now:,} MB), deploy the '
        "stack, then release: a release keeps the memory that it was published with."
    )


def invoked_page(
    document: Mapping[str, Any], points: Sequence[Measured], best: Measured | None
) -> Iterator[RenderableType]:
    """What was measured by invoking."""
    names = ("memory", "p50", "p99", f"p99 at most ({1 - ALPHA:.0%})", "billed", "used", "start", "a million requests")
    table = Table(*names, "", box=None, padding=(0, 2))
    for point in points:
        style = "bold green" if point == best else "" if point.standing is Standing.WITHIN else "dim"
        now = ", now" if point.memory_mb == document["memory_mb_now"] else ""
        verdict = f"{point.standing}{now}{', cheapest' if point == best else ''}"
        table.add_row(*_cells(point), verdict, style=style)
    yield table
    for point in points:
        yield escape(f"  {point.memory_mb:,} MB: {point.standing}, {point.why}")
    yield escape(_how(document))
    yield escape(_closing_of(document, points, best))


def _cells(point: Measured) -> tuple[str, ...]:
    times = (point.p50, point.p99, point.p99_high, point.billed_ms)
    money = "-" if point.micro_per_million is None else f"${point.micro_per_million / MICRO:.4f}"
    used = "-" if point.used_mb is None else f"{point.used_mb:,} MB"
    start = "-" if point.start_ms is None else f"{point.start_ms:,.0f} ms"
    shown = ("-" if one is None else f"{one:.2f} ms" for one in times)
    return (f"{point.memory_mb:,} MB", *shown, used, start, money)


def _how(document: Mapping[str, Any]) -> str:
    where = "this machine, as the local cloud plays Lambda" if document["local"] else "Lambda"
    code = " Its code is that of $LATEST, which is not that of the live release." if (
        document["same_code_as_live"] is False
    ) else ""  # fmt: skip
    return (
        f"{document['version']}: by Lambda's REPORT lines, of up to {document['requests']:,} warm requests at each "
        f"setting, on {where} ({document['architecture']}, {document['region']}). Writing metrics, which a "
        "live release does after its response, is in it; sketches, captured rows, API Gateway and logs are not. The "
        f"bound takes requests for independent ones, and {fewest(QUANTILE, ALPHA)} at least.{code}"
    )


def _closing_of(document: Mapping[str, Any], points: Sequence[Measured], best: Measured | None) -> str:
    budget = f"{document['latency_budget_ms']:g} ms"
    more = ", ".join(f"{one.memory_mb:,}" for one in maybe_cheaper(points, best))
    hint = f" More --requests may show that {more} MB is enough." if more else ""
    if best is None:
        return f"No setting is shown to keep p99 within {budget}.{hint}"
    if document["local"]:
        return (
            f"Nothing follows from it: what was rehearsed is the procedure. Estimate: serin tune {document['version']}"
        )
    return _advice(document, best.memory_mb, budget) + hint
