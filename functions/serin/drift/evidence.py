"""What is known of a window, in numbers that no longer need its sketches? What a diagnosis is made from."""

from dataclasses import dataclass

from serin.drift.expectation import Expectation
from serin.drift.findings import Finding
from serin.drift.outcome_quality import Judged
from serin.drift.regimes import Regime
from serin.drift.signatures import Signature
from serin.drift.worth import WorthJudged

__all__ = ["Evidence", "OneSided"]


@dataclass(frozen=True)
class OneSided:
    """Outcomes all alike, where the baseline lets expect this share of positives, and the chance of that (log 10)."""

    n: int
    positive: bool
    expected: float
    chance: float


@dataclass(frozen=True)
class Evidence:
    """All that is known of a window. `detectable` is the smallest difference that it can show; `outcomes` how many
    predictions have one, None where none are expected or nothing is known to compare them with."""

    rows: int
    lost: int = 0
    detectable: float = 0.0
    findings: tuple[Finding, ...] = ()
    signatures: tuple[Signature, ...] = ()
    regime: Regime | None = None
    expected: Expectation | None = None
    outcomes: int | None = None
    realised: tuple[Judged, ...] = ()
    one_sided: OneSided | None = None
    worth: tuple[WorthJudged, ...] = ()

    @property
    def overall(self) -> Judged | None:
        return next((one for one in self.realised if not one.group), None)

    @property
    def is_known(self) -> bool:
        return self.regime is not None and self.regime.is_known

    @property
    def moved(self) -> tuple[Finding, ...]:
        """Beyond natural variation, and like no stretch of the baseline."""
        return () if self.is_known else tuple(one for one in self.findings if one.is_beyond)
