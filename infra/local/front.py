"""The AWS port: moto answers, save for what moto lacks: Invoke on sandboxes, IAM of roles, Lambda's preconditions."""

from infra.local.fleet import Fleet
from infra.local.http import Request, Response
from infra.local.invoke import invoke
from infra.local.moto_app import Moto

__all__ = ["Front"]


class Front:
    def __init__(self, moto: Moto, fleet: Fleet) -> None:
        self.moto, self.fleet = moto, fleet

    async def handle(self, request: Request) -> Response:
        if request.path.endswith("/invocations") and request.path.startswith("/2015-03-31/functions/"):
            return await invoke(request, self.fleet)
        return await self.moto.call(request)
