"""Was this template synthesized before? Assemblies by the key of all that they depend on, in a folder of a home.

One at a time looks and makes. An entry appears whole or not at all, and is read again only as it was written.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

__all__ = ["KEPT", "kept"]

KEPT = 3
"""As many assemblies stay, those used last."""
_ASSEMBLY, _DIGESTS, _BEGUN = "cdk.out", "digests.json", ".begun-"


def kept(folder: Path, key: Callable[[], str], make: Callable[[Path], object]) -> Path:
    """The assembly under the key of this moment: as it was kept, or else made anew by `make`, which is given where to.

    Where something changed the key meanwhile, nobody knows what was made, and it is made again. What `make` raises is
    raised, and nothing is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        entry = folder / key()
        while not _whole(entry):
            with _begun(folder) as begun:
                make(begun / _ASSEMBLY)
                entry, before = folder / key(), entry
                if entry == before:
                    _keep(begun, entry)
        os.utime(entry)
        _tidy(folder)
    return entry / _ASSEMBLY


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The system gives the lock up with the process, however that ends."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _whole(entry: Path) -> bool:
    try:
        written = orjson.loads((entry / _DIGESTS).read_bytes())
        return bool(written) and written == _digests(entry / _ASSEMBLY)
    except (OSError, orjson.JSONDecodeError):
        return False


def _digests(assembly: Path) -> dict[str, str]:
    files = [Path(where, name) for where, _, names in os.walk(assembly) for name in names]
    return {str(one.relative_to(assembly)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


@contextmanager
def _begun(folder: Path) -> Iterator[Path]:
    begun = Path(tempfile.mkdtemp(prefix=_BEGUN, dir=folder))
    try:
        yield begun
    finally:
        shutil.rmtree(begun, ignore_errors=True)


def _keep(begun: Path, entry: Path) -> None:
    (begun / _DIGESTS).write_bytes(orjson.dumps(_digests(begun / _ASSEMBLY)))
    shutil.rmtree(entry, ignore_errors=True)
    begun.rename(entry)


def _tidy(folder: Path) -> None:
    """What a killed process began, and what was not used for longest."""
    entries = sorted((one for one in folder.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    begun = [one for one in entries if one.name.startswith(_BEGUN)]
    whole = [one for one in entries if one not in begun]
    for one in begun + whole[:-KEPT]:
        shutil.rmtree(one, ignore_errors=True)
