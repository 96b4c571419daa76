"""`serin deploy` and `serin rollback`: how what is live changes."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from infra.cli.dossier import dossier_of
from infra.cli.follow import follow
from infra.cli.live import url_of
from infra.cli.reason import Reason, checked
from infra.cli.rollout_page import document, headline
from infra.cli.session import Session
from infra.cli.spending import check_serves
from infra.cli.steer import take_back_now
from serin.errors import BadRequest, RolledBack, SmokeFailed
from serin.gates.check import insist
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef, check_name
from serin.registry.records import VersionRecord
from serin.rollout import deploy as all_at_once
from serin.rollout import rollback as backwards
from serin.rollout.approval import check_approver
from serin.rollout.begin import Begun, begin, is_live, live_release
from serin.rollout.evidence import Ask
from serin.rollout.phases import Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.ports import Operator
from serin.rollout.state import Rollout

__all__ = ["deploy", "rollback"]

_SMOKE_PATIENCE_S = 150.0


def deploy(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="A version, e.g. churn@3.", show_default=False)],
    plan: Annotated[
        str | None,
        typer.Option(
            help="all-at-once, canary, linear:10%/5m, or steps: 1,10,50@10m+min=500+deadline=6h.",
            show_default="the endpoint's, in cdk.json",
        ),
    ] = None,
    guardrail: Annotated[
        list[str] | None,
        typer.Option(
            help="Watch this only, e.g. errors:2%; may be repeated. A KPI comes on top: kpi:dollars:-100..0:5.",
            show_default="the endpoint's, or all there are",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the rollout's end; exit 12 if it goes back.")] = False,
    reason: Reason = "",
) -> None:
    """Publish a release of a model version and roll it out: smoke test, then traffic in steps, each on evidence.

    The version has to pass the gates of the endpoint's tier, as `serin check` shows them. The command returns once the
    smoke test has passed and the first step has begun; the controller does the rest, and takes the release back when
    it harms. Where no model is live yet, the first one gets all traffic after its smoke test. It can be run again after
    it was interrupted anywhere.
    """
    model, number = ModelRef.parse_version(version)
    with session.voice.progress(f"deploying {version}"):
        endpoint = session.directory.get(model)
        record = session.versions(endpoint).get(model, number)
        check_serves(session, endpoint)
        steps, guards = parse_plan(plan or endpoint.rollout), guardrail or list(endpoint.guardrails)
        operator = session.operator(endpoint, checked(reason))
        _check_gates(session, operator, endpoint, record)
        if live_release(operator, endpoint) is None:
            _first(session, operator, endpoint, record)
            return
        rollouts, versions = session.rollouts(endpoint), session.versions(endpoint)
        begun = begin(operator, rollouts, endpoint, record, lambda n: versions.get(model, n), steps, guards)
        if begun.rollout is None:
            _said_live(session, endpoint, begun)
            return
        rollout = _followed(session, endpoint, begun.rollout, wait=wait)
    _close(session, endpoint, rollout, wait=wait)


def _check_gates(session: Session, operator: Operator, endpoint: Endpoint, record: VersionRecord) -> None:
    """Raises GatesClosed, unless the version passes them or was let out already: a deploy may be run again."""
    active = session.rollouts(endpoint).active(endpoint.model)
    if active and active.rollout.version == record.number:
        return
    if is_live(operator, endpoint, record):
        return
    insist(dossier_of(session, endpoint, record), endpoint, datetime.now(UTC))


def _first(session: Session, operator: Operator, endpoint: Endpoint, record: VersionRecord) -> None:
    done = all_at_once.deploy(operator, endpoint, record, session.golden(endpoint, record))
    found = {
        "model": record.model,
        "version": record.number,
        "release": done.release.number,
        "previous_release": int(done.previous) if done.previous and done.previous.isdigit() else None,
        "moved": done.moved,
        "smoke_tests": done.smoke_tests,
        "url": url_of(endpoint),
        "rollout": None,
    }
    session.voice.result(found, f"{record} is live, as release {done.release.number}: {url_of(endpoint)}")


def _said_live(session: Session, endpoint: Endpoint, begun: Begun) -> None:
    release = begun.release
    found = {
        "model": release.model,
        "version": release.model_version,
        "release": release.number,
        "moved": False,
        "url": url_of(endpoint),
        "rollout": None,
    }
    name = f"{release.model}@{release.model_version}"
    session.voice.result(found, f"{name} was live already, as release {release.number}: {url_of(endpoint)}")


def _followed(session: Session, endpoint: Endpoint, rollout: Rollout, *, wait: bool) -> Rollout:
    woken = session.nudge(endpoint)
    if wait:
        patience = float(rollout.plan.deadline_s + _SMOKE_PATIENCE_S)
        return follow(session, endpoint, rollout, lambda now: now.settled, patience)
    patience = _SMOKE_PATIENCE_S if woken else 0.0
    return follow(session, endpoint, rollout, lambda now: now.phase is not Phase.SMOKE, patience)


def _close(session: Session, endpoint: Endpoint, rollout: Rollout, *, wait: bool) -> None:
    """Raises SmokeFailed where it ended before any traffic, RolledBack where it was waited for and went back."""
    if rollout.phase is Phase.ABORTED and rollout.step < 0:
        raise SmokeFailed(rollout.reason)
    if wait and rollout.phase is not Phase.DONE:
        raise RolledBack(f"{rollout.model}@{rollout.version}: {rollout.reason}")
    found = {
        "model": rollout.model,
        "version": rollout.version,
        "release": rollout.candidate,
        "previous_release": rollout.previous,
        "moved": rollout.phase is Phase.DONE,
        "url": url_of(endpoint),
        "rollout": document(rollout),
    }
    more = "" if rollout.phase.ended else f"\nFollow it: serin status {rollout.model} --watch"
    session.voice.result(found, headline(rollout) + more)


def rollback(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    to: Annotated[
        int | None, typer.Option(metavar="RELEASE", help="This release; approvers only.", show_default="the one before")
    ] = None,
    reason: Reason = "",
) -> None:
    """Move `live` back to the release before, at once. A rollout that is under way ends with that."""
    why = checked(reason)
    endpoint = session.directory.get(check_name(model))
    if to is not None:
        check_approver(endpoint, session.actor)
        if to < 1:
            raise BadRequest(f"There is no release {to}: see serin show {model}.")
    ended = take_back_now(session, endpoint, Ask.GO_BACK, why)
    if ended and to in {None, ended.previous}:
        found = {
            "model": model,
            "version": ended.previous_version,
            "release": ended.previous,
            "previous_release": ended.candidate,
            "moved": True,
            "rollout": document(ended),
        }
        session.voice.result(found, headline(ended))
        return
    with session.voice.progress(f"rolling back {model}"):
        done = backwards.rollback(session.operator(endpoint, why), endpoint, to)
    found = {
        "model": model,
        "version": done.release.model_version,
        "release": done.release.number,
        "previous_release": int(done.came_from) if done.came_from.isdigit() else None,
        "moved": done.moved,
    }
    back = f"{model}@{done.release.model_version} is live again, as release {done.release.number}"
    session.voice.result(found, f"{back}; it came from release {done.came_from}.")
