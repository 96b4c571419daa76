"""Where does the rehearsal play? On a local cloud of its own, driven by the same commands that a user types."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.local.running import Running
from serin.errors import SerinError

__all__ = ["COMMAND_TIMEOUT_S", "Stage"]

COMMAND_TIMEOUT_S = 120


@dataclass(frozen=True)
class Stage:
    """A folder for everything the rehearsal makes, a console to tell it on, and the local cloud it plays on."""

    folder: Path
    home: Path
    console: Console
    cloud: Running

    def serin(self, *words: str) -> dict[str, Any]:
        """Run one `serin … --local` command as a user would and return what it says.

        Raises SerinError with the command's own sentence when it fails.
        """
        self.console.print(f"  [bold]$ serin {shlex.join(words)} --local[/bold]", highlight=False)
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", *words, "--local", "--json"],
            env=os.environ | {"SERIN_HOME": str(self.home)},
            capture_output=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            said = done.stdout.decode() + done.stderr.decode()
            raise SerinError(f"`serin {shlex.join(words)}` ended with {done.returncode}: {said.strip()}")
        answer: dict[str, Any] = orjson.loads(done.stdout)
        return answer

    def scene(self, title: str) -> None:
        self.console.print(f"\n[bold cyan]{title}[/bold cyan]")

    def tell(self, sentence: str) -> None:
        self.console.print(f"  {sentence}", highlight=False)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Callable[[object], None]]:
        """A bar for work that is counted: call what it yields with each thing that is done."""
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda _: bar.advance(task)
