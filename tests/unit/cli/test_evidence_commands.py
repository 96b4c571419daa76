"""Does evidence lead to a release, and its lack to a refusal that says what to do?"""

import json
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pandas as pd
import pytest

from tests.unit.cli.conftest import Serin
from tests.unit.cli.test_commands import _release
from tests.unit.cli.test_rollout_commands import _live, _said, _settings
from tests.unit.evidence.versions import regressor
from tests.unit.registry import folders

EVEN = {"difference": {"error": 1.0}}
GATES = {"metrics": {"mae": {"max": 1.0, "margin": 0.1}}}


def _golden(weight: float) -> str:
    given = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.0]}
    wanted = {"name": "y", "datatype": "FP32", "shape": [1], "data": [1.0 + 2 * weight]}
    return json.dumps({"examples": [{"inputs": [given], "outputs": [wanted]}]})


def _folder(path: Path, weight: float, **files: str) -> Path:
    """distance + weight * delay, where what happens is distance + delay."""
    return folders.write_folder(path, model_onnx=regressor((1.0, weight)), golden_json=_golden(weight), **files)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    distance, delay = rng.normal(size=(2, 400))
    happened = distance + delay + rng.normal(0, 0.1, 400)
    path = tmp_path / "march.csv"
    columns = {"distance": distance, "delay": delay, "minutes": happened, "sex": ["f", "m"] * 200}
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture
def two(serin: Serin, tmp_path: Path) -> Serin:
    """churn@1 is live, churn@2 is better; the tier is limited."""
    for weight in (0.9, 1.0):
        serin("register", _folder(tmp_path / f"{weight}", weight))
    _release()
    _settings(tier="limited", gates=GATES)
    return serin


def _gates(document: dict[str, Any]) -> dict[str, str]:
    return {one["gate"]: one["standing"] for one in document["gates"]}


def _actions() -> list[str]:
    found = boto3.client("dynamodb").query(
        TableName="table", KeyConditionExpression="PK = :pk", ExpressionAttributeValues={":pk": {"S": "AUDIT#churn"}}
    )
    return [item["action"]["S"] for item in found["Items"]]


def _become(monkeypatch: pytest.MonkeyPatch, role: str, name: str) -> None:
    """The commands that follow are this person's, in this role."""
    arn = f"arn:aws:iam::123456789012:role/{role}"
    found = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    for variable, value in {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, value)


def test_an_evaluation_opens_the_way_to_a_rollout(two: Serin, file: Path) -> None:
    """Refused before it, let out after it; what it found is shown beside the live version and on the trail."""
    refused = _said(two("deploy", "churn@2", "--json"), 13)
    assert refused["type"] == "GatesClosed"
    assert "- champion: insufficient: it was not compared with churn@1, which is live" in refused["error"]
    assert "Next: serin evaluate churn@2 --data FILE --label COLUMN --against churn@1" in refused["error"]
    assert _live() == ("2", {})
    found = _said(two("evaluate", "churn@2", "--data", file, "--label", "minutes", "--json"))
    assert (found["rival"]["version"], found["rows"], found["stored"]) == (1, 400, True)
    assert found["rival"]["differences"]["mae"]["high"] < 0
    checked = _said(two("check", "churn@2", "--json"))
    assert (checked["standing"], checked["tier"]) == ("pass", "limited")
    assert _said(two("deploy", "churn@2", "--json"))["rollout"]["version"] == 2
    assert _actions().count("evaluate") == 1


def test_a_version_that_is_worse_is_not_let_out(two: Serin, file: Path, tmp_path: Path) -> None:
    """Its difference lies beyond the margin."""
    two("register", _folder(tmp_path / "worse", 0.0))
    two("evaluate", "churn@3", "--data", file, "--label", "minutes")
    result = two("check", "churn@3", "--json")
    assert result.exit_code == 13
    gates = _gates(json.loads(result.stdout))
    assert (gates["champion"], gates["held-out"], gates["latency"]) == ("fail", "pass", "pass")
    assert "mae" in _said(two("deploy", "churn@3", "--json"), 13)["error"]
    assert _live() == ("2", {})


def test_people_see_figures_side_by_side_and_gates_with_reasons(two: Serin, file: Path) -> None:
    """Each figure with its interval; each gate with what to do. A dry run leaves neither evidence nor a trail."""
    page = two("evaluate", "churn@2", "--data", file, "--label", "minutes", "--dry-run").stdout
    assert all(
        part in page for part in ("churn@2", "churn@1", "difference", "rmse", " to ", "p99", "Nothing was stored")
    )
    table = two("check", "churn@2").stdout
    assert all(part in table for part in ("champion", "insufficient", "evaluate", "churn@2: 2 of 6 gates"))
    assert "evaluate" not in _actions()


def test_another_version_may_be_the_measure_but_not_the_proof(two: Serin, file: Path, tmp_path: Path) -> None:
    """The gate asks for the version that is live."""
    two("register", _folder(tmp_path / "worse", 0.0))
    given = ["--data", file, "--label", "minutes", "--json"]
    assert _said(two("evaluate", "churn@2", *given, "--against", "churn@3"))["rival"]["version"] == 3
    assert _gates(json.loads(two("check", "churn@2", "--json").stdout))["champion"] == "insufficient"
    assert _said(two("evaluate", "churn@1", *given))["rival"] is None
    assert _said(two("check", "churn@1", "--json"))["standing"] == "pass"


