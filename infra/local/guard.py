"""May this caller make this AWS call? Their policies decide; a no reads as AWS would say it, and names the cure."""

from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import orjson

from infra.local.aws_request import Access, Signed, accesses, operation_of
from infra.local.callers import SESSION_KEY, Caller, caller_of
from infra.local.console import say
from infra.local.http import Request, Response
from infra.local.iam import Context, decide
from infra.local.invoke import aws_error
from infra.local.release import REGION

__all__ = ["refusal"]


def refusal(request: Request, who: Signed) -> Response | None:
    """None when the call may go on; the developer (any key that is no role's and no user's) may do everything."""
    caller = caller_of(who.access_key)
    if caller is None:
        return _answer(request, who.service, _STRANGE) if who.access_key.startswith(SESSION_KEY) else None
    if operation_of(request) == "GetCallerIdentity":
        return None
    documents = caller.policies()
    context: Context = {"aws:securetransport": "true", "aws:principalarn": caller.arn, "aws:requestedregion": REGION}
    context = {**context, **_own(request, who)}
    for access in accesses(request, who.service):
        keys = {"dynamodb:leadingkeys": access.keys} if access.keys else {}
        decision = decide(documents, access.action, access.resource, {**context, **keys})
        if not decision.allowed:
            message = _sentence(caller, access, decision.reason)
            say(f"AccessDenied: {message}")
            return _answer(request, who.service, message)
    return None


_STRANGE = "The security token included in the request is invalid: this local cloud did not give it out"


def _own(request: Request, who: Signed) -> dict[str, str]:
    """Local traffic counts as TLS: policies that ask for it are about the network, which is not here."""
    if who.service == "s3":
        prefix = parse_qs(request.query).get("prefix", [""])[0]
        found = {"s3:prefix": prefix, "s3:if-none-match": request.header(b"if-none-match") or ""}
        return {key: value for key, value in found.items() if value}
    if (request.header(b"x-amz-target") or "").endswith("PutMetricData"):
        try:
            return {"cloudwatch:namespace": orjson.loads(request.body)["Namespace"]}
        except (orjson.JSONDecodeError, KeyError):
            return {}
    return {}


def _sentence(caller: Caller, access: Access, reason: str) -> str:
    about = [f"partition {key}" for key in access.keys]
    about += [f"function {caller.function}", f"role {caller.role}"] if caller.function else []
    more = f" ({', '.join(about)})" if about else ""
    denied = f"User: {caller.arn} is not authorized to perform: {access.action} on resource: {access.resource}"
    return f"{denied}{more}, {reason}"


def _answer(request: Request, service: str, message: str) -> Response:
    xml = escape(message)
    if service == "s3":
        body = f"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>{xml}</Message></Error>"
        return Response(403, body.encode(), [(b"content-type", b"application/xml")])
    if service == "lambda" or (not request.header(b"x-amz-target") and request.method != "POST"):
        return aws_error(403, message, "AccessDeniedException")
    if request.header(b"x-amz-target"):
        content = {"__type": "com.amazon.coral.service#AccessDeniedException", "message": message, "Message": message}
        return Response(400, orjson.dumps(content), [(b"content-type", b"application/x-amz-json-1.0")])
    error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{xml}</Message></Error>"
    return Response(403, f"<ErrorResponse>{error}</ErrorResponse>".encode(), [(b"content-type", b"text/xml")])
