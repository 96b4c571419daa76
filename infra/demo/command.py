"""The rehearsal that `serin demo` runs: chapters on a private local cloud, and whether all of it came out right."""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape

from infra import app
from infra.demo.canary import canary
from infra.demo.crash import crash
from infra.demo.drift import drift
from infra.demo.gates import gates
from infra.demo.harm import harm
from infra.demo.outcomes import outcomes
from infra.demo.recipes import BETTER, FIRST, MIXED, training_aside
from infra.demo.serve import serve
from infra.demo.spend import spend
from infra.demo.stage import Stage
from infra.demo.versions import Versions
from infra.local import running
from serin.errors import BadRequest

__all__ = ["CHAPTERS", "run"]

CHAPTERS: dict[str, Callable[[Stage, Versions], dict[str, Any]]] = {
    "serve": serve,
    "outcomes": outcomes,
    "drift": drift,
    "gates": gates,
    "canary": canary,
    "harm": harm,
    "crash": crash,
    "spend": spend,
}
"""Each chapter by name, in the order in which they are played; every one sets up for itself what it needs."""

_RECIPES = {"gates": (BETTER, MIXED), "canary": (BETTER,), "harm": (MIXED,)}
"""What each chapter needs besides the first version."""

_BESIDE = {"outcomes", "drift", "gates"}
"""Chapters that measure no latency under traffic: what later ones need is trained while they are played."""

_ALARMS_PER_MONTH = 0.2
_TICK_S = 1.5
"""Seconds that a minute of the controller lasts: it looks, and its metrics are cut, as often as that."""


def run(*, as_json: bool, home: Path | None, chapters: Sequence[str]) -> int:
    """Run the named chapters (all when none is named), each once; 0 when every answer was right, else 1.

    With `home`, everything the rehearsal makes stays there; without, it is removed at the end.
    Raises BadRequest for a chapter that does not exist.
    """
    unknown = sorted(set(chapters) - set(CHAPTERS))
    if unknown:
        raise BadRequest(f"no chapter named {unknown[0]!r}: the demo has {', '.join(CHAPTERS)}")
    console = Console(stderr=as_json)
    chosen = [name for name in CHAPTERS if name in chapters or not chapters]
    if home is not None:
        return _play(home.resolve(), console, chosen, as_json=as_json)
    with tempfile.TemporaryDirectory(prefix="serin-demo-") as folder:
        return _play(Path(folder), console, chosen, as_json=as_json)


def _play(folder: Path, console: Console, chapters: Sequence[str], *, as_json: bool) -> int:
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        trainer = stack.enter_context(training_aside())
        trainer.begin(FIRST)
        with console.status("synthesizing the template and starting a local cloud for this rehearsal"):
            assembly = app.build(folder / "cdk.out", _settings(), nag=False)
            cloud = stack.enter_context(running.launch(assembly, folder / "home", tick=_TICK_S))
        stage = Stage(folder=folder, home=folder / "home", console=console, cloud=cloud)
        stage.tell(f"local cloud at {cloud.api_url}, from the same template that `cdk deploy` takes")
        versions = Versions(stage, trainer)
        told = {}
        for name in chapters:
            stage.chapter(name)
            if name in _BESIDE:
                trainer.begin(*(recipe for later in chapters for recipe in _RECIPES.get(later, ())))
            else:
                trainer.settle()
            began_chapter = time.perf_counter()
            told[name] = CHAPTERS[name](stage, versions)
            told[name]["seconds"] = round(time.perf_counter() - began_chapter, 1)
    return _close(told, round(time.perf_counter() - began, 1), console, as_json=as_json)


def _settings() -> dict[str, Any]:
    """cdk.json's own, but for a budget of false alarms as it suits twenty windows."""
    settings = orjson.loads((app.ROOT / "cdk.json").read_bytes())["context"]["serin"]
    settings["endpoints"][0]["drift"] = {"alarms_per_month": _ALARMS_PER_MONTH}
    return {"serin": settings}


def _close(told: dict[str, dict[str, Any]], seconds: float, console: Console, *, as_json: bool) -> int:
    mismatches = sum(chapter["mismatches"] for chapter in told.values())
    errors = sum(chapter["errors"] for chapter in told.values())
    if as_json:
        summary = {"mismatches": mismatches, "errors": errors, "seconds": seconds, "chapters": told}
        sys.stdout.write(orjson.dumps(summary, option=orjson.OPT_INDENT_2).decode() + "\n")
    if mismatches or errors:
        first = next((chapter["first_error"] for chapter in told.values() if chapter["first_error"]), "none")
        bad = [name for name, chapter in told.items() if chapter["mismatches"] or chapter["errors"]]
        console.print(
            f"\n[bold red]Mismatches: {mismatches}, errors: {errors}[/bold red], in {', '.join(bad)}; {seconds} s; "
            f"first error: {escape(first)}"
        )
        return 1
    console.print(f"\n[bold green]Every answer was the trainer's own.[/bold green] {seconds} s in all.")
    console.print("Next: `serin up` keeps a local cloud running; `serin register`, `serin deploy`, `serin predict`.")
    return 0
