"""Is what stands in model.toml of the right type? If not, the refusal names the field."""

import tomllib
from collections.abc import Collection
from typing import Any

from serin.errors import InvalidModel

__all__ = ["load", "names", "no_others", "optional_text", "table", "text", "texts"]


def load(data: bytes) -> dict[str, Any]:
    """Raises InvalidModel for what is no TOML."""
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidModel(f"model.toml is not TOML: {error}. Correct that place.") from error


def table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """Empty where it is not given."""
    found = raw.get(name, {})
    if not isinstance(found, dict):
        raise InvalidModel(f"model.toml: {name} must be a table: write [{name}] above its fields.")
    return found


def no_others(fields: dict[str, Any], known: Collection[str], where: str) -> None:
    """Raises InvalidModel for a field that is none of the known ones."""
    if unknown := fields.keys() - set(known):
        raise InvalidModel(f"model.toml: {where} has an unknown field {min(unknown)!r}: use {', '.join(known)}.")


def text(fields: dict[str, Any], key: str, where: str, hint: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidModel(f"model.toml: {where} is missing or no text: add {hint}.")
    return value


def optional_text(raw: dict[str, Any], key: str, where: str = "") -> str:
    value = raw.get(key, "")
    if not isinstance(value, str):
        raise InvalidModel(f"model.toml: {where or key} must be text.")
    return value


def texts(raw: dict[str, Any], name: str, hint: str) -> dict[str, str]:
    """A table in which every field is a text."""
    return {key: text(found, key, f"[{name}] {key}", hint) for found in (table(raw, name),) for key in found}


def names(fields: dict[str, Any], key: str, where: str, example: str) -> list[str]:
    """A list of texts, none of them twice; empty where it is not given."""
    found = fields.get(key, [])
    if not isinstance(found, list) or not all(isinstance(name, str) and name.strip() for name in found):
        raise InvalidModel(f"model.toml: {where} must be a list of {example}.")
    for name in found:
        if found.count(name) > 1:
            raise InvalidModel(f"model.toml: {where} names {name!r} twice.")
    return found
