"""Rows of which the model is not sure are marked in the answer, and handed over right after it, each to be decided."""

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from serin import settings
from serin.errors import Unavailable
from serin.outcomes.receipts import Signer, read
from serin.review import item
from serin.serving.captured import Records
from serin.serving.confidence import Confidence, first_row_confidence
from serin.serving.receipts import Receipts
from serin.serving.release import open_release
from serin.serving.review import Reviews
from serin.serving.segments import Segments
from serin.serving.service import Service
from serin.serving.session import load
from tests.unit.serving.small_models import Caller, graph, tensor
from tests.unit.serving.test_receipts_in_answers import RING

AT = datetime(2026, 3, 7, 9, 4, 30, tzinfo=UTC).timestamp()
FEATURES = {"features": [{"name": "no"}, {"name": "yes"}]}


def two_classes() -> bytes:
    """The probabilities are what is asked, so that a test says how sure the model is."""
    from onnx import helper

    nodes = [helper.make_node("Identity", ["x"], ["probabilities"]),
             helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0)]  # fmt: skip
    outputs = [("label", "INT64", ["N"]), ("probabilities", "FP32", ["N", 2])]
    return graph(nodes, [("x", "FP32", ["N", 2])], outputs)


MODEL = load(two_classes())


class Desk:
    """A service whose queue and clock are the test's; its clients have an API key."""

    def __init__(self, limit=0.7, hourly_rows=1000, features=FEATURES, reviews=True):
        self.sent, self.batches, self.lost, self.skipped = [], [], [], []
        self.refuse, self.refused, self.now = None, 0, AT
        records = Records.from_manifest(
            features, MODEL.signature, version=3, release="7", score="probabilities", key=b"k" * 32
        )
        kept = Reviews(
            records, Confidence("probabilities", limit), self.send, model="m", deadline_s=3600,
            hourly_rows=hourly_rows, on_loss=self.lost.append, on_skip=self.skipped.append, clock=lambda: self.now,
        )  # fmt: skip
        signer = Signer(RING, model="m", version=3, release="7")
        receipts = Receipts(signer, "probabilities", Segments(), lambda: int(AT * 1e9))
        self.service = Service.from_model(
            MODEL, name="m", version=3, release="7", receipts=receipts, reviews=kept if reviews else None
        )

    def send(self, bodies):
        if self.refuse:
            raise self.refuse
        self.batches.append([len(body.encode()) for body in bodies])
        self.sent += [orjson.loads(body) for body in bodies]
        return self.refused

    def ask(self, *probabilities, key="k", binary=False, **more):
        """The parameters of the answer for rows with these probabilities of yes."""
        data = [value for yes in probabilities for value in (1 - yes, yes)]
        body = {"inputs": [tensor("x", "FP32", [len(probabilities), 2], data)], **more}
        if binary:
            body["parameters"] = {"binary_data_output": True}
        event = Caller.event("POST", "/v2/models/m/infer", orjson.dumps(body).decode(), {})
        event["requestContext"] = {"identity": {"apiKeyId": key}}
        response = self.service.handle(event)
        if not binary:
            return orjson.loads(response["body"])["parameters"]
        length = int(response["headers"]["Inference-Header-Content-Length"])
        return orjson.loads(base64.b64decode(response["body"])[:length])["parameters"]


@pytest.fixture
def desk():
    return Desk()


@pytest.mark.parametrize("binary", [False, True])
def test_a_lone_row_is_marked_and_handed_over(desk, binary):
    """JSON and binary alike; with everything that a person and an outcome need."""
    parameters = desk.ask(0.625, binary=binary)
    assert parameters["needs_review"] is True
    assert "review_rows" not in parameters
    receipt = read(parameters["receipt"], RING)
    assert desk.sent == [{
        "id": f"{receipt.id}-0", "model": "m", "version": 3, "release": "7", "receipt": parameters["receipt"], "row": 0,
        "at": desk.sent[0]["at"], "score": 0.625, "inputs": {"no": 0.375, "yes": 0.625},
        "outputs": {"label": [1.0], "probabilities": [0.375, 0.625]}, "confidence": 0.625,
        "deadline": "2026-03-07T10:04:30.000+00:00",
    }]  # fmt: skip


def test_who_collects_reads_what_was_sent(desk):
    """The writer and the reader of a message are two packages, and this is where they meet."""
    desk.ask(0.625)
    found = item.read(orjson.dumps(desk.sent[0]).decode(), "m")
    assert (found.id, found.confidence, found.inputs) == (desk.sent[0]["id"], 0.625, {"no": 0.375, "yes": 0.625})
    assert found.deadline == datetime.fromtimestamp(AT, UTC) + timedelta(hours=1)


@pytest.mark.parametrize("sure", [0.75, 0.25, 0.0, 1.0])
def test_what_the_model_is_sure_of_is_nobodys_business(desk, sure):
    """Whichever class it is sure of."""
    assert desk.ask(sure).keys() == {"release", "receipt"}
    assert desk.sent == []


