"""How can `serin --help` name a command that nobody has imported? What it says of one is read from the source.

A module is imported when its command is run, so that no command waits for what another one needs.
"""

import ast
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

__all__ = ["Later", "add", "docstring"]

Function = Callable[..., int | None]


class Later(TyperCommand):
    """Stands in a list of commands for one whose module is not imported yet: its callback returns the real one."""

    @property
    def help(self) -> str:
        """Read when a list is shown, and not before. What typer would set here is the docstring of `load`."""
        return docstring(*self.callback.function) if self.callback else ""

    @help.setter
    def help(self, _: object) -> None: ...

    @cached_property
    def real(self) -> Any:
        """The command, or the group of them, from its module."""
        assert self.callback
        return self.callback()

    def make_context(self, *given: Any, **more: Any) -> Any:
        """Called for whatever is asked of a command, its own help too; what it returns belongs to the real one."""
        return self.real.make_context(*given, **more)


def add(app: typer.Typer, name: str, function: str, made: Callable[[Function], Any], panel: str | None = None) -> None:
    """Name a command that is made, when it is run, from a `function` written as `module.name`."""
    module, _, attribute = function.rpartition(".")

    def load() -> Any:
        return made(getattr(import_module(module), attribute))

    load.function = (module, attribute)
    app.command(name, cls=Later, rich_help_panel=panel)(load)


def docstring(module: str, function: str) -> str:
    """Of a function at the top of a module that is not imported for it."""
    found = find_spec(module)
    assert found
    assert found.origin
    for node in ast.parse(Path(found.origin).read_bytes()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return ast.get_docstring(node) or ""
    raise LookupError(f"no function {function} in {module}")
