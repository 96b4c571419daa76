"""Every answer carries a receipt: in JSON and binary, for the request or a row, with its score and segments."""

import base64
from hashlib import sha256

import numpy as np
import orjson
import pytest
from onnx import TensorProto, helper, numpy_helper

from serin import settings
from serin.errors import InvalidModel, InvalidReceipt, InvalidSettings, Unavailable
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Signer, client_tag, read
from serin.serving.limits import Limits
from serin.serving.receipts import Receipts, client_of
from serin.serving.release import open_release
from serin.serving.scores import score_of, score_output
from serin.serving.segments import Segments
from serin.serving.service import Service
from serin.serving.session import load
from serin.serving.signature import Signature, TensorSpec
from tests.unit.serving.small_models import Caller, graph, matrix, tensor

RING = Keyring(Key.new())
AT_NS = 1_767_602_474_271_999_999
MATRIX = {"features": [{"name": name, "type": "float"} for name in "abc"]}


def by_columns() -> bytes:
    """A float and a string per row; the float comes out again."""
    nodes = [helper.make_node("Identity", ["delay"], ["y"]), helper.make_node("Identity", ["carrier"], ["c"])]
    inputs = [("delay", "FP32", ["N", 1]), ("carrier", "BYTES", ["N", 1])]
    return graph(nodes, inputs, [("y", "FP32", ["N", 1]), ("c", "BYTES", ["N", 1])])


def signing(artifact: bytes, manifest: dict, *segments: str, task: str = "regression") -> Caller:
    model = load(artifact)
    found = Segments.from_manifest(manifest | {"outcomes": {"segments": list(segments)}}, model.signature)
    signer = Signer(RING, model="m", version=3, release="7", segments=found.names)
    receipts = Receipts(signer, score_output(model.signature, task), found, lambda: AT_NS)
    return Caller(Service.from_model(model, Limits(), name="m", version=3, release="7", receipts=receipts))


@pytest.fixture(scope="module")
def by_matrix() -> Caller:
    return signing(matrix(), MATRIX, "c", "a")


def rows(*values: list[float]) -> list[dict]:
    return [tensor("features", "FP32", [len(values), 3], [one for row in values for one in row])]


def test_an_answer_carries_a_receipt_of_what_it_says(by_matrix):
    """Model, version, release and time, the first floating output, and the declared features as text."""
    answer = by_matrix.infer(rows([1, 2, 3.5]))[1]
    assert answer["parameters"].keys() == {"release", "receipt"}
    receipt = read(answer["parameters"]["receipt"], RING)
    assert (receipt.model, receipt.version, receipt.release, receipt.rows) == ("m", 3, "7", 1)
    assert receipt.at.isoformat(timespec="milliseconds") == "2026-01-05T08:41:14.271+00:00"
    assert (receipt.scores, receipt.segment_names, receipt.segments) == ((6.5,), ("c", "a"), (("3.5", "1"),))
    assert receipt.client == ""


def test_one_receipt_covers_all_rows(by_matrix):
    """Score and segments of each, in the order of the rows."""
    answer = by_matrix.infer(rows([1, 2, 3], [1, 0, 4], [7, 0, 4]), parameters={"receipts": "request"})[1]
    receipt = read(answer["parameters"]["receipt"], RING)
    assert (receipt.rows, receipt.scores) == (3, (6.0, 5.0, 11.0))
    assert receipt.segments == (("3", "1"), ("4", "1"), ("4", "7"))


def test_a_request_may_ask_for_a_receipt_a_row(by_matrix):
    """A list in the order of the rows, and none for the whole."""
    answer = by_matrix.infer(rows([1, 2, 3], [1, 0, 4]), parameters={"receipts": "row"})[1]
    assert answer["parameters"].keys() == {"release", "receipts"}
    receipts = [read(text, RING) for text in answer["parameters"]["receipts"]]
    assert [(r.rows, r.scores, r.segments) for r in receipts] == [
        (1, (6.0,), (("3", "1"),)),
        (1, (5.0,), (("4", "1"),)),
    ]


@pytest.mark.parametrize("wanted", ["rows", None, True, 1, ["row"], {}])
def test_another_form_of_receipts_is_refused(by_matrix, wanted):
    """With what there is."""
    assert '"row" or "request"' in by_matrix.refused(rows([1, 2, 3]), parameters={"receipts": wanted})


