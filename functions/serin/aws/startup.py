"""What does a release read in its init? Objects by key and one secret, without boto3 wherever that can be."""

import json
import re
from collections.abc import Callable

from serin.aws import signed
from serin.errors import AccessDenied, NotFound, SerinError, Unavailable

__all__ = ["read_secret", "reader"]

_CODE = re.compile(rb"<Code>(\w+)</Code>")
_BY_CODE: dict[str, type[SerinError]] = {
    "NoSuchKey": NotFound,
    "NoSuchBucket": NotFound,
    "ResourceNotFoundException": NotFound,
    "AccessDenied": AccessDenied,
    "AccessDeniedException": AccessDenied,
}


def reader(bucket: str) -> Callable[[str], bytes]:
    """Reading raises NotFound, AccessDenied or Unavailable."""
    store = signed.service("s3")
    if store is None:
        from serin.aws.clients import Clients  # noqa: PLC0415 - boto3
        from serin.aws.s3 import Bucket  # noqa: PLC0415 - boto3

        return Bucket(Clients().client("s3"), bucket).read
    return lambda key: _get(store, bucket, key)


def read_secret(name: str) -> str:
    """By name or ARN. Raises NotFound, AccessDenied or Unavailable."""
    vault = signed.service("secretsmanager")
    if vault is None:
        from serin.aws import secrets  # noqa: PLC0415 - boto3

        return secrets.read_secret(name)
    # The label is AWS's default; moto takes the first version where none is given.
    wanted = json.dumps({"SecretId": name, "VersionStage": "AWSCURRENT"}).encode()
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.GetSecretValue"}
    status, body = vault.request("POST", "/", wanted, headers)
    if status != 200:
        raise _failure(f"the secret {name}", status, _type_of(body))
    return str(json.loads(body).get("SecretString", ""))


def _get(store: signed.Service, bucket: str, key: str) -> bytes:
    status, body = store.request("GET", f"/{bucket}/{key}")
    if status != 200:
        code = _CODE.search(body)
        raise _failure(f"s3://{bucket}/{key}", status, code[1].decode() if code else "")
    return body


def _type_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def _failure(what: str, status: int, code: str) -> SerinError:
    kind = _BY_CODE.get(code, AccessDenied if status == 403 else Unavailable)
    return kind(f"{what} can't be read: {code or status}")
