"""How a command talks: its result on stdout, for people or as one JSON document; everything else on stderr."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.status import Status

from infra.local.running import default_home
from serin.errors import BadRequest, SerinError

__all__ = ["Voice"]


def _console() -> Console:
    """Whoever reads a pipe has no width: tables get enough not to be cut off."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=200)


@dataclass
class Voice:
    """`as_json` for programs: then progress is shown on a terminal only."""

    as_json: bool = False
    out: Console = field(default_factory=_console)
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    _status: Status | None = None

    def result(self, document: Any, *pictures: RenderableType) -> None:
        """The document for a program, the pictures for a person."""
        if self.as_json:
            sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
            return
        for picture in pictures:
            self.out.print(picture, soft_wrap=isinstance(picture, str))

    @contextmanager
    def progress(self, what: str) -> Iterator[None]:
        if not self.err.is_terminal:
            yield
            return
        with self.err.status(escape(what)) as self._status:
            yield
        self._status = None

    def write(self, path: Path, text: str) -> None:
        """Raises BadRequest where that can't be."""
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise BadRequest(f"{path} can't be written: {error.strerror}.") from error
        self.step(f"wrote {path}")

    def step(self, what: str) -> None:
        if self.as_json and not self.err.is_terminal:
            return
        self.err.print(f"  [dim]{escape(what)}[/dim]", soft_wrap=True)
        if self._status:
            self._status.update(escape(what))

    def warn(self, what: str) -> None:
        if not self.as_json:
            self.err.print(f"[yellow]warning:[/yellow] {escape(what)}", soft_wrap=True)

    def failure(self, error: SerinError) -> int:
        """Say it; return the exit code."""
        return self._say(str(error), type(error).__name__, error.exit_code)

    def surprise(self, error: Exception, code: int = 1) -> int:
        """A defect: a sentence, and where its traceback is."""
        sentence = f"Serin failed in a way it did not foresee ({type(error).__name__}: {error})."
        return self._say(f"{sentence} The details are in {_log(error)}.", "Unexpected", code)

    def _say(self, sentence: str, kind: str, code: int) -> int:
        if self.as_json:
            document = {"error": sentence, "type": kind, "exit_code": code}
            sys.stderr.write(orjson.dumps(document).decode() + "\n")
        else:
            self.err.print(f"[red]error:[/red] {escape(sentence)}", soft_wrap=True)
        return code


def _log(error: Exception) -> Path:
    folder = default_home() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"serin-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.log"
    path.write_text(" ".join(sys.argv) + "\n\n" + "".join(traceback.format_exception(error)))
    return path
