"""What does watching cost: receipts in each answer, and sketches of all that is seen?

    python -m tests.benchmarks watching sketching receipts [--json FILE]

One model version (gradient boosting, 20 features, with a baseline) is released twice: as it is deployed, and without
receipts and sketches. Both have the same metrics. Both answer in turn, in the same run, behind the same gateway.
"""

import tempfile
from functools import cache, partial
from pathlib import Path

from tests.benchmarks.blocks import Floats, Rounds, measure, ratio, summary
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, parser, run, table
from tests.benchmarks.watching_endpoint import PLAIN, PLAIN_AGAIN, WATCHED, Served, served
from tests.benchmarks.watching_process import Read, floor_block, handler_block

__all__ = ["tables"]

LIMIT = 1.10
"""Single-row latency at the client may rise by less than 10 %."""
_FLOOR = "parse, run, encode alone"


def tables(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-watching-") as folder, served(Path(folder)) as endpoint:
        read = cache(endpoint.bucket.read)
        environments = {way: endpoint.environment(way) for way in (WATCHED, PLAIN)}
        figures = {
            "client": _client(endpoint, 4 if quick else 12),
            "handler": _handler(environments, read, endpoint.bodies),
        }
    lines = [line for part in figures.values() for line in part.pop("lines", ())]
    return {**figures, "lines": lines}


def _client(endpoint: Served, rounds: int, times: int = 200) -> Figures:
    ways = {way: partial(endpoint.block, way) for way in (WATCHED, PLAIN, PLAIN_AGAIN)}
    taken = measure(ways, rounds, times)
    print(f"Single rows at a client over HTTP, µs; {rounds} rounds of 2 x {times} requests of each release\n")
    _latencies(taken, PLAIN)
    p50, p90 = (ratio(taken[WATCHED], taken[PLAIN], quantile) for quantile in (0.5, 0.9))
    same, verdict = ratio(taken[PLAIN_AGAIN], taken[PLAIN]), p50.verdict(LIMIT)
    print(f"{verdict}: median with watching / without = {p50} against {LIMIT:.2f}; p90 {p90}; without twice {same}\n")
    ratios = {"ratio_median": p50.to_dict(), "ratio_p90": p90.to_dict(), "ratio_of_the_same": same.to_dict()}
    line = Line.of(
        "watching, one row at a client", "µs", "the same release without receipts and sketches", taken[WATCHED],
        taken[PLAIN], p50, aim=LIMIT,
    )  # fmt: skip
    ways = {way: summary(found) for way, found in taken.items()}
    return {**ways, **ratios, "limit": LIMIT, "verdict": verdict, "lines": [line]}


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
