"""Do totals stay exact with many outcomes? On a cloud of its own: those that come after would wait for its counting."""

import pytest

from tests.local.test_outcomes import served, so_far, totals

__all__ = ["served"]


@pytest.mark.soak
def test_twenty_thousand_outcomes_are_counted_exactly(served, tmp_path):
    """As the short run, with more."""
    before = so_far(served)
    _, items = totals(served, tmp_path, 20_000, kills=5)
    assert served.quality()[1]["n"] == before + len(items)
