"""What is wrong with an endpoint's window, what is to be done, and by whom? A drift run's result, as it is stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from serin.drift.compare import Change
from serin.drift.expectation import Expectation
from serin.drift.findings import Finding
from serin.drift.outcome_quality import Judged
from serin.drift.regimes import Regime
from serin.drift.worth import WorthJudged
from serin.errors import InvalidInput

__all__ = ["QUIET", "Cause", "Diagnosis", "Kind", "Response", "Role"]

_SCHEMA = 1
T = TypeVar("T")


class Kind(StrEnum):
    """In the order in which they are put where several have evidence."""

    BROKEN_INPUT = "broken input"
    LABEL_FAULT = "label or attribution fault"
    CONCEPT_DRIFT = "concept drift"
    HARMFUL_SHIFT = "harmful shift"
    BENIGN_SHIFT = "benign shift"
    INSUFFICIENT = "insufficient data"
    KNOWN_REGIME = "known regime"
    STABLE = "stable"


class Response(StrEnum):
    NONE = "none"
    LOG = "log"
    WATCH = "watch"
    RETRAIN = "retrain"
    UPDATE_POLICY = "update the policy"
    RETIRE_FEATURE = "retire the feature"
    FIX_PIPELINE = "fix the pipeline"
    CHECK_LABELS = "check labels and attribution"


class Role(StrEnum):
    WATCHER = "watcher"
    APPROVER = "approver"
    COMMUNICATOR = "communicator"


QUIET = frozenset({Kind.STABLE, Kind.KNOWN_REGIME, Kind.INSUFFICIENT})
"""Nobody is woken for these."""


@dataclass(frozen=True)
class Cause:
    """One explanation. `reasons` are sentences with the numbers that speak for it, the strongest first; `also` are
    further responses, `tell` the roles to be told beside the owner."""

    kind: Kind
    response: Response
    owner: Role
    reasons: tuple[str, ...]
    features: tuple[str, ...] = ()
    also: tuple[Response, ...] = ()
    tell: tuple[Role, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.reasons[0]}"


@dataclass(frozen=True)
class Diagnosis:
    """`causes` are ranked, the first is the verdict. `start` and `end` are those of the window's rows (epoch seconds),
    `at` when it was made (ISO 8601), `skipped` what was not counted, and why, by the object's name."""

    at: str
    causes: tuple[Cause, ...]
    rows: int
    lost: int
    start: float | None
    end: float | None
    baseline: str
    budget: Mapping[str, float]
    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    regime: Regime | None = None
    expected: Expectation | None = None
    realised: tuple[Judged, ...] = ()
    worth: tuple[WorthJudged, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Cause:
        return self.causes[0]

    @property
    def is_alarm(self) -> bool:
        return self.verdict.kind not in QUIET

    @property
    def sentence(self) -> str:
        """For people, with what to do and whose it is."""
        what = self.verdict
        return f"{what}. {str(what.response).capitalize()} ({what.owner})." if self.is_alarm else f"{what}."

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"schema": _SCHEMA, **asdict(self), "sentence": self.sentence}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "Diagnosis":
        """Raises InvalidInput when it is none, or one of a later form."""
        try:
            if document["schema"] != _SCHEMA:
                raise ValueError(f"its form {document['schema']!r} is not {_SCHEMA}, which is read here.")
            nested: dict[str, Any] = {
                "causes": tuple(_cause(one) for one in document["causes"]),
                "findings": _all(Finding, document["findings"]),
                "changes": _all(Change, document["changes"]),
                "regime": _one(Regime, document["regime"]),
                "expected": _one(Expectation, document["expected"]),
                "realised": _all(Judged, document["realised"]),
                "worth": _all(WorthJudged, document["worth"]),
            }
            plain = {name: document[name] for name in cls.__dataclass_fields__ if name not in nested}
            return cls(**plain, **nested)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"the document is not a diagnosis: {error}") from None


def _cause(document: Mapping[str, Any]) -> Cause:
    return Cause(
        Kind(document["kind"]), Response(document["response"]), Role(document["owner"]),
        tuple(document["reasons"]), tuple(document["features"]),
        tuple(Response(one) for one in document["also"]), tuple(Role(one) for one in document["tell"]),
    )  # fmt: skip


def _all(kind: type[T], documents: list[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(kind(**one) for one in documents)


def _one(kind: type[T], document: Mapping[str, Any] | None) -> T | None:
    return None if document is None else kind(**document)
