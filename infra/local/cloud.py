"""The whole local cloud as one object: start it, ask where it listens, close it."""

import asyncio
import math
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from infra.local import running
from infra.local.clock import Clock
from infra.local.code import CodeStore
from infra.local.deployer.deploy import Deployed, deploy
from infra.local.deployer.transport import transport
from infra.local.fleet import Fleet
from infra.local.front import Front
from infra.local.gateway.app import MAX_BODY, Gateway
from infra.local.http import HOST, PASS_ALL, Handler, Listener, listen
from infra.local.lock import HomeLock
from infra.local.moto_app import Moto
from infra.local.release import ACCOUNT, REGION
from infra.local.running import Running
from infra.local.state import Recorder, replay
from serin.errors import Conflict

__all__ = ["LocalCloud", "Options"]


@dataclass(frozen=True)
class Options:
    assembly: Path
    home: Path
    aws_port: int = 0
    gateway_port: int = 0
    bundled: bool = False
    max_sandboxes: int | None = None
    idle_seconds: float = 300.0
    state: Path | None = None
    tick: float = 60.0


class LocalCloud:
    """`async with LocalCloud(options) as cloud:` is up inside the block, and leaves no process behind."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.running: Running | None = None
        self.replayed = (0, 0)
        self._lock = HomeLock(options.home)
        self._listeners: list[Listener] = []

    async def __aenter__(self) -> Self:
        """Raises Conflict when one runs already from this home, InvalidSettings for a template it can't apply."""
        self._lock.take()
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _start(self) -> None:
        options = self.options
        code = CodeStore(options.home, options.bundled)
        self.moto = Moto()
        self.fleet = Fleet(code, options.max_sandboxes or 2 * (os.cpu_count() or 1), options.idle_seconds, options.tick)
        self.front, self.gateway = Front(self.moto, self.fleet, options.tick), Gateway(self.fleet)
        aws = await self._listen(self.front.handle, options.aws_port)
        gate = await self._listen(self.gateway.handle, options.gateway_port, MAX_BODY)
        self.fleet.endpoint = f"http://{HOST}:{aws.port}"
        base = f"http://{HOST}:{gate.port}"
        deployed = await self._deploy(self.fleet.endpoint, base)
        if options.state:
            self.replayed = await replay(options.state, self.front.send)
            self.front.recorder = Recorder(options.state)
        self.clock = Clock(self.front.bus, self.front.mappings.tick, self.front.streams.deliver_due)
        self.clock.start()
        self.running = _running(deployed, self.fleet.endpoint, base)
        running.write(options.home, self.running)

    async def _listen(self, handle: Handler, port: int, limit: int = PASS_ALL) -> Listener:
        try:
            listener = await listen(handle, port, limit, self.gateway.too_long)
        except OSError as error:
            raise Conflict(f"port {port} on {HOST} is taken: {error.strerror or error}") from error
        self._listeners.append(listener)
        return listener

    async def _deploy(self, endpoint: str, base: str) -> Deployed:
        send = transport(self.front.handle, asyncio.get_running_loop())
        deployed = await asyncio.to_thread(deploy, self.options.assembly, endpoint, base, send)
        self.gateway.api = deployed.api
        self.front.mappings.all = deployed.mappings
        self.front.topics.hearers = deployed.hearers
        return deployed

    async def _stop(self) -> None:
        if self.running:
            running.remove(self.options.home)
        for listener in self._listeners[1:]:
            listener.close()
        if hasattr(self, "clock"):
            await self.clock.stop()
        if hasattr(self, "front"):
            await self.front.mappings.stop()
        if hasattr(self, "fleet"):
            await self.fleet.close()  # what a sandbox writes at its end still finds the AWS port
        if hasattr(self, "front"):
            await self.front.streams.deliver_due(math.inf)
        for listener in self._listeners[:1]:
            listener.close()
        if hasattr(self, "front") and self.front.recorder:
            self.front.recorder.close()
        if hasattr(self, "moto"):
            self.moto.close()
        self._lock.release()


def _running(deployed: Deployed, endpoint: str, base: str) -> Running:
    stage = deployed.api.stage if deployed.api else ""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Running(os.getpid(), endpoint, base, stage, f"{base}/{stage}", REGION, ACCOUNT, deployed.keys, now)
