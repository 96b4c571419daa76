"""What did both releases' predictions turn out to be worth? From the outcomes in the registry table."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime

from serin.aws.outcome_table import OutcomeTable
from serin.outcomes.judge import Outcome
from serin.outcomes.tally import Mark
from serin.registry.endpoints import Endpoint
from serin.rollout.kpi import Kpi
from serin.rollout.slices import Earned, Slice, spans
from serin.rollout.state import Rollout, whole_ms

__all__ = ["Worth"]

_ALWAYS = 2
_IN_TURN = 4


class Worth:
    """Implements serin.rollout.controller.Worth. An hour of a version costs sixteen queries and is read whole.

    So the last two hours are read at each look and four of the older ones in turn: with 72 of them, a late outcome
    counts within 18 minutes.
    """

    def __init__(self, outcomes: OutcomeTable, minute_s: float = 60.0) -> None:
        self._outcomes, self._minute_s = outcomes, minute_s

    def slices(self, endpoint: Endpoint, rollout: Rollout, kpi: Kpi, now: datetime) -> tuple[Slice, ...]:
        known = spans(rollout.started, rollout.moves, whole_ms(now))
        hours = self._due(tuple(dict.fromkeys(_hour(start) for start, _ in known)), now)
        due = [span for span in known if _hour(span[0]) in hours]
        arms = {str(rollout.previous): [Earned()] * len(due), str(rollout.candidate): [Earned()] * len(due)}
        for one in self._read(endpoint, rollout, hours):
            index, value = _index(due, one.at), one.kpi.get(kpi.kpi)
            if index is not None and value is not None and one.release in arms:
                arms[one.release][index] += Earned.of(value, kpi)
        return tuple(
            Slice(start, end, control, candidate)
            for (start, end), control, candidate in zip(due, *arms.values(), strict=True)
        )

    def _due(self, hours: Sequence[str], now: datetime) -> Sequence[str]:
        recent, older = hours[-_ALWAYS:], hours[:-_ALWAYS]
        turns = -(-len(older) // _IN_TURN)
        turn = int(now.timestamp() / self._minute_s) % turns if turns else 0
        return (*older[turn * _IN_TURN : (turn + 1) * _IN_TURN], *recent)

    def _read(self, endpoint: Endpoint, rollout: Rollout, hours: Sequence[str]) -> Iterator[Outcome]:
        """Version 0 is none: the release before had no model of its own, or it is not known."""
        for version in sorted({rollout.previous_version, rollout.version} - {0}):
            for hour in hours:
                yield from self._outcomes.outcomes(Mark(endpoint.model, version, hour, ""))


def _hour(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H}"


def _index(spans: Sequence[tuple[datetime, datetime]], at: datetime) -> int | None:
    index = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return index if index >= 0 and at < spans[index][1] else None