def test_the_rows_of_a_batch_are_named(desk):
    """Counted from 0; each is handed over with its own row of the one receipt."""
    parameters = desk.ask(0.5, 0.9, 0.1, 0.4)
    assert (parameters["needs_review"], parameters["review_rows"]) == (True, [0, 3])
    assert [(one["row"], one["inputs"]["yes"]) for one in desk.sent] == [(0, 0.5), (3, pytest.approx(0.4))]
    assert {one["receipt"] for one in desk.sent} == {parameters["receipt"]}
    assert len({one["id"] for one in desk.sent}) == 2


def test_with_a_receipt_a_row_each_goes_with_its_own(desk):
    """An outcome names row 0 of that receipt; the answer names the rows of the request."""
    parameters = desk.ask(0.9, 0.5, 0.6, parameters={"receipts": "row"})
    assert parameters["review_rows"] == [1, 2]
    assert [(one["receipt"], one["row"]) for one in desk.sent] == [
        (parameters["receipts"][1], 0), (parameters["receipts"][2], 0),
    ]  # fmt: skip


def test_without_reviews_nothing_is_marked_or_sent():
    """Off is the default."""
    off = Desk(reviews=False)
    assert off.ask(0.5).keys() == {"release", "receipt"}
    assert off.sent == []


def test_a_smoke_test_is_no_prediction_of_anybodys(desk):
    """It has no API key, and no outcome."""
    assert "needs_review" not in desk.ask(0.5, key=None)
    assert desk.sent == []


def test_who_does_not_ask_for_probabilities_gets_no_mark(desk):
    """Nobody knows how sure the model was."""
    assert "needs_review" not in desk.ask(0.5, outputs=[{"name": "label"}])
    assert desk.sent == []


def test_a_large_request_names_and_hands_over_a_hundred_rows(desk):
    """Ten in a batch; the rest is counted."""
    parameters = desk.ask(*[0.5] * 250)
    assert parameters["review_rows"] == list(range(100))
    assert ([len(batch) for batch in desk.batches], desk.skipped) == ([10] * 10, [150])


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.integers(1, 120))
def test_an_hour_has_an_end_and_what_is_over_it_is_counted(sizes, most):
    """Whatever the sizes of the requests; and the next hour begins anew."""
    desk = Desk(hourly_rows=most)
    for size in sizes:
        desk.ask(*[0.5] * size)
    assert (len(desk.sent), sum(desk.skipped)) == (min(sum(sizes), most), max(sum(sizes) - most, 0))
    desk.now += 3600
    desk.ask(0.5)
    assert len(desk.sent) == min(sum(sizes), most) + 1


def test_what_can_not_be_sent_is_counted_and_told_once_a_minute(desk, caplog):
    """The client notices nothing."""
    desk.refuse = Unavailable("the queue is gone")
    assert [desk.ask(0.5, 0.6)["needs_review"] for _ in range(3)] == [True] * 3
    assert (desk.lost, caplog.messages) == ([2, 2, 2], ["2 rows are not reviewed: Unavailable: the queue is gone"])
    desk.now += 60
    desk.ask(0.5)
    assert (desk.lost, len(caplog.messages)) == ([2, 2, 2, 1], 2)


def test_what_the_queue_takes_in_part_is_lost_in_part(desk):
    """SQS answers for each message of a batch."""
    desk.refused = 1
    desk.ask(0.5, 0.6, 0.5)
    assert desk.lost == [1]


def test_sensitive_features_do_not_leave_the_sandbox():
    """Dropped, or hashed with a key, as for capture."""
    desk = Desk(features={"features": [{"name": "no", "sensitive": "drop"}, {"name": "yes", "sensitive": "hash"}]})
    desk.ask(0.625)
    (inputs,) = [one["inputs"] for one in desk.sent]
    assert inputs.keys() == {"yes"}
    assert len(inputs["yes"]) == 16


