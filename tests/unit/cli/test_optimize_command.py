"""`serin optimize` and `serin tune`: what is registered, what is refused with which figures, and what is left alone."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.cli.optimize import settle
from infra.cli.session import Session
from infra.cli.voice import Voice
from serin.evidence.latency import Run, turns
from serin.optimize.derive import Method, derive
from serin.optimize.folder import derived_folder
from serin.optimize.measure import Asked, Timer, measure
from tests.unit.cli.conftest import Serin
from tests.unit.cli.test_rollout_commands import _said
from tests.unit.optimize.nets import MANIFEST, folder, net, rows, tree, version, wide

HALF = [[200_000] * 500, [100_000] * 500]
"""Nanoseconds of parent and derived, as if they had been measured."""


@pytest.fixture
def one(serin: Serin, tmp_path: Path) -> Serin:
    """churn@1 is a net."""
    _said(serin("register", folder(tmp_path / "1", net()), "--json"))
    return serin


def _cpu_times(runs: Sequence[Run]) -> list[list[int]]:
    """Of real runs, in the CPU time of this thread: what else the machine does is not in it."""
    return turns(runs, time.thread_time_ns, fewest=300, most=300)


def _settled(
    tmp_path: Path, times: list[list[int]] | None, artifact: bytes | None = None, batches: tuple[int, ...] = (1, 32)
) -> int:
    """What the command does with these times, or with those that it takes."""
    session, epsilon = Session(Voice(as_json=True)), 0.05
    artifact = artifact or net()
    parent, files = version(tmp_path / "again", artifact)
    made = derived_folder("churn@1", files, parent.manifest, derive(artifact, Method.INT8), Method.INT8)
    derived, _ = version(tmp_path / "derived", made.artifact)
    asked = Asked(rows(tmp_path / "rows.csv", 2000), batches, "kept" if times else None)
    timer: Timer = (lambda _: times) if times else _cpu_times
    measured = measure(parent, derived, asked, by="ann", now=datetime.now(UTC), timer=timer)
    endpoint = session.directory.get("churn")
    return settle(session, endpoint, made, Method.INT8, measured, epsilon=epsilon, keep=None)


def test_what_is_faster_and_alike_becomes_a_version(
    one: Serin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its parent, its figures as evidence, and nothing of the parent's own evidence; it exports and diffs."""
    assert _settled(tmp_path, HALF) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["registered"], document["against"]) == ("churn@2", [])
    assert [speed["ratio"] for speed in document["speeds"]] == [0.5, 0.5]
    assert {"auc", "log_loss"} <= document["metric_changes"].keys()
    shown = _said(one("show", "churn@2", "--json"))
    assert (shown["parent"], shown["relation"]) == ("churn@1", "quantized")
    assert [*shown["evidence_document"]] == ["optimization"]
    assert one("export", "churn@2", tmp_path / "out").exit_code == 0
    assert "DynamicQuantizeLinear" in one("diff", "churn@1", "churn@2").stdout
    again = one("optimize", "churn@1", "--int8", "--data", tmp_path / "rows.csv")
    assert (again.exit_code, "churn@2 is that already" in again.stderr) == (6, True)


def test_what_really_takes_less_is_accepted_from_end_to_end(
    serin: Serin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No time is given here: two million weights are read as single floats, and as 8 bits in about a third of the CPU
    time. It is registered, and what the registry has of it answers as its parent does."""
    _said(serin("register", folder(tmp_path / "1", wide()), "--json"))
    assert _settled(tmp_path, None, wide(), (1,)) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["registered"], document["against"]) == ("churn@2", [])
    (speed,) = document["speeds"]
    assert speed["low"] <= speed["ratio"] <= speed["high"] < 1
    assert document["behaviour"]["high"] <= 0.05
    assert _said(serin("show", "churn@2", "--json"))["relation"] == "quantized"


def test_what_is_slower_is_refused_with_its_figures(
    one: Serin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 13, and no version."""
    assert _settled(tmp_path, HALF[::-1]) == 13
    document = json.loads(capsys.readouterr().out)
    assert document["registered"] is None
    assert document["against"][0].startswith("it is slower: p99 at batch 1 is 0.1 ms before and 0.2 ms after")
    assert one("show", "churn@2").exit_code == 5


def test_a_refused_one_can_be_kept_and_registered_by_hand(one: Serin, tmp_path: Path) -> None:
    """Its folder is whole. Here it is refused as 30 rows prove nothing, however fast it is."""
    words = ("optimize", "churn@1", "--int8", "--data", rows(tmp_path / "rows.csv", 30), "--keep", tmp_path / "kept")
    done = one(*words)
    assert done.exit_code == 13, done.stderr
    assert " of 30 rows flip, up to " in done.stdout
    assert "p99, batch 1" in done.stdout
    assert one("show", "churn@2").exit_code == 5
    assert _said(one("register", tmp_path / "kept", "--json"))["relation"] == "quantized"


def test_a_tree_is_refused_before_anything_is_measured(serin: Serin, tmp_path: Path) -> None:
    """It says of what it consists."""
    manifest = MANIFEST.replace("classification", "regression")
    _said(serin("register", folder(tmp_path / "1", tree(), manifest), "--json"))
    done = serin("optimize", "churn@1", "--int8", "--data", rows(tmp_path / "rows.csv", 30))
    assert (done.exit_code, "int8 changes nothing in this model (1 TreeEnsembleRegressor)" in done.stderr) == (13, True)


def test_what_can_not_be_asked_is_said(one: Serin, tmp_path: Path) -> None:
    """One method, batch sizes that are some, and a file."""
    data = ("--data", rows(tmp_path / "rows.csv", 30))
    for words in (
        data, ("--int8", "--fp16", *data), ("--int8", "--batch", "1,x", *data), ("--int8", "--batch", "1,1", *data),
        ("--int8", "--data", tmp_path / "none.csv"),
    ):  # fmt: skip
        assert one("optimize", "churn@1", *words).exit_code == 2, words


def test_tune_says_what_to_write_and_changes_nothing(one: Serin, tmp_path: Path) -> None:
    """The curve is by memory, its cheapest one within budget; the function is as it was."""
    client = boto3.client("lambda")
    before = _without_request(client.get_function_configuration(FunctionName="f"))
    document = _said(one("tune", "churn@1", "--json", "--data", rows(tmp_path / "rows.csv", 30)))
    points = {point["memory_mb"]: point for point in document["curve"]}
    assert [*points] == sorted(points)
    assert points[document["memory_mb"]]["in_budget"]
    assert points[document["memory_mb"]]["holds"]
    assert _without_request(client.get_function_configuration(FunctionName="f")) == before
    said = one("tune", "churn@1").stdout
    assert 'Write "memory_mb": ' in said or "as it is now" in said  # by times of its own


def _without_request(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_tune_without_an_answer_is_no_success(one: Serin) -> None:
    """A budget that no setting meets ends with 13, and an endpoint without a live version names what to do."""
    done = one("tune", "churn@1", "--budget-ms", "0.001")
    assert (done.exit_code, "No setting up to 1,769 MB" in done.stdout) == (13, True)
    assert one("tune", "churn").exit_code == 5
