"""A share of the rows is kept, with its answers and without what is sensitive, and never at a request's cost."""

from datetime import UTC, datetime

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import InvalidModel, Unavailable
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Signer, read
from serin.serving.capture import Capture
from serin.serving.captured import COLUMNS, Prediction, Records
from serin.serving.limits import Limits
from serin.serving.receipts import Receipts
from serin.serving.scores import score_output
from serin.serving.segments import Segments
from serin.serving.service import Service
from serin.serving.session import load
from tests.unit.serving.small_models import Caller, graph, matrix, tensor
from tests.unit.serving.test_receipts_in_answers import MATRIX, RING, by_columns

AT = datetime(2026, 3, 7, 9, 4, 30, 125000, tzinfo=UTC).timestamp()
KEY = b"k" * 32


def records(artifact, features, key=KEY, task="regression"):
    signature = load(artifact).signature
    manifest = {"features": features}
    score = score_output(signature, task)
    return Records.from_manifest(manifest, signature, version=3, release="7", score=score, key=key)


def prediction(rows=1, receipts=(), **more):
    x = np.arange(3 * rows, dtype=np.float32).reshape(rows, 3)
    given = {"feeds": {"features": x}, "outputs": {"score": x[:, :1], "doubled": x + x}, **more}
    return Prediction(rows=rows, at=AT, latency_ms=1.23456, client="ab", receipts=receipts, **given)


class Sandbox:
    """A capture whose clock and stream are the test's."""

    def __init__(self, share=1.0, hourly_rows=100_000, form=None, frugal=None):
        self.now, self.sent, self.sizes, self.refuse, self.lost = AT, [], [], None, []
        self.capture = Capture(
            form or records(matrix(), MATRIX["features"]), self.send, share=share, hourly_rows=hourly_rows,
            on_loss=self.lost.append, clock=lambda: self.now, frugal=frugal,
        )  # fmt: skip

    def send(self, data):
        if self.refuse:
            raise self.refuse
        self.sizes.append(len(data))
        self.sent.append([orjson.loads(line) for line in data.splitlines()])

    def see(self, rows=1, at=0.0):
        self.now = AT + at
        self.capture.observe(prediction(rows))

    @property
    def kept(self):
        self.capture.flush()
        return [document for batch in self.sent for document in batch]


@pytest.fixture
def sandbox():
    return Sandbox()


def test_a_record_says_what_was_asked_and_answered():
    """Features by name as float64, all outputs, and the receipt's id and row, by which its outcome is known."""
    signer = Signer(RING, model="m", version=3, release="7")
    receipt = signer.sign(int(AT * 1000), 2)
    first, second = map(orjson.loads, records(matrix(), MATRIX["features"]).of(prediction(2, (receipt,)), [0, 1]))
    assert first == {
        "predicted_at": "2026-03-07T09:04:30.125Z", "version": 3, "release": "7", "client": "ab", "latency_ms": 1.235,
        "receipt": read(receipt, RING).id, "row_index": 0, "score": 0.0, "numbers": {"a": 0.0, "b": 1.0, "c": 2.0},
        "texts": {}, "outputs": {"score": [0.0], "doubled": [0.0, 2.0, 4.0]}, "labels": {},
    }  # fmt: skip
    assert (second["row_index"], second["numbers"]["a"], second["receipt"]) == (1, 3.0, first["receipt"])
    assert first.keys() == COLUMNS.keys()


def test_a_receipt_of_one_row_covers_row_0():
    """As the outcomes of that receipt name it."""
    signer = Signer(RING, model="m", version=3, release="7")
    each = signer.sign_each(int(AT * 1000), 2)
    (found,) = map(orjson.loads, records(matrix(), MATRIX["features"]).of(prediction(2, each), [1]))
    assert (found["receipt"], found["row_index"], found["numbers"]["a"]) == (read(each[1], RING).id, 0, 3.0)


