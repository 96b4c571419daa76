"""Everything about one version that comparing it, or describing it, needs: read from the registry and the bucket."""

from typing import Any

import orjson

from infra.cli.session import Session
from serin.diff.version import Version
from serin.registry.endpoints import Endpoint

__all__ = ["version_of"]


def version_of(session: Session, endpoint: Endpoint, number: int) -> Version:
    """Raises NotFound."""
    record, bucket = session.versions(endpoint).get(endpoint.model, number), session.bucket(endpoint)

    def read(digest: str | None) -> Any:
        return orjson.loads(bucket.read(f"documents/sha256/{digest}")) if digest else None

    return Version(
        record,
        read(record.manifest),
        read(record.golden),
        bucket.read(f"artifacts/sha256/{record.artifact}"),
        read(record.evidence),
        session.evidence(endpoint).evaluations(endpoint.model, number),
    )
