"""What do receipts and sketches add to a request in the process, without a cloud around it?"""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from time import perf_counter_ns
from typing import Any

import numpy as np
import orjson

from serin import settings
from serin.outcomes.keys import Key, Keyring
from serin.serving import session
from serin.serving.release import open_release
from tests.benchmarks.blocks import Block, Floats
from tests.benchmarks.watching_endpoint import PATH

__all__ = ["Read", "floor_block", "handler_block"]

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


def _event(body: bytes) -> dict[str, Any]:
    """As API Gateway sends it, without what is not looked at."""
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "x-api-key": "k" * 40}
    context = {"identity": {"apiKeyId": "q1w2e3r4t5"}}
    return {
        "httpMethod": "POST", "path": PATH, "headers": headers, "body": body.decode(), "isBase64Encoded": False,
        "requestContext": context,
    }  # fmt: skip
