"""Do the commands that steer a rollout do what they say, refuse what can't be, and leave it on record?"""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import Result

from tests.unit.cli.conftest import Serin
from tests.unit.registry import folders

PARAMETER = "/serin/dev/endpoints/churn"


def _said(result: Result, code: int = 0) -> dict[str, Any]:
    assert result.exit_code == code, result.stderr
    document = json.loads(result.stdout if code == 0 else result.stderr.splitlines()[-1])
    assert isinstance(document, dict)
    return document


def _settings(**more: object) -> None:
    ssm = boto3.client("ssm")
    known = json.loads(ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"])
    ssm.put_parameter(Name=PARAMETER, Value=json.dumps({**known, **more}), Type="String", Overwrite=True)


def _become(monkeypatch: pytest.MonkeyPatch, role: str, name: str) -> str:
    """From now on commands run as somebody who has assumed this role; the ARN by which they are known."""
    arn = f"arn:aws:iam::123456789012:role/{role}"
    keys = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
    for variable, part in (
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ):
        monkeypatch.setenv(variable, keys[part])
    return f"arn:aws:sts::123456789012:assumed-role/{role}/{name}"


def _live() -> tuple[str, dict[str, float]]:
    found = boto3.client("lambda").get_alias(FunctionName="f", Name="live")
    return found["FunctionVersion"], found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


@pytest.fixture
def rolling(serin: Serin, tmp_path: Path) -> Serin:
    """churn@1 is live as release 2, and churn@2 is being rolled out as release 3, in its smoke tests."""
    for number in (1, 2):
        serin("register", folders.write_folder(tmp_path / f"m{number}", factor=float(number)))
    _publish_first(serin)
    begun = _said(serin("deploy", "churn@2", "--plan", "20@10m+min=50", "--json"))
    assert (begun["release"], begun["rollout"]["phase"], begun["moved"]) == (3, "SMOKE", False)
    return serin


def _publish_first(serin: Serin) -> None:
    """As a deploy of the first version leaves it; its smoke test needs a function that answers."""
    from tests.unit.cli.test_commands import _release

    _release()


def _to_canary() -> None:
    """What the controller does once the smoke tests have passed."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from serin.aws.dynamodb import Table
    from serin.aws.rollout_table import RolloutTable
    from serin.rollout.moves import advance

    table = RolloutTable(Table(boto3.client("dynamodb"), "table"))
    stored = table.active("churn")
    assert stored
    rollout = advance(stored.rollout, datetime.now(UTC), "serin", "the smoke tests passed")[1]
    table.save(stored, replace(rollout, confirmed=True), [])
    boto3.client("lambda").update_alias(
        FunctionName="f", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"3": 0.2}}
    )


def test_a_deploy_beside_a_live_model_begins_a_rollout(rolling: Serin) -> None:
    """`live` does not move; the same deploy again finds it under way; another version is refused with what to do."""
    assert _live() == ("2", {})
    again = _said(rolling("deploy", "churn@2", "--plan", "20@10m+min=50", "--json"))
    history = _said(rolling("history", "churn", "--json"))
    assert [again["rollout"]["rollout"]] == [one["rollout"] for one in history["rollouts"]]
    refused = _said(rolling("deploy", "churn@1", "--json"), 6)
    assert "churn@2 is being rolled out (SMOKE, 0 %)" in refused["error"]
    assert "serin abort churn" in refused["error"]


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--plan", "50,20@10m"], 4, "Steps must increase: 20 % can't follow 50 %."),
        (["--plan", "20@10m+shadow=10%"], 4, "A shadow share needs mirrored requests, which are not built yet"),
        (["--guardrail", "speed"], 4, "There is no guardrail 'speed': there are errors"),
        (["--guardrail", "kpi:dollars:0..-100:5"], 4, "The bounds 0..-100 of guardrail kpi:dollars are none"),
        (["--guardrail", "low_confidence"], 4, "one of the two models gives no confidence"),
    ],
)
def test_what_can_not_be_rolled_out_is_refused_with_why(
    serin: Serin, tmp_path: Path, options: list[str], code: int, sentence: str
) -> None:
    """And nothing is recorded."""
    for number in (1, 2):
        serin("register", folders.write_folder(tmp_path / f"m{number}", factor=float(number)))
    _publish_first(serin)
    assert sentence in _said(serin("deploy", "churn@2", *options, "--json"), code)["error"]
    assert _said(serin("history", "churn", "--json"))["rollouts"] == []


def test_the_release_that_is_live_is_not_rolled_out(serin: Serin, tmp_path: Path) -> None:
    """It is said, with exit code 0: a deploy may be run again."""
    serin("register", folders.write_folder(tmp_path / "m"))
    _publish_first(serin)
    found = _said(serin("deploy", "churn@1", "--json"))
    assert (found["release"], found["moved"], found["rollout"]) == (2, False, None)


def test_status_shows_how_far_each_guardrail_is_from_a_verdict(rolling: Serin) -> None:
    """For people and for programs."""
    (row,) = _said(rolling("status", "--json"))["endpoints"]
    assert (row["version"], row["rollout"]["version"], row["rollout"]["plan"]) == (1, 2, "20 → 100 %")
    assert [one["name"] for one in row["rollout"]["guardrails"]] == ["errors", "over_latency", "invalid_output"]
    shown = rolling("status", "churn").stdout
    assert all(part in shown for part in ("churn@2 as release 3", "UNDECIDED", "to HARM", "to SAFE", "20 → 100 %"))


def test_status_shows_what_predictions_were_worth(serin: Serin, tmp_path: Path) -> None:
    """Beside the counts, and whether a step waits for it."""
    for number in (1, 2):
        serin("register", folders.write_folder(tmp_path / f"m{number}", factor=float(number)))
    _publish_first(serin)
    serin("deploy", "churn@2", "--guardrail", "errors", "--guardrail", "kpi:dollars:-100..0:2.5")
    (row,) = _said(serin("status", "--json"))["endpoints"]
    assert [one["name"] for one in row["rollout"]["guardrails"]] == ["errors"]
    (kpi,) = row["rollout"]["kpis"]
    assert (kpi["name"], kpi["required"], kpi["margin"], kpi["candidate_n"]) == ("kpi:dollars", False, 2.5, 0)
    assert (kpi["candidate_mean"], kpi["verdict"], kpi["to_harm"]) == (None, "UNDECIDED", 0.0)
    assert "(only convicts)" in serin("status", "churn").stdout


def test_only_an_approver_promotes(rolling: Serin, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the caller's ARN, of two who have assumed a role; the refusal says whom to ask. Smoke tests can't be
    skipped by anybody. The command lies where approvers alone may write, and the trail says who and why."""
    _settings(approvers=["arn:aws:sts::*:assumed-role/churn-approver/*"])
    promote = ("promote", "churn", "--reason", "the customer  waits", "--json")
    _become(monkeypatch, "churn-releaser", "rob")
    refused = _said(rolling(*promote), 10)
    assert "assumed-role/churn-releaser/rob is no approver of churn: ask a." in refused["error"]
    ann = _become(monkeypatch, "churn-approver", "ann")
    assert "can't be skipped" in _said(rolling(*promote), 6)["error"]
    _to_canary()
    assert _said(rolling(*promote))["phase"] == "CANARY"
    items = boto3.client("dynamodb").scan(TableName="table")["Items"]
    commands = [item for item in items if item["SK"]["S"].startswith("COMMAND#")]
    assert [(one["PK"]["S"], one["ask"]["S"], one["step"]["N"]) for one in commands] == [
        ("APPROVER#churn", "promote", "0")
    ]
    (audit,) = [one for one in items if one.get("action", {}).get("S") == "promote"]
    assert (audit["actor"]["S"], audit["details"]["M"]["reason"]["S"]) == (ann, "the customer waits")


def test_a_promotion_says_why(rolling: Serin) -> None:
    """Without a reason, or with an empty one, nothing is asked for."""
    _settings(approvers=["*"])
    _to_canary()
    assert rolling("promote", "churn").exit_code == 2
    assert "Say why" in _said(rolling("promote", "churn", "--reason", " ", "--json"), 2)["error"]
    assert "at most 500" in _said(rolling("promote", "churn", "--reason", "x" * 501, "--json"), 2)["error"]


def test_going_back_is_at_once_and_for_everybody(rolling: Serin) -> None:
    """`live` first; the record says who and why."""
    _to_canary()
    rolling("rollback", "churn", "--reason", "it smells")
    assert _live() == ("2", {})
    (rollout,) = _said(rolling("history", "churn", "--json"))["rollouts"]
    assert rollout["phase"] == "ABORTED"
    assert rollout["history"][-1]["by"].endswith("user/moto")
    said = "taken back by arn:aws:sts::123456789012:user/moto (it smells): live goes back to release 2"
    assert rollout["history"][-1]["reason"] == said


def test_an_abort_is_the_approvers(rolling: Serin) -> None:
    """Others are refused before anything is written, and have `rollback`."""
    _to_canary()
    assert _said(rolling("abort", "churn", "--json"), 10)["type"] == "AccessDenied"
    assert _live() == ("2", {"3": 0.2})
    _settings(approvers=["arn:aws:sts::*:user/moto"])
    assert "aborted by" in _said(rolling("abort", "churn", "--json"))["reason"]
    assert _live() == ("2", {})


@pytest.mark.parametrize("command", ["pause", "resume", "promote", "abort"])
def test_without_a_rollout_there_is_nothing_to_steer(serin: Serin, command: str) -> None:
    """And the sentence says how one begins."""
    _settings(approvers=["*"])
    assert "serin deploy churn@N" in _said(serin(command, "churn", "--reason", "why", "--json"), 5)["error"]


def test_rollback_to_a_release_is_for_approvers_and_names_those_there_are(rolling: Serin) -> None:
    """It may be forward as well as back."""
    assert _said(rolling("rollback", "churn", "--to", 3, "--json"), 10)["type"] == "AccessDenied"
    _settings(approvers=["*"])
    assert "its releases are 2, 3" in _said(rolling("rollback", "churn", "--to", 9, "--json"), 5)["error"]
    assert _said(rolling("rollback", "churn", "--to", 3, "--json"))["release"] == 3
    assert _live() == ("3", {})


def test_status_says_who_is_idle(serin: Serin) -> None:
    """Since when, and what waits for the next request; of an endpoint in use it says nothing."""
    from datetime import UTC, datetime

    from serin.aws.dynamodb import Table
    from serin.aws.idle_table import IdleTable
    from serin.idle.idleness import Idleness

    assert _said(serin("status", "--json"))["endpoints"][0]["idle"] is None
    asked, paused = datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 10, 15, 9, tzinfo=UTC)
    record = Idleness("churn", asked, idle=True, since=paused, last_request=asked, warm={"live": 2})
    IdleTable(Table(boto3.client("dynamodb"), "table")).save(record)
    sentence = (
        "churn is idle since 2026-10-01 08:00 UTC: drift paused, nothing kept warm, from 2026-10-15 09:00 UTC until "
        "the next request"
    )
    found = _said(serin("status", "--json"))["endpoints"][0]["idle"]
    assert found == {
        "since": "2026-10-01T08:00:00.000Z", "paused": "2026-10-15T09:00:00.000Z", "warm": {"live": 2},
        "sentence": sentence,
    }  # fmt: skip
    assert sentence in serin("status").stdout
