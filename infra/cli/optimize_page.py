"""How does a derived version compare with its parent, on a terminal?"""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from serin.diff.behaviour import ALPHA
from serin.optimize.measure import Measured
from serin.stats.wilson import wilson_interval

__all__ = ["optimize_page"]


def optimize_page(measured: Measured, epsilon: float) -> RenderableType:
    return Group(_figures(measured), *(escape(line) for line in _sentences(measured, epsilon)))


def _figures(measured: Measured) -> Table:
    table = Table("", "parent", "derived", "derived / parent", box=None, padding=(0, 2))
    for speed in measured.speeds:
        one, two = speed.before, speed.after
        ratio = f"{speed.ratio:.3f} ({speed.low:.3f} to {speed.high:.3f})"
        p50 = f"{two.p50 / one.p50:.3f}" if one.p50 else "-"
        table.add_row(f"p99, batch {speed.batch}", f"{one.p99:.4g} ms", f"{two.p99:.4g} ms", ratio)
        table.add_row(f"p50, batch {speed.batch}", f"{one.p50:.4g} ms", f"{two.p50:.4g} ms", p50)
    (small, large), (quick, slow) = measured.bytes, measured.load_ms
    table.add_row("size", f"{small:,} B", f"{large:,} B", f"{large / small:.3f}")
    table.add_row("load", f"{quick:.4g} ms", f"{slow:.4g} ms", f"{slow / quick:.3f}")
    return table


def _sentences(measured: Measured, epsilon: float) -> Iterator[str]:
    behaviour, golden = measured.behaviour, measured.golden
    high = wilson_interval(behaviour.flips, ALPHA).high
    yield (
        f"{behaviour.flips.bad:,} of {behaviour.rows:,} rows flip ({behaviour.rule}): "
        f"up to {high:.3%}, {epsilon:.3%} is allowed"
    )
    yield f"{golden.beyond} of {golden.examples} golden examples have a number beyond their tolerance"
    for name, one in measured.metrics.items():
        yield f"{name} changes by {one.value:+.5f} ({one.low:+.5f} to {one.high:+.5f}) on {one.n:,} rows"
    runs = measured.speeds[0].before.runs
    yield f"measured in turns on {measured.machine}, {runs:,} runs of each at the first batch size"
