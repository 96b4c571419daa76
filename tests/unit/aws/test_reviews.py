"""Reviews in the table and messages in the queue, as DynamoDB and SQS play them."""

from datetime import UTC, datetime, timedelta

import pytest

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.review_table import ReviewTable
from serin.aws.sqs import Queue, sender
from serin.errors import Conflict, NotFound, Unavailable
from serin.registry.records import AuditEntry
from serin.review.case import Decision
from serin.review.desk import decide, take
from serin.review.item import read
from tests.unit.aws.stage import Aws
from tests.unit.review.shelves import T0, message


@pytest.fixture
def shelf(aws: Aws) -> ReviewTable:
    return ReviewTable(Table(aws.client("dynamodb"), "table"))


def add(shelf: ReviewTable, number: int, **more: object) -> bool:
    text = message(number, **more)
    return shelf.add(read(text, "churn"), text)


def test_what_waits_comes_by_deadline_and_what_is_known_is_not_added_again(shelf: ReviewTable) -> None:
    """Also after it was closed; the inputs are there for good."""
    assert [add(shelf, 1, hours=3), add(shelf, 2, hours=1), add(shelf, 1, hours=3)] == [True, True, False]
    second, first = shelf.open("churn")
    assert (second.deadline, first.deadline) == (T0 + timedelta(hours=1), T0 + timedelta(hours=3))
    decided = shelf.save(decide(first, Decision("ann", T0, True, {"dollars": 0.5})))
    shelf.close(decided, AuditEntry.of("churn", "review", "ann", datetime.now(UTC)))
    assert not add(shelf, 1, hours=3)
    assert [one.id for one in shelf.open("churn")] == [second.id]
    item = shelf.item("churn", first.id)
    assert (item.inputs, shelf.case(item).decision, shelf.case(item).revision) == (
        {"age": 44.0, "name": None}, decided.decision, 0,
    )  # fmt: skip


def test_what_is_done_is_found_by_its_deadline_and_is_on_the_audit_trail(aws: Aws, shelf: ReviewTable) -> None:
    """Both or neither: they are one transaction."""
    add(shelf, 1)
    (case,) = shelf.open("churn")
    audit = AuditEntry.of("churn", "review", "ann", datetime.now(UTC), said="true")
    shelf.close(shelf.save(decide(case, Decision("ann", T0, True))), audit)
    assert [one.id for one in shelf.done("churn", T0)] == [case.id]
    assert shelf.done("churn", T0 + timedelta(days=2)) == ()
    assert AuditTable(Table(aws.client("dynamodb"), "table")).of("churn") == (audit,)


def test_only_who_knows_the_revision_changes_it(shelf: ReviewTable) -> None:
    """Two who looked at the same moment."""
    add(shelf, 1)
    (case,) = shelf.open("churn")
    mine = shelf.save(take(case, "ann", T0))
    with pytest.raises(Conflict):
        shelf.save(take(case, "bob", T0))
    with pytest.raises(Conflict):
        shelf.close(case, AuditEntry.of("churn", "review", "bob", datetime.now(UTC)))
    assert shelf.open("churn") == (mine,)


def test_what_is_not_there_is_said_so(shelf: ReviewTable) -> None:
    """With where to look."""
    with pytest.raises(NotFound, match="serin review list churn --all"):
        shelf.item("churn", "0" * 28 + "-0")


def test_what_is_sent_is_received_until_it_is_deleted(aws: Aws) -> None:
    """Ten at a time."""
    url = aws.client("sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    send, queue = sender(url), Queue(aws.client("sqs"), url)
    assert [send([f"{one}" for one in range(10)]), send(["ten"])] == [0, 0]
    received = queue.receive()
    assert len(received) == 10
    queue.delete(received)
    (last,) = queue.receive()
    queue.delete([])
    assert {one.body for one in (*received, last)} == {*map(str, range(10)), "ten"}
    queue.delete([last])
    assert queue.receive() == ()


def test_a_queue_that_is_gone_is_unavailable(aws: Aws) -> None:
    """An endpoint whose review was switched off while its sandboxes run."""
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/none"
    for use in (lambda: sender(url)(["x"]), Queue(aws.client("sqs"), url).receive):
        with pytest.raises(Unavailable):
            use()
