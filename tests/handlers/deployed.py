"""How a test runs a deployed module: by a fresh init, on an event from events/."""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

__all__ = ["EVENTS", "Handler", "event", "start"]

EVENTS = Path(__file__).parents[2] / "events"
Handler = Callable[[dict[str, Any], object], Any]


def event(name: str) -> dict[str, Any]:
    found = json.loads((EVENTS / f"{name}.json").read_text())
    assert isinstance(found, dict)
    return found


def start(monkeypatch: pytest.MonkeyPatch, name: str) -> Handler:
    """A fresh init, as every sandbox has one."""
    monkeypatch.delitem(sys.modules, name, raising=False)
    handler: Handler = importlib.import_module(name).handler
    return handler
