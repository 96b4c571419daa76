"""On what machine was it measured, and how is it told: tables for people, JSON for programs."""

import argparse
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

import orjson

__all__ = ["Benchmark", "Figures", "parser", "run", "table"]

Figures: TypeAlias = dict[str, Any]
Benchmark: TypeAlias = Callable[[], Figures]
"""Prints its tables, and gives what is in them."""
_PACKAGES = ("numpy", "onnxruntime", "orjson", "scikit-learn")


def run(benchmarks: Mapping[str, Benchmark], json: Path | None = None) -> Figures:
    """One after the other, with the machine's facts before them; `json` is written after each."""
    figures: Figures = {"machine": _machine()}
    print(", ".join(f"{name} {value}" for name, value in figures["machine"].items()))
    for name, benchmark in benchmarks.items():
        print(f"\n## {name}\n", flush=True)
        figures[name] = benchmark()
        if json is not None:
            json.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2))
    return figures


def parser(description: str | None) -> argparse.ArgumentParser:
    """With the option that all benchmarks have."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    return made


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """As Markdown, the first column to the left and the others to the right."""
    print(f"| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(_cell(cell) for cell in row)} |")
    print(flush=True)


def _cell(cell: object) -> str:
    return f"{cell:,.{_decimals(cell)}f}" if isinstance(cell, float) else str(cell)


def _decimals(number: float) -> int:
    """Three digits."""
    return 0 if abs(number) >= 100 else 1 if abs(number) >= 10 else 2 if abs(number) >= 1 else 3


def _machine() -> Figures:
    load = os.getloadavg()[0]
    packages = {name: version(name) for name in _PACKAGES}
    python = {"Python": platform.python_version(), **packages}
    return {"cores": os.cpu_count(), "cpu": platform.machine(), **python, "load at the start": round(load, 2)}
