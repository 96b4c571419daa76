"""Alarms, budgets, dashboards, rules of the event bus, topics and who subscribes to them."""

from typing import Any

import orjson

from infra.local import alarms
from infra.local.deployer.intrinsics import Created
from infra.local.deployer.kinds import Account, applies
from infra.local.events import rate_minutes
from infra.local.patterns import check
from infra.local.release import ACCOUNT, REGION
from serin.errors import InvalidSettings

Properties = dict[str, Any]


@applies(
    "AWS::CloudWatch::Alarm",
    uses="AlarmName AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions MetricName "
    "Namespace Statistic Dimensions Period Unit EvaluationPeriods DatapointsToAlarm Threshold ComparisonOperator "
    "TreatMissingData Metrics ExtendedStatistic ThresholdMetricId",
    leaves="Tags EvaluateLowSampleCountPercentile",
)
def alarm(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("AlarmName") or account.name(logical_id, 255)
    given = _plain(given)
    alarms.Alarm(
        name, float(given.get("Threshold", 0)), given["ComparisonOperator"],
        given.get("Statistic") or given.get("ExtendedStatistic", ""), int(given.get("Period", 60)),
        int(given["EvaluationPeriods"]), given.get("DatapointsToAlarm"), given.get("TreatMissingData", "missing"),
        math="Metrics" in given or "ThresholdMetricId" in given,
    )  # fmt: skip
    account.client("cloudwatch").put_metric_alarm(**{**given, "AlarmName": name})
    return Created(name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"})


def _plain(given: Properties) -> Properties:
    """CDK writes a metric with a label as a list of one: the same alarm in other words."""
    metrics = given.get("Metrics", [])
    if len(metrics) != 1 or "MetricStat" not in metrics[0]:
        return given
    stat = metrics[0]["MetricStat"]
    plain = {**stat["Metric"], "Period": stat["Period"], "Statistic": stat["Stat"]}
    plain |= {"Unit": stat["Unit"]} if "Unit" in stat else {}
    return {key: value for key, value in given.items() if key != "Metrics"} | plain


@applies("AWS::CloudWatch::Dashboard", uses="DashboardName DashboardBody", leaves="Tags")
def dashboard(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("DashboardName") or account.name(logical_id, 255)
    account.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=given["DashboardBody"])
    return Created(name)


@applies(
    "AWS::Events::Rule",
    uses="Name Description EventPattern ScheduleExpression State Targets EventBusName",
    leaves="Tags RoleArn",
)
def rule(account: Account, logical_id: str, given: Properties) -> Created:
    name, pattern = given.get("Name") or account.name(logical_id), given.get("EventPattern")
    if given.get("EventBusName", "default") != "default":
        raise InvalidSettings(f"{logical_id}: the local cloud deploys rules of the default event bus only")
    if given.get("ScheduleExpression"):
        rate_minutes(given["ScheduleExpression"])
    check(pattern or {})
    arguments = {key: given[key] for key in ("Description", "ScheduleExpression", "State") if key in given}
    arguments |= {"EventPattern": orjson.dumps(pattern).decode()} if pattern else {}
    events = account.client("events")
    arn = events.put_rule(Name=name, **arguments)["RuleArn"]
    targets = [_target(logical_id, one) for one in given.get("Targets", [])]
    if targets:
        events.put_targets(Rule=name, Targets=targets)
    return Created(name, {"Arn": arn})


def _target(logical_id: str, target: Properties) -> Properties:
    unknown = target.keys() - {"Arn", "Id", "Input", "RetryPolicy", "DeadLetterConfig"}
    if unknown or ":lambda:" not in target["Arn"]:
        what = ", ".join(sorted(unknown)) or target["Arn"]
        raise InvalidSettings(f"{logical_id}: a rule's target is a function with an optional Input here, not {what}")
    return {key: target[key] for key in ("Arn", "Id", "Input") if key in target}


@applies("AWS::SNS::Topic", uses="TopicName DisplayName Subscription", leaves="KmsMasterKeyId Tags TracingConfig")
def topic(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("TopicName") or account.name(logical_id, 256)
    arn = account.client("sns").create_topic(Name=name)["TopicArn"]
    if shown := given.get("DisplayName"):
        account.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue=shown)
    for one in given.get("Subscription", []):
        subscription(account, logical_id, {**one, "TopicArn": arn})
    return Created(arn, {"TopicArn": arn, "TopicName": name})


@applies("AWS::SNS::TopicPolicy", uses="", leaves="Topics PolicyDocument")
def topic_policy(_account: Account, logical_id: str, _given: Properties) -> Created:
    """Says who else may publish and that it must be by TLS; on one machine there is nobody else."""
    return Created(logical_id)


@applies("AWS::SNS::Subscription", uses="TopicArn Protocol Endpoint FilterPolicy FilterPolicyScope", leaves="Region")
def subscription(account: Account, logical_id: str, given: Properties) -> Created:
    if given["Protocol"] == "lambda" and "FilterPolicy" not in given:
        account.hearers.append((given["TopicArn"], given["Endpoint"]))  # moto would look for Docker
        return Created(f"{given['TopicArn']}:{logical_id}")
    if given["Protocol"] not in ("email", "email-json", "sms"):
        raise InvalidSettings(f"{logical_id}: the local cloud shows messages on the console; it can't deliver them "
                              f"by {given['Protocol']}")  # fmt: skip
    attributes = {"FilterPolicy": orjson.dumps(given["FilterPolicy"]).decode()} if "FilterPolicy" in given else {}
    attributes |= {"FilterPolicyScope": given["FilterPolicyScope"]} if "FilterPolicyScope" in given else {}
    made = account.client("sns").subscribe(
        TopicArn=given["TopicArn"], Protocol=given["Protocol"], Endpoint=given["Endpoint"], Attributes=attributes,
        ReturnSubscriptionArn=True,
    )  # fmt: skip
    return Created(made["SubscriptionArn"])


@applies("AWS::Budgets::Budget", uses="Budget NotificationsWithSubscribers", leaves="ResourceTags")
def budget(account: Account, logical_id: str, given: Properties) -> Created:
    """It exists; nothing here has a price, so that it never says anything by itself."""
    one, name = given["Budget"], given["Budget"].get("BudgetName") or account.name(logical_id, 100)
    limit = {key: str(value) for key, value in one.get("BudgetLimit", {}).items()}
    account.client("budgets").create_budget(
        AccountId=ACCOUNT, Budget={**one, "BudgetName": name, "BudgetLimit": limit},
        NotificationsWithSubscribers=given.get("NotificationsWithSubscribers", []),
    )  # fmt: skip
    return Created(name)
