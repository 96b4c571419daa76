"""What do receipts and sketches take in the process, without a cloud around it: per request, per receipt, per row?"""

import hmac
import io
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import partial
from time import perf_counter_ns, time
from typing import Any

import numpy as np
import orjson

from serin import settings
from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Column, Signer
from serin.serving import session
from serin.serving.release import open_release
from serin.serving.tensors import Array
from serin.stats.numeric_bins import NumericBins
from tests.benchmarks.blocks import Block, Floats
from tests.benchmarks.watching_endpoint import INPUT, PATH

__all__ = ["Read", "floor_block", "handler_block", "signing_blocks", "sketching_blocks"]

Read = Callable[[str], bytes]
_KEY = Key.new()
_AT_MS = 1_767_602_474_271


def handler_block(environment: Mapping[str, str], read: Read, bodies: list[bytes]) -> Block:
    """A release in this process: in the first line until the response is there, in the second what it does then."""
    given = settings.inference(environment)
    queue: list[Callable[[], object]] = []
    secret = Keyring(_KEY).to_json if given.receipt_secret else None
    service = open_release(given, lambda: read, lambda _, work: queue.append(work), secret, lambda *_: None)
    events = [_event(body) for body in bodies]

    def block(requests: int) -> Floats:
        taken = np.empty((2, requests))
        with redirect_stdout(io.StringIO()):
            for number in range(requests):
                event = events[number % len(events)]
                began = perf_counter_ns()
                service.handle(event)
                answered = perf_counter_ns()
                queue.pop()()
                taken[:, number] = answered - began, perf_counter_ns() - answered
        return taken / 1000

    return block


def floor_block(artifact: bytes, bodies: list[bytes]) -> Block:
    """As `handler_block`, of what nobody can do without: parse, run, encode. Nothing is done then."""
    model = session.load(artifact).session
    names, texts = [output.name for output in model.get_outputs()], [body.decode() for body in bodies]

    def block(requests: int) -> Floats:
        taken = np.zeros((2, requests))
        for number in range(requests):
            text = texts[number % len(texts)]
            began = perf_counter_ns()
            (given,) = orjson.loads(text)["inputs"]
            feeds = {given["name"]: np.array(given["data"], np.float32).reshape(given["shape"])}
            answer = dict(zip(names, model.run(names, feeds), strict=True))
            orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY).decode()
            taken[0, number] = perf_counter_ns() - began
        return taken / 1000

    return block


def signing_blocks(rows: int) -> tuple[Block, Block]:
    """A receipt with a score and one segment; and HMAC-SHA256 and base64 alone, of as many bytes."""
    signer = Signer(Keyring(_KEY), model="flights", version=3, release="12", segments=("origin_code",))
    scores = np.random.default_rng(rows).random((rows, 2), np.float32)[:, 1]
    column: Column = (("0", "1", "2"), np.arange(rows) % 3) if rows > 1 else (("1",), None)
    sign = partial(signer.sign, _AT_MS, rows, scores, [column], "00ff00ff")
    payload, key = bytes(len(sign()) * 3 // 4 - 16), _KEY.secret.encode()
    return _timed(sign), _timed(lambda: urlsafe_b64encode(payload + hmac.digest(key, payload, "sha256")[:16]))


def sketching_blocks(baseline: Baseline, artifact: bytes, rows: Floats) -> tuple[Block, Block]:
    """Rows that came one by one, sketched together with their outputs; and a plain histogram of each input alone."""
    model = session.load(artifact)
    names, whole = [spec.name for spec in model.signature.outputs], {INPUT: rows}
    outputs = dict(zip(names, model.run(names, whole), strict=True))
    requests = [({INPUT: rows[at : at + 1]}, _line(outputs, at)) for at in range(len(rows))]
    window, now = WindowSketch.of(baseline, "benchmark", 1), time()

    def settle() -> None:
        for feeds, scores in requests:
            window.observe(feeds, scores, 1, now)
        window.settle()

    inputs = [series for series in baseline.series.values() if series.tensor == INPUT]
    edges = [series.bins.edges for series in inputs if isinstance(series.bins, NumericBins)]
    columns = np.ascontiguousarray(rows.T, np.float64)
    return _timed(settle), _timed(lambda: [np.bincount(e.searchsorted(c)) for e, c in zip(edges, columns, strict=True)])


def _line(outputs: Mapping[str, Array], at: int) -> dict[str, Array]:
    return {name: array[at : at + 1] for name, array in outputs.items()}


def _timed(work: Callable[[], object]) -> Block:
    def block(times: int) -> Floats:
        taken = np.empty(times)
        for number in range(times):
            began = perf_counter_ns()
            work()
            taken[number] = perf_counter_ns() - began
        return taken / 1000

    return block


def _event(body: bytes) -> dict[str, Any]:
    """As API Gateway sends it, without what is not looked at."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "x-api-key": "k" * 40}
    context = {"identity": {"apiKeyId": "q1w2e3r4t5"}}
    return {
        "httpMethod": "POST", "path": PATH, "headers": headers, "body": body.decode(), "isBase64Encoded": False,
        "requestContext": context,
    }  # fmt: skip
