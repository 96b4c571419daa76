"""What was kept of the traffic, asked in SQL: and is each kept prediction the trainer's own?"""

import time
from typing import Any

import numpy as np
from rich.table import Table

from infra.demo import flights, rollouts, traffic
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Versions
from serin.errors import Unavailable

__all__ = ["captured"]

ENOUGH, PATIENCE_S = 50, 60.0
BY_VERSION = (
    "select version, count(*) as captured, avg(score) as mean_score, avg(numbers['wind_speed']) as mean_wind "
    "from flights group by version order by version"
)
EVERYTHING = "select release, score, numbers from flights"


def captured(stage: Stage, versions: Versions, release: int) -> dict[str, Any]:
    """Once enough of this release has arrived; `mismatches` counts scores that are not the trainer's."""
    stage.scene("Capture: a share of all rows was kept, as Parquet, in one table for all versions")
    _await(stage, release)
    answer = stage.serin("query", MODEL, BY_VERSION)
    stage.console.print(_table(answer))
    rows = stage.quietly("query", MODEL, EVERYTHING, "--limit", "100000")["rows"]
    wrong = sum(_wrong(versions, int(number), [row for row in rows if row[0] == number]) for number in _releases(rows))
    stage.tell(f"{len(rows):,} rows were kept; {wrong} of their scores are not the trainer's own")
    return {"rows": len(rows), "by_version": answer["rows"], "mismatches": wrong}


def _await(stage: Stage, release: int) -> None:
    """Raises Unavailable when it does not come."""
    until = time.monotonic() + PATIENCE_S
    count = f"select count(*) from flights where release = '{release}'"  # noqa: S608 - a number of our own
    with stage.console.status("  waiting for the next delivery"):
        while time.monotonic() < until:
            if stage.quietly("query", MODEL, count)["rows"][0][0] >= ENOUGH:
                return
    raise Unavailable(f"no {ENOUGH} captured rows came within {PATIENCE_S:.0f} s: see the log of serin-dev-{MODEL}.")


def _releases(rows: list[list[Any]]) -> set[str]:
    return {row[0] for row in rows}


def _wrong(versions: Versions, release: int, rows: list[list[Any]]) -> int:
    """A missing value is null in the table."""
    features = np.array([[row[2][name] for name in flights.FEATURES] for row in rows], np.float32)
    truth = rollouts.truth(versions.of[release], features)[:, 1]
    return int((np.abs(truth - np.array([row[1] for row in rows])) > traffic.TOLERANCE).sum())


def _table(answer: dict[str, Any]) -> Table:
    table = Table(*answer["columns"], box=None)
    for row in answer["rows"]:
        table.add_row(*map(_cell, row))
    return table


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
