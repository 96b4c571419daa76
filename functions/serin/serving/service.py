"""What does this release answer to an event: the whole handler, as a plain function from event to response."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter, time
from typing import Any, NamedTuple, TypeAlias, cast

import orjson

from serin.errors import InvalidInput, SerinError
from serin.serving import protocol, transport
from serin.serving.capture import Capture
from serin.serving.captured import Prediction
from serin.serving.codec import Answer, Codec, InferRequest
from serin.serving.limits import Limits
from serin.serving.metrics import Metrics
from serin.serving.receipts import Receipts, client_of
from serin.serving.repeats import Runs
from serin.serving.review import Reviews
from serin.serving.tensors import Array
from serin.serving.watching import Watcher

__all__ = ["Service", "Submit"]

Submit: TypeAlias = Callable[[str, Callable[[], object]], object]
_log = logging.getLogger(__name__)


class Ran(NamedTuple):
    """What was asked of the model, by whom, and what it gave; `parameters` are the response's."""

    request: InferRequest
    arrays: Sequence[Array]
    client: str | None
    parameters: Mapping[str, Any]


def _inline(_request_id: str, work: Callable[[], object]) -> None:
    work()


class Service:
    """`metrics`, `receipts`, `watcher` and `submit` are for the function in the cloud; a test needs none of them.

    With `replays` a request may say when it happened. `reviews` need receipts, by which a decision comes back.
    """

    def __init__(
        self, name: str, version: str | None, release: str, model: Runs | None, limits: Limits | None = None,
        *, metrics: Metrics | None = None, receipts: Receipts | None = None, watcher: Watcher | None = None,
        capture: Capture | None = None, reviews: Reviews | None = None, submit: Submit = _inline,
        replays: bool = False,
    ) -> None:  # fmt: skip
        self.name, self.version, self.release = name, version, release
        signature = model.signature if model else None
        self._model = model
        self._codec = Codec(signature, limits or Limits()) if signature else None
        documents = protocol.pages(name, version, signature)
        self._pages = {path: transport.json_response(200, page) for path, page in documents.items()}
        self._infer = protocol.infer_paths(name, version) if model else frozenset()
        self._head = orjson.dumps({"model_name": name, "model_version": version})[:-1].decode() + ',"parameters":'
        self._metrics, self._receipts, self._watcher, self._capture = metrics, receipts, watcher, capture
        self._reviews, self._submit, self._replays = reviews, submit, replays

    @classmethod
    def from_model(
        cls,
        model: Runs,
        limits: Limits | None = None,
        *,
        name: str,
        version: int = 1,
        release: str = "1",
        **more: Any,
    ) -> "Service":
        """`more` is what the constructor takes by name."""
        return cls(name, str(version), release, model, limits, **more)

    @classmethod
    def without_release(
        cls, name: str, release: str, *, metrics: Metrics | None = None, submit: Submit = _inline
    ) -> "Service":
        """The bootstrap release: it is alive, and answers 503 where a model is needed."""
        return cls(name, None, release, None, metrics=metrics, submit=submit)

    def handle(self, event: Mapping[str, Any], context: object = None) -> dict[str, Any]:
        """Never raises: what the client sent gets its 4xx, what is ours gets a 500 and a traceback in the log."""
        began = perf_counter()
        ran: Ran | None = None
        refused = False
        try:
            response, ran = self._answer(event)
        except SerinError as error:
            response = transport.json_response(error.status, {"error": str(error)})
            refused = error.__cause__ is not None
            if refused:
                _log.warning("the model refused an input: %s", error.__cause__)
        except Exception:
            _log.exception("inference failed")
            response = transport.json_response(500, {"error": "inference failed: see the function's log"})
        finally:
            request_id = getattr(context, "aws_request_id", "")
            latency = (perf_counter() - began) * 1000
            self._submit(request_id, partial(self._record, response["statusCode"], latency, refused, ran))
        return response

    def predict(self, request: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Outputs in JSON form for a request in JSON form, without an event or a receipt. Raises InvalidInput."""
        answer, _ = self._run(orjson.dumps(request), None, None, None)
        text = cast(str, answer)  # who sends no headers takes no binary data
        outputs: Sequence[Mapping[str, Any]] = orjson.loads(text)["outputs"]
        return outputs

    def flush(self) -> None:
        """Writes the counts that wait, from any thread."""
        if self._metrics is not None:
            self._metrics.flush()

    def close(self) -> None:
        """Writes all that waits, what takes longest last."""
        self.flush()
        if self._capture is not None:
            self._capture.flush()
        if self._watcher is not None:
            self._watcher.flush()

    def _answer(self, event: Mapping[str, Any]) -> tuple[dict[str, Any], Ran | None]:
        method, path = event.get("httpMethod") or "", event.get("path") or ""
        if path in self._infer and method == "POST":
            body, header_length = transport.body_of(event)
            answer, ran = self._run(body, header_length, event.get("headers"), client_of(event))
            return transport.reply(answer), ran
        normal = protocol.normal_path(path)
        if method == "POST" and normal in self._infer and normal != path:
            return self._answer({**event, "path": normal})
        if method == "GET" and normal in self._pages:
            return self._pages[normal], None
        raise protocol.refusal(method, normal, self.name, self.version)

    def _run(
        self, body: bytes | str, header_length: int | None, headers: Mapping[str, str] | None, client: str | None
    ) -> tuple[Answer, Ran]:
        """`client` is None where nobody asked, but the release itself."""
        codec, model = self._codec, self._model
        if codec is None or model is None:
            raise protocol.refusal("POST", f"/v2/models/{self.name}/infer", self.name, None)
        request = codec.parse(body, header_length)
        if request.event_time is not None and not self._replays:
            raise InvalidInput('parameter "event_time" is taken in dev stages only: elsewhere, time is what it is')
        if request.binary and not transport.takes_binary(headers):
            request.outputs = [(name, False) for name in request.names]
        arrays = model.run(request.names, request.feeds)
        parameters: dict[str, Any] = {"release": self.release}
        if self._receipts is not None and client is not None:
            self._receipts.give(parameters, request, arrays, client)
            if self._reviews is not None and client:  # without a client it is a smoke test, or a function's own call
                self._reviews.mark(parameters, request, arrays)
        head = self._head + orjson.dumps(parameters).decode()
        return codec.encode(head, request, arrays), Ran(request, arrays, client, parameters)

    def _record(self, status: int, latency_ms: float, refused: bool, ran: Ran | None) -> None:
        """After the response: here there is time to look at what the model gave."""
        if ran is None:
            if self._metrics is not None:
                self._metrics.record(status, latency_ms, 0, refused)
            return
        request = ran.request
        outputs = dict(zip(request.names, ran.arrays, strict=True))
        if self._metrics is not None:
            self._metrics.record(status, latency_ms, request.rows, refused, outputs)
        if self._watcher is not None:
            self._watcher.observe(request.feeds, outputs, request.rows, request.event_time)
        if self._capture is not None:
            self._capture.observe(_prediction(ran, outputs, latency_ms))
        if self._reviews is not None and "needs_review" in ran.parameters:
            self._reviews.observe(_prediction(ran, outputs, latency_ms))
        if self._receipts is not None:
            self._receipts.freshen()


def _prediction(ran: Ran, outputs: Mapping[str, Array], latency_ms: float) -> Prediction:
    request, receipt = ran.request, ran.parameters.get("receipt")
    return Prediction(
        request.feeds, outputs, request.rows, at=time() if request.event_time is None else request.event_time,
        latency_ms=latency_ms, client=ran.client or "",
        receipts=(receipt,) if receipt else ran.parameters.get("receipts", ()),
    )  # fmt: skip
