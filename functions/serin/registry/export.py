"""From a stored version back to the model folder that gives it."""

import orjson

from serin.errors import Unavailable
from serin.registry.canonical import digest_of, sha256
from serin.registry.manifest import Manifest
from serin.registry.records import VersionRecord
from serin.registry.stored import Read, read_content
from serin.registry.toml_file import model_toml

__all__ = ["folder_of"]


def folder_of(record: VersionRecord, read: Read) -> dict[str, bytes]:
    """The files of the folder by name. `read` gives what is stored under a key.

    Raises Unavailable for content that is not what its hash says, and InvalidModel for a manifest from before a check
    that it does not pass.
    """
    stored = {
        name: read_content(read, folder, digest)
        for name, folder, digest in (
            ("model.onnx", "artifacts", record.artifact),
            ("model.toml", "documents", record.manifest),
            ("golden.json", "documents", record.golden),
            (f"baseline.{record.baseline_format}", "baselines", record.baseline),
            ("evidence.json", "documents", record.evidence),
        )
        if digest
    }
    toml = model_toml(orjson.loads(stored["model.toml"]), record.model)
    again = sha256(Manifest.from_toml(toml).with_signature(record.signature))
    parts = {name: getattr(record, name) for name in ("artifact", "golden", "baseline", "evidence")}
    if digest_of({**parts, "manifest": again}) != record.digest:
        raise Unavailable(f"{record}: its model.toml can't be written so that it registers again: report this.")
    return stored | {"model.toml": toml}
