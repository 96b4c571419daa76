"""Does the module that collects reviews work on its schedule's event, from the queue to the communicator's message?"""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from jsonschema import Draft7Validator

from serin.aws.dynamodb import Table
from serin.aws.review_table import ReviewTable
from serin.errors import Unavailable
from serin.registry.endpoints import Review, parameter_name
from tests.handlers.deployed import event, start
from tests.unit.aws.stage import ENDPOINT, Aws
from tests.unit.review.shelves import message

HOURS = -(datetime(2026, 1, 5, 8, tzinfo=UTC) - datetime.now(UTC)) / timedelta(hours=1)  # since the test messages' time


class Reviewed:
    """flights sends what it is not sure of to a queue whose messages come again at once; trains reviews nothing."""

    def __init__(self, aws: Aws) -> None:
        self.sqs = aws.client("sqs")
        self.url = self.sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
        reviewed = replace(ENDPOINT, review=Review(self.url, 0.7, 24))
        for endpoint in (reviewed, replace(ENDPOINT, model="trains")):
            value = json.dumps({**asdict(endpoint), "plans": []})
            name = parameter_name("dev", endpoint.model)
            aws.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        self.shelf = ReviewTable(Table(aws.client("dynamodb"), "table"))
        self.heard = aws.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:123456789012:heard"
        aws.client("sns").subscribe(TopicArn=ENDPOINT.topic, Protocol="sqs", Endpoint=arn)
        events = aws.client("events")
        events.put_rule(Name="r", EventPattern=json.dumps({"source": ["serin"]}))
        events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": arn}])

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def told(self) -> list[dict[str, object]]:
        """Both what SNS and what EventBridge delivered."""
        found: list[dict[str, object]] = []
        while messages := self.sqs.receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(one["Body"]) for one in messages]
            for one in messages:
                self.sqs.delete_message(QueueUrl=self.heard, ReceiptHandle=one["ReceiptHandle"])
        return found


@pytest.fixture
def reviewed(aws: Aws) -> Reviewed:
    return Reviewed(aws)


def soon(number: int, hours: float = 1.0) -> str:
    return message(number, model="flights", hours=HOURS + hours)


def test_what_waits_in_the_queue_is_collected_once(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One was sent twice; the metrics say how many wait, and a later pass finds nothing new."""
    handler = start(monkeypatch, "review")
    assert handler(event("review-schedule"), None) == {"flights": 0}
    reviewed.send(*map(soon, range(12)), soon(3))
    capsys.readouterr()
    assert handler(event("review-schedule"), None) == {"flights": 12}
    lines = [json.loads(one) for one in capsys.readouterr().out.splitlines() if '"OpenReviews"' in one]
    assert [line["OpenReviews"] for line in lines] == [12]
    assert handler(event("review-schedule"), None) == {"flights": 12}
    assert len(reviewed.shelf.open("flights")) == 12
    assert reviewed.told() == []


def test_it_dies_halfway_and_the_next_pass_carries_on(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and not deleted, or not even written: each is there once in the end."""
    handler = start(monkeypatch, "review")
    reviewed.send(*map(soon, range(12)))
    written, add = [], ReviewTable.add

    def dying(shelf, item, text):
        if len(written) == 4:
            raise Unavailable("the table is gone")
        written.append(item.id)
        return add(shelf, item, text)

    with monkeypatch.context() as short:
        short.setattr(ReviewTable, "add", dying)
        with pytest.raises(Unavailable):
            handler(event("review-schedule"), None)
    assert len(reviewed.shelf.open("flights")) == 4
    assert handler(event("review-schedule"), None) == {"flights": 12}
    names = ["ApproximateNumberOfMessages"]
    left = reviewed.sqs.get_queue_attributes(QueueUrl=reviewed.url, AttributeNames=names)["Attributes"]
    assert left == {"ApproximateNumberOfMessages": "0"}


def test_what_is_late_is_told_to_the_communicator_once(reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are late: one message, and one event that fits its schema."""
    handler = start(monkeypatch, "review")
    reviewed.send(soon(1, hours=-1), soon(2, hours=-2), soon(3))
    assert handler(event("review-schedule"), None) == {"flights": 3}
    by_event = {"detail-type" in one: one for one in reviewed.told()}
    assert by_event[False]["Subject"] == "flights (dev): 2 reviews are overdue"
    assert json.loads(by_event[False]["MessageAttributes"]["role"]["Value"]) == ["communicator"]
    detail = by_event[True]["detail"]
    Draft7Validator(event("review-overdue.schema")).validate(detail)
    assert [one["id"][-3:] for one in detail["reviews"]] == ["2-0", "1-0"], "the most urgent first"
    handler(event("review-schedule"), None)
    assert reviewed.told() == []


def test_a_message_that_nobody_can_use_is_left_and_logged(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It comes again after its time, and goes to the dead letters in the end."""
    reviewed.sqs.set_queue_attributes(QueueUrl=reviewed.url, Attributes={"VisibilityTimeout": "300"})
    reviewed.send("nonsense", soon(1))
    assert start(monkeypatch, "review")(event("review-schedule"), None) == {"flights": 1}
    assert "no review can be made of this message" in caplog.text


def test_without_time_left_it_reads_nothing_and_tells_what_is_late(
    reviewed: Reviewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue keeps what it has."""
    reviewed.send(soon(1))
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 9000)
    assert start(monkeypatch, "review")(event("review-schedule"), context) == {"flights": 0}
