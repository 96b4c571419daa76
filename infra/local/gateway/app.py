"""The gateway's port: what happens to one HTTPS request between the client and the function."""

import asyncio
import traceback
import uuid

import orjson

from infra.local.console import say
from infra.local.fleet import Fleet, Invoked
from infra.local.gateway.model import ApiKey, Method, RestApi, Route
from infra.local.gateway.proxy import Malformed, event, media_type, response
from infra.local.gateway.refusal import refuse
from infra.local.http import Request, Response, json_response
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
        self._running: set[asyncio.Task[Invoked]] = set()

    async def handle(self, request: Request) -> Response:
        api, request_id = self.api, str(uuid.uuid4())
        if api is None:
            return json_response(503, {"error": "the template has no REST API, or is still being deployed"})
        self.fleet.meter.asked(api.name, api.stage)
        try:
            return await self._serve(api, request, request_id)
        except Refused as no:
            return refuse(api.responses, no.kind, request_id, message=no.message, detail=no.detail, status=no.status)
        except Exception:
            say(traceback.format_exc())
            return refuse(api.responses, "API_CONFIGURATION_ERROR", request_id)

    def too_long(self) -> Response:
        return refuse(self.api.responses if self.api else {}, "REQUEST_TOO_LARGE", str(uuid.uuid4()))

    async def _serve(self, api: RestApi, request: Request, request_id: str) -> Response:
        prefix = f"/{api.stage}"
        inside = request.path == prefix or request.path.startswith(f"{prefix}/")
        route = api.route(request.method, request.path[len(prefix) :]) if inside else None
        if route is None:
            raise Refused("MISSING_AUTHENTICATION_TOKEN")
        if len(request.body) > MAX_BODY:
            raise Refused("REQUEST_TOO_LARGE")
        key = _admit(api, route.method, request)
        _validate(route.method, request)
        return await self._integrate(api, route, request, key, request_id)

    async def _integrate(self, api: RestApi, route: Route, request: Request, key: ApiKey | None, request_id: str,
                         ) -> Response:  # fmt: skip
        method = route.method
        if not api.may_invoke(method):
            say(f"API Gateway may not invoke {method.function}:{method.qualifier}: no AWS::Lambda::Permission covers "
                f"{method.http_method} {method.resource}")  # fmt: skip
            raise Refused("API_CONFIGURATION_ERROR")
        work = asyncio.create_task(
            self.fleet.invoke(method.function, method.qualifier, event(api, route, request, key, request_id))
        )
        self._running.add(work)
        work.add_done_callback(self._finished)
        done, _ = await asyncio.wait([work], timeout=method.timeout)
        if not done:  # the function goes on, as on AWS
            raise Refused("INTEGRATION_TIMEOUT")
        try:
            invoked = work.result()
            if invoked.outcome.error:
                raise Refused("INTEGRATION_FAILURE")
            return response(api, request, invoked.outcome.payload, request_id)
        except Throttled as error:
            # AWS documents the 500 (Lambda's "services-apigateway-errors"), and not the type: see infra/refusals.py.
            raise Refused("INTEGRATION_FAILURE", status=500) from error
        except TooLarge as error:
            raise Refused("REQUEST_TOO_LARGE") from error
        except NotFound as error:
            raise Refused("API_CONFIGURATION_ERROR") from error
        except Malformed as error:
            raise Refused("INTEGRATION_FAILURE") from error

    def _finished(self, task: "asyncio.Task[Invoked]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen: a client that timed out does not read it


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
        problem = next(method.validator.iter_errors(orjson.loads(request.body)), None)
    except orjson.JSONDecodeError as error:
        raise Refused("BAD_REQUEST_BODY", detail=f"not JSON: {error}") from error
    if problem:
        raise Refused("BAD_REQUEST_BODY", detail=f"{problem.json_path}: {problem.message[:300]}")
