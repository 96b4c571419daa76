"""Does the README say what is true?"""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from infra.cli.main import app
from tests.benchmarks.catalog import ALL, GROUPS
from tests.benchmarks.line import HEAD

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def _commands() -> set[str]:
    return set(get_command(app).commands)


def test_every_command_is_in_the_readme() -> None:
    """A command that nobody can find does not exist for a user."""
    assert _commands() == set(re.findall(r"^\| `serin ([\w-]+)", README, re.MULTILINE))


def test_every_command_that_the_readme_types_exists() -> None:
    """A reader who types what the README shows never gets `No such command`."""
    code = "\n".join(re.findall(r"`[^`\n]+`|^    .*$", README, re.MULTILINE))
    assert set(re.findall(r"\bserin ([a-z-]+)\b", code)) <= _commands()


def test_every_benchmark_is_in_the_readme() -> None:
    """The table of `python -m tests.benchmarks` says what each tells."""
    section = README.partition("## How fast\n")[2].partition("\n## ")[0]
    assert ALL.keys() == set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE))


def test_the_figures_are_those_that_the_benchmarks_print() -> None:
    """With the command, the date and the machine above them: pasted, not written."""
    quoted = r"^Measured with `python -m tests\.benchmarks [^`]*`: date \d{4}-\d\d-\d\d, cores .*\.\n\n(.*)\n"
    heads = re.findall(quoted, README, re.MULTILINE)
    assert heads == [f"| {' | '.join(HEAD)} |"]


def test_every_benchmark_that_the_readme_types_exists() -> None:
    """Whoever types what the README shows gets figures."""
    typed = re.findall(r"python -m tests\.benchmarks((?: [a-z][a-z-]*)*)", README)
    assert {name for names in typed for name in names.split()} <= {*ALL, *GROUPS}


@pytest.mark.parametrize("path", re.findall(r"`((?:functions|infra|events|tests)/[\w/.*-]*)`", README))
def test_every_path_in_the_readme_exists(path: str) -> None:
    """`Where is…?` points at places that are there."""
    assert list(ROOT.glob(path.rstrip("/")))
