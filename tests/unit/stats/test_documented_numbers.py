"""The numbers in the docstrings of serin.stats are what the code gives."""

import doctest
import importlib
import pkgutil

import pytest

import serin.stats

MODULES = [module.name for module in pkgutil.iter_modules(serin.stats.__path__, "serin.stats.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    """Every example in a docstring gives what is written beneath it."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0
