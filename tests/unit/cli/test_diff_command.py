"""`serin diff`: exit codes as diff(1) has them, the sources of rows, and what is said where there are none."""

import json
from pathlib import Path

import boto3
import orjson
import pytest

from tests.unit.cli.conftest import Serin
from tests.unit.diff.test_page import check_html
from tests.unit.registry.folders import MANIFEST, golden, write_folder


@pytest.fixture
def registered(serin: Serin, tmp_path: Path) -> Serin:
    """churn@1 doubles; churn@2 multiplies by 2.5 and has another seed."""
    _register(serin, tmp_path / "1", 2.0)
    _register(serin, tmp_path / "2", 2.5, model_toml=MANIFEST.replace("seed = 7", "seed = 8"))
    return serin


def _register(serin: Serin, folder: Path, factor: float, **files: str) -> None:
    write_folder(folder, factor, golden_json=orjson.dumps(golden(factor)), **files)
    done = serin("register", folder, "--model", "churn")
    assert done.exit_code == 0, done.stderr


def test_the_exit_code_tells_whether_anything_differs(registered: Serin, tmp_path: Path) -> None:
    """0 for the same, 1 for another, and nobody mistakes an error for either."""
    for words, code in (
        (("churn@1", "churn@1"), 0), (("churn@1", "churn@2"), 1),
        (("churn@1", "churn@9"), 5), (("churn@1", "other@1"), 5), (("churn@1", "churn"), 2),
        (("churn@1", "churn@2", "--data", tmp_path / "none.csv"), 2),
        (("churn@1", "churn@2", "--html", tmp_path / "none" / "page.html"), 2),
    ):  # fmt: skip
        assert registered("diff", *words).exit_code == code, words


def test_a_defect_is_not_taken_for_a_difference(registered: Serin) -> None:
    """1 says that something differs: what nobody foresaw, here a record without its artifact, ends with 70."""
    key = {"PK": {"S": "MODEL#churn"}, "SK": {"S": "VERSION#000002"}}
    boto3.client("dynamodb").update_item(TableName="table", Key=key, UpdateExpression="REMOVE artifact")
    done = registered("diff", "churn@1", "churn@2")
    assert (done.exit_code, "did not foresee" in done.stderr) == (70, True)


def test_the_document_names_each_place(registered: Serin, tmp_path: Path) -> None:
    """In JSON, in words and on a page; golden examples stand in where no rows were captured."""
    done = registered("diff", "churn@1", "churn@2", "--json", "--html", tmp_path / "page.html")
    document = json.loads(done.stdout)
    assert document["parts"] == ["artifact", "manifest", "golden"]
    assert [one["path"] for one in document["manifest"]] == ["seed"]
    assert [one["path"] for one in document["graph"]["weights"]] == ["graph.initializer[factor]"]
    assert [(one["source"], one["flips"], one["low"]) for one in document["behaviour"]] == [
        ("golden examples", 1, None)
    ]
    assert "captured rows" in document["unseen"][0]
    check_html((tmp_path / "page.html").read_text())
    said = registered("diff", "churn@1", "churn@2").stdout
    assert "churn@2 differs from churn@1 in 1 manifest field, 1 weight and golden examples" in said


def test_given_rows_decide_alone(registered: Serin, tmp_path: Path) -> None:
    """With their interval; a tolerance takes small moves as none."""
    data = tmp_path / "rows.csv"
    data.write_text("distance,delay\n" + "".join(f"{i},{i % 7}\n" for i in range(100)))
    document = json.loads(registered("diff", "churn@1", "churn@2", "--data", data, "--json").stdout)
    (behaviour,) = document["behaviour"]
    assert (behaviour["source"], behaviour["rows"], document["unseen"]) == ("rows.csv", 100, [])
    assert 0 < behaviour["low"] < behaviour["share"] <= behaviour["high"]
    words = ("diff", "churn@1", "churn@2", "--data", data, "--tolerance", 1e6, "--json")
    assert json.loads(registered(*words).stdout)["behaviour"][0]["flips"] == 0


def test_what_is_the_same_is_not_asked(registered: Serin, tmp_path: Path) -> None:
    """Two versions with one artifact answer alike: no rows are read."""
    _register(registered, tmp_path / "3", 2.0, evidence_json="{}")
    document = json.loads(registered("diff", "churn@1", "churn@3", "--json").stdout)
    assert document["parts"] == ["evidence"]
    assert document["behaviour"] == []
    assert "all predictions are" in document["unseen"][0]
