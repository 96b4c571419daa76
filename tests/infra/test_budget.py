"""What has a budget is watched and can be stopped; what has none gets nothing; and nobody else may stop anything."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.read_settings import read_settings
from serin.errors import InvalidSettings
from serin.rollout.cliffs import AlarmName
from tests.infra.conftest import Template, synthesize_into
from tests.infra.test_template import allowed, text


def spend_alarms(template: Template) -> dict[str, dict[str, Any]]:
    every = {alarm["AlarmName"]: alarm for alarm in template.properties("CloudWatch::Alarm")}
    return {name: alarm for name, alarm in every.items() if "-spend." in name}


def test_each_limit_has_its_alarms(two: Template) -> None:
    """Of the endpoint when its budget is used up and on its rate; of a team with a budget when that is used up."""
    found = spend_alarms(two)
    assert found.keys() == {
        "serin-prod-spend.100.model.flights",
        "serin-prod-spend.100.team.rail",
        "serin-prod-spend.runaway.model.flights",
    }
    for name, metric in {"100.model.flights": ("Model", "flights"), "100.team.rail": ("Team", "rail")}.items():
        alarm = found[f"serin-prod-spend.{name}"]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("Serin/prod", "BudgetUsed")
        assert [(one["Name"], one["Value"]) for one in alarm["Dimensions"]] == [metric]
        assert (alarm["Threshold"], alarm["Statistic"], alarm["TreatMissingData"]) == (100, "Maximum", "ignore")


def test_a_runaway_client_is_seen_within_two_periods(two: Template) -> None:
    """One minute of Lambda's own count is enough, and no count is none."""
    alarm = spend_alarms(two)["serin-prod-spend.runaway.model.flights"]
    assert (alarm["MetricName"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Invocations", 60, 1)
    assert {one["Name"]: text(one["Value"]) for one in alarm["Dimensions"]} == {"FunctionName": "<FlightsFunction>"}
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (240_000, "notBreaching")


def test_spend_alarms_wake_the_shutdown_and_no_rollback(two: Template) -> None:
    """By their prefix, which is none of the other's; and the rollback could not read their names."""
    rules = [rule for rule in two.properties("Events::Rule") if "EventPattern" in rule]
    prefixes = {
        text(rule["Targets"][0]["Arn"]): rule["EventPattern"]["detail"]["alarmName"][0]["prefix"] for rule in rules
    }
    assert prefixes == {"<RollbackFunction.Arn>": "serin-prod.", "<ShutdownFunction.Arn>": "serin-prod-spend."}
    for name in spend_alarms(two):
        assert not name.startswith("serin-prod.")
        assert AlarmName.parse(name) is None


def test_the_shutdown_looks_every_five_minutes(two: Template) -> None:
    """For what died halfway, for headroom that is used up, for a new month."""
    schedules = [
        rule["ScheduleExpression"]
        for rule in two.properties("Events::Rule")
        if text(rule["Targets"][0]["Arn"]) == "<ShutdownFunction.Arn>" and "ScheduleExpression" in rule
    ]
    assert schedules == ["rate(5 minutes)"]


def test_the_shutdown_may_stop_every_endpoint_and_nothing_else(two: Template) -> None:
    """It moves no alias, invokes nothing, deletes no record."""
    found = allowed(two, "ShutdownRole")
    functions = {(action, on) for action, on in found if action.startswith("lambda:")}
    assert functions == {
        (f"lambda:{verb}FunctionConcurrency", f"<{name}.Arn>")
        for verb in ("Get", "Put", "Delete")
        for name in ("FlightsFunction", "LateTrainsFunction")
    }
    assert {action for action, _ in found if not action.startswith(("lambda:", "logs:"))} == {
        "dynamodb:GetItem", "dynamodb:PutItem", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData",
        "ssm:GetParameter", "ssm:GetParametersByPath", "events:PutEvents", "sns:Publish",
    }  # fmt: skip


def test_nobody_else_in_the_stack_may_stop_a_function(two: Template) -> None:
    """Neither the controller nor the functions themselves."""
    may = {
        role for role in two.named("IAM::Role") for action, _ in allowed(two, role) if "FunctionConcurrency" in action
    }
    assert may == {"ShutdownRole"}


def test_an_approver_alone_lets_it_go_on(two: Template) -> None:
    """By the record, which nobody else may write, and by waking the function: nobody may touch the concurrency."""
    policies = {one["ManagedPolicyName"]: one["PolicyDocument"]["Statement"] for one in
                two.properties("IAM::ManagedPolicy") if "flights" in one["ManagedPolicyName"]}  # fmt: skip
    for name, statements in policies.items():
        puts = [one for one in statements if one["Effect"] == "Allow" and "dynamodb:PutItem" in one["Action"]]
        assert ("SPENDING#flights" in json.dumps(puts)) == name.endswith("approver")
        reads = [one for one in statements if one["Effect"] == "Allow" and "dynamodb:GetItem" in one["Action"]]
        assert "SPENDING#flights" in json.dumps(reads)
        assert ("ShutdownFunction" in json.dumps(statements)) == name.endswith("approver")
        assert "FunctionConcurrency" not in json.dumps(statements)
    assert len(policies) == 4


def test_aws_budgets_watch_the_tags_and_tell_the_function(two: Template) -> None:
    """Of stage and team or model; by a topic on which AWS Budgets may publish, for this account."""
    found = {text(one["Budget"]["BudgetName"]): one for one in two.properties("Budgets::Budget")}
    assert found.keys() == {f"serin-prod {what} in <AWS::Region>" for what in ("model flights", "team rail")}
    team = found["serin-prod team rail in <AWS::Region>"]
    assert team["Budget"]["BudgetLimit"] == {"Amount": 100, "Unit": "USD"}
    tags = [(one["Tags"]["Key"], one["Tags"]["Values"]) for one in team["Budget"]["FilterExpression"]["And"]]
    assert tags == [("team", ["rail"]), ("stage", ["prod"])]
    told = [(one["Notification"]["Threshold"], text(one["Subscribers"][0]["Address"]))
            for one in team["NotificationsWithSubscribers"]]  # fmt: skip
    assert told == [(percent, "<BudgetBudgetsTopic>") for percent in (80, 90, 100)]
    (hears,) = [one for one in two.properties("SNS::Subscription") if one["Protocol"] == "lambda"]
    assert (text(hears["TopicArn"]), text(hears["Endpoint"])) == ("<BudgetBudgetsTopic>", "<ShutdownFunction.Arn>")
    policies = [one for one in two.properties("SNS::TopicPolicy") if "budgets.amazonaws.com" in json.dumps(one)]
    (statement,) = [one for one in policies[0]["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_a_sandbox_sees_its_own_record_alone(two: Template) -> None:
    """Where it has a budget and captures: `late-trains` captures nothing."""
    environments = {
        f["FunctionName"]: f["Environment"]["Variables"]
        for f in two.properties("Lambda::Function")
        if f["Handler"] == "inference.handler"
    }
    assert environments["serin-prod-flights"]["SERIN_BUDGETED"] == "true"
    assert "SERIN_BUDGETED" not in environments["serin-prod-late-trains"]
    reads = [
        statement
        for policy in two.properties("IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if {"Ref": "FlightsRole"} in policy["Roles"] and "dynamodb:GetItem" in statement["Action"]
    ]
    assert [one["Condition"] for one in reads] == [
        {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["SPENDING#flights"]}}
    ]
    assert not [one for one in allowed(two, "LateTrainsRole") if one[0].startswith("dynamodb:")]


def test_the_directory_tells_budgets_and_who_holds_to_them(two: Template) -> None:
    """For the ledger, the guard and the command."""
    values = {p["Name"].rpartition("/")[2]: json.loads(text(p["Value"])) for p in two.properties("SSM::Parameter")}
    flights, trains = values["flights"], values["late-trains"]
    assert flights["budget"] == {"monthly_usd": 40, "runaway_per_minute": 240_000}
    assert ("team_budget_usd" in flights, trains["team_budget_usd"], trains["budget"]) == (False, 100, {})
    assert flights["guard"] == trains["guard"] == "<ShutdownFunction>"


def test_a_stage_without_a_budget_has_nothing_for_it(settings: dict[str, Any], tmp_path: Path) -> None:
    """No function, no alarm, no topic, no right."""
    del settings["endpoints"][0]["budget"]
    template = synthesize_into(tmp_path, settings)
    assert spend_alarms(template) == {}
    assert not template.all("Budgets::Budget")
    body = json.dumps(template.body)
    assert not [word for word in ("Shutdown", "FunctionConcurrency", "SERIN_BUDGETED") if word in body]
    assert "SPENDING#" not in json.dumps(template.properties("IAM::Policy")), "people's policies may name it"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"team_budgets": {"nobody": 5}}, "team_budgets: 'nobody' is the team of no endpoint: there are operations"),
        ({"team_budgets": {"operations": 0}}, "team_budgets.operations is 0; it must be at least 0.01"),
        ({"team": "a/b", "team_budgets": {"a/b": 5}}, "team_budgets: 'a/b' can't be the name of a budget"),
        ({"budget": {"monthly": 5}}, "budget.monthly is not a setting; did you mean monthly_usd?"),
        ({"budget": {"runaway_per_minute": 0}}, "budget.runaway_per_minute is 0; it must be at least 1"),
    ],
)
def test_a_budget_that_can_not_be_is_refused(settings: dict[str, Any], change: dict[str, Any], sentence: str) -> None:
    """With what is wrong, and where."""
    settings["endpoints"][0] |= {key: change[key] for key in change if key != "team_budgets"}
    whole = settings | {key: change[key] for key in change if key == "team_budgets"}
    with pytest.raises(InvalidSettings, match=re.escape(sentence)):
        read_settings(whole)
