"""What does watching cost: receipts in each answer, and sketches of all that is seen?

    python -m tests.benchmarks watching [--json FILE]

One model version (gradient boosting, 20 features, with a baseline) is released twice: as it is deployed, and without
receipts and sketches. Both have the same metrics. Both answer in turn, in the same run, behind the same gateway.
"""

import tempfile
from functools import cache, partial
from pathlib import Path

from infra.demo import flights
from serin.drift.baseline import Baseline
from tests.benchmarks.blocks import Block, Floats, Rounds, measure, ratio, summary
from tests.benchmarks.report import Figures, parser, run, table
from tests.benchmarks.watching_endpoint import PLAIN, PLAIN_AGAIN, WATCHED, Served, served
from tests.benchmarks.watching_process import (
    Read,
    floor_block,
    handler_block,
    signing_blocks,
    sketching_blocks,
)

__all__ = ["tables"]

LIMIT = 1.10
"""Single-row latency at the client may rise by less than 10 %."""
_FLOOR = "parse, run, encode alone"


def tables() -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-watching-") as folder, served(Path(folder)) as endpoint:
        read = cache(endpoint.bucket.read)
        environments = {way: endpoint.environment(way) for way in (WATCHED, PLAIN)}
        figures = {"client": _client(endpoint), "handler": _handler(environments, read, endpoint.bodies)}
    figures["signing"] = _signing()
    figures["sketching"] = _sketching(environments[WATCHED], read)
    return figures


def _client(endpoint: Served, rounds: int = 30, times: int = 300) -> Figures:
    ways = {way: partial(endpoint.block, way) for way in (WATCHED, PLAIN, PLAIN_AGAIN)}
    taken = measure(ways, rounds, times)
    print(f"Single rows at a client over HTTP, µs; {rounds} rounds of 2 x {times} requests of each release\n")
    _latencies(taken, PLAIN)
    p50, p90 = (ratio(taken[WATCHED], taken[PLAIN], quantile) for quantile in (0.5, 0.9))
    same, verdict = ratio(taken[PLAIN_AGAIN], taken[PLAIN]), p50.verdict(LIMIT)
    print(f"{verdict}: median with watching / without = {p50} against {LIMIT:.2f}; p90 {p90}; without twice {same}\n")
    ratios = {"ratio_median": p50.to_dict(), "ratio_p90": p90.to_dict(), "ratio_of_the_same": same.to_dict()}
    return {**{way: summary(found) for way, found in taken.items()}, **ratios, "limit": LIMIT, "verdict": verdict}


def _handler(environments: dict[str, dict[str, str]], read: Read, bodies: list[bytes]) -> Figures:
    watching = {way: handler_block(environment, read, bodies) for way, environment in environments.items()}
    floor = floor_block(_artifact(environments[PLAIN], read), bodies)
    taken = measure({_FLOOR: floor, **watching}, rounds=30, times=200)
    before, after = ({way: [one[part] for one in taken[way]] for way in taken} for part in (0, 1))
    print("The handler alone, in this process, µs until the response is there\n")
    _latencies(before, _FLOOR)
    print(
        "After the response, µs a request; only the mean has the sketches in it, made of 4,096 rows at once, and it has"
    )
    print("whatever else ran on this machine: see the rows of the last table for the sketches alone\n")
    table(("", "median", "mean"), [(way, *_pick(after[way], "median", "mean")) for way in watching])
    return {way: {"before": summary(before[way]), "after": summary(after[way])} for way in taken}


def _signing() -> Figures:
    print("A receipt alone, µs; the floor is HMAC-SHA256 and base64 of as many bytes\n")
    figures = {rows: _against(*signing_blocks(rows), times=300) for rows in (1, 32, 1024)}
    return _told(figures)


def _sketching(environment: dict[str, str], read: Read) -> Figures:
    artifact = _artifact(environment, read)
    baseline = Baseline.from_bytes(read(f"documents/sha256/{environment['SERIN_SKETCH_SHA256']}"))
    seen, _ = flights.month(2)
    print(
        f"Sketching rows together, {len(baseline.series)} series, µs a row; the floor is a histogram of each feature\n"
    )
    figures = {
        rows: _against(*sketching_blocks(baseline, artifact, seen[:rows]), times=max(2, 200 // rows), per=rows)
        for rows in (1, 32, 1024, 4096)
    }
    return _told(figures)


def _against(work: Block, floor: Block, *, times: int, per: int = 1) -> Figures:
    taken = measure({"work": work, "floor": floor}, rounds=15, times=times)
    both = {name: summary([one / per for one in found]) for name, found in taken.items()}
    return {**both, "ratio": ratio(taken["work"], taken["floor"]).to_dict()}


def _told(figures: dict[int, Figures]) -> Figures:
    lines = [
        (f"{rows:,}", one["work"]["median"], one["work"]["p90"], one["floor"]["median"], one["ratio"]["value"])
        for rows, one in figures.items()
    ]
    table(("rows", "median", "p90", "floor", "median / floor"), lines)
    return {str(rows): one for rows, one in figures.items()}


def _latencies(taken: dict[str, list[Floats]], against: str) -> None:
    head = ("", "median", "p90", "medians of rounds", f"median / {against}")
    table(head, [(way, *_spread(rounds), str(ratio(rounds, taken[against]))) for way, rounds in taken.items()])


def _spread(rounds: Rounds) -> tuple[object, ...]:
    p50, p90, low, high = _pick(rounds, "median", "p90", "lowest_median", "highest_median")
    return p50, p90, f"{low:,.4g}–{high:,.4g}"


def _pick(rounds: Rounds, *names: str) -> list[float]:
    found = summary(rounds)
    return [found[name] for name in names]


def _artifact(environment: dict[str, str], read: Read) -> bytes:
    return read(f"artifacts/sha256/{environment['SERIN_ARTIFACT_SHA256']}")


if __name__ == "__main__":
    run({"watching": tables}, parser(__doc__).parse_args().json)
