"""What do real clients see: how fast, and are the answers those of the model that was trained?

The client is tritonclient.http as it comes, with no change: what it accepts, other clients of the protocol accept.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import tritonclient.http as triton

__all__ = ["Answer", "Endpoint", "Request", "Summary", "agrees", "connect", "infer", "plan", "send", "summarize"]

# API Gateway takes a body without a content type for JSON, and decodes an answer only for who accepts it as binary.
BINARY_HEADERS = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}

TOLERANCE = 1e-5
"""Largest difference of a probability that float32 arithmetic explains."""


@dataclass(frozen=True)
class Endpoint:
    """Where to send: host and path without scheme, an API key, the model and the name of its input."""

    url: str
    key: str
    model: str
    input_name: str


@dataclass(frozen=True)
class Request:
    """Rows [start, stop) of the month, as JSON or as binary tensors."""

    start: int
    stop: int
    binary: bool

    @property
    def kind(self) -> str:
        rows = self.stop - self.start
        return f"{'binary' if self.binary else 'JSON'}, {rows} {'row' if rows == 1 else 'rows'}"


@dataclass(frozen=True)
class Answer:
    """One request's answer: seconds at the client, rows whose answer differs from the trainer's own, or the error."""

    request: Request
    seconds: float
    mismatches: int
    error: str | None = None


@dataclass(frozen=True)
class Summary:
    """What one kind of request amounted to; latencies in milliseconds."""

    kind: str
    requests: int
    rows: int
    mismatches: int
    errors: int
    p50_ms: float
    p99_ms: float


def plan(rows: int, *, binary: bool, batches: Sequence[tuple[int, int]]) -> list[Request]:
    """`(size, count)` batches in the order given, over the rows one after the other and from the start again."""
    requests = []
    start = 0
    for size, count in batches:
        for _ in range(count):
            start = start if start + size <= rows else 0
            requests.append(Request(start, start + size, binary))
            start += size
    return requests


def send(
    endpoint: Endpoint,
    requests: Sequence[Request],
    rows: np.ndarray,
    expected: np.ndarray,
    *,
    clients: int,
    on_answer: Callable[[Answer], None] = lambda _: None,
) -> list[Answer]:
    """Send the requests over `clients` connections at once and check each answer.

    `rows` is float32 [n, features]; `expected` is the trainer's own probabilities [n, classes].
    """
    local = threading.local()

    def one(request: Request) -> Answer:
        if not hasattr(local, "client"):
            local.client = connect(endpoint)
        answer = _ask(local.client, endpoint, request, rows, expected)
        on_answer(answer)
        return answer

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, requests))


def summarize(answers: Sequence[Answer]) -> Iterator[Summary]:
    """One summary for each kind of request, in the order in which they were sent."""
    for kind in dict.fromkeys(answer.request.kind for answer in answers):
        of_kind = [answer for answer in answers if answer.request.kind == kind]
        p50, p99 = np.percentile([answer.seconds * 1e3 for answer in of_kind], [50, 99])
        yield Summary(
            kind=kind,
            requests=len(of_kind),
            rows=sum(answer.request.stop - answer.request.start for answer in of_kind),
            mismatches=sum(answer.mismatches for answer in of_kind),
            errors=sum(answer.error is not None for answer in of_kind),
            p50_ms=round(float(p50), 3),
            p99_ms=round(float(p99), 3),
        )


def connect(endpoint: Endpoint) -> triton.InferenceServerClient:
    """A client for one thread."""
    return triton.InferenceServerClient(endpoint.url, network_timeout=30, connection_timeout=30)


def infer(
    client: triton.InferenceServerClient, endpoint: Endpoint, rows: np.ndarray, *, binary: bool,
    parameters: dict[str, str] | None = None,
) -> triton.InferResult:  # fmt: skip
    """The answer to float32 [n, features]. Raises whatever the client raises."""
    tensor = triton.InferInput(endpoint.input_name, list(rows.shape), "FP32")
    tensor.set_data_from_numpy(rows, binary_data=binary)
    wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("label", "probabilities")]
    headers = {"x-api-key": endpoint.key} | (BINARY_HEADERS if binary else {})
    return client.infer(endpoint.model, [tensor], outputs=wanted, headers=headers, parameters=parameters)


def agrees(labels: np.ndarray, probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Row by row: is the answer what the trainer's own probabilities [n, classes] say?"""
    close = np.abs(probabilities - truth).max(axis=1) <= TOLERANCE
    right: np.ndarray = close & (labels == truth.argmax(axis=1))
    return right


def _ask(
    client: triton.InferenceServerClient,
    endpoint: Endpoint,
    request: Request,
    rows: np.ndarray,
    expected: np.ndarray,
) -> Answer:
    began = time.perf_counter()
    try:
        result = infer(client, endpoint, rows[request.start : request.stop], binary=request.binary)
    except Exception as error:  # whatever the client raises is an answer that the demo must count, not hide
        return Answer(request, time.perf_counter() - began, 0, str(error))
    seconds = time.perf_counter() - began
    truth = expected[request.start : request.stop]
    right = agrees(result.as_numpy("label"), result.as_numpy("probabilities"), truth)
    return Answer(request, seconds, int((~right).sum()))
