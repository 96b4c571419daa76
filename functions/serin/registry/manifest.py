"""What a model's manifest says, and whether it says enough."""

from dataclasses import dataclass
from typing import Any, Self

import orjson

from serin.errors import InvalidModel
from serin.registry.canonical import canonical_json
from serin.registry.feature import Feature, features_of, read_features
from serin.registry.fields import load, names, no_others, optional_text, table, text
from serin.registry.lineage import lineage, read_data, read_training

__all__ = ["Feature", "Manifest", "features_of"]

_KEYS = (
    "name", "task", "description", "features", "seed", "training", "data", "parent", "libraries", "preprocessing",
    "hyperparameters", "serving", "outcomes", "baseline", "fairness", "card",
)  # fmt: skip
_MOST_SEGMENTS = 4
_SERVING: dict[str, tuple[Any, type[Any]]] = {
    "max_string_bytes": (65536, int),
    "max_rows": (10000, int),
    "deterministic": (True, bool),
}
_BASELINE = {
    "time": "the name of the baseline's column that says when each row was",
    "outcome": "the name of the baseline's column that says what really happened",
}


@dataclass(frozen=True)
class Manifest:
    """Everything that defines the behaviour of a model version; `document` is all of it but the signature."""

    name: str | None
    task: str
    features: tuple[Feature, ...]
    document: dict[str, Any]

    @classmethod
    def from_toml(cls, data: bytes) -> Self:
        """Raise InvalidModel, naming the field, for what is missing or of the wrong type."""
        raw = load(data)
        for key in raw:
            if key not in _KEYS:
                raise InvalidModel(
                    f"model.toml has an unknown field {key!r}: use {', '.join(_KEYS)}, or move it into [training]."
                )
        features = read_features(raw)
        document = {
            "schema": 1,
            "task": text(raw, "task", "task", 'for example task = "classification"'),
            "description": optional_text(raw, "description"),
            "features": [feature.to_dict() for feature in features],
            "seed": _seed(raw),
            "training": read_training(raw),
            "data": read_data(raw),
            "preprocessing": table(raw, "preprocessing"),
            "hyperparameters": table(raw, "hyperparameters"),
            "serving": _serving(table(raw, "serving")),
            **lineage(raw),
            **_outcomes(raw, features),
            **_baseline(raw),
            **_fairness(raw),
        }
        return cls(optional_text(raw, "name") or None, document["task"], features, _as_json(document))

    @property
    def parent(self) -> dict[str, str]:
        """Its `version` and `relation`; empty where there is none."""
        return dict(self.document.get("parent", {}))

    @property
    def baseline_columns(self) -> dict[str, str]:
        """The columns of the baseline that are no features: `time`, `outcome`, as far as they are named."""
        return dict(self.document.get("baseline", {}))

    def with_signature(self, signature: dict[str, Any]) -> bytes:
        """The canonical document that serving reads."""
        return canonical_json({**self.document, "signature": signature})


def _seed(raw: dict[str, Any]) -> int | None:
    seed = raw.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise InvalidModel("model.toml: seed must be an integer.")
    return seed


def _serving(fields: dict[str, Any]) -> dict[str, Any]:
    no_others(fields, _SERVING, "[serving]")
    settings = {name: default for name, (default, _) in _SERVING.items()}
    for key, value in fields.items():
        kind: type[Any] = _SERVING[key][1]
        if type(value) is not kind or (not isinstance(value, bool) and value < 1):
            raise InvalidModel(
                f"model.toml: [serving] {key} must be {'true or false' if kind is bool else 'at least 1'}."
            )
        settings[key] = value
    return settings


def _outcomes(raw: dict[str, Any], features: tuple[Feature, ...]) -> dict[str, Any]:
    """Nothing where it is not given: the digest of a manifest without it stays what it was."""
    fields, known = table(raw, "outcomes"), {feature.name: feature for feature in features}
    no_others(fields, ("segments",), "[outcomes]")
    segments = names(fields, "segments", "[outcomes] segments", 'feature names, such as ["carrier"]')
    for name in segments:
        if name not in known:
            raise InvalidModel(f"model.toml: [outcomes] segments names {name!r}, which is no feature: correct it.")
        if known[name].sensitive:
            raise InvalidModel(
                f"model.toml: [outcomes] segments names {name!r}, which is sensitive: segments travel readable with "
                "every receipt."
            )
    if len(segments) > _MOST_SEGMENTS:
        raise InvalidModel(
            f"model.toml: [outcomes] segments has {len(segments)} features, {_MOST_SEGMENTS} are allowed: "
            "they travel with every receipt."
        )
    return {"outcomes": {"segments": segments}} if segments else {}


def _baseline(raw: dict[str, Any]) -> dict[str, Any]:
    """Nothing where it is not given, as for outcomes."""
    fields = table(raw, "baseline")
    no_others(fields, _BASELINE, "[baseline]")
    columns = {key: text(fields, key, f"[baseline] {key}", _BASELINE[key]) for key in sorted(fields)}
    return {"baseline": columns} if columns else {}


def _fairness(raw: dict[str, Any]) -> dict[str, Any]:
    """Nothing where it is not given, as for outcomes. The columns need not be features."""
    fields = table(raw, "fairness")
    no_others(fields, ("columns",), "[fairness]")
    columns = names(fields, "columns", "[fairness] columns", 'column names, such as ["sex", "age_band"]')
    return {"fairness": {"columns": columns}} if columns else {}


def _as_json(document: dict[str, Any]) -> dict[str, Any]:
    """As it will be read from storage: a date is a text there, and NaN is null."""
    try:
        found: dict[str, Any] = orjson.loads(canonical_json(document))
    except TypeError as error:
        raise InvalidModel(f"model.toml holds a value that JSON can't ({error}): write it as text.") from error
    return found
