"""How does each segment fare, by the outcomes that came back? Counted from sums, without a single row."""

from collections.abc import Iterable, Mapping

from serin.errors import BadRequest
from serin.fairness.groups import Groups
from serin.fairness.limits import Limits
from serin.fairness.metrics import Classified, Counts, Estimated
from serin.fairness.report import Report
from serin.fairness.subgroups import KEPT, MISSING, OTHER
from serin.outcomes.outcome import MICRO
from serin.outcomes.quality import BINS, Quality

__all__ = ["segment_report"]

_ALL = "all"


def segment_report(
    hours: Iterable[Mapping[str, Quality]], threshold: float, *, limits: Limits, numeric: bool
) -> Report:
    """`hours` hold what is to be joined, by segment `name=value`, and under "all". Scores from `threshold` on count as
    selected, unless outcomes are `numeric`.

    Each column is a split of its own: pairs are not counted, nor predictions whose outcome has not come. Of a column
    with over twenty values the rarer ones are joined as "(other)".

    Raises BadRequest for a threshold between the edges of score bins.
    """
    first, found = _bin(threshold), _joined(hours)
    whole = _counts(found.get(_ALL, Quality()), first, numeric=numeric)
    splits = [_groups(column, values, first, numeric=numeric) for column, values in sorted(_by_column(found).items())]
    return Report(whole, tuple(splits), found.get(_ALL, Quality()).n - whole.rows, limits)


def _joined(hours: Iterable[Mapping[str, Quality]]) -> dict[str, Quality]:
    found: dict[str, Quality] = {}
    for segments in hours:
        for segment, quality in segments.items():
            found[segment] = found[segment] + quality if segment in found else quality
    return found


def _by_column(found: Mapping[str, Quality]) -> dict[str, dict[str, Quality]]:
    columns: dict[str, dict[str, Quality]] = {}
    for segment, quality in found.items():
        column, is_segment, value = segment.partition("=")
        if is_segment:
            columns.setdefault(column, {})[value or MISSING] = quality
    return columns


def _groups(column: str, values: Mapping[str, Quality], first: int, *, numeric: bool) -> Groups:
    kept = _kept(values).items()
    return Groups((column,), {f"{column}={value}": _counts(one, first, numeric=numeric) for value, one in kept})


def _bin(threshold: float) -> int:
    """The first that is selected."""
    near = min(max(threshold, 0.0), 1.0) if threshold == threshold else 0.5  # noqa: PLR0124 - NaN
    place = round(near * BINS)
    if not abs(threshold * BINS - place) < 1e-6:
        raise BadRequest(
            f"A threshold of {threshold:g} can't be counted: outcomes are kept in {BINS} bins of the score. "
            f"Give a multiple of {1 / BINS:g} from 0 to 1, such as {place / BINS:g}."
        )
    return place


def _kept(values: Mapping[str, Quality]) -> dict[str, Quality]:
    ranked = sorted(values, key=lambda value: (-values[value].n, value))
    found = {value: values[value] for value in sorted(ranked[:KEPT])}
    if ranked[KEPT:]:
        found[OTHER] = sum((values[value] for value in ranked[KEPT:]), Quality())
    return found


def _counts(one: Quality, first: int, *, numeric: bool) -> Counts:
    if numeric:
        sums = one.residuals
        return Estimated(sums.n, sums.total / MICRO, sums.squares / MICRO**2, one.absolute / MICRO)
    selected = [seen for place, seen in one.bins.items() if place >= first]
    return Classified(
        one.scored,
        sum(positives for _, positives, _ in one.bins.values()),
        sum(n for n, _, _ in selected),
        sum(positives for _, positives, _ in selected),
        sum(scores for _, _, scores in one.bins.values()) / MICRO,
    )
