"""What a model's manifest says, and whether it says enough."""

import tomllib
from dataclasses import dataclass
from typing import Any, Self

from serin.errors import InvalidModel
from serin.registry.canonical import canonical_json

__all__ = ["Feature", "Manifest", "features_of"]

_TYPES = ("float", "int", "string", "bool")
_TABLES = ("training", "preprocessing", "hyperparameters", "data", "serving")
_KEYS = ("name", "task", "description", "features", "seed", "outcomes", "baseline", *_TABLES)
_FEATURE = ("name", "type", "nullable", "sensitive")
_SENSITIVE = ("drop", "hash")
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
class Feature:
    """One column that the model reads. A `sensitive` one is dropped from what is captured, or hashed in it."""

    name: str
    type: str
    nullable: bool = False
    sensitive: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Without `sensitive` where it is not: the digest of a manifest that says nothing of it stays what it was."""
        document = {"name": self.name, "type": self.type, "nullable": self.nullable}
        return {**document, "sensitive": self.sensitive} if self.sensitive else document


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
        raw = _load(data)
        for key in raw:
            if key not in _KEYS:
                raise InvalidModel(
                    f"model.toml has an unknown field {key!r}: use {', '.join(_KEYS)}, or move it into [training]."
                )
        features = _features(raw)
        tables = {name: _table(raw, name) for name in _TABLES}
        _text(tables["training"], "commit", "[training] commit", "the commit of the code that trained the model")
        _text(tables["data"], "sha256", "[data] sha256", "the hash of the training data's snapshot")
        document: dict[str, Any] = {
            "schema": 1,
            "task": _text(raw, "task", "task", 'for example task = "classification"'),
            "description": _optional_text(raw, "description"),
            "features": [feature.to_dict() for feature in features],
            "seed": _seed(raw),
            **tables,
            "serving": _serving(tables["serving"]),
            **_outcomes(raw, features),
            **_baseline(raw),
        }
        _check_json(document)
        return cls(_optional_text(raw, "name") or None, document["task"], features, document)

    @property
    def baseline_columns(self) -> dict[str, str]:
        """The columns of the baseline that are no features: `time`, `outcome`, as far as they are named."""
        return dict(self.document.get("baseline", {}))

    def with_signature(self, signature: dict[str, Any]) -> bytes:
        """The canonical document that serving reads."""
        return canonical_json({**self.document, "signature": signature})


def features_of(document: dict[str, Any]) -> tuple[Feature, ...]:
    """The features of a stored manifest document."""
    return tuple(
        Feature(one["name"], one["type"], one.get("nullable", False), one.get("sensitive", ""))
        for one in document["features"]
    )


def _load(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidModel(f"model.toml is not TOML: {error}. Correct that place.") from error


def _features(raw: dict[str, Any]) -> tuple[Feature, ...]:
    entries = raw.get("features")
    if not isinstance(entries, list) or not entries:
        raise InvalidModel("model.toml names no features: add a [[features]] table with name and type for each.")
    features = tuple(_feature(entry, f"features[{index}]") for index, entry in enumerate(entries))
    names = [feature.name for feature in features]
    for name in names:
        if names.count(name) > 1:
            raise InvalidModel(f"model.toml names the feature {name!r} twice: give each a name of its own.")
    return features


def _feature(entry: Any, where: str) -> Feature:
    if not isinstance(entry, dict):
        raise InvalidModel(f"model.toml: {where} must be a table with name and type.")
    if unknown := set(entry) - set(_FEATURE):
        raise InvalidModel(f"model.toml: {where} has an unknown field {min(unknown)!r}: use {', '.join(_FEATURE)}.")
    name = _text(entry, "name", f"{where}.name", "the column's name")
    kind = _text(entry, "type", f"{where}.type", f"one of {', '.join(_TYPES)}")
    if kind not in _TYPES:
        raise InvalidModel(f"model.toml: {where}.type is {kind!r}: use one of {', '.join(_TYPES)}.")
    nullable = entry.get("nullable", False)
    if not isinstance(nullable, bool):
        raise InvalidModel(f"model.toml: {where}.nullable must be true or false.")
    if nullable and kind != "float":
        raise InvalidModel(f"model.toml: {where} is {kind} and can't be nullable: only float has a missing value, NaN.")
    sensitive = entry.get("sensitive", "")
    if sensitive not in ("", *_SENSITIVE):
        raise InvalidModel(f"model.toml: {where}.sensitive is {sensitive!r}: use one of {', '.join(_SENSITIVE)}.")
    return Feature(name, kind, nullable, sensitive)


def _table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    table = raw.get(name, {})
    if not isinstance(table, dict):
        raise InvalidModel(f"model.toml: {name} must be a table: write [{name}] above its fields.")
    return table


def _text(table: dict[str, Any], key: str, where: str, hint: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidModel(f"model.toml: {where} is missing or no text: add {hint}.")
    return value


def _optional_text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key, "")
    if not isinstance(value, str):
        raise InvalidModel(f"model.toml: {key} must be text.")
    return value


def _seed(raw: dict[str, Any]) -> int | None:
    seed = raw.get("seed")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise InvalidModel("model.toml: seed must be an integer.")
    return seed


def _serving(table: dict[str, Any]) -> dict[str, Any]:
    settings = {name: default for name, (default, _) in _SERVING.items()}
    for key, value in table.items():
        if key not in _SERVING:
            raise InvalidModel(f"model.toml: [serving] has an unknown field {key!r}: use {', '.join(_SERVING)}.")
        kind: type[Any] = _SERVING[key][1]
        if type(value) is not kind or (not isinstance(value, bool) and value < 1):
            raise InvalidModel(
                f"model.toml: [serving] {key} must be {'true or false' if kind is bool else 'at least 1'}."
            )
        settings[key] = value
    return settings


def _outcomes(raw: dict[str, Any], features: tuple[Feature, ...]) -> dict[str, Any]:
    """Nothing where it is not given: the digest of a manifest without it stays what it was."""
    table = _table(raw, "outcomes")
    if unknown := table.keys() - {"segments"}:
        raise InvalidModel(f"model.toml: [outcomes] has an unknown field {min(unknown)!r}: use segments.")
    segments, known = table.get("segments", []), {feature.name: feature for feature in features}
    if not isinstance(segments, list) or not all(isinstance(name, str) for name in segments):
        raise InvalidModel('model.toml: [outcomes] segments must be a list of feature names, such as ["carrier"].')
    for name in segments:
        if name not in known:
            raise InvalidModel(f"model.toml: [outcomes] segments names {name!r}, which is no feature: correct it.")
        if known[name].sensitive:
            raise InvalidModel(
                f"model.toml: [outcomes] segments names {name!r}, which is sensitive: segments travel readable with "
                "every receipt."
            )
        if segments.count(name) > 1:
            raise InvalidModel(f"model.toml: [outcomes] segments names {name!r} twice.")
    if len(segments) > _MOST_SEGMENTS:
        raise InvalidModel(
            f"model.toml: [outcomes] segments has {len(segments)} features, {_MOST_SEGMENTS} are allowed: "
            "they travel with every receipt."
        )
    return {"outcomes": {"segments": segments}} if segments else {}


def _baseline(raw: dict[str, Any]) -> dict[str, Any]:
    """Nothing where it is not given, as for outcomes."""
    table = _table(raw, "baseline")
    if unknown := table.keys() - _BASELINE.keys():
        raise InvalidModel(f"model.toml: [baseline] has an unknown field {min(unknown)!r}: use time, outcome.")
    columns = {key: _text(table, key, f"[baseline] {key}", _BASELINE[key]) for key in sorted(table)}
    return {"baseline": columns} if columns else {}


def _check_json(document: dict[str, Any]) -> None:
    try:
        canonical_json(document)
    except TypeError as error:
        raise InvalidModel(f"model.toml holds a value that JSON can't ({error}): write it as text.") from error
