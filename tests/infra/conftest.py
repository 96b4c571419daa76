"""The synthesized templates, made once a run: a synthesis takes seconds."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra.app import ROOT, build
from tests.made_once import made_once


class Template:
    """A template's resources, asked for by type: no test knows a logical id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.body: dict[str, Any] = json.loads(path.read_text())

    def named(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: r for name, r in self.body["Resources"].items() if r["Type"] == f"AWS::{kind}"}

    def all(self, kind: str) -> list[dict[str, Any]]:
        return list(self.named(kind).values())

    def properties(self, kind: str) -> list[dict[str, Any]]:
        return [resource["Properties"] for resource in self.all(kind)]


def synthesize_into(where: Path, settings: dict[str, Any]) -> Template:
    return Template(build(where, {"serin": settings}) / f"Serin-{settings['stage']}.template.json")


def shared(factory: pytest.TempPathFactory, name: str, settings: dict[str, Any], salt: str = "") -> Template:
    assembly = made_once(factory, name, lambda folder: build(folder, {"serin": settings}, salt=salt))
    return Template(assembly / f"Serin-{settings['stage']}.template.json")


@pytest.fixture(scope="session")
def default() -> dict[str, Any]:
    return json.loads((ROOT / "cdk.json").read_text())["context"]["serin"]


@pytest.fixture
def settings(default: dict[str, Any]) -> dict[str, Any]:
    """cdk.json's own settings, for a test to spoil."""
    return copy.deepcopy(default)


@pytest.fixture(scope="session")
def template(default: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Template:
    return shared(tmp_path_factory, "assembly-default", default)


@pytest.fixture(scope="session")
def changed_code(default: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Template:
    return shared(tmp_path_factory, "assembly-changed", default, salt="as if a line of code had changed")


@pytest.fixture(scope="session")
def two(default: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A stage with two endpoints of two teams; the second differs in every setting that has a choice."""
    settings = copy.deepcopy(default) | {"stage": "prod", "window_days": 35, "audit_days": 30, "outcome_queue": True}
    settings["team_budgets"] = {"rail": 100}
    settings["endpoints"][0]["snap_start"] = True
    settings["endpoints"].append(
        copy.deepcopy(settings["endpoints"][0])
        | {
            "model": "late-trains",
            "team": "rail",
            "tier": "high",
            "critical": True,
            "architecture": "x86_64",
            "runtime": "python3.12",
            "memory_mb": 512,
            "timeout_s": 10,
            "snap_start": False,
            "reserved_concurrency": 5,
            "budget": {},
            "plans": [
                {"name": "web", "rate": 10, "burst": 20, "daily_quota": 1000},
                {"name": "batch", "rate": 2, "burst": 4, "daily_quota": 500},
            ],
        }
    )
    return shared(tmp_path_factory, "assembly-two", settings)
