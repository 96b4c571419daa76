"""Provisioned concurrency, which moto lacks: remembered beside the function. No sandbox starts for it."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import orjson

from infra.local.http import Request, Response, json_response
from infra.local.invoke import aws_error, function_in
from infra.local.release import LATEST, arn_of, latest, storage
from serin.errors import BadRequest, NotFound

__all__ = ["PROVISIONED", "forget", "provisioned"]

PROVISIONED = re.compile(r"/2019-09-30/functions/[^/]+/provisioned-concurrency/?")


def provisioned(request: Request) -> Response:
    """Put, get, list and delete. Raises NotFound and BadRequest, with the words of AWS."""
    function, qualifier = function_in(request)
    found = _configs(function)
    if "List" in parse_qs(request.query):
        listed = [{"FunctionArn": arn_of(function, name), **one} for name, one in sorted(found.items())]
        return json_response(200, {"ProvisionedConcurrencyConfigs": listed})
    if request.method == "PUT":
        _check(function, qualifier)
        found[str(qualifier)] = _config(int(orjson.loads(request.body)["ProvisionedConcurrentExecutions"]))
        return json_response(202, found[str(qualifier)])
    if qualifier not in found:
        return aws_error(404, "No Provisioned Concurrency Config found for this function", _MISSING)
    if request.method == "DELETE":
        del found[qualifier]
        return Response(204)
    return json_response(200, found[qualifier])


def forget(function: str, version: str) -> None:
    """It goes with its version."""
    _configs(function).pop(version, None)


_MISSING = "ProvisionedConcurrencyConfigNotFoundException"


def _configs(function: str) -> dict[str, dict[str, Any]]:
    entry: dict[str, Any] = storage()._functions[latest(function).function_name]
    configs: dict[str, dict[str, Any]] = entry.setdefault("serin_provisioned", {})
    return configs


def _config(count: int) -> dict[str, Any]:
    counts = {f"{kind}ProvisionedConcurrentExecutions": count for kind in ("Requested", "Available", "Allocated")}
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {**counts, "Status": "READY", "LastModified": at}


def _check(function: str, qualifier: str | None) -> None:
    entry = storage()._functions[function]
    aliases = storage()._aliases.get(arn_of(function), {})
    if qualifier in (None, LATEST):
        raise BadRequest("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
    if qualifier not in aliases and qualifier not in {str(one.version) for one in entry["versions"]}:
        raise NotFound(f"Function not found: {arn_of(function, qualifier)}")
    if getattr(entry["latest"], "serin_snap_start", "None") == "PublishedVersions":
        raise BadRequest("Provisioned Concurrency is not supported with SnapStart.")
