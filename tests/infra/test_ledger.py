"""Does the ledger read what the template deploys, and may it do no more than that? What does the dashboard show?"""

import json
from pathlib import Path
from typing import Any

import pytest

from serin import settings
from serin.cost.deployed import Deployed, Published
from serin.cost.idle import BATCH, JOBS
from serin.cost.prices import Prices
from serin.cost.shared import Shared
from serin.registry.endpoints import Captured, Endpoint
from tests.infra.conftest import Template, synthesize_into
from tests.infra.test_template import allowed, text


def variables(template: Template) -> dict[str, str]:
    (function,) = [
        one for one in template.properties("Lambda::Function") if one["Handler"] == "ledger.handler"
    ]  # fmt: skip
    return {name: text(value) for name, value in function["Environment"]["Variables"].items()}


def test_all_that_steers_is_shared_by_all(two: Template) -> None:
    """Every function that is no endpoint's, with the memory that it has."""
    found = json.loads(variables(two)["SERIN_FUNCTIONS"])
    steering = [one for one in two.properties("Lambda::Function") if one["Handler"] != "inference.handler"]
    assert {f"serin-prod-{name}": memory for name, memory in found.items()} == {
        one["FunctionName"]: one["MemorySize"] for one in steering
    }
    assert len(variables(two)["SERIN_BUCKETS"].split()) == len(two.all("S3::Bucket"))


def test_each_metric_is_of_something_that_is_deployed(two: Template) -> None:
    """A name that is wrong here would be priced at nothing, without a word."""
    found = settings.ledger({**variables(two), "AWS_REGION": "us-east-1"})
    shared = Shared("prod", "<RegistryTable>", found.buckets, found.functions, found.architecture, found.log_days)
    release, captured = Published(1, 1, 512, "arm64"), Captured("b", "p", "d", "t", "w")
    names = [one["Name"].rpartition("/")[2] for one in two.properties("SSM::Parameter")]
    endpoints = [
        Endpoint(name, "prod", "t", f"serin-prod-{name}", "live", "b", "t", "u", captured=captured) for name in names
    ]  # fmt: skip
    parts: list[Any] = [shared, *(Deployed(one, release, (), (release,)) for one in endpoints)]
    asked: dict[str, set[str]] = {}
    for metric in (one for part in parts for one in (*part.requests(), *part.rest())):
        for dimension, value in metric.dimensions:
            asked.setdefault(dimension, set()).add(value)
    assert asked["FunctionName"] == {one["FunctionName"] for one in two.properties("Lambda::Function")}
    assert asked["LogGroupName"] <= {text(one["LogGroupName"]) for one in two.properties("Logs::LogGroup")}
    assert asked["ApiName"] == {one["Name"] for one in two.properties("ApiGateway::RestApi")}
    assert asked["Stage"] == {one["StageName"] for one in two.properties("ApiGateway::Stage")}
    streams = {one["DeliveryStreamName"] for one in two.properties("KinesisFirehose::DeliveryStream")}
    assert asked["DeliveryStreamName"] == streams


def test_a_closing_reads_no_more_than_is_estimated(two: Template) -> None:
    """Of the stage, and of an endpoint with one release: each metric costs something to read."""
    found, job = json.loads(variables(two)["SERIN_FUNCTIONS"]), JOBS["ledger"]
    shared = Shared("prod", "t", (), found)
    endpoint = Endpoint("m", "prod", "t", "f", "live", "b", "t", "u", captured=Captured("b", "p", "d", "t", "w"))
    one = Deployed(endpoint, Published(1, 1, 512, "arm64"), (), (Published(1, 1, 512, "arm64"),))
    closings = 12 * BATCH
    buckets = len(two.all("S3::Bucket"))
    assert len([*shared.requests(), *shared.rest()]) + buckets <= job.metrics * closings
    assert len([*one.requests(), *one.rest()]) <= (job.metrics_each - 1) * closings


def test_it_reads_what_there_is_and_pauses_what_is_idle(two: Template) -> None:
    """It writes records, and may change what idle endpoints cost: drift schedules, and what is kept warm."""
    writes = [
        statement for policy in two.properties("IAM::Policy") if policy["Roles"] == [{"Ref": "LedgerRole"}]
        for statement in policy["PolicyDocument"]["Statement"] if statement["Action"] == "dynamodb:PutItem"
    ]  # fmt: skip
    assert [one["Condition"] for one in writes] == [
        {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["LEDGER", "LEDGER#*", "IDLE#*", "AUDIT#*"]}}
    ]
    actions = {action for action, _ in allowed(two, "LedgerRole")}
    assert actions == {
        "logs:CreateLogStream", "logs:PutLogEvents", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem",
        "dynamodb:Query", "cloudwatch:GetMetricData", "ssm:GetParametersByPath", "lambda:GetAlias",
        "lambda:ListVersionsByFunction", "lambda:ListProvisionedConcurrencyConfigs",
        "lambda:PutProvisionedConcurrencyConfig", "lambda:DeleteProvisionedConcurrencyConfig", "events:DisableRule",
        "events:EnableRule",
    }  # fmt: skip
    assert {on for action, on in allowed(two, "LedgerRole") if action == "events:DisableRule"} == {
        "<DriftFlightsRule.Arn>", "<DriftLateTrainsRule.Arn>",
    }  # fmt: skip
    assert {on for action, on in allowed(two, "LedgerRole") if action == "lambda:GetAlias"} == {
        "<FlightsFunction.Arn>", "<LateTrainsFunction.Arn>",
    }  # fmt: skip


def test_prices_of_the_settings_reach_it(default: dict[str, Any], tmp_path: Path) -> None:
    """With their dates; the sources stay in cdk.json, for an environment is small."""
    own = {"amount": "0.01", "as_of": "2026-11-01", "source": "https://example.com/" + "x" * 100}
    whole = {str(code): own for code in Prices.of("us-east-1").of_code}
    template = synthesize_into(tmp_path, default | {"prices": whole})
    found = variables(template)
    assert sum(len(name) + len(value) for name, value in found.items()) < 4096
    prices = Prices.of("eu-nowhere-1", settings.ledger({**found, "AWS_REGION": "eu-nowhere-1"}).prices)
    assert {price.as_of.isoformat() for price in prices.of_code.values()} == {"2026-11-01"}


@pytest.mark.parametrize(
    "metric", ["SpendMicros", "BudgetUsed", "RealisedAuc", "CalibrationError", "DriftAlarm", "DriftRealisedQuality"]
)
def test_spend_stands_beside_traffic_quality_and_drift(two: Template, metric: str) -> None:
    """On the one dashboard, for each endpoint."""
    (dashboard,) = two.properties("CloudWatch::Dashboard")
    body = text(dashboard["DashboardBody"])
    widgets = [one for one in json.loads(body)["widgets"] if metric in json.dumps(one)]
    assert len(widgets) == 2
    assert {model for model in ("flights", "late-trains") if any(model in json.dumps(one) for one in widgets)} == {
        "flights", "late-trains",
    }  # fmt: skip
