"""How are findings said to a person at night? One sentence each, with the numbers, without a final stop."""

from serin.drift.expectation import Expectation
from serin.drift.findings import Finding
from serin.drift.outcome_quality import Judged
from serin.drift.regimes import Regime
from serin.drift.score_quality import CLASSIFICATION
from serin.drift.worth import WorthJudged

__all__ = ["expected", "fallen", "held", "mirrored", "moved", "one_sided", "open_loss", "regime", "worth"]

_FACETS = {
    "shape": "{name} has moved: {distance:.0%} of its rows are on the other side of some value",
    "null": "the share of {name} that is missing has changed by {distance:.1%} of the rows",
    "infinite": "the share of {name} that is infinite has changed by {distance:.1%} of the rows",
    "unseen": "{distance:.1%} of {name} lies where the baseline has no values",
    "place": "the mean of {name} has moved by {distance:.1f} standard deviations",
    "crowded": "{name} is crowded: one value has {distance:.0%} of the rows more than before",
}


def moved(one: Finding) -> str:
    """What has changed, by how much, and how unlikely that is by chance."""
    said = _FACETS[one.facet].format(name=one.name, distance=one.distance)
    if one.times is None or one.limit is None:
        return f"{said} (by chance: 1 in 10^{max(0, round(-one.chance))})"
    return f"{said} ({one.times:.1f} times the baseline's own variation; {one.limit:.1f} are normal)"


def fallen(one: Judged) -> str:
    where = f" for {one.group}" if one.group else ""
    return f"the {_measure(one.task)}{where} is {_realised(one)}, where {one.expected:.3f} was to be expected"


def held(one: Judged) -> str:
    return f"the {_measure(one.task)} is {_realised(one)}, {one.expected:.3f} was to be expected"


def open_loss(one: Judged) -> str:
    loss = f"{100 * one.loss_most:.0f} points" if one.task == CLASSIFICATION else f"{one.loss_most:.0%}"
    return f"{held(one)}: a loss of {loss} is not ruled out by so many"


def mirrored(one: Judged) -> str:
    return (
        f"the AUC is {_realised(one)}, about as far below a half as {one.expected:.3f}, which was to be expected, is "
        "above: outcomes may be recorded the wrong way round"
    )


def one_sided(n: int, positive: bool, share: float, chance: float) -> str:
    kind = "positive" if positive else "negative"
    odds = f"1 in 10^{-chance:.0f} by chance"
    return f"all {n:,} outcomes are {kind}, where {share:.1%} positives were to be expected ({odds})"


def expected(one: Expectation) -> str:
    return f"the {_measure(one.task)} to expect on these scores is {one.expected:.3f}, it was {one.baseline:.3f}"


def worth(one: WorthJudged) -> str:
    return (
        f"{one.name} went from {one.before:.4g} to {one.now:.4g} per prediction "
        f"(a fall of {one.fall_low:.3g} to {one.fall_high:.3g}, {one.n:,} predictions)"
    )


def regime(one: Regime) -> str:
    return f"the window looks like {one.label} in the baseline"


def _realised(one: Judged) -> str:
    return f"{one.realised:.3f} ({one.low:.3f} to {one.high:.3f}, {one.n:,} outcomes)"


def _measure(task: str) -> str:
    return "AUC" if task == CLASSIFICATION else "mean absolute error"
