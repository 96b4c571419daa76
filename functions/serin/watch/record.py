"""What is remembered of a look at a window: the verdict, figures that later reports show, and what it rests on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from serin.drift.diagnosis import Diagnosis
from serin.watch.span import Span

__all__ = ["Figures", "Record"]


@dataclass(frozen=True)
class Figures:
    """Of one window: quality (AUC, or mean absolute error) as expected and as realised, with its interval; KPIs per
    prediction. None and empty where they are not known."""

    expected: float | None = None
    realised: float | None = None
    low: float | None = None
    high: float | None = None
    worth: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> Self:
        worth = {one.name: one.now for one in diagnosis.worth}
        overall = next((one for one in diagnosis.realised if not one.group), None)
        if overall is None:
            return cls(diagnosis.expected.expected if diagnosis.expected else None, worth=worth)
        return cls(overall.expected, overall.realised, overall.low, overall.high, worth)


@dataclass(frozen=True)
class Record:
    """`number` counts the diagnoses of this window, which late data makes anew; `was` is the kind that it had before,
    `changed` says what is new. `stamp` is of the objects that were there, `evidence` of what was in them: the first may
    change alone. `told` is False until owners and programs were told. `revision` is the table's.
    """

    model: str
    version: int
    span: Span
    number: int
    at: str
    kind: str
    sentence: str
    response: str
    owner: str
    tell: tuple[str, ...]
    features: tuple[str, ...]
    alarm: bool
    rows: int
    lost: int
    outcomes: int
    skipped: int
    stamp: str
    evidence: str
    figures: Figures
    was: str = ""
    changed: str = ""
    told: bool = False
    revision: int = 0

    @classmethod
    def of(
        cls, model: str, version: int, span: Span, diagnosis: Diagnosis, *, outcomes: int, stamp: str, evidence: str
    ) -> Self:
        verdict = diagnosis.verdict
        return cls(
            model, version, span, 1, diagnosis.at, verdict.kind.value, diagnosis.sentence, verdict.response.value,
            verdict.owner.value, tuple(verdict.tell), verdict.features, diagnosis.is_alarm, diagnosis.rows,
            diagnosis.lost, outcomes, len(diagnosis.skipped), stamp, evidence, Figures.of(diagnosis),
        )  # fmt: skip

    @property
    def key(self) -> str:
        """Where the report is, without its ending."""
        return f"reports/{self.model}/{self.version}/{self.span}-{self.number}"

    def after(self, before: "Record") -> "Record":
        """The same as a further diagnosis of the window, with what it changes."""
        changed = _changed(before, self)
        return replace(self, number=before.number + 1, revision=before.revision, was=before.kind, changed=changed)

    def is_like(self, other: "Record | None") -> bool:
        """Is it the same trouble, or the same peace?"""
        return other is not None and (self.kind, self.features) == (other.kind, other.features)

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "span": str(self.span)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """What later forms add is left out."""
        known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        made = {
            "span": Span.parse(document["span"]),
            "features": tuple(document["features"]),
            "tell": tuple(document["tell"]),
            "figures": Figures(**document["figures"]),
        }
        return cls(**{**known, **made})


def _changed(before: Record, now: Record) -> str:
    more = [
        f"{getattr(now, name):,} {name}, {getattr(before, name):,} before"
        for name in ("rows", "outcomes", "lost")
        if getattr(now, name) != getattr(before, name)
    ]
    verdict = f"it was {before.kind}, and is {now.kind}" if before.kind != now.kind else f"it is still {now.kind}"
    return "; ".join([verdict, *more])
