"""All that the gates look at, read from the stage: used by whoever checks, deploys or approves a version."""

from infra.cli.live import live_of
from infra.cli.session import Session
from serin.aws.release_table import ReleaseTable
from serin.evidence.subject import Subject
from serin.gates.answerable import REHEARSALS
from serin.gates.dossier import Dossier
from serin.registry.endpoints import Endpoint
from serin.registry.records import VersionRecord
from serin.registry.stored import read_content, read_document
from serin.rollout.history import MOVES, live_stack

__all__ = ["dossier_of", "subject_of"]


def dossier_of(session: Session, endpoint: Endpoint, record: VersionRecord) -> Dossier:
    """Of the trail only what shows that going back works."""
    evidence, releases, live = session.evidence(endpoint), session.releases(endpoint), live_of(session, endpoint)
    read = session.bucket(endpoint).read
    return Dossier(
        version=record,
        manifest=read_document(read, record.manifest),
        declared=read_document(read, record.evidence),
        evaluations=evidence.evaluations(record.model, record.number),
        approvals=evidence.approvals(record.model, record.number),
        champion=live.model_version,
        releases=_to_go_back_to(releases, record.model, live.alias.version),
        trail=releases.audits(record.model, REHEARSALS),
    )


def _to_go_back_to(releases: ReleaseTable, model: str, live: str) -> int:
    """Those that were live before, without the bootstrap release, which has no model."""
    known = {str(one.number) for one in releases.all(model)} - {live}
    return len(known & {*live_stack(releases.audits(model, MOVES))})


def subject_of(session: Session, endpoint: Endpoint, number: int) -> Subject:
    """A version with its artifact, to be run here. Raises NotFound, and Unavailable for what was changed since."""
    session.voice.step(f"downloading {endpoint.model}@{number}")
    record = session.versions(endpoint).get(endpoint.model, number)
    read = session.bucket(endpoint).read
    return Subject(record, read_document(read, record.manifest), read_content(read, "artifacts", record.artifact))
