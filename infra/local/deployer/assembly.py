"""What is in a cloud assembly (cdk.out)? The stack's template and the folders and files it ships."""

import io
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from serin.errors import InvalidSettings, NotFound

__all__ = ["Asset", "Stack", "content", "read_stack"]


@dataclass(frozen=True)
class Asset:
    path: Path
    zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True)
class Stack:
    name: str
    template: dict[str, Any]
    assets: list[Asset]


def read_stack(assembly: Path) -> Stack:
    """Raises NotFound without an assembly, InvalidSettings when it holds several stacks."""
    manifest = assembly / "manifest.json"
    if not manifest.is_file():
        raise NotFound(f"no cloud assembly in {assembly}: run `cdk synth` (or python -m infra.app) first")
    artifacts = orjson.loads(manifest.read_bytes())["artifacts"]
    stacks = {key: one for key, one in artifacts.items() if one["type"] == "aws:cloudformation:stack"}
    if len(stacks) != 1:
        raise InvalidSettings(f"{assembly} holds {len(stacks)} stacks; the local cloud deploys exactly one")
    key, stack = next(iter(stacks.items()))
    template = orjson.loads((assembly / stack["properties"]["templateFile"]).read_bytes())
    name = stack["properties"].get("stackName", key)
    return Stack(name, template, _assets(assembly, artifacts))


def content(path: Path, zipped: bool) -> bytes:
    """What is uploaded of an asset."""
    return _zip(path) if zipped and path.is_dir() else path.read_bytes()


def _assets(assembly: Path, artifacts: dict[str, Any]) -> list[Asset]:
    found = []
    for artifact in artifacts.values():
        if artifact["type"] == "cdk:asset-manifest":
            content = orjson.loads((assembly / artifact["properties"]["file"]).read_bytes())
            for file in content.get("files", {}).values():
                source = file["source"]
                for place in file["destinations"].values():
                    zipped = source.get("packaging") == "zip"
                    found.append(Asset(assembly / source["path"], zipped, place["bucketName"], place["objectKey"]))
    return [asset for asset in found if not asset.path.name.endswith(".template.json")]


def _zip(folder: Path) -> bytes:
    """The same folder always gives the same bytes, so that an unchanged function keeps its CodeSha256."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(Path(root) / name for root, _, names in os.walk(folder) for name in names):
            if "__pycache__" in path.parts:
                continue
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (path.stat().st_mode & 0o777) << 16
            archive.writestr(entry, path.read_bytes())
    return target.getvalue()
