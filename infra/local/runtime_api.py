"""Lambda's Runtime API and Extensions API for one sandbox: who waits for work, and what was answered."""

import uuid
from dataclasses import dataclass, field
from typing import Protocol

import orjson

from infra.local.http import Later, Request, Response, json_response

__all__ = ["Invocation", "Owner", "RuntimeApi"]

RUNTIME = "/2018-06-01/runtime/"
EXTENSION = "/2020-01-01/extension/"
ACCEPTED = json_response(202, {"status": "OK"})
GONE = json_response(410, {"errorType": "Sandbox.Stopped", "errorMessage": "the sandbox has been stopped"})
MAX_RESPONSE = 6 * 1024 * 1024 + 100


@dataclass(frozen=True, slots=True)
class Invocation:
    request_id: str
    payload: bytes
    arn: str
    deadline_ms: int

    @property
    def trace(self) -> str:
        return f"Root=1-{self.deadline_ms // 1000:08x}-{self.request_id.replace('-', '')[:24]};Sampled=0"


class Owner(Protocol):
    """What a sandbox wants to hear."""

    def ready(self) -> None: ...
    def answered(self, request_id: str, payload: bytes, error: bool) -> bool: ...
    def failed(self, error: bytes) -> None: ...


@dataclass
class RuntimeApi:
    """`ready` is told each time the runtime and every registered extension have asked for the next event."""

    owner: Owner
    function: str
    version: str
    handler: str
    initialized: bool = False
    _polls: dict[str, Later] = field(default_factory=dict)
    _extensions: dict[str, bool] = field(default_factory=dict)

    def handle(self, request: Request) -> Response | Later:
        path = request.path
        if path.startswith(RUNTIME):
            return self._runtime(request, path[len(RUNTIME) :])
        if path.startswith(EXTENSION):
            return self._extension(request, path[len(EXTENSION) :])
        return json_response(404, {"errorMessage": f"no such API: {path}"})

    def deliver(self, invocation: Invocation) -> None:
        """Only when ready: hands the event to the runtime and to each extension that asked for INVOKE."""
        self.initialized = True
        self._polls.pop("runtime").send(_runtime_event(invocation))
        for who, wants in self._extensions.items():
            if wants:
                self._polls.pop(who).send(_extension_event(invocation))

    @property
    def extended(self) -> bool:
        """Has an extension registered? Then Lambda gives the runtime a moment to end by itself."""
        return bool(self._extensions)

    def close(self) -> None:
        polls, self._polls = self._polls, {}
        for poll in polls.values():
            poll.send(GONE)

    def _runtime(self, request: Request, what: str) -> Response | Later:
        if what == "invocation/next":
            return self._next("runtime")
        if what == "init/error":
            self.owner.failed(request.body)
            return ACCEPTED
        parts = what.split("/")
        if len(parts) == 3 and parts[0] == "invocation" and parts[2] in ("response", "error"):
            return self._answer(parts[1], request.body, parts[2] == "error")
        return json_response(404, {"errorMessage": f"no such API: {what}"})

    def _answer(self, request_id: str, payload: bytes, error: bool) -> Response:
        size = len(payload)
        if size > MAX_RESPONSE:
            message = f"Response payload size ({size} bytes) exceeded maximum allowed payload size (6291556 bytes)."
            content = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
            self.owner.answered(request_id, orjson.dumps(content), True)
            return json_response(413, content)
        if self.owner.answered(request_id, payload, error):
            return ACCEPTED
        return json_response(400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"})

    def _next(self, who: str) -> Later:
        old = self._polls.get(who)
        poll = self._polls[who] = Later()
        if old:  # the same poller again: its earlier connection is dead
            old.send(GONE)
        if "runtime" in self._polls and all(key in self._polls for key in self._extensions):
            self.owner.ready()
        return poll

    def _extension(self, request: Request, what: str) -> Response | Later:
        if what == "register":
            return self._register(request)
        identifier = request.header(b"lambda-extension-identifier") or ""
        if identifier not in self._extensions:
            return _refuse("Extension.UnknownExtensionIdentifier", f"no extension has the id {identifier!r}")
        if what == "event/next":
            return self._next(identifier)
        if what in ("init/error", "exit/error"):
            kind = request.header(b"lambda-extension-function-error-type") or "Extension.Failed"
            self.owner.failed(request.body or orjson.dumps({"errorType": kind, "errorMessage": f"extension: {what}"}))
            return ACCEPTED
        return json_response(404, {"errorMessage": f"no such API: {what}"})

    def _register(self, request: Request) -> Response:
        if self.initialized:
            return _refuse("Extension.RegistrationClosed", "extensions register in the init phase only")
        try:
            events = orjson.loads(request.body or b"{}").get("events", [])
        except (orjson.JSONDecodeError, AttributeError):
            return json_response(400, {"errorType": "InvalidRequestFormat", "errorMessage": "not a JSON object"})
        if "SHUTDOWN" in events:  # these sandboxes have internal extensions only
            return _refuse("ShutdownEventNotSupportedForInternalExtension", "internal extensions take INVOKE only")
        identifier = str(uuid.uuid4())
        self._extensions[identifier] = "INVOKE" in events
        about = {"functionName": self.function, "functionVersion": self.version, "handler": self.handler}
        return json_response(200, about, [(b"lambda-extension-identifier", identifier.encode())])


def _refuse(kind: str, message: str) -> Response:
    return json_response(403, {"errorType": kind, "errorMessage": message})


def _runtime_event(event: Invocation) -> Response:
    return Response(200, event.payload, [
        (b"content-type", b"application/json"),
        (b"lambda-runtime-aws-request-id", event.request_id.encode()),
        (b"lambda-runtime-deadline-ms", b"%d" % event.deadline_ms),
        (b"lambda-runtime-invoked-function-arn", event.arn.encode()),
        (b"lambda-runtime-trace-id", event.trace.encode()),
    ])  # fmt: skip


def _extension_event(event: Invocation) -> Response:
    return json_response(200, {
        "eventType": "INVOKE", "deadlineMs": event.deadline_ms, "requestId": event.request_id,
        "invokedFunctionArn": event.arn, "tracing": {"type": "X-Amzn-Trace-Id", "value": event.trace},
    })  # fmt: skip
