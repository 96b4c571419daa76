"""May a sandbox make this AWS call? Its role's policies decide; a no reads as AWS would say it, and names the cure."""

from xml.sax.saxutils import escape

import orjson

from infra.local.aws_request import Access, Signed, accesses, operation_of
from infra.local.console import say
from infra.local.http import Request, Response
from infra.local.iam import Caller, caller_of, decide, policies_of
from infra.local.invoke import aws_error

__all__ = ["refusal"]


def refusal(request: Request, who: Signed) -> Response | None:
    """None when the call may go on; developers (any key that is no role's) may do everything."""
    caller = caller_of(who.access_key)
    if caller is None or operation_of(request) == "GetCallerIdentity":
        return None
    documents = policies_of(caller.role)
    context = {"aws:securetransport": "true", "aws:principalarn": caller.arn, "aws:requestedregion": "us-east-1"}
    context |= _own_context(request)
    for access in accesses(request, who.service):
        decision = decide(documents, access.action, access.resource, context)
        if not decision.allowed:
            message = _sentence(caller, access, decision.reason)
            say(f"AccessDenied: {message}")
            return _answer(request, who.service, message)
    return None


def _own_context(request: Request) -> dict[str, str]:
    """Local traffic counts as TLS: policies that ask for it are about the network, which is not here."""
    if (request.header(b"x-amz-target") or "").endswith("PutMetricData"):
        try:
            return {"cloudwatch:namespace": orjson.loads(request.body)["Namespace"]}
        except (orjson.JSONDecodeError, KeyError):
            return {}
    return {}


def _sentence(caller: Caller, access: Access, reason: str) -> str:
    return (
        f"User: {caller.arn} is not authorized to perform: {access.action} on resource: {access.resource} "
        f"(function {caller.function}, role {caller.role}), {reason}"
    )


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
