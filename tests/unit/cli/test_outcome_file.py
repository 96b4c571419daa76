"""Are outcomes read alike from every kind of file, and is a file that can't be read named?"""

from pathlib import Path

import pandas as pd
import pytest

from infra.cli.outcome_file import rows
from serin.errors import InvalidInput

EXPECTED = [
    {"receipt": "a", "row": 0, "outcome": True, "kpi": {"cost": -20.0}},
    {"receipt": "b", "row": 3, "outcome": False, "observed_at": "2026-01-05T08:00:00Z"},
]


def _frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "receipt": ["a", "b"],
            "row": [0, 3],
            "outcome": [True, False],
            "kpi_cost": [-20.0, None],
            "observed_at": [None, "2026-01-05T08:00:00Z"],
            "note": ["not sent", ""],
        }
    )


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_every_kind_of_file_gives_the_same_outcomes(kind: str, tmp_path: Path) -> None:
    """Empty cells are left out, and columns that nobody asked for are not sent."""
    file = tmp_path / f"o.{kind}"
    if kind == "csv":
        _frame().to_csv(file, index=False)
    elif kind == "parquet":
        _frame().to_parquet(file, index=False)
    else:
        _frame().to_json(file, orient="records", lines=True)
    assert list(rows(file)) == EXPECTED


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("o.txt", "", "is none of .csv, .parquet, .jsonl"),
        ("o.jsonl", '{"receipt": "a"}\n{', "line 2 is not JSON"),
        ("o.jsonl", "[1]\n", "line 1 is no JSON object"),
        ("o.csv", "receipt,row\na,1\n", "has no column outcome"),
        ("o.parquet", "no parquet", "can't be read"),
    ],
)
def test_a_file_that_is_no_list_of_outcomes_is_named(name: str, content: str, sentence: str, tmp_path: Path) -> None:
    """With the line, where there is one."""
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidInput, match=sentence):
        list(rows(tmp_path / name))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(InvalidInput, match=r"o\.csv is not there"):
        list(rows(tmp_path / "o.csv"))
