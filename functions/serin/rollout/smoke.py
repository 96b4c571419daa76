"""Does a release answer its golden examples, asked directly, before any client is sent to it?"""

from typing import Any

import orjson

from serin.errors import NotFound, SmokeFailed, Throttled, Unavailable
from serin.registry.endpoints import Endpoint
from serin.rollout.ports import Operator
from serin.serving.golden import Example, Golden, mismatches
from serin.serving.protocol import infer_event

__all__ = ["smoke"]

_ATTEMPTS = 5


def smoke(operator: Operator, endpoint: Endpoint, release: int, golden: Golden) -> None:
    """Raise SmokeFailed, naming example, output, expected and got. `live` is not touched."""
    total = len(golden.examples)
    for number, example in enumerate(golden.examples, 1):
        operator.on_step(f"smoke test {number} of {total} on release {release}")
        outputs = _outputs(operator, endpoint, release, number, example)
        wrong = mismatches(example.outputs, outputs, rtol=golden.rtol, atol=golden.atol)
        if wrong:
            raise _failed(release, number, "; ".join(wrong[:3]))


def _outputs(
    operator: Operator, endpoint: Endpoint, release: int, number: int, example: Example
) -> list[dict[str, Any]]:
    event = infer_event(endpoint.model, orjson.dumps(example.request).decode())
    answer = _invoke(operator, endpoint, release, event)
    body = str(answer.get("body", ""))
    if answer.get("statusCode") != 200:
        raise _failed(release, number, f"status {answer.get('statusCode')}, {body[:500]}")
    try:
        outputs: list[dict[str, Any]] = orjson.loads(body)["outputs"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise _failed(release, number, f"an answer that is no inference response: {body[:200]}") from error
    return outputs


def _invoke(operator: Operator, endpoint: Endpoint, release: int, event: dict[str, Any]) -> dict[str, Any]:
    for attempt in range(_ATTEMPTS):
        try:
            return operator.functions.invoke(endpoint.function, str(release), event)
        except (Throttled, Unavailable):
            if attempt == _ATTEMPTS - 1:
                raise
            operator.pause(0.5 * 2**attempt)
        except NotFound as error:
            raise SmokeFailed(f"release {release} is gone, live stays where it is: deploy again ({error})") from error
    raise AssertionError("unreachable")


def _failed(release: int, number: int, what: str) -> SmokeFailed:
    return SmokeFailed(
        f"release {release} failed its smoke test, live stays where it is: golden example {number}: {what}"
    )
