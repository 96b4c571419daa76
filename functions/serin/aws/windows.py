"""How does an inference function write what it saw to S3? Once under each key, and soon or not at all: the sandbox is
held meanwhile."""

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from serin.aws.clients import impatient
from serin.errors import AccessDenied, Unavailable

__all__ = ["writer"]


def writer(bucket: str) -> Callable[[str, bytes], None]:
    """Writing raises AccessDenied or Unavailable. What is there already stays, and is no error."""

    @cache
    def client() -> Any:
        return impatient("s3")

    def put(key: str, data: bytes) -> None:
        _put(client(), bucket, key, data)

    return put


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
