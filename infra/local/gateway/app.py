"""The gateway's port: what happens to one HTTPS request between the client and the function."""

import asyncio
import traceback

import orjson

from infra.local.console import say
from infra.local.fleet import Fleet, Invoked
from infra.local.gateway.model import ApiKey, Method, RestApi, Route
from infra.local.gateway.proxy import Malformed, event, media_type, response
from infra.local.gateway.refusal import refuse
from infra.local.http import Later, Request, Response, json_response
from infra.local.ids import new_id
from serin.errors import NotFound, Throttled, TooLarge

__all__ = ["MAX_BODY", "Gateway"]

MAX_BODY = 10 * 1024 * 1024


class Refused(Exception):
    def __init__(self, kind: str, message: str = "", detail: str = "", status: int = 0) -> None:
        super().__init__(kind)
        self.kind, self.message, self.detail, self.status = kind, message, detail, status


class Gateway:
    """`api` is set once the template has been deployed."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.api: RestApi | None = None

    def handle(self, request: Request) -> Response | Later:
        api, request_id = self.api, new_id()
        if api is None:
            return json_response(503, {"error": "the template has no REST API, or is still being deployed"})
        self.fleet.meter.asked(api.name, api.stage)
        try:
            return self._serve(api, request, request_id)
        except Exception as error:
            return _no(api, request_id, error)

    def too_long(self) -> Response:
        return refuse(self.api.responses if self.api else {}, "REQUEST_TOO_LARGE", new_id())

    def _serve(self, api: RestApi, request: Request, request_id: str) -> Later:
        prefix = f"/{api.stage}"
        inside = request.path == prefix or request.path.startswith(f"{prefix}/")
        route = api.route(request.method, request.path[len(prefix) :]) if inside else None
        if route is None:
            raise Refused("MISSING_AUTHENTICATION_TOKEN")
        if len(request.body) > MAX_BODY:
            raise Refused("REQUEST_TOO_LARGE")
        key = _admit(api, route.method, request)
        _validate(route.method, request)
        return self._integrate(api, route, request, key, request_id)

    def _integrate(self, api: RestApi, route: Route, request: Request, key: ApiKey | None, request_id: str) -> Later:
        method = route.method
        if not api.may_invoke(method):
            say(f"API Gateway may not invoke {method.function}:{method.qualifier}: no AWS::Lambda::Permission covers "
                f"{method.http_method} {method.resource}")  # fmt: skip
            raise Refused("API_CONFIGURATION_ERROR")
        integration = Integration(api, request, request_id, method.timeout)
        self.fleet.begin(
            method.function, method.qualifier, event(api, route, request, key, request_id), integration.heard
        )
        return integration.answer


class Integration:
    """One request that a function has, until its answer or the time limit, after which the function goes on unheard,
    as on AWS."""

    __slots__ = ("answer", "api", "request", "request_id", "timer")

    def __init__(self, api: RestApi, request: Request, request_id: str, timeout: float) -> None:
        self.api, self.request, self.request_id, self.answer = api, request, request_id, Later()
        self.timer = asyncio.get_running_loop().call_later(timeout, self.time_out)

    def heard(self, found: Invoked | Throttled) -> None:
        self.timer.cancel()
        if self.answer.response is not None:
            return
        try:
            answer = self.response(found)
        except Exception as error:
            answer = _no(self.api, self.request_id, error)
        self.answer.send(answer)

    def response(self, found: Invoked | Throttled) -> Response:
        if isinstance(found, Throttled):
            raise found
        if found.outcome.error:
            raise Refused("INTEGRATION_FAILURE")
        return response(self.api, self.request, found.outcome.payload, self.request_id)

    def time_out(self) -> None:
        self.answer.send(_no(self.api, self.request_id, Refused("INTEGRATION_TIMEOUT")))


def _no(api: RestApi, request_id: str, error: Exception) -> Response:
    match error:
        case Refused():
            no = error
        case Throttled():
            # AWS documents the 500 (Lambda's "services-apigateway-errors"), and not the type: see infra/refusals.py.
            no = Refused("INTEGRATION_FAILURE", status=500)
        case TooLarge():
            no = Refused("REQUEST_TOO_LARGE")
        case NotFound():
            no = Refused("API_CONFIGURATION_ERROR")
        case Malformed():
            no = Refused("INTEGRATION_FAILURE")
        case _:
            say("".join(traceback.format_exception(error)))
            no = Refused("API_CONFIGURATION_ERROR")
    return refuse(api.responses, no.kind, request_id, message=no.message, detail=no.detail, status=no.status)


def _admit(api: RestApi, method: Method, request: Request) -> ApiKey | None:
    key = api.keys.get(request.header(b"x-api-key") or "")
    if method.key_required:
        if key is None or not key.enabled or key.plan is None:
            raise Refused("INVALID_API_KEY")
        if key.bucket and not key.bucket.take():
            raise Refused("THROTTLED")
        if key.counted and not key.counted.take():
            raise Refused("QUOTA_EXCEEDED")
    bucket = api.stage_bucket(method)
    if bucket and not bucket.take():
        raise Refused("THROTTLED")
    return key


def _validate(method: Method, request: Request) -> None:
    missing = [name for name in method.parameters if request.header(name.encode()) is None]
    if missing:
        raise Refused("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")
    if method.validator is None or media_type(request) not in ("", "application/json"):
        return
    try:
        document = orjson.loads(request.body)
        if method.surely_valid and method.surely_valid(document):
            return
        problem = next(method.validator.iter_errors(document), None)
    except orjson.JSONDecodeError as error:
        raise Refused("BAD_REQUEST_BODY", detail=f"not JSON: {error}") from error
    if problem:
        raise Refused("BAD_REQUEST_BODY", detail=f"{problem.json_path}: {problem.message[:300]}")
