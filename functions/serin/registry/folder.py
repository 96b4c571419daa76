"""Reading a model folder without running anything in it: which files are there, and may they be used?"""

import os
import stat
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from serin.errors import InvalidModel

__all__ = ["FILES", "Limits", "ModelFolder", "read_file", "read_folder"]

_REQUIRED = ("model.onnx", "model.toml", "golden.json")
_BASELINES = ("baseline.parquet", "baseline.csv")
_OPTIONAL = ("evidence.json", *_BASELINES)
FILES = frozenset((*_REQUIRED, *_OPTIONAL))
"""The names that mean something in a model folder."""
_PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle", ".sav", ".pt", ".pth"}
_WHERE_FROM = {
    "model.onnx": "export the model to ONNX, for example with skl2onnx.to_onnx",
    "model.toml": "write the manifest: task, [[features]], [training] commit, [data] sha256",
    "golden.json": "store a few inputs with the outputs you expect for them",
}


@dataclass(frozen=True)
class Limits:
    """The most bytes that a file may have. A function has 512 MB in /tmp and holds the model in memory."""

    artifact: int = 250 * 2**20
    baseline: int = 250 * 2**20
    document: int = 5 * 2**20

    def of(self, name: str) -> int:
        if name == "model.onnx":
            return self.artifact
        return self.baseline if name in _BASELINES else self.document


@dataclass(frozen=True)
class ModelFolder:
    """The bytes of each known file, read once, and what was odd about the rest."""

    path: Path
    artifact: bytes
    manifest: bytes
    golden: bytes
    evidence: bytes | None
    baseline: bytes | None
    baseline_format: str | None
    warnings: tuple[str, ...]


def read_folder(path: Path, limits: Limits | None = None) -> ModelFolder:
    """Raise InvalidModel for links, pickles, missing or oversized files."""
    if not path.is_dir():
        raise InvalidModel(f"{path} is not a folder: give the folder that holds model.onnx.")
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    for entry in entries:
        _refuse_links_and_pickles(entry)
    names = [entry.name for entry in entries]
    _require_known(path, names)
    files = {
        name: read_file(path / name, (limits or Limits()).of(name))
        for name in (*_REQUIRED, *_OPTIONAL)
        if name in names
    }
    baseline = next((name for name in _BASELINES if name in files), None)
    return ModelFolder(
        path=path,
        artifact=files["model.onnx"],
        manifest=files["model.toml"],
        golden=files["golden.json"],
        evidence=files.get("evidence.json"),
        baseline=files[baseline] if baseline else None,
        baseline_format=baseline.rpartition(".")[2] if baseline else None,
        warnings=tuple(f"{name} is not part of a model folder and is left out." for name in _unknown(names)),
    )


def _unknown(names: list[str]) -> list[str]:
    return [name for name in names if name not in (*_REQUIRED, *_OPTIONAL)]


def _require_known(path: Path, names: list[str]) -> None:
    for name in _REQUIRED:
        if name not in names:
            raise InvalidModel(f"{name} is missing in {path}: {_WHERE_FROM[name]}.")
    if all(name in names for name in _BASELINES):
        raise InvalidModel(f"{path} has baseline.parquet and baseline.csv: keep one of them.")


def _refuse_links_and_pickles(entry: Path) -> None:
    if entry.is_symlink():
        raise InvalidModel(f"{entry.name} is a symbolic link: put the file itself into the folder.")
    if entry.is_dir():
        return
    if not stat.S_ISREG(entry.stat().st_mode):
        raise InvalidModel(f"{entry.name} is not a regular file: remove it from the folder.")
    with entry.open("rb") as file:
        head = file.read(4)
    if entry.suffix.lower() in _PICKLE_SUFFIXES or _is_pickle(head, entry):
        raise InvalidModel(
            f"{entry.name} is a pickle, which can run any code when it is loaded: "
            "export the model to ONNX and remove this file."
        )


def _is_pickle(head: bytes, entry: Path) -> bool:
    if len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return True
    if head != b"PK\x03\x04":
        return False
    try:
        names = zipfile.ZipFile(BytesIO(entry.read_bytes())).namelist()
    except zipfile.BadZipFile:
        return False
    return any(name.endswith(".pkl") for name in names)


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a file that is no link. Raises InvalidModel when it has none, or more than the limit."""
    # The name was checked before; O_NOFOLLOW holds if it was swapped for a link in between.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise InvalidModel(
            f"{path.name} is over the limit of {limit:,} bytes: make it smaller, or raise the limit "
            "(--max-artifact-mb for the model) if the function can hold it."
        )
    if not data:
        raise InvalidModel(f"{path.name} is empty: {_WHERE_FROM.get(path.name, 'fill it or remove it')}.")
    return data
