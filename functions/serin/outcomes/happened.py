"""What became of a window's predictions, in the plain sums that a drift run takes?"""

from collections.abc import Mapping, Sequence

from serin.drift.examine import Happened
from serin.drift.outcome_quality import Outcomes
from serin.drift.worth import Worth
from serin.outcomes.outcome import MICRO
from serin.outcomes.quality import Quality, Sums
from serin.stats.moments import Moments

__all__ = ["happened"]


def happened(window: Mapping[str, Quality], before: Sequence[Quality] = ()) -> Happened:
    """From the window's qualities by segment ("" for all), and those of the windows before, for its KPIs."""
    outcomes = {group: _outcomes(quality) for group, quality in window.items()}
    kpis = window.get("", Quality()).kpi
    worth = {name: Worth(_earlier(before, name), _moments(sums)) for name, sums in kpis.items()}
    return Happened(outcomes, worth)


def _earlier(before: Sequence[Quality], name: str) -> tuple[Moments, ...]:
    return tuple(_moments(one.kpi[name]) for one in before if name in one.kpi)


def _outcomes(quality: Quality) -> Outcomes:
    bins = {place: (n, positive, scores / MICRO) for place, (n, positive, scores) in quality.bins.items()}
    residuals = quality.residuals
    return Outcomes(bins, (residuals.n, quality.absolute / MICRO, residuals.squares / MICRO**2))


def _moments(sums: Sums) -> Moments:
    return Moments(sums.n, sums.total / MICRO, sums.squares / MICRO**2)
