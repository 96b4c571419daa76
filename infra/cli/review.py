"""`serin review list`, `take` and `decide`: people decide what a model was not sure of, and say so as an outcome."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import orjson
import typer

from infra.cli.ask import TIMEOUT, ask
from infra.cli.reason import Reason, checked
from infra.cli.review_page import cases_table, document, pictures, sentence
from infra.cli.session import Session
from serin.aws.review_table import ReviewTable
from serin.errors import BadRequest, Conflict, InvalidInput
from serin.outcomes.outcome import told
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name
from serin.registry.records import AuditEntry
from serin.review import desk
from serin.review.case import Case, Decision, Outcome
from serin.review.item import Item

__all__ = ["decide", "list_reviews", "take"]

Model = Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)]
_BACK = timedelta(days=30)
_ATTEMPTS = 5


def list_reviews(
    session: Session,
    model: Model,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was due in the last 30 days and is done.")
    ] = False,
) -> None:
    """List what waits for a person, the most urgent first: predictions of which the model was not sure."""
    endpoint, now = session.directory.get(check_name(model)), datetime.now(UTC)
    with session.voice.progress(f"reading the reviews of {model}"):
        shelf = session.reviews(endpoint)
        cases = [*(shelf.done(model, now - _BACK) if everything else ()), *shelf.open(model)]
    found = [case.to_dict() | {"state": case.state(now), "overdue": case.is_overdue(now)} for case in cases]
    session.voice.result({"model": model, "reviews": found}, cases_table(cases, now) if cases else _nothing(endpoint))


def take(
    session: Session,
    model: Model,
    review: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Which one.", show_default="the most urgent that is free")
    ] = None,
) -> None:
    """Take a review for 30 minutes, so that nobody else works on it, and show what was asked and predicted.

    The one you have may be taken again by its ID, for another 30 minutes.
    """
    endpoint = session.directory.get(check_name(model))
    shelf = session.reviews(endpoint)
    with session.voice.progress(f"taking a review of {model}"):
        case = _taken(shelf, model, review, session.actor)
        item = shelf.item(model, case.id)
    session.voice.result(document(item, case), *pictures(item, case))


def decide(
    session: Session,
    model: Model,
    review: Annotated[str, typer.Argument(metavar="ID", help="Which one.", show_default=False)],
    outcome: Annotated[
        str,
        typer.Argument(metavar="OUTCOME", help="What is true: true or false, or a class's name.", show_default=False),
    ],
    kpi: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="What it was worth.", show_default=False)
    ] = None,
    reason: Reason = "",
    plan: Annotated[str | None, typer.Option(help="The client plan.", show_default="the endpoint's first")] = None,
    send: Annotated[
        bool, typer.Option("--outcome/--no-outcome", help="Tell it as an outcome, or put it on record alone.")
    ] = True,
) -> None:
    """Decide a review: what you say goes back as the outcome of the prediction, and stands on the audit trail.

    The first word counts, of people as of outcomes. A command that was stopped is run again, with the same words.
    """
    endpoint = session.directory.get(check_name(model))
    shelf = session.reviews(endpoint)
    decision = Decision(session.actor, datetime.now(UTC), _value(outcome), _worth(kpi or ()), checked(reason))
    with session.voice.progress(f"deciding {review}"):
        item = shelf.item(model, review)
        told(_told(item, decision))
        _check_counts(item, decision.outcome)
        case = _decided(shelf, item, decision)
        counted = "closed before"
        if case.revision:
            counted = _send(session, endpoint, plan, item, case) if send else "not told"
            _close(shelf, item, case, _audit(session, case, counted))
    session.voice.result(document(item, case) | {"outcome": counted}, sentence(case, counted))


def _taken(shelf: ReviewTable, model: str, review: str | None, actor: str) -> Case:
    """Raises Conflict for one that is not to be had, NotFound where nothing waits."""
    for _ in range(_ATTEMPTS):
        now = datetime.now(UTC)
        case = shelf.case(shelf.item(model, review)) if review else desk.next_of(shelf.open(model), now)
        mine = desk.take(case, actor, now)
        with suppress(Conflict):  # somebody was faster
            return shelf.save(mine)
    raise Conflict(f"Others changed the reviews of {model} first, {_ATTEMPTS} times: try again.")


def _decided(shelf: ReviewTable, item: Item, decision: Decision) -> Case:
    """Written down before it is told: who dies in between, or is second, finds what was said first."""
    for _ in range(_ATTEMPTS):
        case = shelf.case(item)
        decided = desk.decide(case, decision)
        if decided is case:
            return case
        with suppress(Conflict):
            return shelf.save(decided)
    raise Conflict(f"Others changed {item.id} first, {_ATTEMPTS} times: try again.")


def _send(session: Session, endpoint: Endpoint, plan: str | None, item: Item, case: Case) -> str:
    """Raises InvalidInput where the outcome is refused: the decision stays."""
    session.voice.step("the decision is written down, telling the outcome")
    url = f"{endpoint.api_url.rstrip('/')}/outcomes"
    assert case.decision is not None
    with httpx.Client(timeout=TIMEOUT) as client:
        answer = ask(client, url, session.key(endpoint, plan), {"outcomes": [_told(item, case.decision)]})
    if answer["rejected"]:
        raise InvalidInput(
            f"The decision is written down, but refused as an outcome: {answer['rejected'][0]['reason']}. If that "
            "can't be helped, close the review without one: the same command with --no-outcome."
        )
    return "counted" if answer["accepted"] else "known before"


def _close(shelf: ReviewTable, item: Item, case: Case, audit: AuditEntry) -> None:
    try:
        shelf.close(case, audit)
    except Conflict:
        if shelf.case(item).revision:
            raise  # else somebody else has brought the same decision to its end


def _audit(session: Session, case: Case, counted: str) -> AuditEntry:
    """Text and whole numbers: the table's items know no others."""
    decision = case.decision
    assert decision is not None
    about = {
        "review": case.id, "version": case.version, "said": orjson.dumps(decision.outcome).decode(),
        "kpi": orjson.dumps(dict(decision.kpi)).decode(), "decided_by": decision.by, "outcome": counted,
        "reason": decision.reason,
    }  # fmt: skip
    return AuditEntry.of(case.model, "review", session.actor, datetime.now(UTC), **about)


def _told(item: Item, decision: Decision) -> dict[str, Any]:
    """As `POST /outcomes` takes it."""
    worth = {"kpi": dict(decision.kpi)} if decision.kpi else {}
    return {"receipt": item.receipt, "row": item.row, "outcome": decision.outcome, **worth}


def _check_counts(item: Item, outcome: Outcome) -> None:
    """Raises BadRequest for a word that no score is held against: being the first, it would keep out the right one."""
    if item.score is not None and outcome not in (0, 1):
        raise BadRequest(
            f"{item.model} says how likely it is: what is true is true or false (1 or 0), not "
            f"{orjson.dumps(outcome).decode()}."
        )


def _value(text: str) -> Outcome:
    """As JSON has it: true, 3, "3"; anything else is a text as it stands."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if isinstance(value, bool | int | float | str) else text


def _worth(texts: Iterable[str]) -> dict[str, float]:
    """Raises BadRequest."""
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            raise BadRequest(f"--kpi {text!r} is none: write NAME=VALUE, such as dollars=-20.") from None
    return found


def _nothing(endpoint: Endpoint) -> str:
    if endpoint.review is None:
        return f"{endpoint.model} asks no person: give it a review in cdk.json, and deploy the stack."
    return f"Nothing of {endpoint.model} waits for a person. What comes in shows within a minute."
