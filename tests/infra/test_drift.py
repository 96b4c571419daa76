"""Who wakes the drift job, what it may do, and that its alarm moves no traffic."""

import json

from tests.infra.conftest import Template
from tests.infra.test_template import allowed, text


def test_each_endpoint_has_a_schedule_of_its_own(two: Template) -> None:
    """The function is told which model it is about, by a rule that may call it."""
    rules = {
        json.loads(target["Input"])["model"]: rule["ScheduleExpression"]
        for rule in two.properties("Events::Rule")
        for target in rule["Targets"]
        if text(target["Arn"]) == "<DriftFunction.Arn>"
    }
    assert rules == {"flights": "rate(1 hour)", "late-trains": "rate(1 hour)"}
    sources = [
        one for one in two.properties("Lambda::Permission") if text(one["FunctionName"]) == "<DriftFunction.Arn>"
    ]
    assert len(sources) == 2


def test_it_reads_windows_and_writes_reports_and_records(two: Template) -> None:
    """It can't change what was seen or what became of it, nor move an alias, nor read a report."""
    found = allowed(two, "DriftRole")
    objects = {(action, on.partition(">/")[2]) for action, on in found if action.startswith("s3:") and ">/" in on}
    assert objects == {
        ("s3:GetObject", "documents/sha256/*"), ("s3:GetObject", "windows/*"), ("s3:PutObject", "reports/*"),
    }  # fmt: skip
    assert {action for action, _ in found if action.startswith("dynamodb:")} == {
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
    }  # fmt: skip
    assert {on for action, on in found if action == "sns:Publish"} == {
        "<FlightsNoticesTopic>", "<LateTrainsNoticesTopic>",
    }  # fmt: skip
    assert not [action for action, _ in found if action.startswith(("lambda:", "cloudwatch:", "firehose:"))]


def test_its_alarm_wakes_no_rollback(two: Template) -> None:
    """Going back cures no drift: the name is none that the rollback's rule matches."""
    names = [one["AlarmName"] for one in two.properties("CloudWatch::Alarm") if one["MetricName"] == "DriftAlarm"]
    assert sorted(names) == ["serin-prod-flights-drift", "serin-prod-late-trains-drift"]
    patterns = [rule["EventPattern"] for rule in two.properties("Events::Rule") if "EventPattern" in rule]
    assert [{"prefix": "serin-prod."}] in [pattern["detail"]["alarmName"] for pattern in patterns]
