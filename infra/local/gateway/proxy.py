"""The event that a Lambda proxy integration sends, and the HTTP response that its answer means."""

import base64
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from infra.local.gateway.model import ApiKey, RestApi, Route
from infra.local.http import HOST, Request, Response
from infra.local.release import ACCOUNT

__all__ = ["Malformed", "event", "media_type", "response"]


class Malformed(Exception):
    """The function answered something that is no proxy response."""


def media_type(request: Request) -> str:
    return (request.header(b"content-type") or "").partition(";")[0].strip().lower()


def event(api: RestApi, route: Route, request: Request, key: ApiKey | None, request_id: str) -> bytes:
    multi = _multi(request.headers)
    queries: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.query, keep_blank_values=True) if request.query else ():
        queries.setdefault(name, []).append(value)
    body, encoded = _body(api, request)
    path = unquote(request.path)
    return orjson.dumps({
        "resource": route.method.resource,
        "path": path[len(api.stage) + 1 :] or "/",
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in multi.items()},
        "multiValueHeaders": multi,
        "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": {name: unquote(value) for name, value in (route.path_parameters or {}).items()} or None,
        "stageVariables": None,
        "requestContext": _context(api, route, request, request_id) | {"identity": _identity(request, key)},
        "body": body,
        "isBase64Encoded": encoded,
    })  # fmt: skip


def _multi(headers: list[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    """AWS passes names as clients sent them; here they arrive in lower case and leave in the usual spelling."""
    multi: dict[str, list[str]] = {}
    for name, value in headers:
        multi.setdefault(_spelled(name), []).append(value.decode("latin-1"))
    return multi


_SPELLED: dict[bytes, str] = {b"x-api-key": "x-api-key"}


def _spelled(name: bytes) -> str:
    known = _SPELLED.get(name)
    if known is None:
        known = name.decode("latin-1").title()
        if len(_SPELLED) < 1000:
            _SPELLED[name] = known
    return known


def _body(api: RestApi, request: Request) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if api.binary and (media_type(request) in api.binary or "*/*" in api.binary):
        return base64.b64encode(request.body).decode(), True
    return request.body.decode("utf-8", "replace"), False


def _identity(request: Request, key: ApiKey | None) -> Any:
    return {
        "apiKey": key.value if key else None,
        "apiKeyId": key.id if key else None,
        "sourceIp": request.client,
        "userAgent": request.header(b"user-agent"),
    }


def _context(api: RestApi, route: Route, request: Request, request_id: str) -> dict[str, Any]:
    now = time.time()
    return {
        "accountId": ACCOUNT,
        "apiId": api.id,
        "domainName": request.header(b"host") or HOST,
        "domainPrefix": api.id,
        "extendedRequestId": request_id.replace("-", "")[:16],
        "httpMethod": request.method,
        "path": unquote(request.path),
        "protocol": "HTTP/1.1",
        "requestId": request_id,
        "requestTime": _said(int(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": route.method.resource_id,
        "resourcePath": route.method.resource,
        "stage": api.stage,
    }


@lru_cache(maxsize=8)
def _said(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")


def response(api: RestApi, request: Request, payload: bytes, request_id: str) -> Response:
    """As on AWS, base64 is decoded only for a client whose first Accept is binary. Raises Malformed."""
    try:
        answer = orjson.loads(payload)
        status, body = int(answer["statusCode"]), answer.get("body")
        content = b"" if body is None else body.encode() if isinstance(body, str) else orjson.dumps(body)
        if answer.get("isBase64Encoded") and _wants_binary(api, request):
            content = base64.b64decode(content, validate=True)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Malformed(str(error)) from error
    headers = _answer_headers(answer)
    if not 200 <= status < 600 or any(b"\n" in value or b"\r" in value or not name for name, value in headers):
        raise Malformed(f"status {status}, headers {headers}")
    headers.append((b"x-amzn-requestid", request_id.encode()))
    return Response(status, content, headers)


def _wants_binary(api: RestApi, request: Request) -> bool:
    accept = (request.header(b"accept") or "").partition(",")[0].partition(";")[0].strip().lower()
    return accept in api.binary or "*/*" in api.binary


def _answer_headers(answer: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    single, multi = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    merged = {name.lower(): [value] for name, value in single.items()} | {
        name.lower(): values for name, values in multi.items()
    }
    headers = [
        (name.encode("latin-1", "replace"), str(value).encode("latin-1", "replace"))
        for name, values in merged.items()
        for value in values
        if name not in ("content-length", "connection", "transfer-encoding")
    ]
    return headers if "content-type" in merged else [(b"content-type", b"application/json"), *headers]
