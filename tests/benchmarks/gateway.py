"""How fast is the local gateway, from a client over HTTP through keys, limits and a sandbox to the model and back?

    python -m tests.benchmarks gateway [--quick] [--json FILE]

The demo's model, one row a request, with two sandboxes, receipts and watching; against a server that answers fixed
bytes, and against FastAPI with the same model in its own process. The client shares the cores with all of them.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import orjson

from infra.local.running import environment
from serin.rollout.release import Alias
from tests.benchmarks.blocks import Floats, Rounds, measure, ratio, summary
from tests.benchmarks.gateway_peers import peer
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, parser, run, table
from tests.benchmarks.watching_endpoint import PATH, WATCHED, Served, served

__all__ = ["tables"]

_CONNECTIONS = (1, 16)
_SERIN, _FLOOR, _BARE, _TYPED = "Serin", "floor", "FastAPI, bare", "FastAPI, typed"
_FLOORS = {_FLOOR: "a server that answers fixed bytes", _BARE: "FastAPI with the same model, which checks nothing"}
_WARM_UP = 200
_LATENCY, _EACH = 0, 1
"""Of a block's lines: what each request took, and what the whole block took divided by its requests."""


@dataclass(frozen=True)
class Target:
    url: str
    headers: tuple[str, ...] = ()


def tables(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-gateway-") as name, ExitStack() as stack:
        folder = Path(name)
        endpoint = stack.enter_context(served(folder, sandboxes=2))
        bodies = folder / "bodies"
        bodies.write_bytes(b"\n".join(endpoint.bodies))
        return _figures(_targets(endpoint, folder, bodies, stack), bodies, 3 if quick else 10)


def _targets(endpoint: Served, folder: Path, bodies: Path, stack: ExitStack) -> dict[str, Target]:
    model = folder / "model.onnx"
    model.write_bytes(
        endpoint.bucket.read(f"artifacts/sha256/{endpoint.environment(WATCHED)['SERIN_ARTIFACT_SHA256']}")
    )
    endpoint.functions.move_alias(
        endpoint.endpoint.function, endpoint.endpoint.alias, Alias(endpoint.releases[WATCHED])
    )
    fastapi = stack.enter_context(peer("fastapi", str(model)))
    key = next(iter(endpoint.running.keys.values()))
    serin = Target(f"{endpoint.running.api_url}{PATH}", (f"x-api-key: {key}",))
    _block(serin, bodies, max(_CONNECTIONS), 1_000)  # so that all sandboxes have started
    return {
        _SERIN: serin,
        _FLOOR: Target(stack.enter_context(peer("floor"))),
        _BARE: Target(f"{fastapi}/bare"), _TYPED: Target(f"{fastapi}/typed"),
    }  # fmt: skip


def _figures(targets: Mapping[str, Target], bodies: Path, rounds: int, times: int = 1_500) -> Figures:
    ways = {
        f"{name} {connections}": partial(_block, target, bodies, connections)
        for name, target in targets.items() for connections in _CONNECTIONS
    }  # fmt: skip
    taken = measure(ways, rounds, times)
    print(
        f"One row a request; {rounds} rounds of 2 x {times} requests of each, in turn, the client on the same cores\n"
    )
    lines = [_line_of(taken, connections, floor) for connections in _CONNECTIONS for floor in _FLOORS]
    return {**{str(connections): _told(taken, connections) for connections in _CONNECTIONS}, "lines": lines}


def _line_of(taken: Mapping[str, Rounds], connections: int, floor: str) -> Line:
    work, least = (_line(taken, name, connections, _EACH) for name in (_SERIN, floor))
    what = f"gateway, one row, {connections} connections, beside {floor}"
    return Line.of(what, "µs", _FLOORS[floor], work, least, ratio(work, least))


def _told(taken: Mapping[str, Rounds], connections: int) -> Figures:
    figures = {name: _figure(taken, name, connections) for name in (_SERIN, _FLOOR, _BARE, _TYPED)}
    head = (f"{connections} connections", "requests/s", "of rounds", "p50, ms", "p99, ms", "× FastAPI, bare", "× floor")
    table(head, [(name, *one["said"]) for name, one in figures.items()])
    return figures


def _figure(taken: Mapping[str, Rounds], name: str, connections: int) -> Figures:
    """Ratios are of rates: how many times as many requests a second."""
    latencies, each = _line(taken, name, connections, _LATENCY), _line(taken, name, connections, _EACH)
    against = {other: ratio(_line(taken, other, connections, _EACH), each) for other in (_BARE, _FLOOR)}
    rates = [1e6 / float(one.mean()) for one in each]
    p50, p99 = (np.quantile(np.concatenate(list(latencies)), [0.5, 0.99]) / 1000).tolist()
    rate = float(np.median(rates))
    said = (rate, f"{min(rates):,.0f}–{max(rates):,.0f}", p50, p99, *map(str, against.values()))
    return {
        "rate": rate, "rates": rates, "p50_ms": p50, "p99_ms": p99, "latency": summary(latencies),
        "ratio_fastapi": against[_BARE].to_dict(), "ratio_floor": against[_FLOOR].to_dict(), "said": said,
    }  # fmt: skip


def _line(taken: Mapping[str, Rounds], name: str, connections: int, line: int) -> list[Floats]:
    return [one[line] for one in taken[f"{name} {connections}"]]


def _block(target: Target, bodies: Path, connections: int, requests: int) -> Floats:
    """A client in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.load", target.url, "--body", str(bodies), "--json"]
    command += ["--connections", str(connections), "--requests", str(requests), "--warm-up", str(_WARM_UP)]
    for header in target.headers:
        command += ["--header", header]
    answer = orjson.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment()).stdout)
    return np.array([answer["latencies"], [answer["whole"] / requests] * requests])


if __name__ == "__main__":
    run({"gateway": tables}, parser(__doc__).parse_args().json)
