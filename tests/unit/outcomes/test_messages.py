"""Does a message from a queue come again exactly when that may help?"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import BadRequest, NotReady, SerinError, Unavailable
from serin.outcomes.door import Door
from serin.outcomes.messages import take
from serin.outcomes.receive import MOST, Received


def message(name, body):
    return {"messageId": name, "body": body if isinstance(body, str) else json.dumps(body)}


def receive(items):
    """Whoever has the kind of an error in its hand is met by it."""
    for item in items:
        for kind in (Unavailable, BadRequest, ValueError):
            if item == {"receipt": kind.__name__}:
                raise kind("no")
    refused = [(index, "forged") for index, item in enumerate(items) if item == {"receipt": "forged"}]
    return Received(len(items) - len(refused), 0, tuple(refused))


OUTCOMES = ["good", "forged", "Unavailable", "BadRequest", "ValueError"]
HOPELESS = ["", "{", "[]", "7", "null", '"x"', '{"outcomes": []}', '{"outcomes": {}}', '{"outcomes": null}',
            json.dumps({"outcomes": [{}] * (MOST + 1)})]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=3) | st.sampled_from(HOPELESS), max_size=8))
def test_a_message_comes_again_exactly_when_something_did_not_work(bodies):
    """In any company: those that can't count are refused for good, also when AWS says that a write is invalid."""
    sent = [message(str(at), {"outcomes": [{"receipt": one} for one in body]} if isinstance(body, list) else body)
            for at, body in enumerate(bodies)]  # fmt: skip
    taken = take(sent, receive)
    failing = [str(at) for at, body in enumerate(bodies) if isinstance(body, list) and set(body) & set(OUTCOMES[2:])]
    assert [one["itemIdentifier"] for one in taken.to_dict()["batchItemFailures"]] == failing
    refused = [(str(at), one) for at, body in enumerate(bodies) if str(at) not in failing
               for one in (body if isinstance(body, list) else ["forged"]) if one == "forged"]  # fmt: skip
    assert [name for name, _ in taken.refused] == [name for name, _ in refused]


def test_one_outcome_may_come_without_a_list():
    """As an object of its own."""
    seen = []

    def remember(items):
        seen.extend(items)
        return Received(1, 0, ())

    assert take([message("a", {"receipt": "r", "outcome": 1})], remember).to_dict() == {"batchItemFailures": []}
    assert seen == [{"receipt": "r", "outcome": 1}]


@pytest.mark.parametrize("secret", ["", "{}", "[]", '{"key": 1}'])
def test_keys_that_cannot_be_read_refuse_nobody(secret):
    """The fault is the stage's: whoever sends is asked to come again."""
    with pytest.raises(NotReady) as failed:
        Door(lambda: secret, tuple, lambda: 0.0).read("receipt")
    assert isinstance(failed.value, SerinError)
    assert not isinstance(failed.value, BadRequest)
