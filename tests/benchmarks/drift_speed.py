"""What does a drift run take, whatever number of rows it speaks of?

    python -m tests.benchmarks drift-speed [--json FILE]

Twenty features, seen by 24 writers: their objects are read, merged, and compared with a baseline that has 60 days.
"""

import zlib
from functools import partial

import numpy as np
import orjson
from scipy.stats import ks_2samp

from serin.drift.budget import Budget
from serin.drift.examine import examine
from serin.drift.window import WindowSketch
from tests.benchmarks.beside import Pair, Work, alike_long, both
from tests.benchmarks.drift_quiet import DAY, Endpoint
from tests.benchmarks.drift_runs import NOW
from tests.benchmarks.report import Figures, parser, run

__all__ = ["tables"]

_OBJECTS, _FEATURES, _RAW = 24, 20, 100_000
_ROWS = (10**4, 10**8)
_PARSED = "zlib and orjson of the same objects"
_SCIPY = f"scipy.stats.ks_2samp alone, {_RAW:,} raw rows of each feature against as many"


def tables(quick: bool = False) -> Figures:
    endpoint, rng = Endpoint(_FEATURES, 0.5, 1), np.random.default_rng(1)
    print(f"{_FEATURES} features and a score, {_OBJECTS} objects, ms\n")
    one, other = rng.normal(size=(2, _FEATURES, _RAW))

    def scipy() -> None:
        for a, b in zip(one, other, strict=True):
            ks_2samp(a, b, method="asymp")

    pairs = [pair for rows in _ROWS for pair in _run(endpoint, rows, rng, scipy)]
    return both(pairs, 3 if quick else 6)


def _run(endpoint: Endpoint, number: int, rng: np.random.Generator, scipy: Work) -> list[Pair]:
    baseline, seasons = endpoint.documents
    parts = [endpoint.window(60, number // _OBJECTS, rng) for _ in range(_OBJECTS)]
    stored, told = [_stored(one, place) for place, (one, _) in enumerate(parts)], parts[0][1]

    def merged() -> WindowSketch:
        windows = [WindowSketch.from_bytes(one, baseline) for one in stored]
        return sum(windows[1:], windows[0])

    def parsed() -> None:
        for one in stored:
            orjson.loads(zlib.decompress(one))

    whole = merged()
    judged = partial(examine, whole, baseline, seasons, told, Budget(), NOW, seconds=DAY)
    steps = {("read and merge", _PARSED): (merged, parsed), ("compare and diagnose", _SCIPY): (judged, scipy)}
    return [
        Pair(f"drift run, {step}, {number:,} rows", *alike_long(*ways), floor, times=1, per=1000, unit="ms")
        for (step, floor), ways in steps.items()
    ]


def _stored(seen: WindowSketch, number: int) -> bytes:
    """As one of several writers would have written it."""
    return WindowSketch(seen.baseline, [("w", number)], rows=seen.rows, sketches=seen.sketches).to_bytes()


if __name__ == "__main__":
    run({"drift-speed": tables}, parser(__doc__).parse_args().json)
