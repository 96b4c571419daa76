"""Do the deployed modules that steer rollouts work on AWS's own events, from their environment to the alias?"""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from jsonschema import Draft7Validator

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.rollout_table import RolloutTable
from serin.errors import NotFound
from serin.registry.records import AuditEntry
from serin.rollout.guardrails import guardrails
from serin.rollout.moves import advance
from serin.rollout.notice import notices
from serin.rollout.phases import Phase
from serin.rollout.plan_text import parse_plan
from serin.rollout.state import Rollout
from tests.handlers.deployed import event, start
from tests.unit.aws.stage import ENDPOINT, Aws

STARTED = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)  # before the alarm of the sample event


def rollouts(aws: Aws) -> RolloutTable:
    return RolloutTable(Table(aws.client("dynamodb"), "table"))


def canary(aws: Aws) -> Rollout:
    """Release 4 has 25 % of the traffic of release 3, as the sample alarm event expects."""
    client = aws.client("lambda")
    for number in (3, 4):
        client.update_function_configuration(
            FunctionName=ENDPOINT.function, Environment={"Variables": {"SERIN_MODEL_VERSION": str(number)}}
        )
        assert client.publish_version(FunctionName=ENDPOINT.function)["Version"] == str(number)
    rollout = Rollout.start("01R", "flights", 4, 3, parse_plan("25@5m"), guardrails(), "me", STARTED, version=3)
    rollout = replace(advance(rollout, STARTED, "serin", "the smoke tests passed")[1], confirmed=True)
    client.update_alias(
        FunctionName=ENDPOINT.function, Name="live", FunctionVersion="3",
        RoutingConfig={"AdditionalVersionWeights": {"4": 0.25}},
    )  # fmt: skip
    rollouts(aws).start(rollout, AuditEntry.of("flights", "rollout", "me", STARTED))
    return rollout


def live(aws: Aws) -> tuple[str, dict[str, float]]:
    found = aws.client("lambda").get_alias(FunctionName=ENDPOINT.function, Name="live")
    return found["FunctionVersion"], found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


def test_an_alarm_of_the_candidate_takes_it_back(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alias, record and audit trail; the same event again finds nothing to do."""
    canary(aws)
    handler = start(monkeypatch, "rollback")
    said = handler(event("rollback-candidate-alarm"), None)
    assert said == "rolled back from 25 % to release 3: alarm serin-dev.flights.4.crashes went red"
    assert live(aws) == ("3", {})
    (rollout,) = rollouts(aws).all("flights")
    assert (rollout.phase, rollout.untold) == (Phase.ROLLED_BACK, 0)
    assert rollouts(aws).active("flights") is None
    assert handler(event("rollback-candidate-alarm"), None) == "nothing: it is over"


@pytest.mark.parametrize("name", ["rollback-back-to-ok", "rollback-endpoint-alarm"])
def test_an_alarm_that_speaks_of_nothing_new_moves_nothing(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One that turned green; one of the endpoint that went red before the rollout began."""
    rollout = canary(aws)
    stored = rollouts(aws).active("flights")
    assert stored
    later = datetime.now(UTC) - timedelta(minutes=5)
    rollouts(aws).save(stored, replace(rollout, started=later, since=later, armed=later), [])
    start(monkeypatch, "rollback")(event(name), None)
    assert live(aws) == ("3", {"4": 0.25})


def test_an_alarm_without_a_rollout_is_told_once(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """EventBridge may deliver it twice."""
    handler = start(monkeypatch, "rollback")
    assert "told the watcher" in handler(event("rollback-endpoint-alarm"), None)
    assert "told already" in handler(event("rollback-endpoint-alarm"), None)


@pytest.mark.parametrize("name", ["controller-schedule", "controller-nudge"])
def test_the_controller_looks_at_every_endpoint_or_at_one(aws: Aws, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A rollout past its deadline goes back; without a rollout there is nothing to say."""
    handler = start(monkeypatch, "controller")
    assert handler(event(name), None) == {}
    canary(aws)
    said = handler(event(name), None)
    assert "undecided at the deadline" in said["flights"] or "this rollout has ended" in said["flights"]
    assert live(aws) == ("3", {})
    assert rollouts(aws).active("flights") is None
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_the_controller_seals_what_is_new(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry of the trail has its copy after a pass, whether or not anything is rolled out."""
    aws.client("s3").create_bucket(Bucket="sealed", ObjectLockEnabledForBucket=True)
    value = json.dumps({**asdict(ENDPOINT), "plans": [], "audit_bucket": "sealed"})
    aws.client("ssm").put_parameter(Name="/serin/dev/endpoints/flights", Value=value, Type="String", Overwrite=True)
    handler = start(monkeypatch, "controller")
    canary(aws)
    for _ in range(2):
        handler(event("controller-schedule"), None)
        table = Table(aws.client("dynamodb"), "table")
        keys = [one["Key"] for one in aws.client("s3").list_objects_v2(Bucket="sealed")["Contents"]]
        assert keys == [f"flights/{one.id}.json" for one in AuditTable(table).of("flights")]


def test_one_endpoint_that_fails_does_not_keep_the_others_waiting(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the failure is raised in the end, so that Lambda counts it."""
    canary(aws)
    other = json.dumps({"model": "broken", "stage": "dev", "team": "t", "function": "f", "alias": "live",
                        "bucket": "bucket", "table": "nowhere", "api_url": "u"})  # fmt: skip
    aws.client("ssm").put_parameter(Name="/serin/dev/endpoints/broken", Value=other, Type="String")
    with pytest.raises(NotFound):
        start(monkeypatch, "controller")(event("controller-schedule"), None)
    assert live(aws) == ("3", {})


def test_the_event_on_the_bus_fits_its_schema(aws: Aws) -> None:
    """The sample in events/, and what the library makes."""
    validator = Draft7Validator(event("rollout-state-changed.schema"))
    validator.validate(event("rollout-state-changed")["detail"])
    rollout = replace(canary(aws), id="01KE6Z8M3V4Q9T0W5X7Y8Z9A1B", previous_version=2)
    told = notices(ENDPOINT, rollout)
    assert len(told) == 2
    for notice in told:
        validator.validate(notice.event.detail)
