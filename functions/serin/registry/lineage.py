"""Where does a model come from: which code, which data, which parent, which libraries?"""

import re
from datetime import UTC, date, datetime
from typing import Any

from serin.errors import BadRequest, InvalidModel
from serin.registry.fields import no_others, optional_text, table, text, texts
from serin.registry.names import ModelRef
from serin.registry.training_cost import training_usd

__all__ = ["RELATIONS", "UNRECORDED", "lineage", "read_data", "read_training"]

UNRECORDED = "unrecorded"
"""Stands for the hash of training data that nobody kept."""

RELATIONS = ("distilled", "optimized", "quantized", "retrained")
_COMMIT = "the commit of the code that trained the model, or name its git work tree with --code DIR"
_PERIOD = re.compile(r"\d{4}(-\d{2}(-\d{2}([T ].+)?)?)?")


def read_training(raw: dict[str, Any]) -> dict[str, Any]:
    """Raises InvalidModel without a commit. Fields beside the known ones are free."""
    found = table(raw, "training")
    text(found, "commit", "[training] commit", _COMMIT)
    if not isinstance(found.get("dirty", False), bool):
        raise InvalidModel("model.toml: [training] dirty must be true or false.")
    for key in ("source", "diff_sha256"):
        optional_text(found, key, f"[training] {key}")
    training_usd({"training": found})
    return found


def read_data(raw: dict[str, Any]) -> dict[str, Any]:
    """Raises InvalidModel without a hash, or for rows and a time span that can't be. Other fields are free."""
    found = table(raw, "data")
    text(found, "sha256", "[data] sha256", "the hash of the training data's snapshot")
    rows = found.get("rows", 1)
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
        raise InvalidModel("model.toml: [data] rows must be a whole number, at least 1.")
    start, end = (_moment(found, key) for key in ("start", "end"))
    shared = min(len(start), len(end))  # "2013-06" lies in "2013"
    if start[:shared] > end[:shared]:
        raise InvalidModel(f"model.toml: [data] start, {found['start']}, is after end, {found['end']}: correct them.")
    return found


def lineage(raw: dict[str, Any]) -> dict[str, Any]:
    """Parent, libraries and card: nothing where they are not given, so that digests without them stay as they were."""
    found = {
        "parent": _parent(raw),
        "libraries": texts(raw, "libraries", 'its version, such as "1.9.1"'),
        "card": texts(raw, "card", "a sentence, or leave it out"),
    }
    return {name: value for name, value in found.items() if value}


def _parent(raw: dict[str, Any]) -> dict[str, str]:
    if "parent" not in raw:
        return {}
    found = table(raw, "parent")
    no_others(found, ("version", "relation"), "[parent]")
    version = text(found, "version", "[parent] version", 'the version it was made from, such as "flights@2"')
    relation = text(found, "relation", "[parent] relation", f"one of {', '.join(RELATIONS)}")
    try:
        ModelRef.parse_version(version)
    except BadRequest as error:
        raise InvalidModel(f"model.toml: [parent] version: {error}") from error
    if relation not in RELATIONS:
        raise InvalidModel(f"model.toml: [parent] relation is {relation!r}: use one of {', '.join(RELATIONS)}.")
    return {"version": version, "relation": relation}


def _moment(found: dict[str, Any], key: str) -> str:
    """In UTC, in a form that sorts by time; empty where it is not given."""
    value = found.get(key, "")
    said = value.isoformat() if isinstance(value, date) else value
    if said == "":
        return ""
    if not isinstance(said, str) or not _PERIOD.fullmatch(said):
        raise InvalidModel(f'model.toml: [data] {key} is {said!r}: write "2013", "2013-01", a date or a date and time.')
    try:
        at = datetime.fromisoformat(said + "-01-01"[len(said) - 4 :] if len(said) < 10 else said)
    except ValueError as error:
        raise InvalidModel(f"model.toml: [data] {key} is {said!r}, which is no date: {error}.") from error
    if len(said) <= 10:
        return said
    return (at.astimezone(UTC) if at.tzinfo else at).replace(tzinfo=None).isoformat(timespec="microseconds")