def test_inputs_that_are_too_large_are_left_out_and_the_rest_goes_in_bounded_batches():
    """SQS takes 256 KiB in one message, and in all messages of one call."""
    names = [{"name": f"t{place}"} for place in range(300)]
    inputs = [(one["name"], "BYTES", ["N", 1]) for one in names]
    signature = load(graph([], inputs, inputs[:1])).signature
    records = Records.from_manifest({"features": names}, signature, version=3, release="7", score=None, key=b"")
    sent, lost = [], []

    def send(bodies):
        assert sum(len(body.encode()) for body in bodies) < 256 * 1024
        sent.extend(orjson.loads(body) for body in bodies)
        return 0

    reviews = Reviews(
        records, Confidence("p", 0.7), send, model="m", deadline_s=1, hourly_rows=9, on_loss=lost.append
    )  # fmt: skip
    from serin.serving.captured import Prediction

    receipt = Signer(RING, model="m", version=3, release="7").sign(int(AT * 1000), 3)
    for length, whole in ((500, True), (1000, False)):
        feeds = {one["name"]: np.full((3, 1), "x" * length, object) for one in names}
        outputs = {"p": np.array([0.6, 0.5, 0.4], np.float32)}
        reviews.observe(Prediction(feeds, outputs, 3, at=AT, latency_ms=1, client="ab", receipts=(receipt,)))
        assert [one["inputs"] is not None for one in sent] == [whole] * 3
        sent.clear()
    huge = "A" * 300_000
    prediction = Prediction({}, outputs, 3, at=AT, latency_ms=1, client="ab", receipts=(receipt + huge,))
    Reviews(
        Records.from_manifest({"features": []}, signature, version=3, release="7", score=None, key=b""),
        Confidence("p", 0.7), send, model="m", deadline_s=1, hourly_rows=9, on_loss=lost.append,
    ).observe(prediction)  # fmt: skip
    assert (sent, lost) == ([], [3]), "a receipt can't be left out: without it no outcome comes back"


_SHAPES = st.one_of(st.tuples(st.integers(1, 6)), st.tuples(st.integers(1, 6), st.integers(1, 4)))
_VALUES = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.7, np.nan, np.inf, -0.5, 1.5]))


@given(arrays.arrays(np.float32, _SHAPES, elements=_VALUES), st.sampled_from([0.5, 0.7, 0.6999999, 1.0]))
def test_each_row_is_judged_as_if_it_had_come_alone(array, limit):
    """By the rule that the metric of low confidence follows; what is no probability is none of a low one."""
    alone = [first_row_confidence(array[row : row + 1]) for row in range(len(array))]
    expected = [row for row, value in enumerate(alone) if value is not None and value < limit]
    confidence = Confidence("p", limit)
    assert list(confidence.unsure(array, len(array))) == expected
    assert [list(confidence.unsure(array[row : row + 1], 1)) for row in range(len(array))] == [
        [0] if row in expected else [] for row in range(len(array))
    ]


def test_an_output_without_one_entry_a_row_says_nothing():
    """A number for the whole request, an empty one, one of other rows."""
    for array in (np.float32(0.5).reshape(()), np.zeros((2, 0), np.float32), np.full((3, 2), 0.5, np.float32)):
        assert list(Confidence("p", 0.7).unsure(array, 2)) == []


class TestRelease:
    """A release as it starts, from its environment."""

    def open(self, *, task="classification", secret=RING.to_json, **more):
        artifact = two_classes()
        manifest = {"task": task, **FEATURES, "signature": load(artifact).signature.to_dict()}
        contents = [artifact, orjson.dumps(manifest), orjson.dumps({"examples": []})]
        digests = [sha256(content).hexdigest() for content in contents]
        kinds = ("artifacts", "documents", "documents")
        store = {f"{kind}/sha256/{digest}": c for kind, digest, c in zip(kinds, digests, contents, strict=True)}
        names = ("SERIN_ARTIFACT_SHA256", "SERIN_MANIFEST_SHA256", "SERIN_GOLDEN_SHA256")
        env = {
            "SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b", "SERIN_MODEL_VERSION": "3",
            "SERIN_REVIEW_QUEUE": "https://queue", "SERIN_REVIEW_CONFIDENCE_LIMIT": "0.7",
            "SERIN_REVIEW_DEADLINE_HOURS": "2", "SERIN_REVIEW_HOURLY_ROWS": "5", **more,
        } | dict(zip(names, digests, strict=True))  # fmt: skip
        given = settings.inference(env)
        sent = []
        service = open_release(
            given, lambda: store.__getitem__, lambda _, work: work(), secret,
            send_reviews=(lambda bodies: sent.extend(bodies) or 0) if given.review else None,
        )  # fmt: skip
        desk = Desk(reviews=False)
        desk.service = service
        return desk, sent

    def test_its_environment_says_where_reviews_go(self):
        """With the deadline counted from now."""
        desk, sent = self.open()
        assert desk.ask(0.6)["needs_review"] is True
        (found,) = [item.read(one, "m") for one in sent]
        assert 7190 < (found.deadline - datetime.now(UTC)).total_seconds() <= 7200

    def test_without_a_queue_there_are_none(self):
        """As for an endpoint of tier low."""
        desk, sent = self.open(SERIN_REVIEW_QUEUE="")
        assert ("needs_review" in desk.ask(0.6), sent) == (False, [])

    @pytest.mark.parametrize("more", [{"task": "regression"}, {"secret": None}])
    def test_where_no_decision_could_come_back_it_says_so(self, more, caplog):
        """Without probabilities there is nothing to ask, without receipts nothing to answer."""
        desk, sent = self.open(**more)
        assert ("needs_review" in desk.ask(0.6), sent) == (False, [])
        assert "nothing of this release is reviewed" in caplog.text
