"""How long does `serin up` take to its first answer, with a template to synthesize and with one that is kept?

    python -m tests.benchmarks start [--quick] [--json FILE]

From the start of the process to the answer of `GET /v2`, which a fresh sandbox gives through the gateway. The floor is
a Python that imports boto3 and moto's server, without which there is no AWS to answer. Beside the time that passes
there is what the processors spent, from the start to the end: other work on the machine changes that less.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from infra.local import running
from serin.errors import Unavailable
from tests.benchmarks.blocks import Block, Floats, Rounds, measure, ratio, summary
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, table

__all__ = ["tables"]

_FLOOR = "boto3 and moto's server imported"
_IMPORTS = "import boto3, moto.server"
_STARTS = ("first start", "template kept")


def tables(quick: bool = False) -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-start-") as name:
        taken = measure(_ways(Path(name)), 2 if quick else 5, 1)
    passed, spent = ({way: [one[line] for one in rounds] for way, rounds in taken.items()} for line in (0, 1))
    print(
        "From the start of `serin up` to its first answer, seconds; and what the processors spent on it, to its end\n"
    )
    table(
        ("", "median", "lowest round", "highest round", "processors"),
        [_row(way, passed[way], spent[way]) for way in taken],
    )
    return {
        "lines": [line for way in _STARTS for line in _lines(way, passed, spent)],
        **{way: {"passed": summary(passed[way]), "processors": summary(spent[way])} for way in taken},
    }


def _ways(folder: Path) -> Mapping[str, Block]:
    """With bytecode, as where it is installed, which a first start that is not counted has written."""
    home = folder / "home"
    env = running.environment() | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "SERIN_HOME": str(home)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)

    def first(times: int) -> Floats:
        shutil.rmtree(home / "assemblies", ignore_errors=True)
        return _start(env, home)

    first(1)
    _import(env)
    return {"floor": lambda _: _import(env), "first start": first, "template kept": lambda _: _start(env, home)}


def _start(env: Mapping[str, str], home: Path) -> Floats:
    def answered(said: IO[bytes]) -> None:
        if not any(line.startswith(b"ready") for line in said):
            raise Unavailable("the local cloud did not start")
        cloud = running.read(home)
        assert cloud
        headers = {"x-api-key": next(iter(cloud.keys.values()))}
        with urllib.request.urlopen(urllib.request.Request(f"{cloud.api_url}/v2", headers=headers)) as answer:
            assert answer.status == 200

    return _timed(["-m", "infra.cli.main", "up"], env, answered)


def _import(env: Mapping[str, str]) -> Floats:
    return _timed(["-c", _IMPORTS], env, lambda said: said.read())


def _timed(words: Sequence[str], env: Mapping[str, str], until: Callable[[IO[bytes]], object]) -> Floats:
    """Of a Python: the seconds that passed until then; and those of processors, with all its children, to its end."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    try:
        until(process.stdout)
        passed = time.perf_counter() - began
    finally:
        os.kill(process.pid, signal.SIGTERM)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    return np.array([[passed], [used.ru_utime + used.ru_stime]])


def _row(way: str, passed: Rounds, spent: Rounds) -> tuple[object, ...]:
    found = summary(passed)
    return way, found["median"], found["lowest_median"], found["highest_median"], summary(spent)["median"]


def _lines(way: str, passed: Mapping[str, Rounds], spent: Mapping[str, Rounds]) -> list[Line]:
    name = f"serin up, {way}"
    return [
        Line.of(
            f"{name}: first answer", "s", _FLOOR, passed[way], passed["floor"], ratio(passed[way], passed["floor"])
        ),
        Line.of(f"{name}: processors", "s", _FLOOR, spent[way], spent["floor"], ratio(spent[way], spent["floor"])),
    ]
