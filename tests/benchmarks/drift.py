"""How often is a fault called by its name, how often is quiet data an alarm, and how long does a drift run take?

python -m tests.benchmarks.drift [faults | weeks | quiet | speed] [repeats]
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator

import numpy as np
from scipy.stats import ks_2samp

from serin.drift.budget import Budget
from serin.drift.diagnosis import QUIET, Kind
from serin.drift.examine import examine
from serin.drift.window import WindowSketch
from tests.benchmarks.drift_faults import FAULTS
from tests.benchmarks.drift_quiet import DAY, Endpoint, month
from tests.benchmarks.drift_runs import NOW, Run, simulate

SIZES, WIDTHS = (200, 1_000, 5_000, 20_000, 100_000), (1, 5, 20, 200)
OBJECTS = 24
QUIET_MONTHS = {5: 20, 20: 20, 200: 8}


def faults(timed: bool, repeats: int) -> None:
    """Independent rows without time, or real weeks of a year against a year of them."""
    sizes, widths = ((1_000, 5_000, 20_000), (20,)) if timed else (SIZES, WIDTHS)
    runs = list(_runs(timed, sizes, widths, repeats))
    counted = [run for run in runs if run.matters]
    _matrix(counted)
    print(f"\ntop-1 right, of those that matter: {_share(counted)}")
    print(f"of all {len(runs)} runs: {_share(runs)}")
    for rows in sizes:
        print(f"  {rows:>7,} rows: {_share([run for run in counted if run.rows == rows])}", end="")
        print(f" (all: {_share([run for run in runs if run.rows == rows])})")
    for width in widths:
        print(f"  {width:>7} features: {_share([run for run in counted if run.features == width])}")
    costly = [run for run in runs if run.loss > 0.05 and run.fault.kind not in QUIET]
    missed = [run for run in costly if run.is_missed]
    print(f"stable or known, of {len(costly)} faults that cost over 5 points of AUC: {len(missed)}")
    for run in (*missed, *(run for run in counted if not run.is_right)):
        print(f"  {run.fault.name}, {run.rows:,} rows, {run.features} features, -{run.loss:.3f}: {run.sentence[:150]}")


def _runs(timed: bool, sizes: tuple[int, ...], widths: tuple[int, ...], repeats: int) -> Iterator[Run]:
    for width in widths:
        for fault in FAULTS:
            for rows in sizes:
                for seed in range(repeats if rows * width < 10**7 else 1):
                    run = simulate(timed, fault, rows, width, seed)
                    if run is not None:
                        yield run


def _matrix(runs: list[Run]) -> None:
    kinds = list(Kind)
    print("| truth \\ called | " + " | ".join(kinds) + " |\n|---" * 1 + "|---" * len(kinds) + "|")
    for kind in kinds:
        found = Counter(run.found for run in runs if run.truth is kind)
        if found:
            print(f"| {kind} | " + " | ".join(str(found[one] or "") for one in kinds) + " |")


def _share(runs: list[Run]) -> str:
    right = sum(run.is_right for run in runs)
    return f"{right}/{len(runs)} = {right / len(runs):.1%}" if runs else "none"


def quiet(repeats: int) -> None:
    """Alarms a month at a budget of one; two standard errors beside them."""
    print("| features | rows | days | months | alarms a month | ± 2 se | findings a window | stable, known, too few |")
    print("|---|---|---|---|---|---|---|---|")
    for swing, name in ((0.0, "alike, no time"), (0.5, "vary"), (1.2, "vary much")):
        for width, months in QUIET_MONTHS.items():
            endpoints = [Endpoint(width, swing, 100 * number) for number in range(months * repeats)]
            for rows in (500, 5_000, 50_000):
                found = [month(endpoint, rows, Budget()) for endpoint in endpoints]
                each = [one for one in found for one in one]
                alarms = np.array([sum(one.is_alarm for one in one) for one in found])
                error = 2 * alarms.std(ddof=1) / np.sqrt(alarms.size)
                kinds = Counter(one.verdict.kind for one in each)
                shares = [kinds[kind] / len(each) for kind in (Kind.STABLE, Kind.KNOWN_REGIME, Kind.INSUFFICIENT)]
                print(
                    f"| {width} | {rows:,} | {name} | {alarms.size} | {alarms.mean():.2f} | {error:.2f} | "
                    f"{np.mean([len(one.findings) for one in each]):.2f} | "
                    + ", ".join(f"{share:.0%}" for share in shares)
                    + " |",
                    flush=True,
                )


def speed() -> None:
    """Twenty features: sketches read and merged, and the whole of a run beyond reading; medians of seven."""
    endpoint, rng = Endpoint(20, 0.5, 1), np.random.default_rng(1)
    baseline, seasons = endpoint.documents
    data = seasons.to_bytes()
    print(
        f"reading the seasons ({len(data):,} bytes): {_median(lambda: type(seasons).from_bytes(data, baseline)):.1f} ms"
    )
    for rows in (10**4, 10**5, 10**6, 10**8):
        parts = [endpoint.window(60, rows // OBJECTS, rng) for _ in range(OBJECTS)]
        stored = [_stored(one, number) for number, (one, _) in enumerate(parts)]
        windows = [WindowSketch.from_bytes(one, baseline) for one in stored]
        whole, told = sum(windows[1:], windows[0]), parts[0][1]
        read = _median(lambda stored=stored: [WindowSketch.from_bytes(one, baseline) for one in stored])
        merge = _median(lambda windows=windows: sum(windows[1:], windows[0]))
        run = _median(
            lambda whole=whole, told=told: examine(whole, baseline, seasons, told, Budget(), NOW, seconds=DAY)
        )
        print(f"{whole.rows:>12,} rows, {OBJECTS} objects: read {read:.1f} ms, merge {merge:.1f}, examine {run:.1f}")
    one, other = rng.normal(size=(2, 20, 100_000))
    loop = _median(lambda: [ks_2samp(a, b, method="asymp") for a, b in zip(one, other, strict=True)], 3)
    print(f"scipy.stats.ks_2samp on 100,000 against 100,000 rows, 20 features: {loop:.0f} ms")


def _stored(seen: WindowSketch, number: int) -> bytes:
    """As one of several writers would have written it."""
    return WindowSketch(seen.baseline, [("w", number)], rows=seen.rows, sketches=seen.sketches).to_bytes()


def _median(run: object, times: int = 7) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        found.append(1000 * (time.perf_counter() - began))
    return float(np.median(found))


def main(part: str = "all", repeats: str = "2") -> None:
    began = time.perf_counter()
    if part in ("faults", "all"):
        print("\n## Faults in independent flights of January and February")
        faults(False, int(repeats))
    if part in ("weeks", "all"):
        print("\n## Faults in real weeks, against a year")
        faults(True, int(repeats))
    if part in ("quiet", "all"):
        print("\n## Quiet data, a budget of one alarm a month, thirty windows a month")
        quiet(int(repeats))
    if part in ("speed", "all"):
        print("\n## Speed")
        speed()
    print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