def test_a_binary_answer_has_it_in_its_json(by_matrix):
    """The extension leaves the parameters where they are."""
    body = orjson.dumps({"inputs": rows([1, 2, 3]), "parameters": {"binary_data_output": True}})
    response = by_matrix.send(body)
    raw = base64.b64decode(response["body"])
    document = orjson.loads(raw[: int(response["headers"]["Inference-Header-Content-Length"])])
    assert response["isBase64Encoded"]
    assert read(document["parameters"]["receipt"], RING).scores == (6.0,)


def test_only_predictions_have_receipts(by_matrix):
    """A refusal and the metadata have none; nor has what the release asks itself."""
    assert "parameters" not in by_matrix.infer(rows([1, 2, 3])[:0])[1]
    assert "receipt" not in str(by_matrix.get("/v2/models/m")[1])
    assert len(by_matrix.service.predict({"inputs": rows([1, 2, 3])})) == 2


def test_without_the_output_there_is_no_score(by_matrix):
    """Who asks only for another output gets a receipt all the same."""
    answer = by_matrix.infer(rows([1, 2, 3]), outputs=[{"name": "doubled"}])[1]
    receipt = read(answer["parameters"]["receipt"], RING)
    assert (receipt.scores, receipt.segments) == ((), (("3", "1"),))


def test_the_client_is_in_it_as_a_tag(by_matrix):
    """From the API key's id, wherever the event has one."""
    event = by_matrix.event("POST", "/v2/models/m/infer", orjson.dumps({"inputs": rows([1, 2, 3])}).decode(), {})
    body = by_matrix.service.handle(event | {"requestContext": {"identity": {"apiKeyId": "q1w2"}}})["body"]
    assert read(orjson.loads(body)["parameters"]["receipt"], RING).client == client_tag("q1w2")
    for context in (None, {}, {"identity": None}, {"identity": {"apiKeyId": None}}):
        assert client_of(event | {"requestContext": context}) == ""


def test_a_big_batch_keeps_every_row(by_matrix):
    """As numpy sees them, without a loop in Python."""
    values = np.random.default_rng(7).integers(0, 300, (5_000, 3)).astype(np.float32)
    values[:, 2] = np.arange(5_000) / 7
    answer = by_matrix.infer([tensor("features", "FP32", [5_000, 3], values.ravel())])[1]
    receipt = read(answer["parameters"]["receipt"], RING)
    assert receipt.segments == tuple((f"{c:g}", f"{a:g}") for a, _, c in values.tolist())
    assert receipt.scores == tuple(np.abs(values).sum(axis=1).tolist())


