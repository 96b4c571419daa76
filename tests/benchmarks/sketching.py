"""What does it take to keep a sketch of a row that was seen, against a plain histogram of its features?

python -m tests.benchmarks sketching [--json FILE]
"""

import tempfile
from pathlib import Path

from infra.demo import flights
from serin.drift.baseline import Baseline
from tests.benchmarks.beside import Pair, both
from tests.benchmarks.hotpath_release import released
from tests.benchmarks.report import Figures, parser, run
from tests.benchmarks.watching_process import sketching_blocks

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
            *sketching_blocks(baseline, release.artifact, seen[:rows]),
            "a histogram of each feature in numpy", times=max(2, 200 // rows), per=rows, unit="µs a row",
        )
        for rows in _ROWS
    ]  # fmt: skip
    return both(pairs, 5 if quick else 15)


if __name__ == "__main__":
    run({"sketching": tables}, parser(__doc__).parse_args().json)
