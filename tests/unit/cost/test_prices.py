"""Is each price dated, sourced and exact, and is a region that is not known refused?"""

import json
from datetime import date
from fractions import Fraction
from importlib.resources import files

import pytest

from serin.cost.code import Code
from serin.cost.prices import Prices, always_free
from serin.errors import InvalidSettings

TABLE = json.loads(files("serin.cost").joinpath("prices.json").read_text())
OWN = {"amount": "0.01", "as_of": "2026-11-01", "source": "https://example.com/contract"}


@pytest.mark.parametrize("region", TABLE["regions"])
def test_each_price_of_the_table_has_amount_unit_date_and_source(region: str) -> None:
    """Nobody can check a price that does not say when and where it was read."""
    for code, price in TABLE["regions"][region].items():
        assert isinstance(price["amount"], str), code
        assert Fraction(price["amount"]) > 0, code
        assert date(2020, 1, 1) < date.fromisoformat(price["as_of"]) < date(2027, 1, 1), code
        assert "amazon" in price["source"].split("/")[2], code
        assert price["unit"], code
    assert set(TABLE["regions"][region]) == set(Code)


def test_each_free_allowance_has_a_date_and_a_source() -> None:
    """They are never taken off, but they are told."""
    for one in TABLE["always_free"].values():
        assert one["source"].startswith("https://")
        date.fromisoformat(one["as_of"])
    assert {allowance.name for allowance in always_free()} == set(TABLE["always_free"])


def test_an_unknown_region_is_refused_with_those_that_are_known() -> None:
    """A price that is guessed is worse than none."""
    with pytest.raises(InvalidSettings, match=r"'eu-nowhere-1', and does not guess: known are us-east-1") as refusal:
        Prices.of("eu-nowhere-1")
    assert "as_of" in str(refusal.value)


def test_a_region_of_which_one_price_is_missing_is_refused() -> None:
    """Forty right prices do not make the missing one right."""
    overrides = {str(code): OWN for code in Code if code is not Code.ATHENA}
    with pytest.raises(InvalidSettings, match=r"no price for athena\.scanned_tb of region 'eu-nowhere-1'"):
        Prices.of("eu-nowhere-1", overrides)
    whole = Prices.of("eu-nowhere-1", overrides | {str(Code.ATHENA): OWN})
    assert whole.of_code[Code.ATHENA].unit == "TB"


def test_an_override_goes_over_the_table() -> None:
    """Who has a contract has other prices."""
    prices = Prices.of("us-east-1", {"lambda.request": OWN})
    assert prices.of_code[Code.LAMBDA_REQUEST].source == OWN["source"]
    assert prices.cost({Code.LAMBDA_REQUEST: Fraction(3)}) == {Code.LAMBDA_REQUEST: 30_000}


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ({"lambda.request": {"amount": "0.01"}}, "lacks as_of and source"),
        ({"lambda.nothing": OWN}, "is not a code"),
        ({"lambda.request": OWN | {"amount": "much"}}, "can't be read"),
        ({"lambda.request": OWN | {"amount": 0.01}}, "in quotes"),
        ({"lambda.request": OWN | {"amount": "1/0"}}, "can't be read"),
        ({"lambda.request": OWN | {"amount": "-1"}}, "less than nothing"),
        ({"lambda.request": OWN | {"as_of": "yesterday"}}, "can't be read"),
    ],
)
def test_an_override_without_date_source_or_sense_is_refused(override: dict, said: str) -> None:  # type: ignore[type-arg]
    """What goes over the table has to be as good as what is in it."""
    with pytest.raises(InvalidSettings, match=said):
        Prices.of("us-east-1", override)


def test_a_cost_is_exact_and_rounded_once() -> None:
    """A float would lose a tenth of a micro-dollar here, and a sum of rounded ones more."""
    prices = Prices.of("us-east-1")
    assert prices.exact(Code.LAMBDA_ARM64, Fraction(1, 3)) == Fraction("13.3334") / 3
    assert prices.cost({Code.S3_GET: Fraction(1_000_001)}) == {Code.S3_GET: 400_000}
