"""moto's Lambda with provisioned concurrency, as the local cloud plays it."""

from typing import Any

import botocore.handlers
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from infra.local.http import Request
from infra.local.invoke import aws_error
from infra.local.provisioned import PROVISIONED, provisioned
from serin.errors import SerinError
from tests.unit.aws import stage

__all__ = ["with_provisioned_concurrency"]


def with_provisioned_concurrency(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all sessions that are made from now on, and no client of an earlier one is used."""
    monkeypatch.setattr(stage, "made", {})
    monkeypatch.setattr(
        botocore.handlers, "BUILTIN_HANDLERS", [("before-send.lambda", _answer), *botocore.handlers.BUILTIN_HANDLERS]
    )


def _answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
    path, _, query = request.url.partition("amazonaws.com")[2].partition("?")
    if not PROVISIONED.fullmatch(path):
        return None
    body = request.body or b""
    asked = Request(request.method, path, query, [], body.encode() if isinstance(body, str) else body)
    try:
        found = provisioned(asked)
    except SerinError as error:
        found = aws_error(error.status, str(error))
    headers = {key.decode(): value.decode() for key, value in found.headers}
    return AWSResponse(request.url, found.status, headers, MockRawResponse(found.body))
