"""Metrics, alarms, events and schedules of a running local cloud, all deployed from a template."""

import json
import os
import select
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.running import launch
from tests.local.conftest import FUNCTION, connect, template, write_assembly

TOPIC_ARN = {"Fn::GetAtt": ["Topic", "TopicArn"]}


class Ear:
    """Waits for the events that the function hears, at most 20 s for each."""

    def __init__(self, path):
        os.mkfifo(path)
        self.descriptor = os.open(path, os.O_RDWR)
        self.rest = b""

    def hear(self):
        while b"\n" not in self.rest:
            assert select.select([self.descriptor], [], [], 20)[0], "nothing was heard"
            self.rest += os.read(self.descriptor, 65536)
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)


def _rule(**properties):
    targets = [{"Id": "t", "Arn": {"Ref": "Live"}} | properties.pop("target", {})]
    return {"Type": "AWS::Events::Rule", "Properties": {**properties, "Targets": targets}}


def _alarm(namespace, metric, dimensions, **more):
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    common = {"Statistic": "Sum", "Period": 10, "EvaluationPeriods": 1, "Threshold": 1, "AlarmActions": [TOPIC_ARN],
              "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"}  # fmt: skip
    named = {"Namespace": namespace, "MetricName": metric, "Dimensions": pairs}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": common | named | more}


def _allow(content, action):
    content["Resources"]["Policy"]["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": action, "Resource": "*"}
    )


@contextmanager
def _cloud(folder, resources, tick=None):
    ear = Ear(folder / "heard")
    content = template(timeout=20, variables={"HEARD": str(folder / "heard")})
    content["Resources"]["Echo"]["Properties"]["Handler"] = "hearer.handler"
    _allow(content, "events:PutEvents")
    content["Resources"] |= {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}}} | resources
    assembly = write_assembly(folder / "assembly", content, code=Path(__file__).parent / "hearer")
    with launch(assembly, folder / "home", max_sandboxes=2, tick=tick) as running:
        cloud = connect(running, folder / "home")
        cloud.hear = ear.hear
        yield cloud
    os.close(ear.descriptor)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """Alarms on errors of a version and on a metric of the function's own; rules for their changes and for orders."""
    errors = {"FunctionName": FUNCTION, "Resource": f"{FUNCTION}:live", "ExecutedVersion": "1"}
    change = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    resources = {
        "Errors": _alarm("AWS/Lambda", "Errors", errors, AlarmName="errors"),
        "Own": _alarm("Serin", "Bad", {"model": "m"}, AlarmName="own"),
        "Changes": _rule(EventPattern=change | {"detail": {"state": {"value": ["ALARM"]}}}),
        "Orders": _rule(EventPattern={"source": ["shop"], "detail": {"size": [{"prefix": "X"}]}}),
        "Picture": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": '{"widgets":[]}'}},
        "Mail": {"Type": "AWS::SNS::Subscription",
                 "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "a@example.com"}},
        "Speak": {"Type": "AWS::SNS::TopicPolicy", "Properties": {"Topics": [], "PolicyDocument": {}}},
        "MayCall": {"Type": "AWS::Lambda::Permission",
                    "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "Live"},
                                   "Principal": "events.amazonaws.com",
                                   "SourceArn": {"Fn::GetAtt": ["Changes", "Arn"]}}},
    }  # fmt: skip
    with _cloud(tmp_path_factory.mktemp("clock"), resources) as cloud:
        yield cloud


def test_a_crash_turns_the_alarm_of_its_version_red(cloud):
    """The event has AWS's shape, the alarm says ALARM, and the topic's message is on the console."""
    assert cloud.invoke("live", crash=1).error == "Unhandled"
    event = cloud.hear()
    assert (event["source"], event["detail-type"]) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"]
    assert event["detail"]["alarmName"] == "errors"
    assert event["detail"]["state"]["value"] == "ALARM"
    assert event["detail"]["previousState"]["value"] in ("OK", "INSUFFICIENT_DATA")
    dimensions = event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]
    assert dimensions["ExecutedVersion"] == "1"
    assert 'SNS alerts: ALARM: "errors"' in (cloud.home / "console.log").read_text()


def test_an_emf_line_becomes_a_metric_and_an_alarm(cloud):
    """Values and counts of one line are summed, under the dimensions that the line names."""
    metrics = [{"Namespace": "Serin", "Dimensions": [["model"]], "Metrics": [{"Name": "Bad", "Unit": "Count"}]}]
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": metrics}
    line = {"_aws": about, "model": "m", "Bad": {"Values": [1, 2], "Counts": [3, 1]}}
    cloud.invoke(print=json.dumps(line))
    assert cloud.hear()["detail"]["alarmName"] == "own"
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Serin", MetricName="Bad", Dimensions=[{"Name": "model", "Value": "m"}], Period=3600,
        StartTime=time.time() - 600, EndTime=time.time() + 600, Statistics=["Sum", "SampleCount", "Maximum"],
    )["Datapoints"]  # fmt: skip
    assert (found[0]["Sum"], found[0]["SampleCount"], found[0]["Maximum"]) == (5, 4, 2)


def test_a_functions_own_event_reaches_the_rule_that_matches(cloud):
    """PutEvents by a sandbox: the one that does not match is taken too, and nobody hears of it."""
    entries = [{"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"size": size})} for size in ("S", "XL")]
    arguments = {"Entries": [*entries, {"Source": "shop", "DetailType": "Order", "Detail": "no json"}]}
    assert cloud.invoke(service="events", call="put_events", arguments=arguments).payload == 1
    heard = cloud.hear()
    assert (heard["detail-type"], heard["detail"]) == ("Order", {"size": "XL"})


def test_a_published_message_is_on_the_console(cloud):
    """Topic, subject and message in one line."""
    topic = "arn:aws:sns:us-east-1:123456789012:alerts"
    cloud.client("sns").publish(TopicArn=topic, Subject="for the approver", Message="rolled back")
    assert "SNS alerts: for the approver: rolled back" in (cloud.home / "console.log").read_text()


def test_a_schedule_ticks_as_fast_as_it_is_told_until_it_is_disabled(tmp_path):
    """rate(1 minute) at a minute of a fifth of a second, in the shape of EventBridge. What is disabled, as the schedule
    of an idle endpoint is, waits until it is enabled again, and the others go on."""
    rules = {name: _rule(Name=name.lower(), ScheduleExpression="rate(1 minute)") for name in ("Every", "Other")}
    with _cloud(tmp_path, rules, tick=0.2) as cloud:
        events, heard = cloud.client("events"), []
        while [_rule_of(one) for one in heard].count("every") < 2:
            heard.append(cloud.hear())
        events.disable_rule(Name="every")
        late = [_rule_of(cloud.hear()) for _ in range(6)]
        events.enable_rule(Name="every")
        while _rule_of(cloud.hear()) != "every":
            pass
    first, second, *_ = (one for one in heard if _rule_of(one) == "every")
    assert (first["source"], first["detail-type"], first["detail"]) == ("aws.events", "Scheduled Event", {})
    assert first["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/every"]
    assert first["id"] != second["id"]
    assert late[-3:] == ["other"] * 3  # what was under way came before


def _rule_of(event):
    return event["resources"][0].rpartition("/")[2]
