"""How does the gateway say no? By the template's GatewayResponses, else as AWS does by default."""

import re
from typing import Any

import orjson

from infra.local.http import Response

__all__ = ["DEFAULTS", "refuse"]

DEFAULTS = {
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "THROTTLED": (429, "Too Many Requests"),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters"),
    "REQUEST_TOO_LARGE": (413, "Request Entity Too Large"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "INTEGRATION_FAILURE": (502, "Internal server error"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
}
BARE = '{"message":$context.error.messageString}'
VARIABLE = re.compile(r"\$context\.(error\.messageString|error\.message|error\.responseType|"
                      r"error\.validationErrorString|requestId)")  # fmt: skip


def refuse(responses: dict[str, dict[str, Any]], kind: str, request_id: str, *, message: str = "", detail: str = "",
           status: int = 0) -> Response:  # fmt: skip
    """`responses` by type, as AWS::ApiGateway::GatewayResponse has them; DEFAULT_4XX and DEFAULT_5XX are fallbacks.

    `status` is for a kind that has several, as long as no response says otherwise.
    """
    usual, words = DEFAULTS[kind]
    usual = status or usual
    words = message or words
    chosen = responses.get(kind) or responses.get(f"DEFAULT_{usual // 100}XX") or {}
    template = (chosen.get("ResponseTemplates") or {}).get("application/json", BARE)
    values = {
        "error.messageString": orjson.dumps(words).decode(),
        "error.message": orjson.dumps(words).decode()[1:-1],
        "error.responseType": kind,
        "error.validationErrorString": orjson.dumps(detail or words).decode()[1:-1],
        "requestId": request_id,
    }
    body = VARIABLE.sub(lambda found: values[found[1]], template)
    return Response(int(chosen.get("StatusCode") or usual), body.encode(), [
        (b"content-type", b"application/json"),
        (b"x-amzn-requestid", request_id.encode()),
        (b"x-amzn-errortype", kind.encode()),
        *_headers(chosen),
    ])  # fmt: skip


def _headers(chosen: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    prefix = "gatewayresponse.header."
    return [
        (key.removeprefix(prefix).lower().encode(), str(value).strip("'").encode())
        for key, value in (chosen.get("ResponseParameters") or {}).items()
        if key.startswith(prefix)
    ]
