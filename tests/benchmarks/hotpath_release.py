"""A release of the demo's model in this process, requests for it as API Gateway sends them, and the floor: what nobody
can do without to answer them."""

import io
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from infra.demo import flights, training
from infra.demo.stage import MODEL
from serin import settings
from serin.outcomes.keys import Key, Keyring
from serin.registry.register import check_folder
from serin.serving import session
from serin.serving.release import open_release
from tests.benchmarks.blocks import Block, Floats

__all__ = ["Released", "binary_event", "floor", "handler", "json_event", "released"]

INPUT, PATH = "X", f"/v2/models/{MODEL}/infer"
_ROWS = 6_000
Event = Mapping[str, Any]
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Released:
    """`environment` is the function's, `content` what its bucket holds, `rows` are what it was not trained on."""

    environment: Mapping[str, str]
    content: Mapping[str, bytes]
    rows: Rows

    @property
    def artifact(self) -> bytes:
        return self.content[f"artifacts/sha256/{self.environment['SERIN_ARTIFACT_SHA256']}"]


def released(folder: Path) -> Released:
    """With a baseline's sketch, so that it is watched, and with a key for receipts."""
    features, late = flights.month(1)
    trained = training.fit((1,), features[:_ROWS], late[:_ROWS], flights.times(1)[:_ROWS])
    candidate = check_folder(training.write_folder(trained, folder))
    record = candidate.record
    environment = {
        "SERIN_STAGE": "benchmark", "SERIN_MODEL": MODEL, "SERIN_BUCKET": "artifacts", "SERIN_TABLE": "registry",
        "SERIN_RECEIPT_SECRET": "key", "SERIN_MODEL_VERSION": "1", "SERIN_ARTIFACT_SHA256": record.artifact,
        "SERIN_MANIFEST_SHA256": record.manifest, "SERIN_GOLDEN_SHA256": record.golden,
        "SERIN_SKETCH_SHA256": record.sketch or "", "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "OPENBLAS_NUM_THREADS": "1",  # as infra/machines.py has it
    }  # fmt: skip
    rows = features[_ROWS:]
    return Released(environment, candidate.content, rows[~np.isnan(rows).any(axis=1)])


def json_event(rows: Rows) -> Event:
    tensor = {"name": INPUT, "datatype": "FP32", "shape": list(rows.shape), "data": rows.ravel().tolist()}
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "x-api-key": "k" * 40}
    return _event(headers, orjson.dumps({"inputs": [tensor]}).decode(), in_base64=False)


def binary_event(rows: Rows) -> Event:
    """Asks for a binary answer, too."""
    size = {"binary_data_size": rows.nbytes}
    tensor = {"name": INPUT, "datatype": "FP32", "shape": list(rows.shape), "parameters": size}
    head = orjson.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}})
    head = head.ljust(-(-len(head) // 8) * 8)  # so the values lie aligned, and need no copy
    headers = {
        "Content-Type": "application/octet-stream", "Accept": "application/octet-stream",
        "Inference-Header-Content-Length": str(len(head)), "x-api-key": "k" * 40,
    }  # fmt: skip
    return _event(headers, b64encode(head + rows.astype("<f4").tobytes()).decode(), in_base64=True)


def handler(release: Released, events: list[Event], *, receipts: bool = True) -> Block:
    """All that happens until the response is there; the rest is done between, and not counted."""
    queue: list[Callable[[], object]] = []
    secret = Keyring(Key.new()).to_json if receipts else None
    given = settings.inference(release.environment)
    service = open_release(
        given, lambda: release.content.__getitem__, lambda _, work: queue.append(work), secret, lambda *_: None
    )
    status = service.handle(events[0])["statusCode"]
    if status != 200:
        raise AssertionError(f"the release answers {status}")

    def block(requests: int) -> Floats:
        with redirect_stdout(io.StringIO()):
            while queue:
                queue.pop()()
        return _timed(service.handle, events, requests)

    return block


def floor(release: Released, events: list[Event]) -> Block:
    """orjson, numpy and the session, or base64 and the session, without a check of anything."""
    model = session.load(release.artifact).session
    names = [output.name for output in model.get_outputs()]

    def in_json(event: Event) -> str:
        (given,) = orjson.loads(event["body"])["inputs"]
        feeds = {given["name"]: np.array(given["data"], np.float32).reshape(given["shape"])}
        answer = dict(zip(names, model.run(names, feeds), strict=True))
        return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def in_binary(event: Event) -> str:
        body, at = b64decode(event["body"]), int(event["headers"]["Inference-Header-Content-Length"])
        (given,) = orjson.loads(memoryview(body)[:at])["inputs"]
        feeds = {given["name"]: np.frombuffer(body, np.float32, offset=at).reshape(given["shape"])}
        arrays = model.run(names, feeds)
        head = orjson.dumps([(name, array.shape) for name, array in zip(names, arrays, strict=True)])
        return b64encode(b"".join((head, *[array.tobytes() for array in arrays]))).decode()

    work = in_binary if events[0]["isBase64Encoded"] else in_json
    return lambda requests: _timed(work, events, requests)


def _timed(work: Callable[[Event], object], events: list[Event], requests: int) -> Floats:
    taken = np.empty(requests)
    for number in range(requests):
        event = events[number % len(events)]
        began = perf_counter_ns()
        work(event)
        taken[number] = perf_counter_ns() - began
    return taken / 1000


def _event(headers: Mapping[str, str], body: str, *, in_base64: bool) -> Event:
    return {
        "httpMethod": "POST", "path": PATH, "headers": headers, "body": body, "isBase64Encoded": in_base64,
        "requestContext": {"identity": {"apiKeyId": "q1w2e3r4t5"}},
    }  # fmt: skip
