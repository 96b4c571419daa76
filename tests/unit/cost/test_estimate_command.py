"""Does `serin cost estimate` say it to people, programs and spreadsheets?"""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from infra.cli.main import app

ROOT = Path(__file__).parents[3]


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["cost", "estimate", *words])


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder without a cdk.json, and a shell that names no region."""
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def stack(folder: Path, **more: Any) -> None:
    document = json.loads((ROOT / "cdk.json").read_text())
    document["context"]["serin"] |= more
    (folder / "cdk.json").write_text(json.dumps(document))


def test_it_needs_neither_cdk_json_nor_aws() -> None:
    """Before anything is deployed."""
    said = run("--requests-per-day", "10000")
    assert said.exit_code == 0, said.output
    for words in ("a month in us-east-1", "SnapStart snapshots", "always-free", "SageMaker Serverless", "ml.c5.large"):
        assert words in said.stdout


def test_json_and_csv_tell_the_same() -> None:
    """Each line of the bill, to the micro-dollar."""
    document = json.loads(run("--json").stdout)
    rows = list(csv.DictReader(io.StringIO(run("--csv").stdout)))
    micro = sum(round(float(row["usd"]) * 1e6) for row in rows if row["section"] in ("idle", "load"))
    assert micro == document["micro"]
    assert document["prices"]["lambda.arm64.gb_second"]["usd"] == "0.0000133334"
    assert document["prices"]["lambda.arm64.gb_second"]["as_of"] == "2026-09-19"


def test_endpoints_are_those_of_cdk_json_and_options_go_over_them(elsewhere: Path) -> None:
    """An owner asks what his own stack will cost."""
    stack(elsewhere)
    (one,) = json.loads(run("--json").stdout)["endpoints"]
    assert (one["model"], one["memory_mb"], one["snap_start"]) == ("flights", 1024, False)
    options = ("--memory-mb", "512", "--snap-start", "--architecture", "x86_64", "--endpoints", "2", "--json")
    first, second = json.loads(run(*options).stdout)["endpoints"]
    assert first == {
        "model": "flights-1",
        "memory_mb": 512,
        "architecture": "x86_64",
        "snap_start": True,
        "releases": 1,
    }
    assert second["model"] == "flights-2"


def test_prices_of_cdk_json_go_over_the_table(elsewhere: Path) -> None:
    """With date and source, or not at all."""
    own = {"amount": "1.00", "as_of": "2026-11-01", "source": "https://example.com"}
    stack(elsewhere, prices={"cloudwatch.dashboard_month": own})
    document = json.loads(run("--json").stdout)
    assert document["idle"]["parts"][0]["micro"] == 1_000_000
    stack(elsewhere, prices={"cloudwatch.dashboard_month": {"amount": "1.00", "as_of": "soon", "source": "x"}})
    refused = run()
    assert refused.exit_code == 4
    assert "cloudwatch.dashboard_month can't be read" in refused.stderr


def test_an_unknown_region_is_refused() -> None:
    """With exit code 4, the regions that are known, and what to do."""
    said = run("--region", "eu-nowhere-1")
    assert said.exit_code == 4
    assert "known are us-east-1" in said.stderr
