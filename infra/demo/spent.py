"""What has the rehearsal cost at list price, by the stage's own ledger, and from which load on is something else
cheaper?"""

import csv
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.demo import pictures
from infra.demo.stage import Stage
from serin.cost.money import dollars, micro_of
from serin.errors import Unavailable

__all__ = ["apart", "beside", "break_even", "spent"]

PATIENCE_S = 60.0
REQUESTS_A_DAY = 10_000


def spent(stage: Stage) -> dict[str, Any]:
    """By model and by version; `mismatches` counts sums of parts that are not the whole, to the micro-dollar."""
    stage.scene("Cost: what the ledger has counted so far, every five minutes of the schedule clock")
    models = _counted(stage)
    versions = stage.serin("cost", "--by", "version")
    stage.console.print(pictures.spend_table([*models["rows"], *versions["rows"]]))
    file = stage.folder / "cost.csv"
    written = stage.serin("cost", "--csv", str(file))
    lines = _lines(file)
    wrong = sum(apart(one) != 0 for one in (models, versions)) + (sum(lines) != written["micro"])
    stage.tell(f"{len(lines)} lines by day, version and thing paid for: together {dollars(written['micro'])}, "
               f"{'exactly the whole' if not wrong else 'which is not the whole'}")  # fmt: skip
    return {"micro": versions["micro"], "models": models["rows"], "versions": versions["rows"], "lines": len(lines),
            "mismatches": wrong}  # fmt: skip


def apart(told: Mapping[str, Any]) -> int:
    """Micro-dollars that the parts of what `serin cost --json` told are off the whole."""
    return sum(int(row["micro"]) for row in told["rows"]) - int(told["micro"])


def break_even(stage: Stage) -> dict[str, Any]:
    """Of cdk.json's endpoints."""
    asked = ("--requests-per-day", str(REQUESTS_A_DAY), "--region", "us-east-1")
    found = stage.serin("cost", "estimate", *asked, cloud=False)
    stage.tell(
        f"{dollars(found['micro'])} a month with cdk.json as it is, of which {dollars(found['idle']['micro'])} idle"
    )
    stage.tell(f"beside {'; beside '.join(beside(found['rivals']))}")
    return {name: found[name] for name in ("micro", "rivals")} | {"idle": found["idle"]["micro"]}


def beside(rivals: Mapping[str, Any]) -> Iterable[str]:
    """Each of what `serin cost estimate --json` has beside Serin, and which is the cheaper one from where on."""
    for name, rival in rivals.items():
        if rival["micro"] is None:
            continue
        first, *later = rival["crossings"]
        until = f"up to {later[0]['requests_per_day'] - 1:,} requests a day" if later else "at any load"
        yield f"{name} ({dollars(rival['micro'])}): {first['cheaper']} is cheaper {until}"


def _lines(file: Path) -> list[int]:
    with file.open(newline="") as lines:
        return [micro_of(line["usd"]) for line in csv.DictReader(lines)]


def _counted(stage: Stage) -> dict[str, Any]:
    """What `serin cost` tells as soon as there is something. Raises Unavailable when the ledger counts nothing."""
    found, until = stage.serin("cost"), time.monotonic() + PATIENCE_S
    with stage.console.status("  waiting for the next count"):
        while time.monotonic() < until:
            if found["micro"]:
                return found
            time.sleep(0.5)
            found = stage.quietly("cost")
    raise Unavailable(f"the ledger counted nothing within {PATIENCE_S:.0f} s: see the log of serin-dev-ledger.")
