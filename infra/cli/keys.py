"""`serin rotate-key`: a new key for the receipts of a stage, or one key less."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer

from infra.cli.key_change import Change
from infra.cli.session import Session
from serin.aws.secrets import Secret
from serin.errors import BadRequest, Conflict, InvalidSettings, NotFound, SerinError
from serin.outcomes.keys import Keyring
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry

__all__ = ["rotate_key"]

_ID = re.compile(r"[0-9a-f]{8}")


def rotate_key(
    session: Session,
    drop: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Drop this key instead, which leaked: its receipts count no more. 8 hex digits, as shown here.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands on the audit trail.", show_default=False)] = "",
) -> None:
    """Make a new key for the receipts of the stage. Receipts that are out stay valid: nothing is lost.

    The stage has one key, whatever its models. The keys before the new one, five at most, are kept for reading.
    With --drop a key counts no more, and a new one is made only where the current one is dropped.
    """
    identity = _identity(drop) if drop is not None else ""
    with session.voice.progress(f"dropping key {identity}" if identity else "making a new key"):
        endpoints = session.directory.all()
        secret = Secret(session.clients.client("secretsmanager"), _secret_of(endpoints))
        replaced = _replaced(secret, lambda ring: ring.without(identity) if identity else ring.rotated())
        change = Change(endpoints[0].stage, *replaced, identity, reason)
        audited = tuple(endpoint.model for endpoint in endpoints if _recorded(session, endpoint, change))
        marked = tuple(one.model for one in endpoints if _marked(session, one, change)) if identity else ()
    session.voice.result(change.document(audited, marked), *change.sentences())
    session.voice.warn(change.warning())


def _identity(text: str) -> str:
    """Raises BadRequest for what names no key, without a word of it: it may be the key itself."""
    if not _ID.fullmatch(text.lower()):
        raise BadRequest("--drop takes the name of a key, 8 hexadecimal digits as shown here, and not the key itself.")
    return text.lower()


def _secret_of(endpoints: tuple[Endpoint, ...]) -> str:
    if not endpoints:
        raise NotFound("This stage has no endpoints: add one to cdk.json and deploy the stack.")
    names = {endpoint.receipt_secret for endpoint in endpoints}
    if len(names) != 1 or not all(names):
        raise InvalidSettings("The stage does not say where its one key is: deploy the stack again.")
    return names.pop()


def _replaced(secret: Secret, change: Callable[[Keyring], Keyring]) -> tuple[Keyring, Keyring]:
    text, version = secret.read()
    before = Keyring.from_json(text)
    after = change(before)
    try:
        secret.replace(after.to_json(), before=version, version=str(uuid4()))
    except Conflict as error:
        raise Conflict(
            "Somebody else changed the keys of this stage at the same time. Theirs are in use and yours are not: "
            "look what they did, and run the command again only if it is still needed."
        ) from error
    return before, after


def _recorded(session: Session, endpoint: Endpoint, change: Change) -> bool:
    """The keys are in use by now: what fails here is told, and undoes nothing."""
    audit = AuditEntry.of(endpoint.model, change.action, session.actor, datetime.now(UTC), **change.about())
    try:
        session.releases(endpoint).record(audit)
    except SerinError as error:
        session.voice.warn(f"the change is not on the audit trail of {endpoint.model} ({error})")
        return False
    return True


def _marked(session: Session, endpoint: Endpoint, change: Change) -> bool:
    """A deploy of what is live publishes nothing where all is as it was; the name of the key makes it something new."""
    try:
        latest = session.functions.configuration(endpoint.function)
        environment = latest.environment | {"SERIN_RECEIPT_KEY": change.after.current.id}
        session.functions.set_environment(endpoint.function, environment, latest.revision)
    except SerinError as error:
        session.voice.warn(f"the next deploy of {endpoint.model} may find nothing new to publish ({error})")
        return False
    return True