class TestSegments:
    @pytest.mark.parametrize("number", [1, 2])
    def test_one_input_per_feature(self, number):
        """A string is cut at 24 characters, and a number is written as %g writes it."""
        names = ["é" * 30, "UA"][:number]
        inputs = [
            tensor("delay", "FP32", [number, 1], [0.1, -2][:number]),
            tensor("carrier", "BYTES", [number, 1], names),
        ]
        answer = signing(by_columns(), {"features": []}, "carrier", "delay").infer(inputs)[1]
        receipt = read(answer["parameters"]["receipt"], RING)
        assert receipt.segments == (("é" * 24, "0.1"), ("UA", "-2"))[:number]
        assert receipt.scores == tuple(np.array([0.1, -2], np.float32)[:number].tolist())

    @pytest.mark.parametrize(
        ("datatype", "value", "text"),
        [("FP32", 1_234_567, "1234567"), ("FP64", 1e300, "1e+300"), ("FP32", -0.0, "0"), ("FP32", 1 / 3, "0.333333"),
         ("INT64", 2**53 - 1, "9007199254740991"), ("FP64", 1e15, "1e+15"),
         ("INT64", -7, "-7"), ("BOOL", True, "1"), ("UINT8", 255, "255")],
    )  # fmt: skip
    def test_numbers_are_short_and_whole_ones_whole(self, datatype, value, text):
        """%g alone would give all ids of seven digits that begin alike one text."""
        nodes = [helper.make_node("Identity", ["x"], ["y"])]
        caller = signing(graph(nodes, [("x", datatype, ["N"])], [("y", datatype, ["N"])]), {"features": []}, "x")
        for data in ([value], [value, value]):
            answer = caller.infer([tensor("x", datatype, [len(data)], data)])[1]
            assert read(answer["parameters"]["receipt"], RING).segments == ((text,),) * len(data)

    def test_a_missing_number_is_nan(self):
        """The manifest may allow it."""
        model = load(matrix())
        segments = Segments.from_manifest(MATRIX | {"outcomes": {"segments": ["b"]}}, model.signature)
        for array in (np.full((1, 3), np.nan), np.full((4, 3), np.nan)):
            ((values, codes),) = segments.of({"features": array}, len(array))
            assert (list(values), codes is None or codes.tolist() == [0] * 4) == (["nan"], True)

    def test_an_input_that_has_not_one_value_a_row_is_no_segment(self):
        """An empty text, and the prediction goes out."""
        segments = Segments(["a", "b"], [("x", None), ("x", 5)])
        for array, rows in ((np.ones((1, 3)), 1), (np.ones((2, 3)), 2), (np.ones(3), 2)):
            assert segments.of({"x": array}, rows) == [(("",), None)] * 2

    def test_a_segment_must_be_an_input_or_a_column(self):
        """Or the release does not start."""
        signature = load(matrix()).signature
        with pytest.raises(InvalidModel, match="'d' is neither an input"):
            Segments.from_manifest(MATRIX | {"outcomes": {"segments": ["d"]}}, signature)
        for manifest in ({}, MATRIX | {"outcomes": {"segments": 7}}, MATRIX | {"outcomes": []}):
            with pytest.raises(InvalidModel, match="can't be read"):
                Segments.from_manifest(manifest, signature)


class TestScore:
    @pytest.mark.parametrize(
        ("array", "scores"),
        [
            ([[0.3, 0.7], [0.9, 0.1]], [0.7, 0.1]),
            ([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], [0.5, 0.6]),
            ([[0.25], [0.75]], [0.25, 0.75]),
            ([0.25, 0.75], [0.25, 0.75]),
        ],
    )
    def test_which_number_of_a_row_it_is(self, array, scores):
        """Class 1 of two, the largest of several, or the only one; alone as in a batch."""
        batch = np.array(array)
        assert list(score_of(batch, 2)) == scores
        assert list(score_of(batch[:1], 1)) == scores[:1]

    @pytest.mark.parametrize("shape", [(), (3,), (3, 2), (2, 2, 2), (2, 0)])
    def test_an_output_of_other_rows_has_none(self, shape):
        """No score is better than a wrong one."""
        assert score_of(np.zeros(shape), 2) is None

    @pytest.mark.parametrize(
        ("task", "outputs", "found"),
        [
            ("classification", [("label", "INT64", [-1]), ("p", "FP32", [-1, 2])], "p"),
            ("classification", [("label", "INT64", [-1]), ("p", "FP32", [-1, -1])], "p"),
            ("classification", [("x", "FP32", [-1]), ("score", "FP32", [-1, 1])], "score"),
            ("classification", [("label", "INT64", [-1]), ("x", "FP32", [-1, 1])], "x"),
            ("classification", [("label", "INT64", [-1])], None),
            ("regression", [("wide", "FP32", [-1, 3]), ("y", "FP64", [-1, 1]), ("z", "FP32", [-1])], "y"),
            ("regression", [("y", "FP16", [-1])], "y"),
            ("regression", [("y", "FP32", [])], None),
            (None, [("y", "FP32", [4, 2])], None),
        ],
    )
    def test_which_output_it_is(self, task, outputs, found):
        """A classifier's probabilities; else the first with one floating number a row."""
        specs = tuple(TensorSpec(name, datatype, tuple(shape)) for name, datatype, shape in outputs)
        assert score_output(Signature((), specs), task) == found

    def test_a_score_beyond_float32_is_infinite_and_not_an_error(self):
        """It is kept in four bytes."""
        nodes = [helper.make_node("Identity", ["x"], ["y"])]
        caller = signing(graph(nodes, [("x", "FP64", ["N"])], [("y", "FP64", ["N"])]), {"features": []})
        status, answer = caller.infer([tensor("x", "FP64", [1], [1e300])])
        assert (status, read(answer["parameters"]["receipt"], RING).scores) == (200, (float("inf"),))


