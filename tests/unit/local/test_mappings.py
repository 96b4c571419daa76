"""Does a function get a queue's messages as Lambda hands them over, and do exactly those come again that failed?"""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from moto.sqs.models import sqs_backends

from infra.local.batch import Mapping, failures
from infra.local.fleet import Invoked
from infra.local.http import Request, Response
from infra.local.mappings import Mappings
from infra.local.queues import Queues
from infra.local.release import ACCOUNT, REGION
from infra.local.sandbox import Outcome
from serin.errors import NotFound, TooLarge

SAMPLE = json.loads((Path(__file__).parents[3] / "events" / "outcomes-sqs.json").read_text())["Records"][0]


class Alone:
    """Implements Runs: there is nobody else."""

    async def run(self, action):
        return action()


class Function:
    """Implements Invokes: says what `answer` says of a list of records, with others running at the same time."""

    def __init__(self, answer):
        self.answer, self.seen, self.now, self.peak = answer, [], 0, 0

    async def invoke(self, _function, _qualifier, payload):
        records = json.loads(payload)["Records"]
        self.now += 1
        self.peak = max(self.peak, self.now)
        for _ in range(50):  # turns in which others would begin if they could
            await asyncio.sleep(0)
        self.now -= 1
        self.seen += records
        said = self.answer(records)
        return Invoked("id", "1", said if isinstance(said, Outcome) else Outcome(json.dumps(said).encode()))


def only(*bodies):
    """Fails on messages with these bodies."""
    return lambda records: {
        "batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in records if one["body"] in bodies]
    }


@pytest.fixture
def sqs():
    """A queue whose messages are dead letters after three attempts."""
    backend = sqs_backends[ACCOUNT][REGION]
    dead = backend.create_queue("dead", region=REGION)
    redrive = {"deadLetterTargetArn": dead.queue_arn, "maxReceiveCount": 3}
    backend.create_queue("queue", region=REGION, RedrivePolicy=redrive)
    yield backend
    backend.reset()


def deliver(sqs, answer, bodies, **how):
    """Sends, looks, and lets all that follows from it end; then again, when the visibility timeout is over."""

    async def run():
        function = Function(answer)
        mappings = Mappings(Alone(), function)
        mappings.all = [Mapping("queue", "f", **{"partial": True, **how})]
        for body in bodies:
            sqs.send_message("queue", body)
        for _ in range(4):
            mappings.look()
            while mappings.workers:
                await asyncio.wait(mappings.workers)
            for message in sqs.queues["queue"]._messages:
                message.visible_at = 0
        return function

    return asyncio.run(run())


def left(sqs, name):
    return [message.body for message in sqs.queues[name]._messages]


def test_a_function_sees_what_lambda_would_show_it(sqs):
    """The same fields as in a sample of AWS's."""
    attribute = {"trace": {"DataType": "String", "StringValue": "7"}}
    sqs.send_message("queue", "with an attribute", message_attributes=attribute)
    with_one, plain = deliver(sqs, only(), ["{}"]).seen
    assert plain.keys() == SAMPLE.keys()
    assert plain["attributes"].keys() == SAMPLE["attributes"].keys()
    assert (plain["body"], plain["md5OfBody"]) == ("{}", "99914b932bd37a50b983c5e7c90ae93b")
    assert plain["eventSourceARN"] == f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
    assert with_one["messageAttributes"]["trace"] == {
        "stringListValues": [], "binaryListValues": [], "dataType": "String", "stringValue": "7",
    }  # fmt: skip


def test_a_message_that_fails_comes_again_alone_and_ends_among_the_dead_letters(sqs):
    """After as many attempts as the queue allows; the others are gone after one."""
    seen = deliver(sqs, only("bad"), ["good", "bad", "fine"]).seen
    assert Counter(one["body"] for one in seen) == {"good": 1, "bad": 3, "fine": 1}
    assert [one["attributes"]["ApproximateReceiveCount"] for one in seen if one["body"] == "bad"] == ["1", "2", "3"]
    assert (left(sqs, "queue"), left(sqs, "dead")) == ([], ["bad"])


def unreachable(_):
    raise NotFound("no such function")


@pytest.mark.parametrize("answer", [unreachable, lambda _: Outcome(b"{}", error=True)])
def test_a_function_that_fails_as_a_whole_gets_the_whole_batch_again(sqs, answer):
    """Also one that is not there."""
    deliver(sqs, answer, ["a", "b"])
    assert (left(sqs, "queue"), left(sqs, "dead")) == ([], ["a", "b"])


def test_without_partial_responses_an_answer_acknowledges_all(sqs):
    """Whatever it says."""
    assert len(deliver(sqs, only("a"), ["a", "b"], partial=False).seen) == 2
    assert (left(sqs, "queue"), left(sqs, "dead")) == ([], [])


def test_a_backlog_is_read_in_batches_and_a_few_at_once(sqs):
    """Each message once."""
    sizes = []

    def count(records):
        sizes.append(len(records))
        return {}

    function = deliver(sqs, count, map(str, range(45)), batch=10, most=3)
    assert sorted(int(one["body"]) for one in function.seen) == list(range(45))
    assert sorted(sizes) == [5] + [10] * 4
    assert function.peak == 3


def test_a_batch_over_lambdas_limit_is_handed_over_in_parts(sqs):
    """As AWS keeps batches under 6 MB."""

    def small(records):
        if len(records) > 2:
            raise TooLarge("over 6 MB")
        return {}

    deliver(sqs, small, map(str, range(10)))
    assert (left(sqs, "queue"), left(sqs, "dead")) == ([], [])


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (b"null", ""), (b"{}", ""), (b'{"batchItemFailures": null}', ""), (b'{"batchItemFailures": []}', ""),
        (b'{"batchItemFailures": [{"itemIdentifier": "a"}]}', "a"),
        (b'{"batchItemFailures": [{"itemIdentifier": "x"}]}', "ab"),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', "ab"),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', "ab"),
        (b'{"batchItemFailures": [{"itemIdentifier": []}]}', "ab"),
        (b'{"batchItemFailures": [{"id": "a"}]}', "ab"), (b'{"batchItemFailures": 7}', "ab"), (b"{", "ab"),
    ],
)  # fmt: skip
def test_a_partial_response_is_read_as_lambda_reads_it(answer, again):
    """What can't be read, or names a message that was not sent, fails the whole batch."""
    assert failures(answer, {"a", "b"}) == set(again)


def test_a_long_poll_holds_nobody_and_ends_when_a_message_comes():
    """moto has one thread: it is only ever asked for what is there."""
    waits, queue = [], []

    class Moto:
        async def call(self, request):
            body = json.loads(request.body)
            if "MessageBody" in body:
                queue.append(body["MessageBody"])
                return Response(200, b"{}")
            waits.append(body["WaitTimeSeconds"])
            return Response(200, json.dumps({"Messages": queue} if queue else {}).encode())

    def request(operation, **body):
        return Request("POST", "/", "", [(b"x-amz-target", b"AmazonSQS." + operation)], json.dumps(body).encode())

    async def run():
        looked = []
        queues = Queues(Moto(), lambda: looked.append(1))
        poll = asyncio.create_task(queues.answer(request(b"ReceiveMessage", WaitTimeSeconds=20)))
        while not waits:
            await asyncio.sleep(0)
        await queues.answer(request(b"SendMessage", MessageBody="m"))
        return json.loads((await poll).body), looked

    assert asyncio.run(run()) == ({"Messages": ["m"]}, [1])
    assert waits == [0, 0]
