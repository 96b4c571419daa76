"""Does the ledger's pass pause an endpoint that nobody asks, and resume it with its first request? Against moto."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.awslambda_simple.models import lambda_simple_backends

from infra.local import release
from infra.local.provisioned import _configs
from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.idle_table import IdleTable
from serin.idle.idleness import Idleness
from serin.registry.endpoints import Drift, parameter_name
from tests.handlers.deployed import Handler, event, start
from tests.unit.aws.provisioned import with_provisioned_concurrency
from tests.unit.aws.stage import ENDPOINT, Aws

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
FUNCTION = {"FunctionName": ENDPOINT.function}


@pytest.fixture
def warmth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any session is made. The fixture `aws` plays Lambda without Docker."""
    with_provisioned_concurrency(monkeypatch)
    monkeypatch.setattr(release, "lambda_backends", lambda_simple_backends)


@pytest.fixture
def idle(warmth: None, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Handler:
    """An endpoint that was asked twenty days ago, whose alias is kept warm for longer than that."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    endpoint = replace(ENDPOINT, idle_days=14, drift=Drift(rule="drift-flights"))
    value = json.dumps({**asdict(endpoint), "plans": []})
    aws.client("ssm").put_parameter(Name=parameter_name("dev", "flights"), Value=value, Overwrite=True)
    aws.client("events").put_rule(Name="drift-flights", ScheduleExpression="rate(1 hour)")
    aws.client("lambda").put_provisioned_concurrency_config(
        **FUNCTION, Qualifier="live", ProvisionedConcurrentExecutions=2
    )
    _keep_warm_since(NOW - 30 * DAY)
    _records(aws).save(Idleness("flights", NOW - 60 * DAY, last_request=NOW - 20 * DAY))
    return start(monkeypatch, "ledger")


def _keep_warm_since(at: datetime) -> None:
    _configs(ENDPOINT.function)["live"]["LastModified"] = at.isoformat()


def _records(aws: Aws) -> IdleTable:
    return IdleTable(Table(aws.client("dynamodb"), ENDPOINT.table))


def _state(aws: Aws) -> tuple[str, list[Any]]:
    rule = aws.client("events").describe_rule(Name="drift-flights")["State"]
    found = aws.client("lambda").list_provisioned_concurrency_configs(**FUNCTION)
    return rule, [one["RequestedProvisionedConcurrentExecutions"] for one in found["ProvisionedConcurrencyConfigs"]]


def _asked(aws: Aws, at: datetime) -> None:
    pairs = [{"Name": "FunctionName", "Value": ENDPOINT.function}]
    data = [{"MetricName": "Invocations", "Dimensions": pairs, "Timestamp": at, "Value": 1}]
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/Lambda", MetricData=data)


def test_an_idle_endpoint_is_paused_and_its_first_request_resumes_it(idle: Handler, aws: Aws) -> None:
    """By the five minutes in which it came; all of it is on the audit trail."""
    schedule = event("ledger-schedule")
    idle(schedule, None)
    assert _state(aws) == ("DISABLED", [])
    idle(schedule, None)
    assert _state(aws) == ("DISABLED", [])
    _asked(aws, datetime.now(UTC))
    idle(schedule, None)
    assert _state(aws) == ("ENABLED", [2])
    trail = AuditTable(Table(aws.client("dynamodb"), ENDPOINT.table)).of("flights")
    assert [(one.action, one.actor) for one in trail] == [("idle-pause", "serin"), ("idle-resume", "serin")]


def test_a_request_that_the_ledger_did_not_see_keeps_it_awake(idle: Handler, aws: Aws) -> None:
    """It stood still for a week; CloudWatch did not."""
    _asked(aws, NOW - 5 * DAY)
    idle(event("ledger-schedule"), None)
    assert _state(aws) == ("ENABLED", [2])
    found = _records(aws).get("flights")
    assert found
    assert timedelta() <= (found.last_request or NOW) - (NOW - 5 * DAY) <= timedelta(hours=1)