def test_what_can_not_be_evaluated_is_refused_with_why(two: Serin, file: Path) -> None:
    """And nothing is stored."""
    another = "compared with another version of churn"
    for words, code, sentence in [
        (["churn", "--label", "minutes"], 2, "names no version"),
        (["churn@9", "--label", "minutes"], 5, "churn@9 does not exist"),
        (["churn@2", "--label", "late"], 2, "march.csv has no column 'late': it has distance, delay, minutes, sex."),
        (["churn@2", "--label", "minutes", "--against", "churn@2"], 2, another),
        (["churn@2", "--label", "minutes", "--against", "flights@1"], 2, another),
    ]:
        assert sentence in _said(two("evaluate", *words, "--data", file, "--json"), code)["error"]
    assert "evaluate" not in _actions()


def test_the_first_release_is_checked_too(serin: Serin, tmp_path: Path) -> None:
    """Nothing is published where evidence.json tells no metric."""
    serin("register", folders.write_folder(tmp_path / "m", evidence_json="{}"))
    refused = _said(serin("deploy", "churn@1", "--json"), 13)
    assert "1 of the 3 gates of tier low" in refused["error"]
    assert "- metric: insufficient: no metric with its sample size is known" in refused["error"]
    versions = boto3.client("lambda").list_versions_by_function(FunctionName="f")["Versions"]
    assert [one["Version"] for one in versions] == ["$LATEST", "1"]


def test_what_was_let_out_before_may_be_deployed_again(two: Serin, file: Path) -> None:
    """Gates that close later hold up neither a rollout under way nor the version that is live; new code they do."""
    two("evaluate", "churn@2", "--data", file, "--label", "minutes")
    _settings(tier="high")
    assert _said(two("deploy", "churn@1", "--json"))["moved"] is False
    _settings(tier="limited")
    two("deploy", "churn@2", "--plan", "20@10m+min=50")
    _settings(tier="high")
    again = _said(two("deploy", "churn@2", "--plan", "20@10m+min=50", "--json"))
    assert again["rollout"]["phase"] == "SMOKE"
    boto3.client("lambda").update_function_configuration(FunctionName="f", Timeout=77)
    assert "churn@1 is not let out" in _said(two("deploy", "churn@1", "--json"), 13)["error"]


def test_approving_takes_an_approver_a_reason_and_another_person(two: Serin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registrant may not at tier high, whatever the role; another one may, and twice is once."""
    words = ("approve", "churn@2", "--reason", "better in every season", "--json")
    assert "is no approver of churn" in _said(two(*words), 10)["error"]
    _settings(tier="high", approvers=["arn:aws:sts::*:assumed-role/approver/*", "arn:aws:sts::*:user/moto"])
    assert "registered churn@2" in _said(two(*words), 10)["error"]
    _become(monkeypatch, "approver", "bob")
    assert _said(two("approve", "churn@2", "--reason", " ", "--json"), 2)["type"] == "BadRequest"
    first = _said(two(*words))
    assert (first["created"], first["by"].rpartition("/")[2], first["evaluations"]) == (True, "bob", [])
    again = _said(two("approve", "churn@2", "--reason", "another", "--json"))
    assert (again["created"], again["reason"]) == (False, "better in every season")
    gates = _gates(json.loads(two("check", "churn@2", "--json").stdout))
    assert (gates["approval"], gates["fairness"], gates["card"]) == ("pass", "insufficient", "insufficient")
    assert _actions().count("approve") == 1


def test_all_that_tier_high_asks_for_can_be_shown(
    two: Serin, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Groups, a card, another person's approval; and then it is rolled out."""
    words = '[fairness]\ncolumns = ["sex"]\n[card]\nintended_use = "to plan"\nlimitations = "no storms"\n'
    two("register", _folder(tmp_path / "whole", 1.1, model_toml=f"{folders.MANIFEST}\n{words}"))
    _settings(tier="high", approvers=["arn:aws:sts::*:assumed-role/approver/*"], gates={**GATES, "fairness": EVEN})
    page = two("evaluate", "churn@3", "--data", file, "--label", "minutes").stdout
    assert "sex=f" in page
    assert two("check", "churn@3").exit_code == 13
    with monkeypatch.context() as bob:
        _become(bob, "approver", "bob")
        assert two("approve", "churn@3", "--reason", "as good for both").exit_code == 0
    checked = _said(two("check", "churn@3", "--json"))
    assert {one["standing"] for one in checked["gates"]} == {"pass"}
    assert len(checked["gates"]) == 10
    assert _said(two("deploy", "churn@3", "--json"))["rollout"]["version"] == 3
    card = two("card", "churn@3").stdout
    assert "as good for both" in card


def test_an_approver_may_approve_his_own_where_less_is_at_stake(two: Serin) -> None:
    """At tiers low and limited no gate asks for it; it is on record all the same."""
    _settings(approvers=["arn:aws:sts::*:user/moto"])
    assert _said(two("approve", "churn@2", "--reason", "mine", "--json"))["created"] is True


@pytest.mark.parametrize("kind", ["artifacts", "documents"])
def test_what_was_registered_is_what_is_judged(two: Serin, file: Path, kind: str):
    """Whoever may write to the bucket can put a card, a digest of the data or a model there that nobody registered."""
    bucket, keys = boto3.client("s3"), []
    keys = [one["Key"] for one in bucket.list_objects_v2(Bucket="bucket", Prefix=f"{kind}/")["Contents"]]
    for key in keys:
        bucket.put_object(Bucket="bucket", Key=key, Body=b'{"data": {"sha256": "ffee"}}')
    done = two("evaluate", "churn@2", "--data", file, "--label", "minutes")
    assert (done.exit_code, f"{kind}/sha256/" in done.stderr) == (11, True)
    assert "holds other content than its hash says" in done.stderr
    assert two("check", "churn@2").exit_code == (11 if kind == "documents" else 13)
