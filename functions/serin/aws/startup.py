"""What does a release read in its init? Objects by key and one secret, without boto3 wherever that can be, and ahead:
AWS answers while numpy and ONNX Runtime are imported."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from threading import Thread
from typing import NoReturn, TypeAlias, TypeVar

from serin.aws import signed
from serin.errors import AccessDenied, NotFound, SerinError, Unavailable
from serin.settings import Inference

__all__ = ["ahead", "begin", "read_secret"]

T = TypeVar("T")
Read: TypeAlias = Callable[[str], bytes]
_BY_CODE: dict[str, type[SerinError]] = {
    "NoSuchKey": NotFound,
    "NoSuchBucket": NotFound,
    "ResourceNotFoundException": NotFound,
    "AccessDenied": AccessDenied,
    "AccessDeniedException": AccessDenied,
}


def begin(settings: Inference) -> tuple[Callable[[], Read], Callable[[], str] | None]:
    """What gives the release's objects by their keys, and what gives the secret of the receipts, where there is one.
    Both are asked for from now on. Taking them raises NotFound, AccessDenied or Unavailable."""
    version, name = settings.version, settings.receipt_secret
    if version is None:
        return (lambda: _objects(settings.bucket, ())), None
    found = ahead(lambda: _objects(settings.bucket, version.keys))
    return found, ahead(lambda: read_secret(name)) if name else None


def ahead(work: Callable[[], T]) -> Callable[[], T]:
    """Begins now, on a thread. The first call waits for what it gives or raises; each further one does the work anew,
    since a secret may have changed."""
    results: list[Callable[[], T]] = []

    def begin() -> None:
        try:
            found = work()
        except BaseException as error:
            results.append(partial(_raise, error))
        else:
            results.append(lambda: found)

    thread = Thread(target=begin, name="ahead", daemon=True)
    thread.start()

    def result() -> T:
        thread.join()
        return results.pop()() if results else work()

    return result


def _raise(error: BaseException) -> NoReturn:
    raise error


def _objects(bucket: str, keys: Iterable[str]) -> Read:
    read = _reader(bucket)
    return {key: read(key) for key in keys}.__getitem__


def _reader(bucket: str) -> Read:
    store = signed.service("s3")
    if store is None:
        from serin.aws.clients import Clients  # noqa: PLC0415 - boto3, only where nothing else knows the way
        from serin.aws.s3 import Bucket  # noqa: PLC0415 - boto3, only for the same

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
        raise _failure(f"s3://{bucket}/{key}", status, signed.code_of(body))
    return body


def _type_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return ""


def _failure(what: str, status: int, code: str) -> SerinError:
    kind = _BY_CODE.get(code, AccessDenied if status == 403 else Unavailable)
    return kind(f"{what} can't be read: {code or status}")