def test_columns_may_be_inputs_of_their_own_and_texts():
    """A number and a string per row; missing stays missing; a long text is cut."""
    feeds = {"delay": np.array([[1.5], [np.nan]], np.float32), "carrier": np.array([["UA"], ["x" * 5000]], object)}
    outputs = {"y": feeds["delay"], "c": feeds["carrier"]}
    form = records(by_columns(), [{"name": "delay"}, {"name": "carrier"}])
    one, two = map(orjson.loads, form.of(prediction(2, feeds=feeds, outputs=outputs), [0, 1]))
    assert (one["numbers"], one["texts"], one["labels"]) == ({"delay": 1.5}, {"carrier": "UA"}, {"c": "UA"})
    assert (two["numbers"], two["score"], len(two["texts"]["carrier"])) == ({"delay": None}, None, 1000)


def test_sensitive_features_are_dropped_or_hashed():
    """The hash is the same for the same value under one key, another under another, and tells nothing of the value."""
    features = [{"name": "delay", "sensitive": "drop"}, {"name": "carrier", "sensitive": "hash"}]
    feeds = {"delay": np.ones((3, 1), np.float32), "carrier": np.array([["UA"], ["UA"], ["AA"]], object)}
    seen = prediction(3, feeds=feeds, outputs={})
    raw = list(records(by_columns(), features).of(seen, [0, 1, 2]))
    texts = [orjson.loads(one)["texts"]["carrier"] for one in raw]
    assert all(orjson.loads(one)["numbers"] == {} and b"UA" not in one and b"AA" not in one for one in raw)
    assert texts[0] == texts[1] != texts[2]
    (other,) = records(by_columns(), features, key=b"another").of(seen, [0])
    assert orjson.loads(other)["texts"]["carrier"] not in texts
    (without,) = records(by_columns(), features, key=b"").of(seen, [0])
    assert orjson.loads(without)["texts"] == {}, "without a key nothing is kept that has to be hashed"


def test_a_missing_value_is_missing_also_where_it_is_hashed():
    """Or the share of what is missing could not be asked for."""
    features = [{"name": "delay", "sensitive": "hash"}, {"name": "carrier"}]
    feeds = {"delay": np.array([[np.nan]], np.float32), "carrier": np.array([["UA"]], object)}
    (found,) = records(by_columns(), features).of(prediction(feeds=feeds, outputs={}), [0])
    assert orjson.loads(found)["texts"] == {"delay": None, "carrier": "UA"}


def test_what_has_not_one_value_a_row_is_left_out():
    """An image is no column, and an output of a thousand values is none either."""
    artifact = graph([], [("image", "FP32", ["N", 4, 4])], [("image", "FP32", ["N", 4, 4])])
    form = records(artifact, [{"name": "image"}])
    feeds = {"image": np.zeros((2, 4, 4), np.float32)}
    outputs = {"image": np.zeros((2, 10, 10), np.float32), "odd": np.zeros((3,), np.float32)}
    (found,) = map(orjson.loads, form.of(prediction(2, feeds=feeds, outputs=outputs), [1]))
    assert (found["numbers"], found["outputs"]) == ({}, {})


def test_a_manifest_that_names_no_features_is_refused():
    """With the place."""
    with pytest.raises(InvalidModel, match="features can't be read"):
        records(matrix(), None)


def test_a_lone_prediction_is_sent_at_once_and_others_together(sandbox):
    """After a minute, or with five hundred; the rest when the sandbox is let go."""
    sandbox.see()
    assert [len(batch) for batch in sandbox.sent] == [1]
    sandbox.see(rows=3, at=30)
    sandbox.see(at=59)
    assert len(sandbox.sent) == 1
    sandbox.see(at=61)
    sandbox.see(rows=500, at=62)
    assert [len(batch) for batch in sandbox.sent] == [1, 5, 500]
    sandbox.see(at=63)
    sandbox.capture.flush()
    sandbox.capture.flush()
    assert [len(batch) for batch in sandbox.sent] == [1, 5, 500, 1]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(1, 200))
def test_an_hour_keeps_no_more_than_it_may(sizes, most):
    """Whatever the sizes of the requests; and the next hour begins anew."""
    sandbox = Sandbox(hourly_rows=most)
    for size in sizes:
        sandbox.see(rows=size)
    assert len(sandbox.kept) == min(sum(sizes), most)
    sandbox.see(at=3600)
    assert len(sandbox.kept) == min(sum(sizes), most) + 1


