"""Everything about one version that comparing it, or describing it, needs: read from the registry and the bucket."""

from infra.cli.session import Session
from serin.diff.version import Version
from serin.registry.endpoints import Endpoint
from serin.registry.stored import read_content, read_document

__all__ = ["version_of"]


def version_of(session: Session, endpoint: Endpoint, number: int) -> Version:
    """Raises NotFound, and Unavailable for what is not what was registered."""
    record, read = session.versions(endpoint).get(endpoint.model, number), session.bucket(endpoint).read
    return Version(
        record,
        read_document(read, record.manifest),
        read_document(read, record.golden),
        read_content(read, "artifacts", record.artifact),
        read_document(read, record.evidence),
        session.evidence(endpoint).evaluations(endpoint.model, number),
    )
