"""From which code was a model trained, and was that code committed?"""

from dataclasses import dataclass

from serin.errors import InvalidModel
from serin.registry.fields import load, table
from serin.registry.toml_file import written

__all__ = ["CodeState", "states_commit", "with_code"]

_SHOWN = 5
_SHORTEST = 7


@dataclass(frozen=True)
class CodeState:
    """The commit that a work tree is at, and which files were `changed` since; `diff_sha256` tells changes apart."""

    commit: str
    changed: tuple[str, ...] = ()
    diff_sha256: str = ""


def states_commit(manifest: bytes) -> bool:
    return bool(table(load(manifest), "training").get("commit"))


def with_code(manifest: bytes, code: CodeState | None, *, allow_dirty: bool) -> bytes:
    """model.toml with the commit of this code, where it names none.

    Raises InvalidModel where the two disagree, and for code that was not committed, unless that is allowed: then it is
    recorded.
    """
    raw = load(manifest)
    stated = table(raw, "training")
    training = stated | (_of(code, stated.get("commit")) if code else {})
    if training.get("dirty") is True and not allow_dirty:
        what = _few(code.changed) if code and code.changed else "model.toml says [training] dirty = true"
        raise InvalidModel(
            f"The training code was changed after its commit ({what}): commit the changes and train again, "
            "or register with --allow-dirty, which is recorded."
        )
    return manifest if training == stated else written({**raw, "training": training})


def _of(code: CodeState, stated: object) -> dict[str, object]:
    if stated and not _same(str(stated), code.commit):
        raise InvalidModel(
            f"model.toml says [training] commit = {stated!r}, but the work tree is at {code.commit}: "
            "check out that commit, or correct the field."
        )
    commit = {} if stated else {"commit": code.commit}
    return commit | ({"dirty": True, "diff_sha256": code.diff_sha256} if code.changed else {})


def _same(stated: str, commit: str) -> bool:
    """Git takes a commit by the beginning of its name too."""
    return len(stated) >= min(_SHORTEST, len(commit)) and commit.startswith(stated.lower())


def _few(names: tuple[str, ...]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
