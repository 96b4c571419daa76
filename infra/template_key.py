"""What does a template depend on? One digest of all of it, made without starting the CDK: what synthesized the same key
before need not be synthesized again.

A change of the key for nothing costs a synthesis; a key that stays the same by mistake shows a stale template. So it
holds more than is read: whole folders, every installed package, whole families of variables.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.bundling import ROOT, has_interpreter

__all__ = ["Inputs", "here", "key"]

_FILES = ("cdk.json", "pyproject.toml", "requirements.lock")
_FOLDERS = ("infra", "functions")
_MADE = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
_VARIABLES = ("CDK_", "JSII_", "NODE_", "UV_", "AWS_REGION", "AWS_DEFAULT_REGION", "NO_COLOR", "FORCE_COLOR")
_RUNTIME = re.compile(r"python(3\.\d+)")
_DEFAULT = "3.13"
"""The Python of a function whose settings name none."""


@dataclass(frozen=True)
class Inputs:
    """`files` are those under `root` by their digests; `interpreters` says which of the functions' Pythons are on this
    machine, for their bytecode is part of a bundle."""

    root: str
    bundle: bool
    python: str
    files: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    interpreters: Mapping[str, bool] = field(default_factory=dict)


def key(inputs: Inputs) -> str:
    """The same for the same inputs only."""
    return hashlib.sha256(json.dumps(asdict(inputs), sort_keys=True).encode()).hexdigest()[:32]


def here(*, bundle: bool, environment: Mapping[str, str], root: Path = ROOT) -> Inputs:
    """Of the project and the process that asks, whose `environment` a synthesis has not changed yet."""
    return Inputs(
        root=str(root.resolve()),
        bundle=bundle,
        python=sys.version,
        files={name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in _files(root)},
        packages=tuple(sorted(_packages())),
        variables={name: value for name, value in environment.items() if name.startswith(_VARIABLES)},
        interpreters={version: has_interpreter(version) for version in sorted(_versions(root, environment))},
    )


def _files(root: Path) -> Iterator[str]:
    yield from (name for name in _FILES if (root / name).is_file())
    for folder in _FOLDERS:
        for where, folders, names in os.walk(root / folder):
            folders[:] = [one for one in folders if one not in _MADE and not one.endswith(".egg-info")]
            yield from (os.path.relpath(Path(where, name), root) for name in names if not name.endswith(".pyc"))


def _packages() -> Iterator[str]:
    """By the folders that say what is installed, whose names have versions in them."""
    for place in filter(os.path.isdir, sys.path):
        yield from (name for name in os.listdir(place) if name.endswith((".dist-info", ".egg-info")))


def _versions(root: Path, environment: Mapping[str, str]) -> set[str]:
    """Of every Python that the settings name, in cdk.json or in the environment."""
    text = (root / "cdk.json").read_text() + environment.get("CDK_CONTEXT_JSON", "")
    return {_DEFAULT, *_RUNTIME.findall(text)}
