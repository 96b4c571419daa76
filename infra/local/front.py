"""The AWS port: moto answers, save for what it lacks: Invoke, IAM, Lambda's preconditions, events, queues."""

import time

from infra.local.aws_request import Signed, operation_of, signed
from infra.local.control import guarded
from infra.local.deployer.deploy import DEPLOYER_KEY
from infra.local.events import Bus
from infra.local.fleet import Fleet
from infra.local.guard import refusal
from infra.local.http import Request, Response
from infra.local.invoke import invoke
from infra.local.mappings import Mappings
from infra.local.moto_app import Moto
from infra.local.queues import Queues
from infra.local.state import Recorder, changes
from infra.local.streams import PUTS, Streams
from infra.local.topics import Topics

__all__ = ["Front"]


class Front:
    def __init__(self, moto: Moto, fleet: Fleet, minute: float = 60.0) -> None:
        self.moto, self.fleet, self.bus = moto, fleet, Bus(moto, fleet, minute)
        self.streams = Streams(moto.run, self._put_object, minute)
        self.mappings = Mappings(moto, fleet)
        self.queues = Queues(moto, self.mappings.look)
        self.topics = Topics(fleet)
        self.recorder: Recorder | None = None

    async def handle(self, request: Request) -> Response:
        who = signed(request)
        no = refusal(request, who)
        if no is not None:
            return no
        if who.service == "lambda" and request.method == "POST" and request.path.endswith("/invocations"):
            return await invoke(request, self.fleet)
        return await self._kept(request, who)

    async def _kept(self, request: Request, who: Signed) -> Response:
        response = await self.send(request, who)
        if self.recorder and response.status < 300 and who.access_key != DEPLOYER_KEY and changes(request):
            self.recorder.write(request)
        return response

    async def send(self, request: Request, who: Signed | None = None) -> Response:
        """Past IAM and the recorder: to Lambda's own checks where they apply, then to moto."""
        service = (who or signed(request)).service
        if service == "lambda":
            return await self.moto.run(lambda: guarded(request, self.moto.answer))
        if service == "events" and operation_of(request) == "PutEvents":
            return await self.bus.put_events(request)
        if service == "firehose" and operation_of(request) in PUTS:
            return await self.streams.put(request, time.time())
        if service == "sqs":
            return await self.queues.answer(request)
        if service == "monitoring":
            await self.moto.run(self.fleet.meter.flush)
        response = await self.moto.call(request)
        if service == "sns" and response.status < 300 and operation_of(request) == "Publish":
            self.topics.published(request, response)
        return response

    async def _put_object(self, request: Request) -> Response:
        """By a service, which is no function and no developer."""
        return await self._kept(request, signed(request))
