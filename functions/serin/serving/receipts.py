"""What does an answer carry beside its outputs? A receipt for the request, or one for each of its rows."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serin.outcomes.receipts import Signer, client_tag
from serin.serving.codec import InferRequest
from serin.serving.scores import score_of
from serin.serving.segments import Segments
from serin.serving.tensors import Array

__all__ = ["Receipts", "client_of"]


class Receipts:
    """`score` is the output that the score is taken from; a caller who does not ask for it gets a receipt without."""

    def __init__(
        self, signer: Signer, score: str | None, segments: Segments, clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._signer, self._score, self._segments, self._clock = signer, score, segments, clock

    def of(self, request: InferRequest, arrays: Sequence[Array], client: str) -> dict[str, Any]:
        """The parameters of the response that hold them."""
        rows, names, scores = request.rows, request.names, None
        if self._score in names:
            scores = score_of(arrays[names.index(self._score)], rows)
        segments = self._segments.of(request.feeds, rows)
        at_ms = self._clock() // 1_000_000 if request.event_time is None else int(request.event_time * 1000)
        if request.by_row:
            return {"receipts": self._signer.sign_each(at_ms, rows, scores, segments, client)}
        return {"receipt": self._signer.sign(at_ms, rows, scores, segments, client)}


def client_of(event: Mapping[str, Any]) -> str:
    """Empty without an API key: a direct invocation has none."""
    context = event.get("requestContext")
    identity = context.get("identity") if context else None
    api_key_id = identity.get("apiKeyId") if identity else None
    return client_tag(api_key_id) if api_key_id else ""
