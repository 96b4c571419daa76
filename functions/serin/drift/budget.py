"""How many false alarms may an endpoint raise, and which chance of one does that leave to each look?

    chance per window = alarms a month / windows a month

Half of it goes to inputs and scores, a quarter to quality, a quarter to KPIs, and within each it is split evenly over
all that is looked at (Bonferroni; Dunn 1961). The union bound holds however series depend on each other, and the mean
number of alarms is the sum of the chances, however windows depend on each other: so the budget holds for the month.
"""

from dataclasses import asdict, dataclass
from typing import Any

from serin.errors import InvalidSettings

__all__ = ["MONTH_HOURS", "Budget"]

MONTH_HOURS = 365.25 * 24 / 12


@dataclass(frozen=True)
class Budget:
    """Raises InvalidSettings unless both are positive and there are fewer alarms than windows."""

    alarms_per_month: float = 1.0
    windows_per_month: float = 30.0

    def __post_init__(self) -> None:
        if not 0 < self.alarms_per_month < self.windows_per_month:
            raise InvalidSettings(
                f"A budget of {self.alarms_per_month:g} alarms for {self.windows_per_month:g} windows a month can't be "
                "kept: allow more than none, and fewer than there are windows."
            )

    @property
    def chance(self) -> float:
        """Of a false alarm in one window."""
        return self.alarms_per_month / self.windows_per_month

    @property
    def inputs(self) -> float:
        return self.chance / 2

    @property
    def quality(self) -> float:
        return self.chance / 4

    @property
    def worth(self) -> float:
        return self.chance / 4

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
