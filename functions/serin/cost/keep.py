"""One pass of the ledger: look at what is new, read what it took, price it, write it down, close what is over.

Each count of an hour starts from all that there is, so that a pass may come twice, late, or die anywhere: the next one
finds what is missing. An hour that is not closed shows what its requests took; what else it used is read when some
hours are closed together, for a reading costs as much for one hour as for many.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from serin.cost.books import Books, Counted, Seen, Spent, spent_in
from serin.cost.deployed import Deployed
from serin.cost.entry import Account, Entry
from serin.cost.hour import end_of, hour_of, hours_between, month_of, start_of
from serin.cost.idle import BATCH
from serin.cost.metric import Metric, Sums, of_function
from serin.cost.own import own_usage
from serin.cost.prices import Prices, Quantities
from serin.cost.shared import Shared, Stored, shared_usage
from serin.cost.sharing import Requests, price_hour
from serin.cost.training import Trainings, Versions, trainings
from serin.errors import Conflict
from serin.registry.endpoints import Endpoint

__all__ = ["Kept", "Ledger", "keep", "stands_still"]

_LATE = timedelta(hours=1)
"""CloudWatch has what Lambda measured minutes later, sometimes many: an hour is not closed before."""
_MOST = 4 * BATCH
"""Hours closed in one pass, which is one transaction, after the ledger stood still."""


class Meter(Protocol):
    """What AWS has measured."""

    def sums(self, metrics: Iterable[Metric], hours: Sequence[str]) -> Mapping[str, Sums]:
        """By hour, from the first to the last of these."""

    def stored(self, table: str, buckets: Sequence[str], now: datetime) -> Stored: ...

    def deployed(self, endpoint: Endpoint, *, closely: bool) -> Deployed:
        """`closely`: older releases are watched too."""


class Store(Protocol):
    """Where the ledger is kept."""

    def books(self) -> Books | None: ...

    def hours(self, first: str, last: str) -> Mapping[str, Counted]: ...

    def put(self, counted: Counted) -> None:
        """Raises Conflict where a newer count of the hour is there, or it is closed."""

    def close(self, before: Books | None, after: Books, hours: Sequence[Counted]) -> None:
        """All or nothing. Raises Conflict where the books are not as they were."""


@dataclass(frozen=True)
class Ledger:
    """What a pass works with."""

    meter: Meter
    store: Store
    versions: Versions
    shared: Shared
    prices: Prices


@dataclass(frozen=True)
class Kept:
    """Hours that were counted, those of them that were closed, and what the month has cost so far. `asked` is when each
    model was asked last, as far as that is in hours that were open: to the hour, and never too early."""

    counted: tuple[str, ...]
    closed: tuple[str, ...]
    spent: Spent
    asked: Mapping[str, datetime] = field(default_factory=dict)


def keep(ledger: Ledger, endpoints: Sequence[Endpoint], now: datetime) -> Kept:
    """Raises Conflict where another pass closed hours meanwhile; nothing is lost then."""
    books = ledger.store.books() or _first(ledger.store, now)
    # A clock that is behind the books looks at the first open hour, and closes nothing.
    hours = list(hours_between(books.open, max(books.open, hour_of(now))))
    looked = ledger.meter.sums([of_function("Invocations", one.function) for one in endpoints], hours)
    trained = Trainings()
    for endpoint in endpoints:
        trainings(books, ledger.versions, endpoint, now, trained)
    seen = {hour: _seen(endpoints, looked.get(hour, {}), trained.trained(hour)) for hour in hours}
    stored = ledger.store.hours(hours[0], hours[-1])
    due = _due(hours, now)
    new = [hour for hour in hours if hour in due or seen[hour] != stored.get(hour, _NOTHING).seen]
    counted = _count(ledger, endpoints, new, due, now) if new else {}
    counted = {hour: replace(one, seen=seen[hour], entries=(*one.entries, *trained.entries.get(hour, ())))
               for hour, one in counted.items()}  # fmt: skip
    if due:
        after = books.close([counted[hour] for hour in due], hours[len(due)], trained.upto(due))
        ledger.store.close(books, after, [counted[hour] for hour in due])
        books = after
    for hour in new:
        if hour not in due:
            _put(ledger.store, counted[hour])
    open_hours = [one for hour, one in {**stored, **counted}.items() if hour >= books.open]
    month = month_of(hour_of(now))
    before = books.spent if month_of(books.open) == month else {}
    return Kept(tuple(new), tuple(due), spent_in(month, open_hours, before), _asked(seen, now))


def stands_still(books: Books, now: datetime) -> bool:
    """Would hours be closed that are open, were there passes that come to their end?"""
    return now >= start_of(books.open) + timedelta(hours=BATCH) + 2 * _LATE


_NOTHING = Counted("", ())


def _first(store: Store, now: datetime) -> Books:
    """Before the first pass nobody counted: the books are opened with the present hour."""
    books = Books(hour_of(now))
    store.close(None, books, ())
    return store.books() or books


def _seen(endpoints: Sequence[Endpoint], sums: Sums, trained: tuple[str, ...]) -> Seen:
    requests = {one.model: int(sums.get(of_function("Invocations", one.function), 0)) for one in endpoints}
    return Seen({model: number for model, number in requests.items() if number}, trained)


def _asked(seen: Mapping[str, Seen], now: datetime) -> dict[str, datetime]:
    return {model: min(now, end_of(hour)) for hour, one in sorted(seen.items()) for model in one.requests}


def _due(hours: Sequence[str], now: datetime) -> list[str]:
    """The present hour is never among them."""
    over = [hour for hour in hours if end_of(hour) + _LATE <= now]
    return over[:_MOST] if len(over) >= BATCH else []


def _put(store: Store, counted: Counted) -> None:
    """Unless another pass has counted it since, which knew more."""
    with suppress(Conflict):
        store.put(counted)


def _count(
    ledger: Ledger, endpoints: Sequence[Endpoint], hours: Sequence[str], due: Sequence[str], now: datetime
) -> dict[str, Counted]:
    """By hour. What is read to close those that are due is good for the others."""
    shared, meter, at = ledger.shared, ledger.meter, int(now.timestamp() * 1000)
    deployed = [meter.deployed(endpoint, closely=bool(due)) for endpoint in endpoints]
    parts: tuple[Deployed | Shared, ...] = (*deployed, shared)
    wanted = [metric for part in parts for metric in part.requests()]
    if due:
        wanted += [metric for part in parts for metric in part.rest()]
    sums = meter.sums(wanted, hours)
    stored = meter.stored(shared.table, shared.buckets, now) if due else Stored()
    return {
        hour: Counted(hour, _priced(ledger, deployed, sums.get(hour, {}), stored, hour), at=at, closed=hour in due)
        for hour in hours
    }


def _priced(
    ledger: Ledger, deployed: Sequence[Deployed], sums: Sums, stored: Stored, hour: str
) -> tuple[Entry, ...]:  # fmt: skip
    usages = [own_usage(one, sums, hour, ledger.shared.log_days) for one in deployed]
    requests = {account: number for usage in usages for account, number in usage.requests.items()}
    live = {usage.live: 1 for usage in usages}
    busy = any(requests.values())
    shared = shared_usage(ledger.shared, deployed, sums, stored, hour, busy=busy)
    own: dict[Account, Quantities] = {account: used for usage in usages for account, used in usage.own.items()}

    def rule(asked: Requests) -> Mapping[Account, int]:
        """By requests; without any, the same for each endpoint."""
        return asked if busy else live

    return price_hour(hour, own, shared, requests, ledger.prices, rule)
