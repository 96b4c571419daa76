"""How often is a fault called by its name, and how often is quiet data an alarm?"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from serin.drift.budget import Budget
from serin.drift.diagnosis import QUIET, Kind
from tests.benchmarks.drift_faults import FAULTS
from tests.benchmarks.drift_quiet import Endpoint, month
from tests.benchmarks.drift_runs import Run, simulate
from tests.benchmarks.report import Figures, table

SIZES, WIDTHS = (200, 1_000, 5_000, 20_000, 100_000), (1, 5, 20, 200)
QUIET_MONTHS = {5: 20, 20: 20, 200: 8}


def faults(timed: bool = False, repeats: int = 1) -> Figures:
    """Independent rows without time, or real weeks of a year against a year of them."""
    sizes, widths = ((1_000, 5_000, 20_000), (20,)) if timed else (SIZES, WIDTHS)
    runs = list(_runs(timed, sizes, widths, repeats))
    counted = [run for run in runs if run.matters]
    _matrix(counted)
    of_rows = [(f"{rows:,} rows", [run for run in runs if run.rows == rows]) for rows in sizes]
    of_width = [(f"{width} features", [run for run in runs if run.features == width]) for width in widths]
    shares = [(name, _share([run for run in one if run.matters]), _share(one)) for name, one in (*of_rows, *of_width)]
    table(("top-1 right", "of those that matter", "of all"), [("all", _share(counted), _share(runs)), *shares])
    costly = [run for run in runs if run.loss > 0.05 and run.fault.kind not in QUIET]
    missed = [run for run in costly if run.is_missed]
    print(f"stable or known, of {len(costly)} faults that cost over 5 points of AUC: {len(missed)}")
    for run in (*missed, *(run for run in counted if not run.is_right)):
        print(f"  {run.fault.name}, {run.rows:,} rows, {run.features} features, -{run.loss:.3f}: {run.sentence[:150]}")
    right = sum(run.is_right for run in counted)
    return {"matter": len(counted), "right": right, "runs": len(runs), "costly": len(costly), "missed": len(missed)}


def weeks(repeats: int = 1) -> Figures:
    return faults(True, repeats)


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
    found = {kind: Counter(run.found for run in runs if run.truth is kind) for kind in kinds}
    table(
        ("truth, called", *kinds),
        [(kind, *(str(counts[one] or "") for one in kinds)) for kind, counts in found.items() if counts],
    )


def _share(runs: list[Run]) -> str:
    right = sum(run.is_right for run in runs)
    return f"{right}/{len(runs)} = {right / len(runs):.1%}" if runs else "none"


def quiet(repeats: int = 1) -> Figures:
    """Alarms a month at a budget of one, of thirty windows; two standard errors beside them."""
    cells = [
        _cell(name, [Endpoint(width, swing, 100 * number) for number in range(months * repeats)], rows)
        for swing, name in ((0.0, "alike, no time"), (0.5, "vary"), (1.2, "vary much"))
        for width, months in QUIET_MONTHS.items()
        for rows in (500, 5_000, 50_000)
    ]
    head = (
        "days",
        "features",
        "rows",
        "months",
        "alarms a month",
        "± 2 se",
        "findings a window",
        "stable, known, too few",
    )
    table(head, cells)
    return {"cells": [dict(zip(head, cell, strict=True)) for cell in cells]}


def _cell(name: str, endpoints: list[Endpoint], rows: int) -> tuple[object, ...]:
    found = [month(endpoint, rows, Budget()) for endpoint in endpoints]
    each = [one for one in found for one in one]
    alarms = np.array([sum(one.is_alarm for one in one) for one in found])
    error = 2 * alarms.std(ddof=1) / np.sqrt(alarms.size)
    kinds = Counter(one.verdict.kind for one in each)
    shares = [kinds[kind] / len(each) for kind in (Kind.STABLE, Kind.KNOWN_REGIME, Kind.INSUFFICIENT)]
    findings = float(np.mean([len(one.findings) for one in each]))
    said = ", ".join(f"{share:.0%}" for share in shares)
    return name, endpoints[0].features, rows, alarms.size, float(alarms.mean()), float(error), findings, said