def classifier() -> bytes:
    """Two features to the probabilities of three classes."""
    weights = numpy_helper.from_array(np.array([[1, 0, 2], [0, 3, 0]], np.float32), "w")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["p"], axis=1)]
    info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", k]) for n, k in (("x", 2), ("p", 3))]
    made = helper.make_graph(nodes, "g", info[:1], info[1:], [weights])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


ENV = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b", "AWS_LAMBDA_FUNCTION_VERSION": "7"}


class TestRelease:
    def open(self, secret, **more):
        artifact = classifier()
        features = [{"name": name, "type": "float"} for name in "ab"]
        manifest = {
            "task": "classification", "features": features, "outcomes": {"segments": ["b"]},
            "signature": load(artifact).signature.to_dict(),
        }  # fmt: skip
        contents = [artifact, orjson.dumps(manifest), orjson.dumps({"examples": []})]
        digests = [sha256(content).hexdigest() for content in contents]
        kinds = ("artifacts", "documents", "documents")
        store = {f"{kind}/sha256/{digest}": c for kind, digest, c in zip(kinds, digests, contents, strict=True)}
        names = ("SERIN_ARTIFACT_SHA256", "SERIN_MANIFEST_SHA256", "SERIN_GOLDEN_SHA256")
        env = ENV | {"SERIN_MODEL_VERSION": "3"} | dict(zip(names, digests, strict=True)) | more
        return open_release(settings.inference(env), lambda: store.__getitem__, lambda _, work: work(), secret)

    def test_a_release_signs_with_the_key_of_its_start(self):
        """Who it is, the largest probability, and the segments of its manifest."""
        status, answer = Caller(self.open(RING.to_json)).infer([tensor("x", "FP32", [1, 2], [0, 1])])
        receipt = read(answer["parameters"]["receipt"], RING.rotated())
        assert (status, receipt.model, receipt.version, receipt.release) == (200, "m", 3, "7")
        assert receipt.scores == pytest.approx([max(answer["outputs"][0]["data"])])
        assert (receipt.segment_names, receipt.segments) == (("b",), (("1",),))

    def test_without_a_secret_there_are_no_receipts(self):
        """And `receipts` in a request changes nothing."""
        caller = Caller(self.open(None))
        answer = caller.infer([tensor("x", "FP32", [1, 2], [0, 1])], parameters={"receipts": "row"})[1]
        assert answer["parameters"] == {"release": "7"}

    def test_a_secret_that_is_no_keyring_stops_init(self):
        """A release that can't sign never becomes live."""
        with pytest.raises(InvalidSettings, match="no JSON object"):
            self.open(lambda: "nonsense")

    def test_a_bootstrap_release_reads_no_key(self):
        """It predicts nothing."""
        with_secret = settings.inference(ENV | {"SERIN_RECEIPT_SECRET": "arn"})
        assert with_secret.receipt_secret == "arn"
        open_release(with_secret, dict, lambda _, work: work(), lambda: pytest.fail("read the key"))


def test_a_key_that_is_old_is_read_again_after_the_response():
    """Once an hour; a snapshot's is older than that when it wakes. A failure keeps the key that there is."""
    model, time, made = load(matrix()), [AT_NS], []
    rings = [RING, RING.rotated()]

    def renew():
        made.append(1)
        if len(made) == 1:
            raise Unavailable("not now")
        return Signer(rings[1], model="m", version=3, release="7")

    signer = Signer(RING, model="m", version=3, release="7")
    receipts = Receipts(signer, None, Segments(), lambda: time[0], renew)
    caller = Caller(Service.from_model(model, Limits(), name="m", version=3, release="7", receipts=receipts))

    def key():
        text = caller.infer(rows([1, 2, 3]))[1]["parameters"]["receipt"]
        return "old" if _reads(text, RING) else "new"

    assert [key(), key(), made] == ["old", "old", []]
    time[0] += 2 * 3600 * 10**9
    assert [key(), key(), len(made)] == ["old", "old", 1], "the hour was asked for, and failed"
    time[0] += 2 * 3600 * 10**9
    assert [key(), key(), len(made)] == ["old", "new", 2]


def _reads(text, ring):
    try:
        return bool(read(text, ring))
    except InvalidReceipt:
        return False
