"""What would model.toml say, going by what MLflow kept?"""

import math
import re
from typing import Any

from serin.registry.folder import Limits, read_file
from serin.registry.lineage import UNRECORDED
from serin.registry.mlflow.mlmodel import MlModel
from serin.registry.mlflow.run import Run
from serin.serving.signature import Signature

__all__ = ["fields_of"]

_SEEDS = ("random_state", "seed", "random_seed")
_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?:==\s*)?([^;#\s]+)")
_WHOLE = re.compile(r"[+-]?\d{1,18}")


def fields_of(model: MlModel, run: Run, signature: Signature) -> dict[str, Any]:
    """What model.toml would say, but the features."""
    hyperparameters = {name: _typed(value) for name, value in sorted(run.params.items())}
    seed = next((hyperparameters[name] for name in _SEEDS if type(hyperparameters.get(name)) is int), None)
    fields: dict[str, Any] = {
        "task": _task(signature),
        "seed": seed,
        "training": _training(model, run),
        "data": _data(run),
        "libraries": _libraries(model),
        "hyperparameters": hyperparameters,
    }
    return {name: value for name, value in fields.items() if value not in (None, {})}


def _task(signature: Signature) -> str:
    names = [spec.name.lower() for spec in signature.outputs]
    return "classification" if any("label" in name or "prob" in name for name in names) else "regression"


def _training(model: MlModel, run: Run) -> dict[str, Any]:
    tags = run.tags
    dirty = any(tags.get(f"mlflow.{name}", "").lower() == "true" for name in ("source.git.dirty", "git.dirty"))
    found = {
        "commit": tags.get("mlflow.source.git.commit", ""),
        "dirty": dirty,
        "source": tags.get("mlflow.source.name", ""),
        "mlflow_run": model.run_id,
        "mlflow_model": model.model_id,
    }
    return {name: value for name, value in found.items() if value}


def _data(run: Run) -> dict[str, Any]:
    """MLflow's digest is shorter than a SHA-256 and of its own kind, so it says whose it is."""
    dataset = run.trained_on
    if dataset is None:
        return {"sha256": UNRECORDED}
    found = {"sha256": f"mlflow:{dataset.digest}", "name": dataset.name}
    return found | ({"rows": dataset.rows} if dataset.rows else {})


def _libraries(model: MlModel) -> dict[str, str]:
    path = model.folder / "requirements.txt"
    lines = read_file(path, Limits().document).decode(errors="replace").splitlines() if path.is_file() else []
    found = {match[1]: match[2] for line in lines if (match := _REQUIREMENT.match(line.strip()))}
    return ({"python": model.python} if model.python else {}) | found


def _typed(value: str) -> str | int | float | bool:
    """MLflow keeps every parameter as text."""
    if value in ("True", "False"):
        return value == "True"
    if _WHOLE.fullmatch(value):
        return int(value)
    try:
        number = float(value) if "_" not in value else math.nan
    except ValueError:
        return value
    return number if math.isfinite(number) else value
