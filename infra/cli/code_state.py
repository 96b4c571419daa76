"""At which commit is the code in a folder, and what is not committed there? Asked of git, without changing anything."""

import hashlib
import os
import subprocess
from contextlib import suppress
from pathlib import Path

from serin.errors import InvalidSettings
from serin.registry.training_code import CodeState

__all__ = ["code_state"]

_TIMEOUT_S = 60


def code_state(folder: Path, leave_out: Path | None = None) -> CodeState | None:
    """None without git, outside a work tree, and before the first commit.

    `leave_out` is a folder that is no code though it may lie among it: the model's own. Raises InvalidSettings when git
    doesn't answer in time.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if top is None or commit is None:
        return None
    root = Path(os.fsdecode(top.rstrip(b"\n")))
    where = ["--", ".", *_exclusion(root, leave_out)]
    changed = _git(root, "diff", "--name-only", "-z", "HEAD", *where)
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z", *where)
    diff = _git(root, "diff", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD", *where)
    if changed is None or untracked is None or diff is None:
        raise InvalidSettings(f"git can't say what was changed in {root}: run `git status` there to see why.")
    names = tuple(name.decode(errors="replace") for name in (changed + untracked).split(b"\0") if name)
    return CodeState(commit.decode().strip(), names, _hash_of(root, diff, untracked))


def _hash_of(root: Path, diff: bytes, untracked: bytes) -> str:
    """Of all changes. git has no diff of what it does not track: names and contents stand for it."""
    digest = hashlib.sha256(diff)
    for name in filter(None, untracked.split(b"\0")):
        digest.update(b"\0" + name + b"\0")
        path = root / os.fsdecode(name)
        with suppress(OSError):  # gone by now, or not to be read: its name stays
            digest.update(os.fsencode(path.readlink()) if path.is_symlink() else _content_hash(path))
    return digest.hexdigest()


def _content_hash(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _exclusion(root: Path, leave_out: Path | None) -> list[str]:
    found = leave_out.resolve() if leave_out else root
    if found == root or not found.is_relative_to(root):
        return []
    return [f":(exclude,top,literal){found.relative_to(root)}"]


def _git(folder: Path, *words: str) -> bytes | None:
    """What it says; None when it is missing or refuses."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True, timeout=_TIMEOUT_S, check=False, env=os.environ | {"GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except OSError:
        return None
    except subprocess.TimeoutExpired as error:
        raise InvalidSettings(f"git did not answer in {_TIMEOUT_S} s in {folder}: run `git status` there.") from error
    return done.stdout if done.returncode == 0 else None
