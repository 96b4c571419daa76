"""What does an answer carry beside its outputs? A receipt for the request, or one for each of its rows."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serin.errors import SerinError
from serin.outcomes.receipts import Signer, client_tag
from serin.serving.codec import InferRequest
from serin.serving.scores import score_of
from serin.serving.segments import Segments
from serin.serving.tensors import Array

__all__ = ["Receipts", "client_of"]

_FRESH_NS = 3600 * 10**9
_log = logging.getLogger(__name__)


class Receipts:
    """`score` is the output that the score is taken from; a caller who does not ask for it gets a receipt without.

    `renew` makes a signer with the key of now, after a response once the one at hand is older than an hour: a snapshot
    (SnapStart) holds the key of its release's publication, which after some rotations would be valid no more.
    """

    def __init__(
        self, signer: Signer, score: str | None, segments: Segments, clock: Callable[[], int] = time.time_ns,
        renew: Callable[[], Signer] | None = None,
    ) -> None:  # fmt: skip
        self._signer, self._score, self._segments, self._clock = signer, score, segments, clock
        self._renew, self._renewed_ns = renew, clock()

    def freshen(self) -> None:
        """After a response. Never raises: the key that is there is good for long, and the next hour asks again."""
        now = self._clock()
        if self._renew is None or now - self._renewed_ns < _FRESH_NS:
            return
        self._renewed_ns = now
        try:
            self._signer = self._renew()
        except SerinError as error:
            _log.warning("the receipts' key could not be read again: %s", error)

    def give(
        self, parameters: dict[str, Any], request: InferRequest, arrays: Sequence[Array], client: str
    ) -> None:  # fmt: skip
        """Into the parameters of the response."""
        rows, names, score = request.rows, request.names, self._score
        scores = score_of(arrays[names.index(score)], rows) if score in names else None
        segments = self._segments.of(request.feeds, rows)
        at_ms = self._clock() // 1_000_000 if request.event_time is None else int(request.event_time * 1000)
        if request.by_row:
            parameters["receipts"] = self._signer.sign_each(at_ms, rows, scores, segments, client)
        else:
            parameters["receipt"] = self._signer.sign(at_ms, rows, scores, segments, client)


def client_of(event: Mapping[str, Any]) -> str:
    """Empty without an API key: a direct invocation has none."""
    try:
        api_key_id = event["requestContext"]["identity"]["apiKeyId"]
    except (KeyError, TypeError):
        return ""
    return client_tag(api_key_id) if api_key_id else ""
