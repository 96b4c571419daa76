"""Is a kept assembly the one that was made, whoever else makes one, and whatever happened to the process?"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.running import environment
from infra.template_cache import KEPT, kept

_SLEEPER = """
import sys, time
from pathlib import Path
from infra.template_cache import kept
def make(target):
    target.mkdir(parents=True)
    (target / "half").write_text("of it")
    print("begun", flush=True)
    time.sleep(600)
kept(Path(sys.argv[1]), lambda: "key", make)
"""


class Maker:
    """Writes an assembly of two files, and counts."""

    def __init__(self, content: str = "template") -> None:
        self.content, self.times = content, 0

    def __call__(self, target: Path) -> None:
        self.times += 1
        (target / "asset.1").mkdir(parents=True)
        (target / "manifest.json").write_text(self.content)
        (target / "asset.1" / "code.py").write_text("code")


def test_the_same_key_is_made_once(tmp_path: Path) -> None:
    """And another one anew."""
    first, second = Maker("a"), Maker("b")
    assembly = kept(tmp_path, lambda: "1", first)
    assert kept(tmp_path, lambda: "1", second) == assembly
    assert (assembly / "manifest.json").read_text() == "a"
    assert (kept(tmp_path, lambda: "2", second) / "manifest.json").read_text() == "b"
    assert (first.times, second.times) == (1, 1)


def _cut(assembly: Path) -> None:
    (assembly / "manifest.json").write_text("templ")


def _lose(assembly: Path) -> None:
    (assembly / "asset.1" / "code.py").unlink()


def _add(assembly: Path) -> None:
    (assembly / "asset.1" / "more.py").write_text("")


def _undo(assembly: Path) -> None:
    (assembly.parent / "digests.json").unlink()


def _spoil(assembly: Path) -> None:
    (assembly.parent / "digests.json").write_text("{")


@pytest.mark.parametrize("damage", [_cut, _lose, _add, _undo, _spoil])
def test_what_is_damaged_is_made_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """A file that is shorter, gone or new, and digests that are gone or no JSON."""
    make = Maker()
    damage(kept(tmp_path, lambda: "1", make))
    assembly = kept(tmp_path, lambda: "1", make)
    assert make.times == 2
    assert (assembly / "manifest.json").read_text() == "template"
    assert [one.name for one in (assembly / "asset.1").iterdir()] == ["code.py"]


def test_what_fails_keeps_nothing(tmp_path: Path) -> None:
    """The next who asks tries again."""

    def fail(target: Path) -> None:
        Maker()(target)
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        kept(tmp_path, lambda: "1", fail)
    assert [one.name for one in tmp_path.iterdir()] == [".lock"]
    assert kept(tmp_path, lambda: "1", Maker()).is_dir()


def test_a_change_while_it_is_made_makes_it_again(tmp_path: Path) -> None:
    """Nobody knows which state it was made from: it is kept under neither key."""
    keys = iter(["before", "after", "after"])
    make = Maker()
    assembly = kept(tmp_path, lambda: next(keys), make)
    assert (assembly.parent.name, make.times) == ("after", 2)
    assert not (tmp_path / "before").exists()


def test_who_asks_at_the_same_time_waits_and_takes_it(tmp_path: Path) -> None:
    """However many there are, it is made once."""
    make = Maker()
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: kept(tmp_path, lambda: "1", make), range(16)))
    assert (len(found), make.times) == (1, 1)


def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither its lock, nor what it had begun."""
    command = [sys.executable, "-c", _SLEEPER, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
    assert process.stdout
    assert process.stdout.readline() == b"begun\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert len(list(tmp_path.glob(".begun-*"))) == 1
    make = Maker()
    assert (kept(tmp_path, lambda: "key", make) / "manifest.json").read_text() == "template"
    assert sorted(one.name for one in tmp_path.iterdir()) == [".lock", "key"]


def test_those_used_last_stay(tmp_path: Path) -> None:
    """The one that is used now is never removed."""
    make = Maker()
    for number in range(KEPT):
        os.utime(kept(tmp_path, lambda: str(number), make).parent, (number, number))  # noqa: B023 - called at once
    kept(tmp_path, lambda: "0", make)
    kept(tmp_path, lambda: "new", make)
    assert {one.name for one in tmp_path.iterdir() if one.is_dir()} == {"0", "2", "new"}
    assert make.times == KEPT + 1
