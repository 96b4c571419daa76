"""What is estimated? The endpoints of a stage as they are deployed, and the load that each of them carries."""

from dataclasses import dataclass
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.prices import Quantities

__all__ = ["HOURS", "MONTH_S", "Load", "Part", "Serving", "Stage"]

HOURS = 730
"""Of a month: a twelfth of 365 days, as AWS's own calculator takes it."""
MONTH_S = HOURS * 3600


@dataclass(frozen=True)
class Serving:
    """One endpoint. `releases` is how many published versions are kept beside the empty one that the stack makes;
    `drift_runs` is a month's, each over `drift_back` windows; after `idle_days` without a request there are none (0 is
    never). `reviewed`: people decide what it is not sure of. `budgets` are its own and its team's, as far as there are;
    `spend_alarms` those on its own, and on its rate."""

    model: str = "model"
    memory_mb: int = 1024
    architecture: str = "arm64"
    snap_start: bool = False
    releases: int = 1
    drift_runs: Fraction = Fraction(HOURS)
    drift_back: int = 14
    idle_days: int = 14
    capture_share: Fraction = Fraction(1, 20)
    capture_hourly_rows: int = 1000
    reviewed: bool = False
    budgets: int = 0
    spend_alarms: int = 0

    @property
    def gb(self) -> Fraction:
        return Fraction(self.memory_mb, 1024)

    @property
    def duration(self) -> Code:
        return Code.duration(self.architecture)


@dataclass(frozen=True)
class Stage:
    """Its endpoints, and on what its own functions run. `log_days`: how long logs are kept; `budgeted`: there is a
    spend guard; `team_budgets` is how many teams have a budget of their own."""

    endpoints: tuple[Serving, ...]
    architecture: str = "arm64"
    outcome_queue: bool = False
    log_days: int = 30
    budgeted: bool = False
    team_budgets: int = 0
    dashboard: bool = True

    @property
    def budgets(self) -> int:
        """How many there are to be looked at for all endpoints."""
        return sum(one.budgets for one in self.endpoints)

    @property
    def reviewed(self) -> int:
        """How many endpoints have people who decide."""
        return sum(one.reviewed for one in self.endpoints)


@dataclass(frozen=True)
class Load:
    """What each endpoint carries, evenly over the day: `ms` is what Lambda bills for a request."""

    requests_per_day: int
    rows: int = 1
    ms: int = 20

    @property
    def requests(self) -> Fraction:
        """Of a month."""
        return self.requests_per_day * Fraction(HOURS, 24)

    @property
    def seconds(self) -> Fraction:
        """Of work in a month, one request after the other."""
        return self.requests * Fraction(self.ms, 1000)


@dataclass(frozen=True)
class Part:
    """One thing that a month's bill shows, and how much of it there is. `resources` are those of the template that this
    pays for, by CloudFormation's types."""

    name: str
    why: str
    used: Quantities
    resources: tuple[str, ...] = ()
