"""Rules of EventBridge that wake functions by a schedule: paused and resumed, as often as one likes."""

from dataclasses import dataclass
from typing import Any

from serin.aws.failures import call

__all__ = ["Schedules"]


@dataclass(frozen=True)
class Schedules:
    """Implements serin.idle.settle.Schedules."""

    client: Any

    def disable(self, rule: str) -> None:
        call(self.client.disable_rule, Name=rule)

    def enable(self, rule: str) -> None:
        call(self.client.enable_rule, Name=rule)
