"""What Lambda's control plane checks and moto does not: RevisionIds, alias weights, unchanged versions, versions that
are pointed to, SnapStart."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import orjson
from moto.awslambda.models import LambdaAlias, LambdaFunction

from infra.local.http import Request, Response
from infra.local.invoke import aws_error, function_in
from infra.local.provisioned import PROVISIONED, forget, provisioned
from infra.local.release import LATEST, arn_of, fingerprint, latest, storage
from serin.errors import BadRequest, Conflict, NotFound, SerinError

__all__ = ["guarded"]

Send = Callable[[Request], Response]
ALIAS = re.compile(r"/2015-03-31/functions/[^/]+/aliases/([^/]+)/?")
CHANGE = re.compile(r"/2015-03-31/functions/[^/]+/(configuration|code)/?")
VERSIONS = re.compile(r"/2015-03-31/functions/[^/]+/versions/?")
ALIASES = re.compile(r"/2015-03-31/functions/[^/]+/aliases/?")
FUNCTION = re.compile(r"/2015-03-31/functions/[^/]+/?")
MAPPINGS = re.compile(r"/2015-03-31/event-source-mappings\b")
MAX_ENVIRONMENT = 4096


class Precondition(Conflict):
    """The RevisionId that the caller read is no longer the newest."""

    status = 412


def guarded(request: Request, send: Send) -> Response:
    """Runs on moto's own thread, so that a check and what follows it are one step."""
    try:
        response = _dispatch(request, send)
    except SerinError as error:
        return aws_error(error.status, str(error))
    return _decorated(response) if response.status < 300 and response.body[:1] == b"{" else response


def _dispatch(request: Request, send: Send) -> Response:
    path = request.path
    if PROVISIONED.fullmatch(path):
        return provisioned(request)
    if request.method == "DELETE" and FUNCTION.fullmatch(path) and (qualifier := function_in(request)[1]):
        return _delete_version(request, qualifier, send)
    if request.method == "PUT" and (match := ALIAS.fullmatch(path)):
        return _update_alias(request, match[1], send)
    if request.method == "PUT" and CHANGE.fullmatch(path):
        return _change(request, send)
    if request.method == "POST" and VERSIONS.fullmatch(path):
        return _publish(request, send)
    if request.method == "POST" and ALIASES.fullmatch(path):
        body = _json(request)
        _check_weights(function_in(request)[0], body.get("FunctionVersion"), body.get("RoutingConfig"))
    if request.method != "GET" and MAPPINGS.match(path):
        raise BadRequest("the local cloud takes event source mappings from the template only")
    response = send(request)
    if request.method == "POST" and path.rstrip("/") == "/2015-03-31/functions" and response.status < 300:
        body = _json(request)
        latest(body["FunctionName"]).serin_snap_start = (body.get("SnapStart") or {}).get("ApplyOn", "None")
    return response


def _json(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"Could not parse request body into json: {error}") from error
    return body if isinstance(body, dict) else {}


