"""A signed request to AWS without boto3, whose import and clients take longer than the rest of a release's init.

Signature Version 4, for the few and small requests of an inference function; whoever needs more takes boto3. After
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
"""

import hmac
import os
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeAlias

from serin.errors import InvalidSettings, Unavailable
from serin.http import Connection

__all__ = ["Keys", "Service", "code_of", "service", "signature"]

Headers: TypeAlias = Mapping[str, str]
_CONNECT_S = 2
_URL = re.compile(r"(https?)://(([\w.-]+|\[[\da-fA-F:.]+\])(?::(\d+))?)/?")
_CODE = re.compile(rb"<Code>(\w+)</Code>")
_AGAIN = frozenset({429, 500, 502, 503, 504})
_OTHER_PARTITIONS = ("cn-", "us-iso", "eu-isoe", "eusc-")
_UNUSUAL = ("AWS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")


@dataclass(frozen=True)
class Keys:
    access: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def service(
    name: str, environ: Mapping[str, str] | None = None, *, attempts: int = 4, read_s: float = 10
) -> "Service | None":  # fmt: skip
    """None where only boto3 knows the way: credentials that are not in the environment (as under SnapStart, where the
    init's time is not the request's), a region of another partition, a proxy."""
    env = os.environ if environ is None else environ
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or ""
    keys = Keys(
        env.get("AWS_ACCESS_KEY_ID", ""), env.get("AWS_SECRET_ACCESS_KEY", ""), env.get("AWS_SESSION_TOKEN", "")
    )
    if not region or region.startswith(_OTHER_PARTITIONS) or not (keys.access and keys.secret):
        return None
    given = env.get(f"AWS_ENDPOINT_URL_{name.upper()}") or env.get("AWS_ENDPOINT_URL")
    url = given or f"https://{name}.{region}.amazonaws.com"
    unusual = url.startswith("https:") and any(env.get(one) for one in _UNUSUAL)
    return None if unusual else Service(name, region, url, keys, attempts=attempts, read_s=read_s)


class Service:
    """One AWS service in one region, over one connection: for one caller at a time."""

    def __init__(
        self, name: str, region: str, url: str, keys: Keys, pause: Callable[[float], object] = time.sleep,
        *, attempts: int = 4, read_s: float = 10,
    ) -> None:  # fmt: skip
        parts = _URL.fullmatch(url)
        if parts is None:
            raise InvalidSettings(f"{url} is no endpoint of AWS's: write https://host or http://host:port")
        scheme, place, host, port = parts.groups()
        tls = scheme == "https"
        self._connection = Connection(
            host.strip("[]"), int(port or (443 if tls else 80)), tls=tls, connect_s=_CONNECT_S, read_s=read_s
        )
        self._name, self._region, self._host, self._keys, self._pause = name, region, place, keys, pause
        self._attempts = attempts

    def request(self, method: str, path: str, body: bytes = b"", headers: Headers | None = None) -> tuple[int, bytes]:
        """Status and body, of the last attempt; `path` needs no encoding. Raises Unavailable without either."""
        status, content, problem = 0, b"", ""
        for attempt in range(self._attempts):
            if attempt:
                self._pause(random.uniform(0, 0.1 * 2**attempt))  # noqa: S311 - spreads attempts, guards nothing
            try:
                status, content = self._once(method, path, body, headers or {})
            except OSError as error:
                status, problem = 0, f"{type(error).__name__}: {error}"
            if status and status not in _AGAIN:
                break
        if not status:
            raise Unavailable(f"{self._host} did not answer: {problem}")
        return status, content

    def _once(self, method: str, path: str, body: bytes, headers: Headers) -> tuple[int, bytes]:
        at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        digest = sha256(body).hexdigest()
        signed = {**headers, "host": self._host, "x-amz-date": at, "x-amz-content-sha256": digest}
        if self._keys.token:
            signed["x-amz-security-token"] = self._keys.token
        signed["authorization"] = signature(method, path, signed, digest, self._keys, self._region, self._name)
        answer = self._connection.request(method, path, signed, body)
        return answer.status, answer.body


def code_of(body: bytes) -> str:
    """What S3 calls its error; empty where it says nothing."""
    found = _CODE.search(body)
    return found[1].decode() if found else ""


def signature(method: str, path: str, headers: Headers, digest: str, keys: Keys, region: str, name: str) -> str:
    """The header `authorization`, over all of these headers, in lower case, and the SHA-256 of the body."""
    at, names = headers["x-amz-date"], sorted(headers)
    lines = "".join(f"{one}:{headers[one].strip()}\n" for one in names)
    signed = ";".join(names)
    canonical = "\n".join((method, path, "", lines, signed, digest))
    scope = f"{at[:8]}/{region}/{name}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", at, scope, sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    found = hmac.digest(key, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential={keys.access}/{scope}, SignedHeaders={signed}, Signature={found}"
