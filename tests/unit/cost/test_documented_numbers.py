"""Do the numbers in the docstrings come out?"""

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    ["serin.cost.allocate", "serin.cost.money", "serin.cost.hour", "serin.cost.figures", "serin.idle.idleness",
     "serin.cost.month", "serin.registry.training_cost", "infra.cli.cost_page"],
)  # fmt: skip
def test_a_documented_number_is_what_the_code_gives(name: str) -> None:
    """An example that is wrong is worse than none."""
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed
