"""Does `serin tune --invoke` refuse what can't be, and leave the function as it was whatever becomes of it?"""

from pathlib import Path

import boto3
import pytest

from infra.cli.tune_invoked import paced
from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.optimize.rounds import Answer
from tests.unit.cli.conftest import Serin
from tests.unit.cli.test_rollout_commands import _said, _settings, rolling
from tests.unit.optimize.nets import folder, net

__all__ = ["rolling"]


@pytest.fixture
def one(serin: Serin, tmp_path: Path) -> Serin:
    """churn@1 is a net."""
    _said(serin("register", folder(tmp_path / "1", net()), "--json"))
    return serin


def _function() -> tuple[int, dict[str, str], list[str]]:
    client = boto3.client("lambda")
    found = client.get_function_configuration(FunctionName="f")
    versions = [one["Version"] for one in client.list_versions_by_function(FunctionName="f")["Versions"]]
    return found["MemorySize"], found["Environment"]["Variables"], versions


def test_during_a_rollout_it_is_refused(rolling: Serin) -> None:
    """With what to wait for, and before anything is changed or recorded."""
    before = _function()
    refused = _said(rolling("tune", "churn@1", "--invoke", "--json"), 6)
    assert "churn@2 is being rolled out (SMOKE, 0 %): tune when that has ended" in refused["error"]
    assert _function() == before
    assert not AuditTable(Table(boto3.client("dynamodb"), "table")).of("churn", ["tune"])


def test_where_no_request_comes_back_it_clears_up_all_the_same(one: Serin) -> None:
    """moto's function gives back its event, which is no answer of Serin's: each setting failed, and nothing is left."""
    before = _function()
    said = one("tune", "churn@1", "--invoke", "--memory", "512,1024", "--reason", "cost", "--json")
    assert said.exit_code == 13, said.stderr
    assert _function() == before
    start, end = [entry.details for entry in AuditTable(Table(boto3.client("dynamodb"), "table")).of("churn", ["tune"])]
    assert (start["did"], start["settings"], start["reason"]) == ("START", "512,1024", "cost")
    assert (end["did"], end["memory_mb"]) == ("END", "none")
    shown = one("tune", "churn@1", "--invoke", "--memory", "512").stdout
    assert "512 MB: FAILED" in shown
    assert "No setting is shown to keep p99 within 100 ms." in shown


def test_the_memory_that_is_declared_is_what_is_tried_beside(one: Serin) -> None:
    """A function that somebody set to other memory by hand is set back to that, not to what is declared: deploys do
    the latter."""
    _settings(memory_mb=1024)
    boto3.client("lambda").update_function_configuration(FunctionName="f", MemorySize=300)
    one("tune", "churn@1", "--invoke", "--memory", "512")
    assert _function()[0] == 300


def test_a_tune_does_not_look_like_a_client_that_has_run_away() -> None:
    """Of 600 requests a minute, which would stop the endpoint, it sends 150; without a limit it never waits."""
    now, waited = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    ask = paced(lambda *_: Answer(), 600, lambda: now[0], sleep)
    for _ in range(151):
        ask(512, {})
    assert now[0] == pytest.approx(60)
    assert paced(ask, None) is ask


@pytest.mark.parametrize("memory", ["64", "512,512", "x", "512,20000", ""])
def test_settings_that_lambda_does_not_have_are_refused(one: Serin, memory: str) -> None:
    """From 128 to 10,240 MB, each once."""
    assert one("tune", "churn@1", "--invoke", "--memory", memory).exit_code == 2


def test_what_goes_with_invoke_is_not_taken_silently(one: Serin) -> None:
    """An estimate has no requests, and changes nothing that would have a reason."""
    for words in (("--memory", "512"), ("--requests", "300"), ("--reason", "x")):
        refused = one("tune", "churn@1", *words)
        assert (refused.exit_code, "go with --invoke" in refused.stderr) == (2, True)
