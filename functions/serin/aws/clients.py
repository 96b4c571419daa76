"""How boto3 clients are made: whose credentials, which region, which endpoint, how patient."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.session import Session as Core

from serin.aws.descriptions import loader
from serin.aws.failures import meaning

__all__ = ["Clients", "impatient"]

_SLOW = {"lambda": 60}  # an invoke may load a model first
_DESCRIPTIONS = loader()


@dataclass(frozen=True)
class Clients:
    """Without `endpoint_url`, AWS_ENDPOINT_URL holds if it is set. `key` (with its token, where it has one) is
    for the local cloud only."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    key: tuple[str, ...] | None = None
    _made: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def _session(self) -> Any:
        core = Core(profile=self.profile)
        core.register_component("data_loader", _DESCRIPTIONS)
        return boto3.Session(*(self.key or ()), region_name=self.region, botocore_session=core)

    def client(self, service: str) -> Any:
        """The same one each time. Raises InvalidSettings when credentials or region are missing."""
        if service not in self._made:
            self._made[service] = self._make(service)
        return self._made[service]

    def _make(self, service: str) -> Any:
        config = Config(
            connect_timeout=3,
            read_timeout=_SLOW.get(service, 10),
            retries={"mode": "standard", "total_max_attempts": 4},
        )
        try:
            return self._session.client(service, config=config, endpoint_url=self.endpoint_url)
        except BotoCoreError as error:
            raise meaning(error) from error


def impatient(service: str) -> Any:
    """For what a sandbox does after its response, and is held for meanwhile: two attempts of a few seconds."""
    retries = {"mode": "standard", "total_max_attempts": 2}
    return boto3.client(service, config=Config(connect_timeout=2, read_timeout=3, retries=retries))
