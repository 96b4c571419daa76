"""Does the ledger add up, for any usage and any rule of sharing?"""

import json
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.cost.code import Code
from serin.cost.entry import TRAINING, Account, Entry, Line
from serin.cost.ledger import By, by_line, daily, total, totals
from serin.cost.prices import Prices
from serin.cost.sharing import Rule, by_requests, evenly, price_hour

PRICES = Prices.of("us-east-1")
HOUR = "2026-11-03T08"
ACCOUNTS = [Account("ops", "flights", 1), Account("ops", "flights", 2), Account("rail", "trains", 1)]
USED = st.dictionaries(st.sampled_from(list(Code)), st.fractions(0, 10**9), max_size=5)
OWN = st.dictionaries(st.sampled_from(ACCOUNTS), USED)
REQUESTS = st.fixed_dictionaries({account: st.integers(0, 10**9) for account in ACCOUNTS})


def custom(weights: list[Fraction]) -> Rule:
    return lambda _: dict(zip(ACCOUNTS, weights, strict=True))


RULES = st.one_of(
    st.sampled_from([by_requests, evenly]), st.lists(st.fractions(0, 100), min_size=3, max_size=3).map(custom)
)


@given(own=OWN, shared=USED, requests=REQUESTS, rule=RULES)
def test_the_parts_of_an_hour_sum_to_its_price(own, shared, requests, rule) -> None:  # type: ignore[no-untyped-def]
    """To the micro-dollar, by code and in all, for any usage and any rule."""
    entries = price_hour(HOUR, own, shared, requests, PRICES, rule)
    used: dict[Code, Fraction] = {}
    for quantities in (shared, *own.values()):
        for code, quantity in quantities.items():
            used[code] = used.get(code, Fraction(0)) + quantity
    whole = PRICES.cost(used)
    assert total(entries) == sum(whole.values())
    assert {code: line.micro for code, line in by_line(entries).items()} == {c: whole[c] for c in used if used[c]}
    for by in By:
        assert sum(totals(entries, by).values()) == sum(whole.values())


@given(own=OWN, shared=USED, requests=REQUESTS)
def test_an_entry_survives_its_table(own, shared, requests) -> None:  # type: ignore[no-untyped-def]
    """As whole numbers and text alone."""
    for entry in price_hour(HOUR, own, shared, requests, PRICES):
        document = json.loads(json.dumps(entry.to_dict()))
        assert Entry.from_dict(document) == entry
        assert all(isinstance(line["micro"], int) for line in document["lines"].values())


def test_what_is_shared_goes_by_requests() -> None:
    """Who asks three times as often carries three times as much of the dashboard."""
    one, two, _ = ACCOUNTS
    entries = price_hour(HOUR, {}, {Code.DASHBOARD: Fraction(1)}, {one: 300, two: 100}, PRICES)
    assert [entry.micro for entry in entries] == [2_250_000, 750_000]


def test_what_is_shared_is_even_in_an_hour_without_requests() -> None:
    """An idle stage costs each of its endpoints the same."""
    one, two, _ = ACCOUNTS
    entries = price_hour(HOUR, {}, {Code.DASHBOARD: Fraction(1)}, {one: 0, two: 0}, PRICES)
    assert [entry.micro for entry in entries] == [1_500_000, 1_500_000]


def test_own_usage_stays_with_its_account() -> None:
    """Nobody else pays for another's Lambda."""
    one, two, _ = ACCOUNTS
    entries = price_hour(HOUR, {two: {Code.LAMBDA_REQUEST: Fraction(10**6)}}, {}, {one: 9, two: 1}, PRICES)
    assert [entry.micro for entry in entries] == [0, 200_000]
    assert not entries[0].lines


def test_usage_of_which_nobody_is_known_is_refused() -> None:
    """Dropped without a word, it would make the ledger too small."""
    one, two, _ = ACCOUNTS
    with pytest.raises(ValueError, match="nobody"):
        price_hour(HOUR, {}, {Code.DASHBOARD: Fraction(1)}, {}, PRICES)
    with pytest.raises(ValueError, match="no requests are known"):
        price_hour(HOUR, {two: {Code.EMAIL: Fraction(1)}}, {}, {one: 1}, PRICES)


def test_days_have_their_training() -> None:
    """What a version's training cost is on the ledger of its team."""
    account = ACCOUNTS[0]
    entries = [
        Entry(account, "2026-11-01T00", {"x": Line(10)}),
        Entry.training(account, "2026-11-02T09", 5_000_000),
    ]
    assert total(entries) == 5_000_010
    assert totals(entries, By.VERSION) == {"flights@1": 5_000_010}
    assert by_line(entries)[TRAINING].micro == 5_000_000
    assert daily(entries) == {date(2026, 11, 1): 10, date(2026, 11, 2): 5_000_000}
