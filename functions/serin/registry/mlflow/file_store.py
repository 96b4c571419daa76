"""A run as MLflow's file store keeps it: a folder for each experiment, a file for each parameter, metric and tag."""

import math
from collections.abc import Iterator
from pathlib import Path

from serin.registry.folder import Limits, read_file
from serin.registry.mlflow.mlmodel import MlModel, document_in
from serin.registry.mlflow.run import Dataset, Metric, Run, of_model, rows_of

__all__ = ["stored_run"]

_META = "meta.yaml"


def stored_run(model: MlModel) -> Run | None:
    """None where no folder of its run is around it."""
    parents = model.folder.resolve().parents
    runs = (parent / model.run_id for parent in parents if model.run_id)
    run = next((one for one in runs if (one / _META).is_file()), None)
    if run is None:
        return None
    logged = parents[0] if (parents[0] / _META).is_file() else None  # MLflow 3 keeps a record of the model too
    return Run(
        params=_texts(run / "params") | (_texts(logged / "params") if logged else {}),
        metrics=of_model(_lines(run / "metrics", 3), _lines(logged / "metrics", 4) if logged else ()),
        tags=_texts(run / "tags") | (_texts(logged / "tags") if logged else {}),
        datasets=tuple(_datasets(run)),
    )


def _texts(folder: Path) -> dict[str, str]:
    """By path, as the name of a parameter may have a slash."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): _text(path) for path in files if not path.name.startswith(".")}


def _text(path: Path) -> str:
    data = read_file(path, Limits().document) if path.stat().st_size else b""
    return data.decode(errors="replace").rstrip("\n")


def _lines(folder: Path, before: int) -> Iterator[Metric]:
    """A line is time, value, step, of a model also its run; then the data set's name and digest, if they are known."""
    for name, lines in _texts(folder).items():
        for line in lines.splitlines():
            words = line.split(" ")
            try:
                at, value, step = int(words[0]), float(words[1]), int(words[2])
            except (IndexError, ValueError):
                continue
            if math.isfinite(value):
                yield Metric(name, value, (step, at), words[-1] if len(words) > before + 1 else "")


def _datasets(run: Path) -> Iterator[Dataset]:
    for path in sorted((run / "inputs").glob(f"*/{_META}")):
        told = document_in(path.parent, _META)
        folder = run.parent / "datasets" / Path(str(told.get("source_id"))).name
        if (folder / _META).is_file():
            found = document_in(folder, _META)
            context = (told.get("tags") or {}).get("mlflow.data.context", "")
            yield Dataset(str(found.get("name")), str(found.get("digest")), rows_of(found.get("profile")), str(context))
