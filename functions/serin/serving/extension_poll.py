"""How does an extension speak to Lambda's Extensions API: it registers, and asks for its next event over one kept
connection."""

from typing import Any

import orjson

from serin.http import Connection

__all__ = ["ExtensionPoll", "register"]

_API = "/2020-01-01/extension"


class ExtensionPoll:
    """Connects when first asked, and again after a failure."""

    def __init__(self, runtime_api: str, identifier: str) -> None:
        self._connection = _connection(runtime_api)
        self._headers = {"Host": runtime_api, "Lambda-Extension-Identifier": identifier}

    def next(self) -> dict[str, Any]:
        """Blocks until there is one. Raises OSError, or ValueError for what is no event."""
        answer = self._connection.request("GET", f"{_API}/event/next", self._headers)
        if answer.status != 200:
            raise ConnectionError(f"status {answer.status}")
        event: dict[str, Any] = orjson.loads(answer.body)
        return event

    def close(self) -> None:
        self._connection.close()


def register(runtime_api: str, name: str) -> str:
    """For INVOKE. The identifier; raises OSError where the API refuses, or does not answer in 10 seconds."""
    connection = _connection(runtime_api, seconds=10)
    headers = {"Host": runtime_api, "Lambda-Extension-Name": name, "Content-Type": "application/json"}
    answer = connection.request("POST", f"{_API}/register", headers, b'{"events":["INVOKE"]}')
    connection.close()
    identifier = answer.headers.get("lambda-extension-identifier")
    if answer.status != 200 or identifier is None:
        raise ConnectionError(f"the Extensions API refused to register: {answer.status}")
    return identifier


def _connection(runtime_api: str, seconds: float | None = None) -> Connection:
    host, _, port = runtime_api.partition(":")
    return Connection(host, int(port or 80), connect_s=seconds, read_s=seconds)
