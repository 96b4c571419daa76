"""May a request say when it happened? In dev stages, where months are replayed in minutes; nowhere else."""

import json
from datetime import UTC, datetime

import orjson
import pytest

from serin import settings
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Signer, read
from serin.serving.receipts import Receipts
from serin.serving.segments import Segments
from serin.serving.service import Service
from serin.serving.session import load
from tests.unit.registry.folders import doubler

RING = Keyring(Key.new())


class Seen:
    """In the place of a Watcher: what it was told."""

    def __init__(self):
        self.times = []

    def observe(self, feeds, outputs, rows, event_time=None):
        self.times.append(event_time)


def ask(service, **parameters):
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.0]}
    body = json.dumps({"inputs": [tensor], "parameters": parameters})
    answer = service.handle({"httpMethod": "POST", "path": "/v2/models/m/infer", "headers": {}, "body": body})
    return answer["statusCode"], orjson.loads(answer["body"])


def service(replays, watcher=None):
    receipts = Receipts(Signer(RING, model="m", version=1, release="1"), None, Segments())
    return Service.from_model(load(doubler()), name="m", receipts=receipts, watcher=watcher, replays=replays)


def test_a_replay_is_counted_when_it_happened():
    """In its receipt and in its window; without a time of its own, a request happens now."""
    seen = Seen()
    status, answer = ask(service(True, seen), event_time="2013-03-01T08:00:00Z")
    at = datetime(2013, 3, 1, 8, tzinfo=UTC)
    assert (status, read(answer["parameters"]["receipt"], RING).at) == (200, at)
    assert ask(service(True, seen))[0] == 200
    assert seen.times == [at.timestamp(), None]


def test_elsewhere_it_is_refused_with_a_sentence():
    """A client must not choose the window that it is counted in."""
    status, answer = ask(service(False), event_time="2013-03-01T08:00:00Z")
    assert (status, "dev stages only" in answer["error"]) == (400, True)


@pytest.mark.parametrize("given", ["yesterday", 7, True, {}, "9999-99-99", "0001-01-01", "1969-12-31T23:59:59Z"])
def test_a_time_that_is_none_is_refused(given):
    """With how it is written."""
    status, answer = ask(service(True), event_time=given)
    assert (status, "ISO 8601" in answer["error"]) == (400, True)


@pytest.mark.parametrize(("stage", "may"), [("dev", True), ("dev-ann", True), ("prod", False), ("staging", False)])
def test_dev_stages_are_known_by_their_name(stage, may):
    """And outcomes of replayed predictions may be as old as they are, there alone."""
    assert settings.is_dev(stage) is may
    found = settings.outcomes({"SERIN_STAGE": stage, "SERIN_RECEIPT_SECRET": "x", "SERIN_OUTCOME_DAYS": "90"})
    assert (found.oldest_days > 90) is may
