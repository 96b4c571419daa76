"""What happens in the local cloud without being asked: metrics settle, alarms are judged, schedules come due."""

import asyncio
import time

from infra.local.console import say
from infra.local.events import Bus
from infra.local.streams import Streams
from infra.local.watch import Watch

__all__ = ["Clock"]


class Clock:
    """Looks once a second, and more often when the schedules' minute is shorter than that."""

    def __init__(self, bus: Bus, streams: Streams) -> None:
        self.bus, self.watch, self.streams = bus, Watch(bus), streams
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._once(time.time())
            await asyncio.sleep(min(1.0, self.bus.schedules.minute))

    async def _once(self, now: float) -> None:
        """A fault of one look must not stop the clock."""
        for step in (self.watch.judge, self.bus.fire_due, self.streams.deliver_due):
            try:
                await step(now)
            except Exception as error:
                say(f"the clock's {step.__name__} failed: {type(error).__name__}: {error}")

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
