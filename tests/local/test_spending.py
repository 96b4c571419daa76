"""The template, real sandboxes, real HTTP: is a client that runs away stopped in time, and what does everybody see?"""

import json
import time

import httpx
import pytest
from botocore.exceptions import ClientError

from infra.local.running import launch
from serin.spending.heard import budget_name
from serin.spending.signal import Source
from tests.handlers.deployed import event
from tests.local.test_rollouts import PAUSE_S, TABLE, Rehearsal

FUNCTION, GUARD, PARAMETER = "serin-dev-flights", "serin-dev-shutdown", "/serin/dev/endpoints/flights"
ALARM, PERIOD_S, MOST = "serin-dev-spend.runaway.model.flights", 60, 40
ROW = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [0.25, 1.5]}]}
KEPT = (
    "AlarmName", "AlarmDescription", "MetricName", "Namespace", "Statistic", "Dimensions", "Period",
    "EvaluationPeriods", "ComparisonOperator", "TreatMissingData",
)  # fmt: skip


class Stage(Rehearsal):
    """flights@1 is live; a laptop can't send what nobody means to send, so that its limit is lower."""

    def __init__(self, *given):
        super().__init__(*given, versions=(1,))
        cloudwatch = self.client("cloudwatch")
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
        cloudwatch.put_metric_alarm(**{name: alarm[name] for name in KEPT}, Threshold=MOST)
        self.http = httpx.Client(headers=self.headers, timeout=40)

    def ask(self):
        return self.http.post(self.url, json=ROW)

    def until(self, holds):
        """Goes on asking until an answer is so, two periods of the alarm at most; gives it and their count."""
        deadline, asked = time.monotonic() + 2 * PERIOD_S, 0
        while time.monotonic() < deadline:
            answer, asked = self.ask(), asked + 1
            if holds(answer):
                return answer, asked
            time.sleep(PAUSE_S)
        raise AssertionError(f"not within two periods: {answer.text}, {self.said()[-3000:]}")

    def settings(self, **more):
        ssm = self.client("ssm")
        known = json.loads(ssm.get_parameter(Name=PARAMETER)["Parameter"]["Value"])
        ssm.put_parameter(Name=PARAMETER, Value=json.dumps({**known, **more}), Type="String", Overwrite=True)

    def guarded(self):
        """A look of the guard's, now."""
        answer = self.client("lambda").invoke(FunctionName=GUARD, Payload=json.dumps({"model": "flights"}))
        return json.loads(answer["Payload"].read())["flights"]

    @property
    def reserved(self):
        found = self.client("lambda").get_function_concurrency(FunctionName=FUNCTION)
        return found.get("ReservedConcurrentExecutions")


@pytest.fixture(scope="module")
def stage(assembly, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with launch(assembly, home, max_sandboxes=2, tick=1) as running:
        yield Stage(running, home, tmp_path_factory.mktemp("models"))


def stopped(answer):
    return answer.status_code == 503


def test_a_critical_endpoint_is_paged_for_and_goes_on(stage):
    """The communicator hears of the client that runs away; no answer is missing."""
    stage.settings(critical=True)
    said = "SNS serin-dev-flights: flights (dev): OVER ITS BUDGET, and goes on"
    answer, asked = stage.until(lambda answer: stopped(answer) or said in stage.said())
    assert answer.status_code == 200, (answer.text, stage.said()[-3000:])
    assert asked >= MOST
    assert (stage.guarded(), stage.reserved) == ("FRUGAL", None)


def test_a_runaway_client_is_stopped_and_told_when_to_come_back(stage):
    """The alarm is red still, so that an endpoint that is critical no more is stopped at the next look. Its clients get
    503 with Retry-After and why; nothing is deployed to it meanwhile."""
    stage.settings(critical=False)
    answer, _ = stage.until(stopped)
    assert answer.headers["retry-after"] == "30"
    assert "stopped by its spend guard" in answer.json()["error"]
    assert stage.reserved == 0
    refused = stage.serin("deploy", "flights@1", code=6)
    assert "serin resume flights" in refused["error"]


def test_a_resume_restores_what_was_there_and_the_old_alarm_stops_it_no_more(stage):
    """Also at the looks that follow. Only approvers may, and by IAM the record is theirs alone."""
    assert "is no approver" in stage.serin("resume", "flights", "--as", "releaser:rob", code=10)["error"]
    table = stage.session("flights-releaser", "dynamodb")
    with pytest.raises(ClientError, match=r"AccessDenied.*PutItem.*SPENDING#flights"):
        table.put_item(TableName=TABLE, Item={"PK": {"S": "SPENDING#flights"}, "SK": {"S": "STATE"}})
    found = stage.serin("resume", "flights", "--reason", "a test", "--as", "flights-approver:ann")
    assert (found["spending"]["grade"], found["spending"]["restored"]) == ("NORMAL", True)
    assert (stage.reserved, stage.ask().status_code) == (None, 200)
    assert (stage.guarded(), stage.ask().status_code) == ("NORMAL", 200)
    assert stage.said().count("flights (dev): STOPPED by its spend guard") == 1
    trail = [(one["action"], one["actor"].rpartition("/")[2]) for one in stage.trail()["entries"]]
    assert [one for one in trail if one[0].startswith("spend-")] == [
        ("spend-page", "serin"), ("spend-stop", "serin"), ("spend-resume", "ann"),
    ]  # fmt: skip


def test_aws_budgets_stops_it_where_nobody_else_did(stage):
    """By the topic, with its prose."""
    name = budget_name("dev", Source.MODEL, "flights", "us-east-1")
    message = event("shutdown-budgets")["Records"][0]["Sns"]
    text = message["Message"].replace("serin-dev team operations in eu-central-1", name)
    arn = next(one["TopicArn"] for one in stage.client("sns").list_topics()["Topics"] if "budgets" in one["TopicArn"])
    stage.client("sns").publish(TopicArn=arn, Subject=message["Subject"], Message=text)
    stage.until(stopped)
    (row,) = stage.serin("status")["endpoints"]
    assert (row["spending"]["grade"], row["spending"]["used"]) == ("STOPPED", {"model": 104})
    budgets = stage.client("budgets").describe_budgets(AccountId="123456789012")["Budgets"]
    assert [one["BudgetName"] for one in budgets] == [name]


def test_functions_did_nothing_that_their_roles_do_not_allow(stage):
    """The guard, and the sandboxes that asked how their endpoint stands."""
    refused = [line for line in stage.said().splitlines() if "AccessDenied" in line]
    assert refused
    assert all("assumed-role/flights-releaser/" in line for line in refused)
