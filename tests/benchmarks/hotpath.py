"""How far is a request above what nobody can do without, and how long does the first one take?

    python -m tests.benchmarks hotpath coldstart [--json FILE]

The whole handler of the demo's model (gradient boosting, 100 trees of depth 3, 20 features), watched and with receipts,
against parsing, the session and encoding alone; and a fresh sandbox against numpy, ONNX Runtime and the model alone.
"""

import tempfile
from pathlib import Path

import numpy as np

from infra.bundling import build_host_bundle
from serin.errors import InvalidSettings
from tests.benchmarks.blocks import Ratio, Rounds, measure, ratio, summary
from tests.benchmarks.cold_start import cold_blocks
from tests.benchmarks.hotpath_release import Event, Released, binary_event, floor, handler, json_event, released
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, LeftOut, parser, run, table

__all__ = ["cold_start", "requests"]

_QUICK = 0.1
"""Low quantiles are compared: what else this machine does can only add to them."""
_TIMES = {1: 200, 32: 100, 1024: 6}
_LIMITS = {(1, "JSON"): 2.0, (1024, "JSON"): 1.3}
_ABOVE_MS = 60
"""So much longer than its floor may the first answer take."""
_CODECS = {"JSON": json_event, "binary": binary_event}


def requests(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-hotpath-") as name:
        return _requests(released(Path(name)), 10 if quick else 40)


def cold_start(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-coldstart-") as name:
        folder = Path(name)
        return _cold_start(released(folder / "model"), folder, 5 if quick else 20)


def _requests(release: Released, rounds: int) -> Figures:
    print(f"A request in this process, µs at the quantile {_QUICK}; {rounds} rounds, all ways in turn\n")
    figures: Figures = {"lines": []}
    lines = []
    for rows, times in _TIMES.items():
        for codec in _CODECS:
            found = _request(release, rows, codec, rounds, times)
            figures["lines"].append(found.pop("line"))
            figures[f"{rows} {codec}"] = found
            lines.append((f"{rows:,}", codec, *found["quick"].values(), found["said"], found["without receipts"]))
    table(
        ("rows", "codec", "floor", "handler", "handler without receipts", "handler / floor", "without receipts"), lines
    )
    return figures


def _request(release: Released, rows: int, codec: str, rounds: int, times: int) -> Figures:
    events = _events(release, rows, codec)
    ways = {
        "floor": floor(release, events), "handler": handler(release, events),
        "plain": handler(release, events, receipts=False),
    }  # fmt: skip
    taken = measure(ways, rounds, times)
    found, plain = (ratio(taken[way], taken["floor"], _QUICK) for way in ("handler", "plain"))
    limit = _LIMITS.get((rows, codec))
    line = Line.of(
        f"request, {rows:,} {'row' if rows == 1 else 'rows'}, {codec}", "µs", "parse, session.run and encode alone",
        taken["handler"], taken["floor"], found, quantile=_QUICK, aim=limit,
    )  # fmt: skip
    return {
        "line": line, "quick": {way: float(np.quantile(np.concatenate(one), _QUICK)) for way, one in taken.items()},
        "said": _said(found, limit), "ratio": found.to_dict(),
        "without receipts": f"{plain.value:.2f}", **{way: summary(one) for way, one in taken.items()},
    }  # fmt: skip


def _said(found: Ratio, limit: float | None) -> str:
    return f"{found}" if limit is None else f"{found} {found.verdict(limit)} {limit}"


def _events(release: Released, rows: int, codec: str, most: int = 50) -> list[Event]:
    many = max(2, min(most, 4096 // rows))
    drawn = np.random.default_rng(rows).integers(0, len(release.rows), (many, rows))
    return [_CODECS[codec](release.rows[one]) for one in drawn]


def _cold_start(release: Released, folder: Path, rounds: int) -> Figures:
    try:
        bundle = build_host_bundle(folder / "bundle")
    except InvalidSettings as error:
        raise LeftOut(str(error)) from error
    (event,) = _events(release, 1, "JSON")[:1]
    with cold_blocks(release, event, bundle, folder) as (work, least):
        taken = measure({"release": work, "floor": least}, rounds, 1)
    found = ratio(taken["release"], taken["floor"], _QUICK)
    quick = {way: _at(rounds_of) for way, rounds_of in taken.items()}
    print(f"From a fresh Python to the first answer, ms at the quantile {_QUICK}; the bundle has bytecode\n")
    table(("", "ms", "median"), [(way, quick[way], summary(one)["median"]) for way, one in taken.items()])
    print(f"release / floor {found}; {quick['release'] - quick['floor']:.0f} ms above it\n")
    line = Line.of(
        "cold start to the first answer", "ms", "numpy, ONNX Runtime and the model's session alone",
        taken["release"], taken["floor"], found, quantile=_QUICK, aim=(quick["floor"] + _ABOVE_MS) / quick["floor"],
    )  # fmt: skip
    ways = {way: summary(one) for way, one in taken.items()}
    return {"quick": quick, "ratio": found.to_dict(), **ways, "lines": [line]}


def _at(rounds: Rounds) -> float:
    return float(np.quantile(np.concatenate(list(rounds)), _QUICK))


if __name__ == "__main__":
    run({"hotpath": requests, "coldstart": cold_start}, parser(__doc__).parse_args().json)
