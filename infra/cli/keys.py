"""`serin rotate-key`: a new key for the receipts of a stage."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from infra.cli.session import Session
from serin.aws.secrets import Secret
from serin.errors import Conflict, InvalidSettings, NotFound, SerinError
from serin.outcomes.keys import KEPT, Keyring
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry

__all__ = ["rotate_key"]


def rotate_key(session: Session) -> None:
    """Make a new key for the receipts of the stage. Receipts that are out stay valid: nothing is lost.

    The stage has one key, whatever its models. The keys before the new one, five at most, are kept for reading.
    """
    with session.voice.progress("making a new key"):
        endpoints = session.directory.all()
        secret = Secret(session.clients.client("secretsmanager"), _secret_of(endpoints))
        before, after = _rotated(secret)
        audited = [endpoint.model for endpoint in endpoints if _recorded(session, endpoint, before, after)]
    dropped = [key.id for key in before.keys if key not in after.keys]
    session.voice.result(_document(endpoints[0].stage, before, after, dropped, audited), *_sentences(after, dropped))
    session.voice.warn(
        "what runs now signs with the key that it has for up to an hour more. Its receipts stay valid while that "
        f"key is one of the {KEPT} before the newest: don't make new keys in quick succession."
    )


def _secret_of(endpoints: tuple[Endpoint, ...]) -> str:
    if not endpoints:
        raise NotFound("This stage has no endpoints: add one to cdk.json and deploy the stack.")
    names = {endpoint.receipt_secret for endpoint in endpoints}
    if len(names) != 1 or not all(names):
        raise InvalidSettings("The stage does not say where its one key is: deploy the stack again.")
    return names.pop()


def _rotated(secret: Secret) -> tuple[Keyring, Keyring]:
    text, version = secret.read()
    before = Keyring.from_json(text)
    after = before.rotated()
    try:
        secret.replace(after.to_json(), before=version, version=str(uuid4()))
    except Conflict as error:
        raise Conflict(
            "Somebody else made a new key for this stage at the same time. Theirs is in use and yours is not: "
            "run the command again only if you want another one."
        ) from error
    return before, after


def _recorded(session: Session, endpoint: Endpoint, before: Keyring, after: Keyring) -> bool:
    """The key is in use by now: what fails here is told, and undoes nothing."""
    about = {"key": after.current.id, "before": before.current.id}
    audit = AuditEntry.of(endpoint.model, "rotate-key", session.actor, datetime.now(UTC), **about)
    try:
        session.releases(endpoint).record(audit)
    except SerinError as error:
        session.voice.warn(f"the new key is not on the audit trail of {endpoint.model} ({error})")
        return False
    return True


def _document(stage: str, before: Keyring, after: Keyring, dropped: list[str], audited: list[str]) -> dict[str, Any]:
    previous = [key.id for key in after.previous]
    return {
        "stage": stage, "key": after.current.id, "before": before.current.id, "previous": previous,
        "dropped": dropped, "audited": audited,
    }  # fmt: skip


def _sentences(after: Keyring, dropped: list[str]) -> list[str]:
    valid = ", ".join(key.id for key in after.previous)
    said = [f"new key [bold]{after.current.id}[/bold]: what starts from now on signs with it", f"valid: {valid}"]
    return [*said, f"dropped, its receipts are void: {', '.join(dropped)}"] if dropped else said
