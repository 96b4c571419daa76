"""Do the numbers in the docstrings come out?"""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["serin.optimize.memory", "serin.optimize.speed", "serin.optimize.verdict"])
def test_a_documented_number_is_what_the_code_gives(name: str) -> None:
    """An example that is wrong is worse than none."""
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed
