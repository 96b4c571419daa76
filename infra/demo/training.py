"""How is the demo's model made, and what goes into the folder that `serin register` takes?"""

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline

from infra.demo import flights
from serin.registry.toml_file import written

__all__ = ["Trained", "fit", "train", "write_folder"]

SEED = 7
HYPERPARAMETERS = {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.1, "subsample": 0.5}
GOLDEN_ROWS = 8
BASELINE_ROWS = 20_000
_CARD = {
    "intended_use": "To warn passengers of a delay an hour before departure. Not for planning crews or aircraft.",
    "limitations": "It knows flights from New York City in 2013 only, and no airline, airport or storm since.",
}


@dataclass(frozen=True)
class Trained:
    """A fitted pipeline, what it was fitted on, and how well it does on held-out flights.

    `every` are the features of all flights, fitted on or `held`; `happened` and `times` are likewise of all.
    """

    pipeline: Pipeline
    months: tuple[int, ...]
    every: np.ndarray
    happened: np.ndarray
    times: np.ndarray
    held: np.ndarray
    auc: float

    @property
    def features(self) -> np.ndarray:
        return self.every[~self.held]

    @property
    def late(self) -> np.ndarray:
        return self.happened[~self.held]

    @property
    def held_out(self) -> int:
        return int(self.held.sum())


def train(months: Sequence[int], *, prepare: Callable[[np.ndarray], np.ndarray] = lambda rows: rows) -> Trained:
    """Fit on four fifths of the given months of 2013 and measure AUC on the rest.

    `prepare` is the training pipeline's own step: it takes and gives features as float32 [flights, 20]. Everything
    that comes out of the training has been through it, the serving inputs never are.
    """
    parts = [flights.month(number) for number in months]
    features = np.concatenate([part[0] for part in parts])
    late = np.concatenate([part[1] for part in parts])
    times = np.concatenate([flights.times(number) for number in months])
    return fit(months, prepare(features), late, times)


def fit(months: Sequence[int], features: np.ndarray, late: np.ndarray, times: np.ndarray) -> Trained:
    """The same for flights that are at hand: features as float32 [flights, 20], late and times as int64 [flights]."""
    held = np.random.default_rng(SEED).random(len(late)) < 0.2
    # keep_empty_features: a column without one value must stay a column, or the signature changes.
    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    pipeline = make_pipeline(imputer, GradientBoostingClassifier(random_state=SEED, **HYPERPARAMETERS))
    pipeline.fit(features[~held], late[~held])
    auc = float(roc_auc_score(late[held], pipeline.predict_proba(features[held])[:, 1]))
    return Trained(pipeline, tuple(months), features, late, times, held, auc)


def write_folder(trained: Trained, folder: Path, *, rewrite: Callable[[bytes], bytes] = lambda model: model) -> Path:
    """Write model.onnx, model.toml, golden.json, baseline.parquet and evidence.json; returns the folder.

    `rewrite` takes and gives the bytes of model.onnx, as a step after the export would.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = to_onnx(
        trained.pipeline,
        trained.features[:1],
        options={"zipmap": False},
        target_opset={"": 18, "ai.onnx.ml": 3},
    )
    (folder / "model.onnx").write_bytes(rewrite(model.SerializeToString()))
    (folder / "model.toml").write_bytes(_manifest(trained))
    (folder / "golden.json").write_bytes(_golden(trained, model.graph.input[0].name))
    _baseline(trained).to_parquet(folder / "baseline.parquet", index=False)
    (folder / "evidence.json").write_bytes(_evidence(trained))
    return folder


def _baseline(trained: Trained) -> pd.DataFrame:
    """Half of it held-out flights, and only these with what happened: on what it was fitted on a model looks better."""
    rng = np.random.default_rng(SEED)
    halves = [rng.permutation(np.flatnonzero(one))[: BASELINE_ROWS // 2] for one in (trained.held, ~trained.held)]
    rows = np.sort(np.concatenate(halves))
    frame = pd.DataFrame(trained.every[rows], columns=list(flights.FEATURES))
    late = np.where(trained.held[rows], trained.happened[rows].astype(np.float64), np.nan)
    return frame.assign(departs=pd.to_datetime(trained.times[rows], unit="s", utc=True), late=late)


def _manifest(trained: Trained) -> bytes:
    start, end = (f"2013-{month:02d}" for month in (trained.months[0], trained.months[-1]))
    digest = hashlib.sha256(flights.snapshot().read_bytes()).hexdigest()
    return written(
        {
            "task": "classification",
            "description": f"Will this flight arrive more than {flights.LATE_AFTER_MINUTES} minutes late?",
            "seed": SEED,
            "training": {"source": "infra/demo/training.py", "commit": _commit()},
            "data": {"sha256": digest, "rows": len(trained.late), "start": start, "end": end},
            "libraries": {name: version(name) for name in ("numpy", "pandas", "scikit-learn", "skl2onnx")},
            "preprocessing": {"missing": "median of the training rows, inside the model"},
            "hyperparameters": HYPERPARAMETERS,
            "baseline": {"time": "departs", "outcome": "late"},
            "outcomes": {"segments": ["origin_code"]},
            "card": _CARD,
            "features": [_feature(name) for name in flights.FEATURES],
        }
    )


def _feature(name: str) -> dict[str, object]:
    meaning = zip(("definition", "unit"), flights.DEFINITIONS.get(name, ()), strict=False)
    return {"name": name, "type": "float", "nullable": name in flights.NULLABLE, **dict(meaning)}


def _commit() -> str:
    """The commit that this code is at; without git or a checkout, the version of Serin."""
    try:
        asked = ["git", "rev-parse", "HEAD"]
        done = subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return f"serin-{version('serin')}"
    return done.stdout.strip()


def _golden(trained: Trained, input_name: str) -> bytes:
    complete = trained.features[~np.isnan(trained.features).any(axis=1)][:GOLDEN_ROWS]
    probabilities = trained.pipeline.predict_proba(complete).astype(np.float32)
    labels = trained.pipeline.predict(complete)
    examples = [
        {
            "inputs": [_tensor(input_name, "FP32", row[None])],
            "outputs": [
                _tensor("label", "INT64", label[None]),
                _tensor("probabilities", "FP32", probability[None]),
            ],
        }
        for row, label, probability in zip(complete, labels, probabilities, strict=True)
    ]
    document = {"tolerance": {"rtol": 1e-4, "atol": 1e-5}, "examples": examples}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _tensor(name: str, datatype: str, values: np.ndarray) -> dict[str, object]:
    return {"name": name, "datatype": datatype, "shape": list(values.shape), "data": values.ravel().tolist()}


def _evidence(trained: Trained) -> bytes:
    evaluation = {
        "metric": "auc",
        "value": trained.auc,
        "sample_size": trained.held_out,
        "data": "held-out fifth",
    }
    return orjson.dumps({"evaluations": [evaluation]}, option=orjson.OPT_INDENT_2)
