"""Reports in the bucket: a page for people, and the whole diagnosis for programs beside it."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from serin.aws.failures import call
from serin.registry.endpoints import Endpoint
from serin.watch.look import Looked
from serin.watch.record import Record

__all__ = ["Reports"]


class Reports:
    """Implements serin.watch.run.Reports. `page` makes the page of a look."""

    def __init__(self, client: Any, page: Callable[[Looked, Endpoint, Sequence[Record]], str]) -> None:
        self._client, self._page = client, page

    def put(self, looked: Looked, endpoint: Endpoint, history: Sequence[Record]) -> None:
        page = self._page(looked, endpoint, history).encode()
        document = orjson.dumps(looked.diagnosis.to_dict())
        self._write(endpoint, f"{looked.record.key}.json", document, "application/json")
        self._write(endpoint, f"{looked.record.key}.html", page, "text/html; charset=utf-8")

    def _write(self, endpoint: Endpoint, key: str, data: bytes, media: str) -> None:
        call(self._client.put_object, Bucket=endpoint.bucket, Key=key, Body=data, ContentType=media)
