"""What was counted of each group of one split of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from serin.fairness.metrics import Counts

__all__ = ["Groups"]


@dataclass(frozen=True)
class Groups:
    """All rows, split by one column or by a pair. `empty` combinations have no row."""

    columns: tuple[str, ...]
    counts: Mapping[str, Counts]
    empty: int = 0

    def __str__(self) -> str:
        return " & ".join(self.columns)
