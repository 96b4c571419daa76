"""How does an inference function hand over the predictions that are kept? Soon or not at all: the sandbox is held
meanwhile."""

from collections.abc import Callable
from functools import cache
from typing import Any

from serin.aws.clients import impatient
from serin.aws.failures import call

__all__ = ["sender"]


def sender(stream: str) -> Callable[[bytes], None]:
    """Sending raises the SerinError of the failure. What is sent again after a lost answer is there twice, with the
    same receipt and row."""

    @cache
    def client() -> Any:
        return impatient("firehose")

    def send(data: bytes) -> None:
        call(client().put_record, DeliveryStreamName=stream, Record={"Data": data})

    return send
