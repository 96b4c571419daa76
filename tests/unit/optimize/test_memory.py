"""Is the cheapest setting the cheapest of those that work?"""

from pathlib import Path

import pytest

from serin.cost.prices import Prices
from serin.errors import BadRequest
from serin.evidence.data import read_data
from serin.optimize.memory import WHOLE_CPU, cheapest, curve
from serin.optimize.probe import probe
from serin.optimize.requests import events_of_data, events_of_golden
from tests.unit.optimize.nets import net, rows, version

PRICES = Prices.of("us-east-1")


def test_half_the_cpu_takes_twice_the_time() -> None:
    """And is billed by begun milliseconds: 10 ms at 1,769 MB are 79 ms at 224 MB, for nearly the same money."""
    (small, whole) = curve([10_000_000] * 100, 50, 100, PRICES, "arm64", (224, WHOLE_CPU))
    assert (whole.p99, small.p99) == (10.0, pytest.approx(10 * WHOLE_CPU / 224, abs=1e-3))
    gb_second, request = (float(PRICES.of_code[code].amount) for code in ("lambda.arm64.gb_second", "lambda.request"))
    for point, ms in ((whole, 10), (small, 79)):
        usd = 1e6 * (request + gb_second * ms / 1000 * point.memory_mb / 1024)
        assert point.micro_per_million == pytest.approx(usd * 1e6, abs=2)


def test_the_cheapest_keeps_to_the_budget_and_holds_the_process() -> None:
    """What is too small or too slow is never chosen, and with nothing left nothing is."""
    points = curve([10_000_000] * 100, 200, 40, PRICES, "arm64")
    best = cheapest(points)
    assert best is not None
    assert best.p99 <= 40
    assert best.memory_mb >= 288
    assert all(point.micro_per_million >= best.micro_per_million for point in points if point.holds and point.in_budget)
    assert cheapest(curve([10_000_000] * 100, 200, 9, PRICES, "arm64")) is None
    assert cheapest(curve([10_000] * 100, 3000, 9, PRICES, "arm64")) is None


def test_a_short_request_is_cheapest_with_little_memory() -> None:
    """Whoever needs a twentieth of a millisecond pays for a whole one anyway."""
    best = cheapest(curve([50_000] * 100, 60, 100, PRICES, "arm64"))
    assert best is not None
    assert best.memory_mb == 128


def test_a_fresh_process_answers_the_requests(tmp_path: Path) -> None:
    """Rows of a file, or golden examples; it is larger than Python alone and smaller than this one may be."""
    parent, _ = version(tmp_path / "1", net())
    data = read_data(rows(tmp_path / "rows.csv", 50), parent.features)
    assert len(events_of_data(parent, data)) == 50
    found = probe("churn", parent.artifact, parent.manifest, events_of_golden(parent))
    assert len(found.cpu_ns) >= 200
    assert min(found.cpu_ns) > 0
    assert 20 < found.process_mb < 400


def test_a_refused_request_is_no_measurement(tmp_path: Path) -> None:
    """Its answer would be quicker than any other."""
    parent, _ = version(tmp_path / "1", net())
    event = events_of_golden(parent)[0] | {"body": "{}"}
    with pytest.raises(BadRequest, match="can't be measured on these rows: it answers 400"):
        probe("churn", parent.artifact, parent.manifest, [event])
