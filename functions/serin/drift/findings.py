"""Which differences count? Those that chance, the size of what matters, and the baseline's own variation don't explain.

1. The chance of as much between rows drawn alike is at most the budget's share of it: exact for any distribution, any
   number of rows and any dependence between series (`serin.drift.facets`, `serin.drift.budget`). It takes the rows of a
   window as exchangeable with the baseline's; rows that come in clumps (a client that repeats one request, an hour's
   weather on all its flights) are not, and only the third rule knows how much they vary.
2. It is at least as large as the facet's floor.
3. It is beyond the natural variation between the baseline's own stretches, where the baseline has time.

An alarm needs all three, so it is no more frequent than the best of 1 and 3 promises.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from serin.drift.baseline import FEATURE
from serin.drift.compare import Compared
from serin.drift.facets import FACETS, FLOORS
from serin.drift.natural import Natural

__all__ = ["Finding", "detectable", "findings"]

_EDGES = 100


@dataclass(frozen=True)
class Finding:
    """A facet of a series that is surely and noticeably different. `chance` is the logarithm to base 10 of that of as
    much by accident; `times` the multiple of the baseline's own variation, `limit` the multiple that counts as beyond
    it, both None where the baseline has no time."""

    key: str
    facet: str
    distance: float
    chance: float
    times: float | None = None
    limit: float | None = None

    @property
    def is_beyond(self) -> bool:
        return self.times is None or self.limit is None or self.times > self.limit

    @property
    def is_input(self) -> bool:
        return self.key.startswith(FEATURE)

    @property
    def name(self) -> str:
        """What people call the series."""
        return self.key.removeprefix(FEATURE)


def findings(
    compared: Compared, natural: Natural | None, chance: float, season: Compared | None = None
) -> tuple[Finding, ...]:
    """All that pass the first two rules, the largest multiples of the floor first; `is_beyond` tells the third.

    Where the baseline knows the season, what is different from it counts as well, and only that can be beyond.
    """
    each = compared, *((season,) if season is not None else ())
    most = math.log(chance / (len(compared.facets) * len(FACETS) * len(each)))
    found: dict[tuple[str, str], Finding] = {}
    for one in each:
        found |= {(made.key, made.facet): made for made in _different(one, natural, most, season or compared)}
    return tuple(sorted(found.values(), key=lambda one: -one.distance / FLOORS[FACETS.index(one.facet)]))


def _different(one: Compared, natural: Natural | None, most: float, near: Compared) -> Iterator[Finding]:
    """With multiples of what is usual against what is `near`; not beyond that unless it is different from it too. What
    the baseline has never seen is in none of its seasons."""
    for key, each in one.facets.items():
        times = None if natural is None else natural.times(key, near.facets[key])
        for place, facet in enumerate(FACETS):
            distance = float(each.distance[0, place])
            if not _is_different(one, key, place, most):
                continue
            if times is None or natural is None:
                yield Finding(key, facet, distance, _chance(one, key, place))
                continue
            limit = float(natural.limits[place])
            is_new = facet == "unseen" or _is_different(near, key, place, most)
            multiple = float(times[place]) if is_new else min(limit, float(times[place]))
            yield Finding(key, facet, distance, _chance(one, key, place), multiple, limit)


def _is_different(one: Compared, key: str, place: int, most: float) -> bool:
    return bool(one.log_chances[key][place] <= most and one.facets[key].distance[0, place] >= FLOORS[place])


def _chance(one: Compared, key: str, place: int) -> float:
    return float(one.log_chances[key][place]) / math.log(10)


def detectable(rows: int, baseline_rows: int, series: int, chance: float) -> float:
    """The difference in shares below which a window of so many rows may show none, by Hoeffding's bound on rule 1."""
    if not rows or not baseline_rows:
        return math.inf
    tests = series * len(FACETS) * _EDGES
    return math.sqrt(math.log(2 * tests / chance) / 2 * (1 / rows + 1 / baseline_rows))
