"""Which endpoints have a queue of reviews, and who may send to it, read it, and tell of it."""

import json

from tests.infra.conftest import Template
from tests.infra.test_template import allowed, serving, text


def test_only_who_wants_it_has_a_queue(two: Template) -> None:
    """late-trains is of tier high; flights is of tier low and asks nobody."""
    queues = {one["QueueName"]: one for one in two.properties("SQS::Queue") if "reviews" in one["QueueName"]}
    name = "serin-prod-late-trains-reviews"
    assert queues.keys() == {name, f"{name}-dead-letters"}
    (function,) = [f for f in two.properties("Lambda::Function") if f["Handler"] == "review.handler"]
    assert queues[name]["VisibilityTimeout"] >= 6 * function["Timeout"]
    assert queues[name]["RedrivePolicy"]["maxReceiveCount"] == 5
    values = {one["model"]: one.get("review") for one in _directory(two)}
    queue = {"queue": "<LateTrainsReviewsQueue>", "confidence_limit": 0.6, "deadline_hours": 24}
    assert values == {"flights": None, "late-trains": queue}


def test_its_function_is_told_where_reviews_go_and_may_only_send(two: Template) -> None:
    """To its own queue; the function of an endpoint without one may not, and knows of none."""
    for function in serving(two):
        role, environment = function["Role"]["Fn::GetAtt"][0], function["Environment"]["Variables"]
        queues = {(action, on) for action, on in allowed(two, role) if action.startswith("sqs:")}
        given = {name: text(value) for name, value in environment.items() if name.startswith("SERIN_REVIEW_")}
        if environment["SERIN_MODEL"] == "flights":
            assert (queues, given) == (set(), {})
            continue
        assert queues == {("sqs:SendMessage", "<LateTrainsReviewsQueue.Arn>")}
        assert given == {
            "SERIN_REVIEW_QUEUE": "<LateTrainsReviewsQueue>", "SERIN_REVIEW_CONFIDENCE_LIMIT": "0.6",
            "SERIN_REVIEW_DEADLINE_HOURS": "24", "SERIN_REVIEW_HOURLY_ROWS": "1000",
        }  # fmt: skip


def test_who_collects_wakes_every_minute_and_polls_nothing(two: Template) -> None:
    """No event source mapping: it asks once a minute. It can't remove a record, nor move traffic."""
    rules = {text(rule["Targets"][0]["Arn"]): rule for rule in two.properties("Events::Rule")}
    assert rules["<ReviewFunction.Arn>"]["ScheduleExpression"] == "rate(1 minute)"
    assert "Reviews" not in str([text(one["EventSourceArn"]) for one in two.properties("Lambda::EventSourceMapping")])
    found = {(action, on) for action, on in allowed(two, "ReviewRole") if not action.startswith(("logs:", "ssm:"))}
    assert {(action, on) for action, on in found if not action.startswith("events:")} == {
        ("sqs:ReceiveMessage", "<LateTrainsReviewsQueue.Arn>"), ("sqs:DeleteMessage", "<LateTrainsReviewsQueue.Arn>"),
        ("sns:Publish", "<LateTrainsNoticesTopic>"),
        *((f"dynamodb:{action}", "<RegistryTable.Arn>") for action in ("GetItem", "Query", "PutItem")),
    }  # fmt: skip
    (function,) = [f for f in two.properties("Lambda::Function") if f["Handler"] == "review.handler"]
    assert function["Timeout"] < 60, "no two passes at once"


def test_a_stage_in_which_nobody_is_asked_has_nothing_of_it(template: Template) -> None:
    """Which is the default, but for tier high."""
    assert "review.handler" not in {f["Handler"] for f in template.properties("Lambda::Function")}
    assert not template.all("SQS::Queue")
    assert [one.get("review") for one in _directory(template)] == [None]


def _directory(template: Template) -> list[dict[str, object]]:
    return [json.loads(text(one["Value"])) for one in template.properties("SSM::Parameter")]
