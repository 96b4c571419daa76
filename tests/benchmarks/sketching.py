"""What does it take to keep a sketch of a row that was seen, against a plain histogram of its features?

python -m tests.benchmarks sketching [--json FILE]
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import time

import numpy as np

from infra.demo import flights
from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.serving import session
from serin.serving.tensors import Array
from serin.stats.numeric_bins import NumericBins
from tests.benchmarks.beside import Pair, Work, alike_long, both
from tests.benchmarks.blocks import Floats
from tests.benchmarks.hotpath_release import INPUT, released
from tests.benchmarks.report import Figures, parser, run

__all__ = ["tables"]

_ROWS = (1, 32, 1024, 4096)


def tables(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-sketching-") as folder:
        release = released(Path(folder))
    sketch = release.content[f"documents/sha256/{release.environment['SERIN_SKETCH_SHA256']}"]
    baseline = Baseline.from_bytes(sketch)
    seen, _ = flights.month(2)
    print(f"Requests of one row each, sketched together, {len(baseline.series)} series, µs a row\n")
    pairs = [
        Pair(
            f"sketching, {rows:,} {'row' if rows == 1 else 'rows'} at once",
            *alike_long(*_sketching(baseline, release.artifact, seen[:rows])),
            "a histogram of each feature in numpy", times=max(2, 200 // rows), per=rows, unit="µs a row",
        )
        for rows in _ROWS
    ]  # fmt: skip
    return both(pairs, 5 if quick else 15)


def _sketching(baseline: Baseline, artifact: bytes, rows: Floats) -> tuple[Work, Work]:
    """Rows that came one by one, sketched together with their outputs; and a plain histogram of each input alone."""
    model = session.load(artifact)
    names, whole = [spec.name for spec in model.signature.outputs], {INPUT: rows}
    outputs = dict(zip(names, model.run(names, whole), strict=True))
    requests = [({INPUT: rows[at : at + 1]}, _line(outputs, at)) for at in range(len(rows))]
    window, now = WindowSketch.of(baseline, "benchmark", 1), time()

    def settle() -> None:
        for feeds, scores in requests:
            window.observe(feeds, scores, 1, now)
        window.settle()

    inputs = [series for series in baseline.series.values() if series.tensor == INPUT]
    edges = [series.bins.edges for series in inputs if isinstance(series.bins, NumericBins)]
    columns = np.ascontiguousarray(rows.T, np.float64)
    return settle, lambda: [np.bincount(e.searchsorted(c)) for e, c in zip(edges, columns, strict=True)]


def _line(outputs: Mapping[str, Array], at: int) -> dict[str, Array]:
    return {name: array[at : at + 1] for name, array in outputs.items()}


if __name__ == "__main__":
    run({"sketching": tables}, parser(__doc__).parse_args().json)
