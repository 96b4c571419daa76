"""How does an inference function write what it saw to S3? Once under each key, and soon or not at all: the sandbox is
held meanwhile."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from serin.errors import AccessDenied, Unavailable

__all__ = ["writer"]


def writer(bucket: str) -> Callable[[str, bytes], None]:
    """Writing raises AccessDenied or Unavailable. What is there already stays, and is no error."""
    clients: list[Any] = []

    def put(key: str, data: bytes) -> None:
        if not clients:
            clients.append(_client())
        _put(clients[0], bucket, key, data)

    return put


def _client() -> Any:
    retries = {"mode": "standard", "total_max_attempts": 2}
    return boto3.client("s3", config=Config(connect_timeout=2, read_timeout=3, retries=retries))


def _put(client: Any, bucket: str, key: str, data: bytes) -> None:
    try:
        client.put_object(Bucket=bucket, Key=key, Body=data, IfNoneMatch="*")
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in ("PreconditionFailed", "412"):
            return  # the first of two attempts was answered too late
        kind = AccessDenied if code in ("AccessDenied", "403") else Unavailable
        raise kind(f"s3://{bucket}/{key} can't be written: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"s3://{bucket}/{key} can't be written: {error}") from error
