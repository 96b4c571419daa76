"""A small world with one endpoint, its reserved concurrency and its record, in which any effect may be the last, or may
be overtaken by somebody else."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from serin.errors import Conflict, SerinError, Unavailable
from serin.registry.endpoints import Budget, Endpoint
from serin.registry.notice import Notice
from serin.registry.records import AuditEntry
from serin.spending.enforce import Guard, audit, enforce
from serin.spending.guard import resume
from serin.spending.signal import Runaway, Signal, Source, Spent
from serin.spending.state import Spending

T0 = datetime(2026, 1, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ENDPOINT = Endpoint("churn", "dev", "growth", "f", "live", "b", "t", "u", budget=Budget(40, 1000), team_budget_usd=100)


class Died(BaseException):
    """The process ends here."""


def spent(percent: int, minute: float = 0, source: Source = Source.MODEL) -> Spent:
    return Spent(source, percent, T0 + minute * MINUTE)


def runaway(minute: float = 0) -> Runaway:
    return Runaway(T0 + minute * MINUTE, "41233 requests")


@dataclass
class World:
    """Implements all ports of the guard. `at_effect` is called with the number of each effect, after it."""

    now: datetime = T0
    there: int | None = None
    endpoint: Endpoint = ENDPOINT
    record: Spending | None = None
    ledger: list[Signal] = field(default_factory=list)
    trail: list[AuditEntry] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    effects: int = 0
    at_effect: Callable[[int], None] = lambda _: None

    def hear(self, *signals: Signal) -> Spending:
        """The function is woken."""
        guard = Guard(self, self, lambda _endpoint, _now: self._read(), self, "serin", lambda: self.now)
        return enforce(guard, self.endpoint, signals)

    def resumed(self, headroom: int = 25) -> None:
        """As the command does it: the record alone."""
        while True:
            decision = resume(self.spending, headroom=headroom, by="ann", now=self.now)
            try:
                self.save(decision.spending, audit(decision, "ann"))
            except Conflict:
                continue
            return

    @property
    def spending(self) -> Spending:
        return self.record or Spending("churn", f"{self.now:%Y-%m}")

    @property
    def actions(self) -> list[str]:
        return [entry.action.removeprefix("spend-") for entry in self.trail]

    def get(self, model: str) -> Spending | None:
        return self.record

    def save(self, spending: Spending, audit: AuditEntry | None = None) -> Spending:
        if spending.revision != (self.record.revision if self.record else 0):
            raise Conflict("changed meanwhile")
        self.record = Spending.from_dict(spending.to_dict(), spending.revision + 1)
        self.trail += [audit] if audit else []
        self._effect()
        return replace(spending, revision=spending.revision + 1)

    def reserved(self, function: str) -> int | None:
        self._reached("reserved")
        return self.there

    def reserve(self, function: str, value: int | None) -> None:
        self._reached("reserve")
        self.there = value
        self._effect()

    def tell(self, endpoint: Endpoint, notice: Notice) -> None:
        self._reached("tell")
        self.told.append(notice)
        self._effect()

    def _read(self) -> list[Signal]:
        self._reached("used")
        return self.ledger

    def _reached(self, what: str) -> None:
        if what in self.fails:
            raise Unavailable(f"{what} did not answer")

    def _effect(self) -> None:
        self.effects += 1
        self.at_effect(self.effects)


def tried(what: Callable[[], object]) -> None:
    """It may die, or fail and be left to the next."""
    try:
        what()
    except (Died, SerinError):
        return
