"""Chapter `drift`: spring and summer are replayed after a model of winter, week by week, and each week is diagnosed."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from rich.table import Table

from infra.demo import flights, traffic
from infra.demo.stage import MODEL, Stage
from infra.demo.versions import Versions
from serin.errors import Unavailable

__all__ = ["drift"]

MONTHS = (3, 4, 5, 6, 7)
FIRST, WEEKS, ROWS, BATCH = datetime(2013, 3, 4, tzinfo=UTC), 21, 1_000, 500
TOLD, MORE = 7, 1_500
"""A week whose outcomes are known, and how many flights of it are sent: in April flights turned late in weather that
looked fine."""

BROKEN, STUCK, AT = 16, "pressure", 1013.25
"""A week in June in which the barometer stands still."""

PATIENCE_S = 90.0


def drift(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Replay March to July with event times; returns the verdict of each week. Wrong is only what was injected here and
    not found, for what flights did in 2013 is theirs."""
    release = versions.live()
    version = versions.of[release]
    stage.scene(f"Replay: the flights of March to July, {ROWS:,} a week or more, after a model of January and February")
    stage.tell("each request carries the time of its week, which stages named dev… take and no other does")
    items = _replay(stage)
    _tell(stage, version.number, items)
    stage.scene("Drift: each week is compared with the baseline, and with what its scores let expect")
    pages = stage.folder / "drift"
    found = stage.serin(
        "drift", MODEL, "--version", str(version.number), "--since", f"{FIRST:%Y-%m-%d}", "--until",
        f"{_start(WEEKS):%Y-%m-%d}", "--hours", "168", "--output", str(pages),
    )["windows"]  # fmt: skip
    stage.console.print(_table(found))
    broken = found[BROKEN]
    right = broken["kind"] == "broken input" and broken["features"] == [STUCK]
    stage.tell(f"the week of {_start(BROKEN):%d %B}, in which the barometer stood still here: {broken['sentence']}")
    kept = _kept([found[place]["report"] for place in (TOLD, BROKEN)])
    stage.tell(f"a page for each week, for its owner: {kept[0]} and {kept[1]}")
    return {
        "weeks": [{name: one[name] for name in ("span", "kind", "features", "sentence", "figures")} for one in found],
        "reports": kept, "mismatches": int(not right), "errors": 0, "first_error": None,
    }  # fmt: skip


def _start(week: int) -> datetime:
    return FIRST + timedelta(weeks=week)


def _replay(stage: Stage) -> list[bytes]:
    """Sends every week, and returns the outcomes of the one that is told."""
    parts = [(*flights.month(number), flights.times(number)) for number in MONTHS]
    rows, late, times = (np.concatenate(column) for column in zip(*parts, strict=True))
    client, items = traffic.connect(stage.endpoint), []
    with stage.progress("replaying", WEEKS) as advance:
        for week in range(WEEKS):
            low, high = (_start(number).timestamp() for number in (week, week + 1))
            places = np.random.default_rng(week).permutation(np.flatnonzero((times >= low) & (times < high)))
            places = places[: MORE if week == TOLD else ROWS]
            sent = rows[places].copy()
            if week == BROKEN:
                sent[:, flights.FEATURES.index(STUCK)] = AT
            for start in range(0, len(sent), BATCH):
                batch = slice(start, start + BATCH)
                at = f"{_start(week) + timedelta(days=3):%Y-%m-%dT%H:%M:%SZ}"
                answer = traffic.infer(client, stage.endpoint, sent[batch], binary=True, parameters={"event_time": at})
                receipt = answer.get_response()["parameters"]["receipt"]
                if week == TOLD:
                    items += _outcomes(receipt, late[places][batch])
            advance(None)
        # A sandbox writes what it saw in a minute with the first request after it.
        after = {"event_time": f"{_start(WEEKS):%Y-%m-%dT%H:%M:%SZ}"}
        traffic.infer(client, stage.endpoint, rows[:1], binary=True, parameters=after)
    return items


def _outcomes(receipt: str, late: np.ndarray) -> list[bytes]:
    told = enumerate(late.tolist())
    return [orjson.dumps({"receipt": receipt, "row": row, "outcome": bool(one)}) for row, one in told]


def _tell(stage: Stage, version: int, items: Sequence[bytes]) -> None:
    """Returns when all of them are counted. Raises Unavailable when they are not."""
    before = _counted(stage, version)
    file = stage.folder / "weeks.jsonl"
    file.write_bytes(b"\n".join(items) + b"\n")
    stage.serin("outcomes", "import", str(file))
    until = time.monotonic() + PATIENCE_S
    with stage.console.status("  waiting for the next count"):
        while time.monotonic() < until:
            if _counted(stage, version) >= before + len(items):
                return
            time.sleep(0.5)
    raise Unavailable(f"the outcomes were not counted within {PATIENCE_S:.0f} s: see the log of serin-dev-quality.")


def _counted(stage: Stage, version: int) -> int:
    rows = stage.quietly("status", MODEL)["endpoints"][0]["quality"]
    return sum(int(row["n"]) for row in rows if row["version"] == version)


def _kept(pages: Sequence[str]) -> list[str]:
    """Outside of the rehearsal's own folder, which may go with it."""
    folder = Path(tempfile.gettempdir()) / "serin-drift"
    folder.mkdir(exist_ok=True)
    return [shutil.copy(page, folder) for page in pages]


def _table(found: Sequence[dict[str, Any]]) -> Table:
    table = Table("week", "verdict", "where", "AUC expected", "realised", "what to do", box=None)
    for one in found:
        figures = one["figures"]
        table.add_row(
            one["span"][:10], one["kind"], ", ".join(one["features"][:3]), _figure(figures["expected"]),
            _figure(figures["realised"]), one["response"], style="bold" if one["alarm"] else "",
        )  # fmt: skip
    return table


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
