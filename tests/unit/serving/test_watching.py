"""What a sandbox sees is written once a minute, in the background, and never at a request's cost."""

import importlib
import sys
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from urllib.request import Request, urlopen

import boto3
import numpy as np
import orjson
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from serin import settings
from serin.aws.windows import writer
from serin.drift.baseline import Baseline
from serin.drift.series import row_confidence
from serin.drift.window import WindowSketch
from serin.errors import AccessDenied, InvalidInput, Unavailable
from serin.serving.confidence import first_row_confidence
from serin.serving.metrics import Metrics
from serin.serving.release import open_release
from serin.serving.service import Service
from serin.serving.session import load
from serin.serving.watching import Watcher, window_key
from tests.unit.serving.small_models import Caller, matrix, tensor
from tests.unit.serving.test_loading import ENV, GOLDEN, MANIFEST

START = datetime(2026, 3, 7, 9, 4, 30, tzinfo=UTC).timestamp()


def _baseline():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype(np.float32)
    layout = {name: ("features", column) for column, name in enumerate("abc")}
    scores = {"score": np.abs(x).sum(axis=1, keepdims=True), "doubled": x + x}
    return Baseline.of({name: x[:, column] for name, (_, column) in layout.items()}, layout=layout, scores=scores)


BASELINE = _baseline()


class Sandbox:
    """A watcher whose clock and store are the test's."""

    def __init__(self, on_loss=None):
        self.now, self.stored, self.refuse, self.lost = START, {}, None, []
        on_loss = on_loss or self.lost.append
        self.watcher = Watcher(BASELINE, self.put, model="m", version=3, on_loss=on_loss, clock=lambda: self.now)

    def put(self, key, data):
        if self.refuse:
            raise self.refuse
        assert key not in self.stored
        self.stored[key] = data

    def see(self, rows=1, at=0.0, times=1):
        self.now = START + at
        x = np.ones((rows, 3), np.float32)
        for _ in range(times):
            self.watcher.observe({"features": x}, {"score": x[:, :1], "doubled": x + x}, rows)

    def windows(self):
        return [WindowSketch.from_bytes(data, BASELINE) for data in self.stored.values()]


@pytest.fixture
def sandbox():
    return Sandbox()


def test_a_minute_is_one_object(sandbox):
    """Written with the first request after it, under its minute; the rest when the sandbox is let go."""
    sandbox.see(times=5)
    sandbox.see(at=29, rows=2)
    assert sandbox.stored == {}
    sandbox.see(at=30)
    sandbox.see(at=40)
    assert len(sandbox.stored) == 1
    sandbox.watcher.flush()
    sandbox.watcher.flush()
    first, second = sandbox.windows()
    ((writer_id, one),), ((same, two),) = first.parts, second.parts
    assert (writer_id, one, two) == (same, 1, 2)
    assert list(sandbox.stored) == [
        f"windows/m/3/2026/03/07/09/04-{writer_id}-1.z", f"windows/m/3/2026/03/07/09/05-{writer_id}-2.z",
    ]  # fmt: skip
    assert [(w.rows, w.start - START, w.end - START) for w in (first, second)] == [(7, 0, 29), (2, 30, 40)]
    assert first.sketches["feature:a"].rows == first.sketches["score:score"].rows == 7


def test_two_sandboxes_never_write_the_same_key(sandbox):
    """The id is drawn with the first request, so also where both came from one snapshot."""
    other = Sandbox()
    for one in (sandbox, other):
        one.see()
        one.watcher.flush()
    assert not sandbox.stored.keys() & other.stored.keys()


def test_what_could_not_be_written_is_counted_in_the_next_object(sandbox, caplog):
    """And in a metric at once; the log says it once a minute; the request never hears of it."""
    sandbox.refuse = Unavailable("the bucket is gone")
    sandbox.see(rows=4)
    sandbox.see(at=60, rows=3)
    sandbox.see(at=120, rows=2)
    assert sandbox.lost == [4, 3]
    assert [record.message for record in caplog.records] == [
        f"{rows} rows are in no window: Unavailable: the bucket is gone" for rows in (4, 3)
    ]
    sandbox.refuse = None
    sandbox.see(at=180)
    sandbox.watcher.flush()
    assert [(window.rows, window.lost) for window in sandbox.windows()] == [(2, 7), (1, 0)]


def test_rows_that_can_not_be_sketched_are_lost_and_counted(sandbox, caplog):
    """A bug in here is not the client's problem."""
    sandbox.see(rows=2)
    sandbox.watcher.observe({"features": np.array([["a", "b", "c"]] * 5, object)}, {}, 5)
    sandbox.watcher.flush()
    sandbox.see(rows=1)
    sandbox.watcher.flush()
    assert [(window.rows, window.lost) for window in sandbox.windows()] == [(0, 7), (1, 0)]
    assert sandbox.lost == [7]
    assert len(caplog.records) == 1


def test_a_metric_that_fails_fails_nothing_else():
    """Whatever breaks, `observe` and `flush` return."""
    sandbox = Sandbox(on_loss=lambda _: 1 / 0)
    sandbox.refuse = OSError("no route")
    sandbox.see()
    sandbox.watcher.flush()


def test_waiting_rows_are_bounded_by_number_and_by_bytes(sandbox):
    """4,096 rows, or 16 MB of tensors or strings, are sketched at once."""
    waiting = []
    for _ in range(5):
        sandbox.see(rows=1000)
        waiting.append(sandbox.watcher._window.waiting)
    assert waiting == [1000, 2000, 3000, 4000, 0]
    sandbox.watcher.observe({"features": np.ones((2, 3)), "image": np.ones((2, 2**20 + 1))}, {}, 2)
    assert sandbox.watcher._window.waiting == 0
    sandbox.watcher.observe({"text": np.array([["x" * 2**24]], object)}, {}, 1)
    assert sandbox.watcher._window.waiting == 0
    assert sandbox.watcher._window.rows == 5003


def test_rows_are_seen_after_the_response_and_only_those_that_ran():
    """What a client sent wrongly was never seen by the model."""
    sandbox, works = Sandbox(), []
    service = Service.from_model(
        load(matrix()), name="m", watcher=sandbox.watcher, submit=lambda _, work: works.append(work)
    )
    caller = Caller(service)
    assert caller.infer([tensor("features", "FP32", [2, 3], [1, 2, 3, 4, 5, 6])])[0] == 200
    assert caller.infer([tensor("features", "FP32", [1, 3], [1, 2, 3])], outputs=[{"name": "score"}])[0] == 200
    assert caller.infer([tensor("features", "FP32", [1, 2], [1, 2])])[0] == 400
    assert sandbox.watcher._window is None
    for work in works:
        work()
    service.close()
    (window,) = sandbox.windows()
    assert [window.sketches[key].rows for key in ("feature:c", "score:score", "score:doubled[0]")] == [3, 3, 2]
    assert window.sketches["feature:a"].mean == pytest.approx(2, abs=0.01)


@pytest.fixture(params=["signed", "boto3"])
def s3(request, monkeypatch):
    """Both ways to write: over HTTP, and through boto3, which a proxy is left to."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    if request.param == "boto3":
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        with mock_aws():
            yield _with_bucket(boto3.client("s3"))
        return
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()
    yield _with_bucket(boto3.client("s3"))
    server.stop()


def _with_bucket(client):
    client.create_bucket(Bucket="bucket")
    return client


class TestRelease:
    @staticmethod
    def _contents(sketch):
        """A release's variables, and the store that holds exactly what they name."""
        contents = {"ARTIFACT": matrix(), "MANIFEST": orjson.dumps(MANIFEST), "GOLDEN": orjson.dumps(GOLDEN)}
        contents |= {"SKETCH": sketch} if sketch else {}
        digests = {part: sha256(content).hexdigest() for part, content in contents.items()}
        kinds = {part: "artifacts" if part == "ARTIFACT" else "documents" for part in contents}
        store = {f"{kinds[part]}/sha256/{digests[part]}": content for part, content in contents.items()}
        env = ENV | {"SERIN_MODEL_VERSION": "3", "SERIN_SKETCH_SHA256": ""}
        env |= {f"SERIN_{part}_SHA256": digest for part, digest in digests.items()}
        return env, store

    def _open(self, put, sketch):
        env, store = self._contents(sketch)
        return open_release(settings.inference(env), lambda: store.__getitem__, lambda _, work: work(), put=put)

    @staticmethod
    def _infer(service):
        body = orjson.dumps({"inputs": [tensor("features", "FP32", [1, 3], [1, 2, 3])]}).decode()
        event = {"httpMethod": "POST", "path": "/v2/models/m/infer", "body": body}
        assert service.handle(event)["statusCode"] == 200

    def test_a_version_with_a_sketch_is_watched(self):
        """Its golden examples are not: they are no traffic."""
        stored = {}
        service = self._open(stored.__setitem__, BASELINE.to_bytes())
        self._infer(service)
        service.close()
        ((key, data),) = stored.items()
        assert key.startswith("windows/m/3/")
        assert WindowSketch.from_bytes(data, BASELINE).rows == 1

    def test_the_deployed_module_writes_to_its_bucket(self, s3, monkeypatch):
        """From its environment to the object, with the real gateway."""
        env, store = self._contents(BASELINE.to_bytes())
        for name, value in (env | {"SERIN_BUCKET": "bucket"}).items():
            monkeypatch.setenv(name, value)
        for key, content in store.items():
            s3.put_object(Bucket="bucket", Key=key, Body=content)
        monkeypatch.delitem(sys.modules, "inference", raising=False)
        service = importlib.import_module("inference").service
        self._infer(service)
        service.close()
        (found,) = s3.list_objects_v2(Bucket="bucket", Prefix="windows/m/3/")["Contents"]
        data = s3.get_object(Bucket="bucket", Key=found["Key"])["Body"].read()
        assert WindowSketch.from_bytes(data, BASELINE).rows == 1

    def test_a_version_without_one_is_not(self):
        """An empty variable says that there is none."""
        stored = {}
        service = self._open(stored.__setitem__, None)
        self._infer(service)
        service.close()
        assert stored == {}

    def test_a_sketch_of_a_later_form_keeps_the_release_from_starting(self):
        """Loudly, before it is live, rather than unwatched."""
        with pytest.raises(InvalidInput, match="form 99"):
            self._open(print, orjson.dumps({"schema": 99}))

    def test_lost_rows_are_a_metric_of_their_own(self):
        """One EMF line, with the release's dimensions; no other line carries the metric."""
        lines = []
        metrics = Metrics(stage="dev", model="m", release="7", budget_ms=10, write=lines.append, clock=lambda: 5.0)
        metrics.record(200, 1.0, 1)
        metrics.tell("SketchRowsLost", 12)
        first, line = map(orjson.loads, lines)
        assert "SketchRowsLost" not in first
        (directive,) = line.pop("_aws")["CloudWatchMetrics"]
        assert line == {"Model": "m", "Release": "7", "SketchRowsLost": 12}
        assert (directive["Namespace"], directive["Dimensions"]) == ("Serin/dev", [["Model", "Release"]])
        assert [metric["Name"] for metric in directive["Metrics"]] == ["SketchRowsLost"]


class TestGateway:
    def test_an_object_is_written_once(self, s3):
        """Writing it again is no error and changes nothing."""
        put, key = writer("bucket"), window_key("m", 3, START, "w", 1)
        put(key, b"one")
        put(key, b"two")
        assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == b"one"

    def test_a_bucket_that_is_not_there_is_unavailable(self, s3):
        """With the key in the sentence."""
        with pytest.raises(Unavailable, match=r"s3://gone/k can't be written: NoSuchBucket"):
            writer("gone")("k", b"")

    def test_a_bucket_that_is_closed_is_so(self, s3):
        """An error of its own, for it takes a policy and no patience."""
        refusal = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}
        s3.put_bucket_policy(Bucket="bucket", Policy=orjson.dumps({"Statement": [refusal]}).decode())
        with pytest.raises(AccessDenied, match="s3://bucket/k can't be written"):
            writer("bucket")("k", b"")


@pytest.mark.parametrize("row", [[0.3], [0.9], [0.2, 0.5, 0.3], [np.nan, 0.1], [1.2], [-0.1, 0.4], [0.0], [1.0, 0.0]])
def test_confidence_is_what_the_metrics_call_so(row):
    """The sketch of all rows and the metric of the first one mean the same."""
    array = np.array([row], np.float32)
    first, (found,) = first_row_confidence(array), row_confidence(array)
    assert np.isnan(found) if first is None else found == pytest.approx(first)


def test_an_environment_without_the_variable_has_no_sketch():
    """Releases that were published before there were any."""
    env = ENV | {
        "SERIN_MODEL_VERSION": "3",
        **{f"SERIN_{part}_SHA256": "x" for part in ("ARTIFACT", "MANIFEST", "GOLDEN")},
    }
    assert settings.inference(env).version.sketch_sha256 is None
    assert settings.inference(env | {"SERIN_SKETCH_SHA256": ""}).version.sketch_sha256 is None
    assert settings.inference(env | {"SERIN_SKETCH_SHA256": "abc"}).version.sketch_sha256 == "abc"


def test_an_object_is_compressed_json():
    """For whoever looks at one by hand."""
    sandbox = Sandbox()
    sandbox.see()
    sandbox.watcher.flush()
    (data,) = sandbox.stored.values()
    assert orjson.loads(zlib.decompress(data))["rows"] == 1
