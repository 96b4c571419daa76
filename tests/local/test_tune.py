"""The template, real sandboxes: is memory measured without a trace, and is a tune that died cleared up?"""

import json

import pytest
from typer.testing import CliRunner

from infra.cli.main import app
from infra.local.running import launch
from serin.aws.clients import Clients
from serin.aws.dynamodb import Table
from serin.aws.function_versions import FunctionVersions
from serin.aws.lambda_ import Functions
from serin.aws.release_table import ReleaseTable
from serin.aws.ssm import Directory
from serin.aws.version_table import VersionTable
from serin.rollout.ports import Operator
from serin.rollout.trials import Trials
from tests.local.test_rollouts import Rehearsal

FUNCTION = "serin-dev-flights"
ROB = ("--as", "releaser:rob")


class Tuned(Rehearsal):
    """What of a function a tune could leave changed."""

    def tune(self, *words, code=0):
        """The document stands on stdout, also where no setting is enough."""
        line = ["tune", *words, "--invoke", "--local", "--json"]
        done = CliRunner().invoke(app, line, env={"SERIN_HOME": str(self.home)})
        assert done.exit_code == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def function(self):
        found = self.client("lambda").get_function_configuration(FunctionName=FUNCTION)
        return found["MemorySize"], found["Environment"]["Variables"]

    def published(self):
        versions = self.client("lambda").list_versions_by_function(FunctionName=FUNCTION)["Versions"]
        return {one["Version"]: one["MemorySize"] for one in versions if one["Version"] != "$LATEST"}

    def live(self):
        return self.client("lambda").get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"]

    def metrics(self, stage):
        """Of which releases something was counted."""
        found = self.client("cloudwatch").list_metrics(Namespace=f"Serin/{stage}")["Metrics"]
        return {pair["Value"] for one in found for pair in one["Dimensions"] if pair["Name"] == "Release"}

    def dies_while_tuning(self, memory_mb):
        """As a process that ends between two steps leaves it."""
        clients = Clients("us-east-1", endpoint_url=self.running.aws_endpoint, key=("local", "local"))
        endpoint = Directory(clients.client("ssm"), "dev").get("flights")
        table, client = Table(clients.client("dynamodb"), endpoint.table), clients.client("lambda")
        operator = Operator("dead", Functions(client), ReleaseTable(table))
        return Trials(operator, FunctionVersions(client), endpoint).publish(
            VersionTable(table).get("flights", 1), memory_mb
        )


@pytest.fixture(scope="module")
def rehearsal(assembly, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with launch(assembly, home, max_sandboxes=2) as running:
        yield Tuned(running, home, tmp_path_factory.mktemp("models"))


def test_a_releaser_measures_and_nothing_is_left_of_it(rehearsal):
    """Function, versions and alias are as before; the endpoint's metrics know nothing of it; the trail does."""
    before = rehearsal.function(), rehearsal.published(), rehearsal.live()
    counted = rehearsal.metrics("dev")
    found = rehearsal.tune("flights", "--memory", "512,2048", "--requests", "299", "--budget-ms", "29000", "--reason",
                           "cheaper", *ROB)  # fmt: skip
    assert (rehearsal.function(), rehearsal.published(), rehearsal.live()) == before
    assert {point["memory_mb"]: point["standing"] for point in found["curve"]} == {512: "WITHIN", 2048: "WITHIN"}
    assert found["memory_mb"] in {512, 2048}
    for point in found["curve"]:
        assert (point["requests"], point["used_mb"] > 20) == (299, True)
        assert point["starts"] >= 1
        assert 0 < point["p50"] <= point["p99"] <= point["p99_high"]
        assert point["micro_per_million"] > 200_000
    assert rehearsal.metrics("dev") == counted
    assert rehearsal.metrics("dev-tune") == {str(number) for number in found["releases"]}
    start, end = [one for one in rehearsal.trail()["entries"] if one["action"] == "tune"]
    assert start["actor"].endswith("flights-releaser/rob")
    assert (start["details"]["reason"], end["details"]["memory_mb"]) == ("cheaper", found["memory_mb"])


def test_a_watcher_may_not_measure(rehearsal):
    """Refused before anything is changed."""
    before = rehearsal.function(), rehearsal.published()
    refused = rehearsal.serin("tune", "flights", "--invoke", "--as", "watcher", code=10)
    assert refused["type"] == "AccessDenied"
    assert (rehearsal.function(), rehearsal.published()) == before


def test_what_is_hopeless_is_found_so_soon(rehearsal):
    """No setting keeps to a microsecond: twenty requests tell, and the exit code is 13."""
    found = rehearsal.tune("flights", "--memory", "512", "--budget-ms", "0.001", code=13)
    (point,) = found["curve"]
    assert (point["standing"], point["requests"], found["memory_mb"]) == ("OVER", 20, None)


def test_a_tune_that_died_changes_no_release(rehearsal):
    """The next deploy publishes with the declared memory and in its own stage; a young leftover stays for the tune that
    may be using it, and the next tune removes it."""
    declared, variables = rehearsal.function()
    left = rehearsal.dies_while_tuning(2048)
    assert (rehearsal.function()[0], rehearsal.published()[left]) == (2048, 2048)
    kept = {one["name"]: one["reason"] for one in rehearsal.serin("gc")["kept"]}
    assert kept[left] == "serin tune may still be using it"
    assert "has no release" in rehearsal.serin("rollback", "flights", "--to", left, code=5)["error"]
    release = rehearsal.serin("deploy", "flights@2", "--plan", "50,100@60m+deadline=6h")["release"]
    assert (release != int(left), rehearsal.published()[str(release)]) == (True, declared)
    assert rehearsal.function()[0] == declared
    assert rehearsal.function()[1].keys() == variables.keys()
    assert rehearsal.function()[1]["SERIN_STAGE"] == "dev"
    refused = rehearsal.serin("tune", "flights", "--invoke", code=6)
    assert "tune when that has ended" in refused["error"]
    rehearsal.serin("rollback", "flights", "--reason", "a test", *ROB)
    rehearsal.look()
    rehearsal.tune("flights@1", "--memory", "512", "--budget-ms", "0.001", code=13)
    assert left not in rehearsal.published()
    assert (rehearsal.function()[0], rehearsal.function()[1]["SERIN_STAGE"]) == (declared, "dev")
