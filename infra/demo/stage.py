"""Where does the rehearsal play? On a local cloud of its own, driven by the same commands that a user types."""

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra import app
from infra.demo.traffic import Endpoint
from infra.local.running import Running
from serin.errors import SerinError

__all__ = ["COMMAND_TIMEOUT_S", "MODEL", "Stage", "typed"]

MODEL = "flights"
COMMAND_TIMEOUT_S = 180


@dataclass(frozen=True)
class Stage:
    """A folder for everything the rehearsal makes, a console to tell it on, and the local cloud it plays on."""

    folder: Path
    home: Path
    console: Console
    cloud: Running

    def serin(self, *words: str, ends: int = 0, told: bool = False, cloud: bool = True) -> dict[str, Any]:
        """Run one `serin … --local` command as a user would and return what it says; without `--local` where it needs
        no `cloud`, but beside the cdk.json that this stage is made from.

        `ends` is the exit code that it has to end with; `told` that it tells its result all the same, as a command that
        finds a difference does. Raises SerinError with the command's own sentence when it ends with another code.
        """
        self.console.print(typed(words, cloud=cloud), style="bold", highlight=False, markup=False)
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", *words, *_where(cloud), "--json"],
            env=os.environ | {"SERIN_HOME": str(self.home)},
            cwd=None if cloud else app.ROOT,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        if done.returncode != ends:
            said = done.stderr.decode().strip() or "it says that all went well"
            raise SerinError(f"`serin {shlex.join(words)}` ended with {done.returncode}, not {ends}: {said}")
        answer: dict[str, Any] = orjson.loads(done.stderr if ends and not told else done.stdout)
        return answer

    def quietly(self, *words: str) -> dict[str, Any]:
        """The same without a word on the console, for what is waited for. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli.main", *words, "--local", "--json"],
            env=os.environ | {"SERIN_HOME": str(self.home)},
            capture_output=True, timeout=COMMAND_TIMEOUT_S, check=True,
        )  # fmt: skip
        found: dict[str, Any] = orjson.loads(done.stdout)
        return found

    @property
    def endpoint(self) -> Endpoint:
        """Where clients send."""
        key = next(iter(self.cloud.keys.values()))
        return Endpoint(self.cloud.api_url.removeprefix("http://"), key, MODEL, input_name="X")

    def chapter(self, name: str) -> None:
        self.console.print()
        self.console.rule(f"[bold]{name}[/bold]")

    def scene(self, title: str) -> None:
        self.console.print(f"\n[bold cyan]{title}[/bold cyan]")

    def tell(self, sentence: str) -> None:
        self.console.print(Padding(escape(sentence), (0, 0, 0, 2), expand=False), highlight=False)

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


def typed(words: Sequence[str], *, cloud: bool = True) -> str:
    """As one would type it, on lines that a terminal can show."""
    command = " ".join(["$ serin", *map(_quoted, words), *_where(cloud)])
    together = re.sub(r"(--\S+) (?!--)", rf"\1{_STUCK}", command)  # an option and its value
    lines = textwrap.wrap(together, 74, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return textwrap.indent(" \\\n".join(lines), "  ").replace(_STUCK, " ")


def _where(cloud: bool) -> list[str]:
    return ["--local"] if cloud else []


def _quoted(word: str) -> str:
    """In double quotes where that is enough: there a line may be broken, and a single quote stays readable."""
    return f'"{word}"' if " " in word and not set(word) & set('"$`\\!') else shlex.quote(word)


_STUCK = "\N{NO-BREAK SPACE}"
