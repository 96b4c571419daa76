"""How does an inference function read its release from S3: objects by key, with short timeouts and retries."""

from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from serin.errors import AccessDenied, NotFound, SerinError, Unavailable

__all__ = ["reader"]

_BY_CODE: dict[str, type[SerinError]] = {
    "NoSuchKey": NotFound,
    "NoSuchBucket": NotFound,
    "404": NotFound,
    "AccessDenied": AccessDenied,
    "403": AccessDenied,
}


def reader(bucket: str) -> Callable[[str], bytes]:
    """Reading raises NotFound, AccessDenied or Unavailable."""
    retries = {"mode": "standard", "total_max_attempts": 4}
    client = boto3.client("s3", config=Config(connect_timeout=2, read_timeout=10, retries=retries))
    return lambda key: _get(client, bucket, key)


def _get(client: Any, bucket: str, key: str) -> bytes:
    try:
        content: bytes = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        kind = _BY_CODE.get(code, Unavailable)
        raise kind(f"s3://{bucket}/{key} can't be read: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"s3://{bucket}/{key} can't be read: {error}") from error
    return content