def _precondition(given: str | None, actual: str) -> None:
    if given and given != actual:
        raise Precondition(
            "The Revision Id provided does not match the latest Revision Id. "
            "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        )


def _update_alias(request: Request, name: str, send: Send) -> Response:
    function, body = function_in(request)[0], _json(request)
    alias: LambdaAlias | None = storage()._aliases.get(arn_of(function), {}).get(name)
    if alias is None:
        raise NotFound(f"Cannot find alias arn: {arn_of(function, name)}")
    _precondition(body.get("RevisionId"), alias.revision_id)
    version = body.setdefault("FunctionVersion", alias.function_version)
    _check_weights(function, version, body.get("RoutingConfig", alias.routing_config))
    response = send(Request(request.method, request.path, request.query, request.headers, orjson.dumps(body)))
    if response.status >= 300:
        return response
    alias.revision_id = str(uuid.uuid4())
    return Response(200, orjson.dumps(alias.to_json()), response.headers)


def _check_weights(function: str, version: str | None, routing: Any) -> None:
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    published = {str(one.version) for one in storage()._functions.get(function, {"versions": []})["versions"]}
    if version != LATEST and version not in published:
        raise NotFound(f"Function not found: {arn_of(function, version)}")
    if weights and version == LATEST:
        raise BadRequest("$LATEST is not supported for an alias pointing to more than 1 version")
    if len(weights) > 1:
        raise BadRequest("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for other, weight in weights.items():
        if other in (LATEST, version):
            raise BadRequest(f"Invalid function version {other}: it can't be an additional version here")
        if other not in published:
            raise NotFound(f"Function not found: {arn_of(function, other)}")
        if not isinstance(weight, int | float) or not 0 <= weight <= 1:
            raise BadRequest(f"Invalid value {weight} for a weight: it must be from 0 to 1")


def _revision(fn: LambdaFunction) -> str:
    if getattr(fn, "serin_revision", None) is None:
        fn.serin_revision = str(uuid.uuid4())
    return fn.serin_revision


def _change(request: Request, send: Send) -> Response:
    body, fn = _json(request), latest(function_in(request)[0])
    _precondition(body.get("RevisionId"), _revision(fn))
    environment = body.get("Environment", {}).get("Variables", {})
    if sum(len(key) + len(str(value)) for key, value in environment.items()) > MAX_ENVIRONMENT:
        raise BadRequest("Lambda was unable to configure your environment variables because the environment "
                         f"variables you have provided exceeded the {MAX_ENVIRONMENT // 1024}KB limit")  # fmt: skip
    response = send(request)
    if response.status < 300:
        fn.serin_revision = str(uuid.uuid4())
        fn.serin_snap_start = body.get("SnapStart", {}).get("ApplyOn", getattr(fn, "serin_snap_start", "None"))
        return Response(response.status, orjson.dumps(fn.get_configuration()), response.headers)
    return response


def _publish(request: Request, send: Send) -> Response:
    """Nothing changed since the last version: AWS answers with that version. moto only counts calls."""
    body, fn = _json(request), latest(function_in(request)[0])
    _precondition(body.get("RevisionId"), _revision(fn))
    if body.get("CodeSha256") and body["CodeSha256"] != fn.code_sha_256:
        raise BadRequest(f"CodeSHA256 ({body['CodeSha256']}) is different from current CodeSHA256 in $LATEST")
    now = fingerprint(fn)
    fn.code_or_config_updated = now != getattr(fn, "serin_published", None)
    response = send(request)
    if response.status < 300 and now != getattr(fn, "serin_published", None):
        fn.serin_published = now
        *before, published = storage()._functions[fn.function_name]["versions"]
        published.serin_revision = str(uuid.uuid4())
        # moto counts the versions that there are: after a deletion it would give a number out twice.
        fn.serin_last = max([getattr(fn, "serin_last", 0), *(int(one.version) for one in before)]) + 1
        published.set_version(fn.serin_last)
        return Response(response.status, orjson.dumps(published.get_configuration()), response.headers)
    return response


def _delete_version(request: Request, version: str, send: Send) -> Response:
    """Not one that an alias leads to, as on AWS. Whether one is published anew is compared with what is left."""
    function = function_in(request)[0]
    fn, published = latest(function), storage()._functions[function]["versions"]
    if version == LATEST:
        raise BadRequest("$LATEST version cannot be deleted without deleting the function.")
    if version not in {str(one.version) for one in published}:
        raise NotFound(f"Function not found: {arn_of(function, version)}")
    for alias in storage()._aliases.get(arn_of(function), {}).values():
        weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
        if version in (str(alias.function_version), *weights):
            raise Conflict(f"Version {version} is still used by the alias {alias.name} and can't be deleted")
    if version == str(published[-1].version):
        fn.serin_published = None
    forget(function, version)
    return send(request)


def _decorated(response: Response) -> Response:
    content = orjson.loads(response.body)
    for configuration in [content, content.get("Configuration"), *(content.get("Versions") or [])]:
        if isinstance(configuration, dict) and "CodeSha256" in configuration:
            _decorate(configuration)
    return Response(response.status, orjson.dumps(content), response.headers)


def _decorate(configuration: dict[str, Any]) -> None:
    entry = storage()._functions.get(configuration["FunctionName"], {"versions": [], "latest": None})
    version = configuration["Version"]
    fn = next((one for one in entry["versions"] if str(one.version) == version), entry["latest"])
    if fn is None:
        return
    on = getattr(fn, "serin_snap_start", "None")
    ready = on == "PublishedVersions" and version != LATEST
    configuration["RevisionId"] = _revision(fn)
    configuration["SnapStart"] = {"ApplyOn": on, "OptimizationStatus": "On" if ready else "Off"}
