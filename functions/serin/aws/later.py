"""What does a release send after its responses? The modules that do it, boto3 with them, are imported with the first
call: no init and no first response waits for them."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import ParamSpec, TypeVar

__all__ = ["asks_frugality", "review_sender", "sender"]

P = ParamSpec("P")
R = TypeVar("R")


def _made_when_called(make: Callable[[], Callable[P, R]]) -> Callable[P, R]:
    made = cache(make)

    def call(*given: P.args, **named: P.kwargs) -> R:
        return made()(*given, **named)

    return call


def sender(stream: str) -> Callable[[bytes], None]:
    """As serin.aws.firehose.sender."""

    def make() -> Callable[[bytes], None]:
        from serin.aws import firehose  # noqa: PLC0415 - boto3's 0.2 s, after a response

        return firehose.sender(stream)

    return _made_when_called(make)


def review_sender(queue: str) -> Callable[[Sequence[str]], int]:
    """As serin.aws.sqs.sender."""

    def make() -> Callable[[Sequence[str]], int]:
        from serin.aws import sqs  # noqa: PLC0415 - boto3's 0.2 s, after a response

        return sqs.sender(queue)

    return _made_when_called(make)


def asks_frugality(table: str, model: str) -> Callable[[], bool]:
    """As serin.aws.spending_table.asks_frugality."""

    def make() -> Callable[[], bool]:
        from serin.aws import spending_table  # noqa: PLC0415 - boto3's 0.2 s, after a response

        return spending_table.asks_frugality(table, model)

    return _made_when_called(make)
