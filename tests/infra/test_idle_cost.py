"""Is everything that the stack deploys in the estimate of what it costs idle?"""

from collections import Counter
from pathlib import Path

import pytest

from infra.cli.cost import _stage
from infra.read_settings import read_settings
from serin.cost.estimate import Estimate, estimate
from serin.cost.idle import JOBS
from serin.cost.prices import Prices
from serin.cost.stage import HOURS, Load
from tests.infra.conftest import Template, synthesize_into

FREE = {
    "AWS::ApiGateway::Account", "AWS::ApiGateway::ApiKey", "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse", "AWS::ApiGateway::Method", "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator", "AWS::ApiGateway::Resource", "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage", "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::UsagePlanKey", "AWS::Athena::WorkGroup",
    "AWS::Budgets::Budget",
    "AWS::DynamoDB::Table", "AWS::Events::Rule", "AWS::Glue::Database", "AWS::Glue::Table", "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::KinesisFirehose::DeliveryStream", "AWS::Lambda::Alias",
    "AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::Logs::LogStream", "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy", "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy", "AWS::SSM::Parameter",
}  # fmt: skip
"""Paid for by use alone, or not at all. What tables, buckets and log groups hold is a part of its own."""
SCHEDULES = {"rate(1 minute)": HOURS * 60, "rate(5 minutes)": HOURS * 12, "rate(1 hour)": HOURS}


def idle(settings: dict) -> Estimate:  # type: ignore[type-arg]
    return estimate(_stage(read_settings(settings), None), Load(0), Prices.of("us-east-1"))


def deployed(template: Template) -> Counter[str]:
    return Counter(one["Type"] for one in template.body["Resources"].values() if one["Type"] not in FREE)


def test_each_resource_with_a_price_is_in_the_estimate(template: Template, default: dict) -> None:  # type: ignore[type-arg]
    """By type and number: a new alarm, dashboard, secret or function is estimated, or this fails."""
    assert idle(default).resources == deployed(template)


def test_so_it_is_with_two_endpoints_and_a_queue(two: Template, default: dict) -> None:  # type: ignore[type-arg]
    """The parts of an endpoint are counted for each."""
    first = default["endpoints"][0] | {"snap_start": True}
    second = first | {"model": "late-trains", "tier": "high", "team": "rail", "budget": {}}
    settings = default | {"outcome_queue": True, "team_budgets": {"rail": 100}, "endpoints": [first, second]}
    assert idle(settings).resources == deployed(two)


def test_a_stage_without_a_dashboard_pays_for_none(tmp_path: Path, default: dict) -> None:  # type: ignore[type-arg]
    """A dashboard is most of what an idle stage costs, and a choice."""
    settings = default | {"dashboard": False}
    assert idle(settings).resources == deployed(synthesize_into(tmp_path, settings))
    assert idle(default).idle_micro - idle(settings).idle_micro == 3_000_000


@pytest.mark.parametrize("name", JOBS)
def test_functions_have_the_memory_and_the_schedule_that_they_are_priced_with(name: str, two: Template) -> None:
    """Whoever makes one larger or wakes it more often changes the estimate too."""
    ((logical, function),) = [
        (logical, one["Properties"])
        for logical, one in two.named("Lambda::Function").items()
        if one["Properties"]["Handler"] == f"{name}.handler"
    ]
    assert function["MemorySize"] == JOBS[name].memory_mb
    wakes = [
        rule.get("ScheduleExpression")
        for rule in two.properties("Events::Rule")
        if rule["Targets"][0]["Arn"] == {"Fn::GetAtt": [logical, "Arn"]}
    ]
    runs = [SCHEDULES[expression] for expression in wakes if expression]
    assert runs == ([HOURS] * 2 if name == "drift" else [JOBS[name].runs] if JOBS[name].runs else [])


def test_alarms_are_as_fast_as_they_are_priced(template: Template) -> None:
    """One with a period under a minute costs three times as much."""
    periods = [alarm["Period"] for alarm in template.properties("CloudWatch::Alarm")]
    assert sorted(period < 60 for period in periods) == [False] * 4 + [True]
