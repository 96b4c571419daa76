"""Whose is what all use together? One hour's usage, priced once and divided without a remainder."""

from collections.abc import Callable, Mapping
from fractions import Fraction

from serin.cost.allocate import allocate
from serin.cost.code import Code
from serin.cost.entry import Account, Entry, Line
from serin.cost.prices import Prices, Quantities

__all__ = ["Rule", "by_requests", "evenly", "price_hour"]

Requests = Mapping[Account, int]
Rule = Callable[[Requests], Mapping[Account, Fraction | int]]
"""How much of what is shared each account carries, as weights: any that are not negative."""


def by_requests(requests: Requests) -> Mapping[Account, int]:
    """In proportion to the requests of the hour; evenly in an hour without any, for `allocate` takes zeros so."""
    return requests


def evenly(requests: Requests) -> Mapping[Account, int]:
    return dict.fromkeys(requests, 1)


def price_hour(
    hour: str,
    own: Mapping[Account, Quantities],
    shared: Quantities,
    requests: Requests,
    prices: Prices,
    rule: Rule = by_requests,
) -> tuple[Entry, ...]:
    """An entry for each account in `requests`, which names all that there are, in their order.

    What each code costs is priced once, on all that was used of it, and then divided by largest remainders: by what
    each account used itself and its share of what is used in common (runs of drift jobs and of the controller, logs,
    dashboard, secret, table and bucket). So the parts sum to the price of the hour, for any usage and any rule. Raises
    ValueError where usage has nobody to pay for it.
    """
    given = rule(requests)
    weights = {account: given.get(account, 0) for account in requests}
    entries: dict[Account, dict[str, Line]] = {account: {} for account in sorted(requests)}
    for code in sorted({code for used in (shared, *own.values()) for code in used}):
        quantities = _divided(code, own, shared, weights, requests)
        total = round(prices.exact(code, sum(quantities.values(), Fraction(0))))
        for account, micro in allocate(total, quantities).items():
            if quantities[account]:
                entries[account][code] = Line.of(micro, quantities[account])
    return tuple(Entry(account, hour, lines) for account, lines in entries.items())


def _divided(
    code: Code,
    own: Mapping[Account, Quantities],
    shared: Quantities,
    weights: Mapping[Account, Fraction | int],
    requests: Requests,
) -> dict[Account, Fraction]:
    """How much each account used of this, exactly."""
    if unknown := own.keys() - requests.keys():
        raise ValueError(f"usage of {sorted(unknown)[0]}, of whom no requests are known")
    whole = sum(weights.values(), Fraction(0))
    common = Fraction(shared.get(code, 0))
    return {
        account: Fraction(own.get(account, {}).get(code, 0))
        + common * (Fraction(weights[account]) / whole if whole else Fraction(1, len(requests)))
        for account in requests
    }