def test_the_share_holds_for_rows_one_by_one_and_in_batches():
    """Binomial: 4,000 rows at 25 % are 1,000, give or take five standard deviations; late ones in batches likewise."""
    sandbox = Sandbox(share=0.25)
    for _ in range(2000):
        sandbox.see()
    for _ in range(20):
        sandbox.see(rows=100)
    assert abs(len(sandbox.kept) - 1000) < 5 * (4000 * 0.25 * 0.75) ** 0.5
    late = sum(document["row_index"] >= 50 for document in sandbox.kept)
    assert abs(late - 250) < 5 * (1000 * 0.25 * 0.75) ** 0.5


def test_what_can_not_be_sent_is_counted_and_harms_nobody(sandbox, caplog):
    """Nor is it kept for a better time: memory is the requests'."""
    sandbox.refuse = Unavailable("the stream is gone")
    sandbox.see(rows=4)
    assert (sandbox.lost, sandbox.kept) == ([4], [])
    assert caplog.messages == ["4 captured rows are lost: Unavailable: the stream is gone"]


def test_what_can_not_be_written_down_is_counted(sandbox):
    """A defect in here is not the client's problem."""
    sandbox.capture.observe(prediction(2, feeds={}))
    assert (sandbox.lost, sandbox.kept) == ([2], [])


def test_a_sending_is_never_larger_than_a_record_of_firehose():
    """Long texts make several of it."""
    sandbox = Sandbox(form=records(by_columns(), [{"name": "delay"}, {"name": "carrier"}]))
    feeds = {"delay": np.ones((2000, 1), np.float32), "carrier": np.full((2000, 1), "x" * 1000, object)}
    sandbox.capture.observe(prediction(2000, feeds=feeds, outputs={}))
    assert len(sandbox.sizes) == 3
    assert max(sandbox.sizes) < 1000 * 1024
    assert sum(map(len, sandbox.sent)) == 2000


def test_an_endpoint_that_has_to_save_keeps_nothing():
    """It asks when it would send, every five minutes at most; when it may spend again, it keeps again."""
    saves, asked = [True, True, False], []
    sandbox = Sandbox(frugal=lambda: asked.append(sandbox.now - AT) or saves.pop(0))
    for minute in range(12):
        sandbox.see(at=60 * minute)
    assert (asked, sandbox.lost) == ([0, 300, 600], [])
    assert [batch[0]["row_index"] for batch in sandbox.sent] == [0, 0], "of minutes 10 and 11"


def test_who_gets_no_answer_goes_on_as_before(caplog):
    """Keeping, or not: a table that does not answer is no order."""
    answers = [Unavailable("the table is gone"), True, Unavailable("the table is gone"), False]

    def ask():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    sandbox, sent = Sandbox(frugal=ask), []
    for minute in (0, 5, 10, 15):
        sandbox.see(at=60 * minute)
        sent.append(len(sandbox.sent))
    assert sent == [1, 1, 1, 2]
    assert caplog.messages == ["whether to save is not known, capture goes on as before: the table is gone"] * 2


def test_a_service_captures_what_it_answers():
    """With the receipt that the client got; a refused request leaves nothing."""
    sandbox, model = Sandbox(), load(matrix())
    signer = Signer(Keyring(Key.new()), model="m", version=3, release="7")
    receipts = Receipts(signer, "score", Segments())
    service = Service.from_model(model, Limits(), name="m", version=3, receipts=receipts, capture=sandbox.capture)
    caller = Caller(service)
    answer = caller.infer([tensor("features", "FP32", [1, 3], [1, 2, 3])])[1]
    caller.refused([tensor("features", "FP32", [1, 2], [1, 2])])
    service.close()
    (found,) = sandbox.kept
    assert (found["score"], found["numbers"]) == (6.0, {"a": 1.0, "b": 2.0, "c": 3.0})
    assert answer["parameters"]["receipt"].startswith("A")
    assert found["receipt"] == answer_id(answer)


def answer_id(answer):
    """By the format that receipts.py describes: version, key, then time and nonce."""
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(answer["parameters"]["receipt"][:28])[5:19].hex()
