"""How are AWS's descriptions of its APIs read, megabytes of JSON for a few clients? Quickly, and once a process."""

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
import orjson
from botocore.loaders import JSONFileLoader, Loader, create_loader

__all__ = ["loader", "share"]


class _Quick(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    def load_file(self, file_path: str) -> Any:
        """None where there is no such file, which botocore takes for an answer."""
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return orjson.loads(plain.read_bytes())
        return orjson.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None


def loader() -> Loader:
    """For a session of one's own."""
    return Loader(file_loader=_Quick())


def share() -> None:
    """One loader for every session of this process that is made from now on, whoever makes it; and what moto loads is
    read as quickly."""
    Loader.FILE_LOADER_CLASS = _Quick
    made = cache(create_loader)

    def shared(search_path: str | None = None) -> Loader:
        return made(search_path)

    botocore.loaders.create_loader = botocore.session.create_loader = shared
