"""The sealed copies of a model's audit trail, read from their bucket."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import orjson

from serin.aws.s3 import Bucket
from serin.registry.records import AuditEntry
from serin.registry.seal import folder
from serin.registry.ulid import moment

__all__ = ["sealed_copies"]

_AT_ONCE = 10  # connections of a boto3 client


def sealed_copies(bucket: Bucket, model: str, since: datetime | None = None) -> dict[str, AuditEntry]:
    """By id. An object each: a thousand take a few seconds."""
    first = folder(model) + (moment(since) if since else "")
    names = [name for name in bucket.keys(folder(model)) if name >= first]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda name: AuditEntry.from_dict(orjson.loads(bucket.read(name))), names)
        return {entry.id: entry for entry in found}
