"""Is a request sent with its key, repeated when the endpoint is busy, and is each refusal the right error?"""

from collections.abc import Callable

import httpx
import pytest

from infra.cli.ask import ask
from serin.errors import AccessDenied, InvalidInput, NotFound, NotReady, SerinError, Throttled, Unavailable

URL = "https://api/dev/v2/models/churn/infer"


def _client(handler: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(handler))


def test_a_busy_endpoint_is_asked_again_with_growing_pauses() -> None:
    """Retry-After is obeyed; the key is in every request."""
    answers = iter(
        [httpx.Response(429), httpx.Response(503, headers={"retry-after": "2"}), httpx.Response(200, json={})]
    )
    keys, pauses = [], []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["x-api-key"])
        return next(answers)

    assert ask(_client(handler), URL, "secret", {}, pauses.append) == {}
    assert keys == ["secret"] * 3
    assert pauses == [0.2, 2.0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput),
        (403, AccessDenied),
        (404, NotFound),
        (418, SerinError),
        (429, Throttled),
        (500, Unavailable),
        (503, NotReady),
    ],
)
def test_a_refusal_keeps_its_words(status: int, kind: type[SerinError]) -> None:
    """Five attempts at most, then the error of that status."""
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json={"error": "because"})

    with pytest.raises(kind, match=rf"answered {status}: because"):
        ask(_client(handler), URL, "k", {}, lambda _: None)
    assert len(asked) == (5 if status in {429, 503} else 1)


def test_who_is_told_to_come_back_much_later_does_not_wait_for_it() -> None:
    """A stopped endpoint says thirty seconds: the command says so at once."""
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503, json={"error": "because"}, headers={"retry-after": "30"})

    with pytest.raises(NotReady, match="because"):
        ask(_client(handler), URL, "k", {}, lambda _: None)
    assert len(asked) == 1


def test_no_connection_is_unavailable() -> None:
    """With the address, so that a wrong stage is seen at once."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(Unavailable, match="api/dev"):
        ask(_client(handler), URL, "k", {}, lambda _: None)
