"""Which columns does a model read, and what do they mean?"""

from dataclasses import dataclass
from typing import Any

from serin.errors import InvalidModel
from serin.registry.fields import no_others, optional_text, text

__all__ = ["Feature", "features_of", "read_features"]

_TYPES = ("float", "int", "string", "bool")
_SENSITIVE = ("drop", "hash")
_WORDS = ("sensitive", "definition", "unit")
_FIELDS = ("name", "type", "nullable", *_WORDS)


@dataclass(frozen=True)
class Feature:
    """One column that the model reads. A `sensitive` one is dropped from what is captured, or hashed in it.

    `definition` says how its value comes about, `unit` in what it is counted.
    """

    name: str
    type: str
    nullable: bool = False
    sensitive: str = ""
    definition: str = ""
    unit: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Without the words that are not given: the digest of a manifest that says nothing of them stays as it was."""
        document = {"name": self.name, "type": self.type, "nullable": self.nullable}
        return document | {word: value for word in _WORDS if (value := getattr(self, word))}


def features_of(document: dict[str, Any]) -> tuple[Feature, ...]:
    """The features of a stored manifest document."""
    return tuple(
        Feature(one["name"], one["type"], one.get("nullable", False), *(one.get(word, "") for word in _WORDS))
        for one in document["features"]
    )


def read_features(raw: dict[str, Any]) -> tuple[Feature, ...]:
    """Those of model.toml. Raises InvalidModel, naming the field."""
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
    no_others(entry, _FIELDS, where)
    name = text(entry, "name", f"{where}.name", "the column's name")
    kind = text(entry, "type", f"{where}.type", f"one of {', '.join(_TYPES)}")
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
    meaning = (optional_text(entry, word, f"{where}.{word}") for word in ("definition", "unit"))
    return Feature(name, kind, nullable, sensitive, *meaning)
