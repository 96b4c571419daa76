"""How does an inference function write what it saw to S3? Once under each key, and soon or not at all: the sandbox is
held meanwhile. Without boto3 wherever that can be, whose import would hold it longest."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from serin.aws import signed
from serin.errors import AccessDenied, SerinError, Unavailable

__all__ = ["writer"]

Put: TypeAlias = Callable[[str, bytes], None]
_THERE = ("PreconditionFailed", "412")
_DENIED = ("AccessDenied", "403")


def writer(bucket: str) -> Put:
    """Writing raises AccessDenied or Unavailable. What is there already stays, and is no error.

    For one caller at a time.
    """

    @cache
    def made() -> Put:
        # One attempt more than boto3 has below: a sandbox that was frozen finds its connection gone.
        store = signed.service("s3", attempts=3, read_s=3)
        return _with_boto3(bucket) if store is None else _signed(store, bucket)

    def put(key: str, data: bytes) -> None:
        made()(key, data)

    return put


def _signed(store: signed.Service, bucket: str) -> Put:
    def put(key: str, data: bytes) -> None:
        status, body = store.request("PUT", f"/{bucket}/{key}", data, {"if-none-match": "*"})
        if status not in (200, 412):  # 412: the first of two attempts was answered too late
            raise _failure(bucket, key, signed.code_of(body) or str(status))

    return put


def _with_boto3(bucket: str) -> Put:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from serin.aws.clients import impatient  # noqa: PLC0415

    client = impatient("s3")

    def put(key: str, data: bytes) -> None:
        try:
            client.put_object(Bucket=bucket, Key=key, Body=data, IfNoneMatch="*")
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in _THERE:
                raise _failure(bucket, key, code) from error
        except BotoCoreError as error:
            raise Unavailable(f"s3://{bucket}/{key} can't be written: {error}") from error

    return put


def _failure(bucket: str, key: str, code: str) -> SerinError:
    kind = AccessDenied if code in _DENIED else Unavailable
    return kind(f"s3://{bucket}/{key} can't be written: {code}")
