"""What stands in a sandbox for `runtime_client`, the C extension by which awslambdaric speaks to the Runtime API? This,
which is faster; awslambdaric itself is the real one. It runs beside the function, with the standard library only.

An answer and the question for the next event leave together; the function can't tell, for nothing runs between them.
"""

import os
import socket

__all__ = ["initialize_client", "next", "post_error", "post_invocation_result"]

_TOGETHER = 1024 * 1024
"""Bytes of a result: a longer one may be refused, and then no next event must be asked for."""
_RUNTIME = "/2018-06-01/runtime"


class _Api:
    """One connection; `_asked` is true when the next event has been asked for."""

    def __init__(self, address: str, agent: str) -> None:
        host, _, port = address.partition(":")
        self._tail = f" HTTP/1.1\r\nHost: {address}\r\nUser-Agent: {agent}\r\n"
        self._get = f"GET {_RUNTIME}/invocation/next{self._tail}\r\n".encode()
        self._socket = socket.create_connection((host, int(port or 80)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self._owed = 0
        self._asked = False

    def next(self) -> tuple[bytes, dict[str, str | int]]:
        if not self._asked:
            self._socket.sendall(self._get)
        while self._owed:
            self._owed -= 1
            self._accepted()
        self._asked = False
        status, headers, body = self._answer()
        if status != 200:
            raise RuntimeError(f"Failed to get next: {status} {body.decode(errors='replace')}")
        return body, headers | {_DEADLINE: int(headers[_DEADLINE])}

    def post(self, request_id: str, kind: str, content: bytes, more: str) -> None:
        line = f"POST {_RUNTIME}/invocation/{request_id}/{kind}{self._tail}{more}Content-Length: {len(content)}\r\n\r\n"
        if kind == "response" and len(content) < _TOGETHER:
            self._owed, self._asked = self._owed + 1, True
            self._socket.sendall(b"".join((line.encode(), content, self._get)))
        else:
            self._socket.sendall(line.encode() + content)
            self._accepted()

    def _accepted(self) -> None:
        status, _, body = self._answer()
        if status != 202:
            raise RuntimeError(f"Failed to post invocation response: {status} {body.decode(errors='replace')}")

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        """This API always says how long its answer is."""
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        lines = data[:end].decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:])
        start, stop = end + 4, end + 4 + int(headers["content-length"])
        parts, size = [data], len(data)
        while size < stop:
            parts.append(self._more())
            size += len(parts[-1])
        data = b"".join(parts) if len(parts) > 1 else data
        self._rest = data[stop:]
        return int(lines[0][9:12]), {_NAMES.get(name, name): value for name, value in headers.items()}, data[start:stop]

    def _more(self) -> bytes:
        data = self._socket.recv(64 * 1024)
        if not data:
            raise RuntimeError("the Runtime API is gone")
        return data


_NAMES = {
    "content-type": "Content-Type",
    "lambda-runtime-aws-request-id": "Lambda-Runtime-Aws-Request-Id",
    "lambda-runtime-deadline-ms": "Lambda-Runtime-Deadline-Ms",
    "lambda-runtime-invoked-function-arn": "Lambda-Runtime-Invoked-Function-Arn",
    "lambda-runtime-trace-id": "Lambda-Runtime-Trace-Id",
}
_DEADLINE = "Lambda-Runtime-Deadline-Ms"
"""A number, as the extension gives it: awslambdaric subtracts the time from it."""
_agent = ""
_api: _Api | None = None


def initialize_client(user_agent: str) -> None:
    global _agent  # noqa: PLW0603 - the extension's interface is a module's
    _agent = user_agent


def _connected() -> _Api:
    global _api  # noqa: PLW0603
    if _api is None:
        _api = _Api(os.environ["AWS_LAMBDA_RUNTIME_API"], _agent)
    return _api


def next() -> tuple[bytes, dict[str, str | int]]:
    """The event and its headers. Raises RuntimeError or OSError when there is none."""
    return _connected().next()


def post_invocation_result(
    invoke_id: str, data: bytes, content_type: str = "application/json", _invocation_id: str | None = None
) -> None:
    """Raises RuntimeError when it is not accepted; of a short one, not before the next event is asked for."""
    _connected().post(invoke_id, "response", data, f"Content-Type: {content_type}\r\n")


def post_error(invoke_id: str, error: str, xray: str, _invocation_id: str | None = None) -> None:
    """Raises RuntimeError when it is not accepted. X-Ray is not here."""
    del xray
    content = error if isinstance(error, bytes) else error.encode()
    _connected().post(invoke_id, "error", content, "Content-Type: application/json\r\n")
