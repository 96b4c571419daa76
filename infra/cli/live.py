"""What does an endpoint serve now?"""

from dataclasses import dataclass

from infra.cli.session import Session
from serin.registry.endpoints import Endpoint
from serin.rollout.release import Alias, Release

__all__ = ["Live", "live_of", "url_of"]


@dataclass(frozen=True)
class Live:
    """`release` is None on the bootstrap release, which has no model."""

    alias: Alias
    release: Release | None

    @property
    def number(self) -> int:
        return int(self.alias.version)

    @property
    def model_version(self) -> int | None:
        return self.release.model_version if self.release else None


def url_of(endpoint: Endpoint) -> str:
    return f"{endpoint.api_url.rstrip('/')}/v2/models/{endpoint.model}/infer"


def live_of(session: Session, endpoint: Endpoint) -> Live:
    alias = session.functions.alias(endpoint.function, endpoint.alias)
    releases = session.releases(endpoint).all(endpoint.model)
    return Live(alias, next((release for release in releases if str(release.number) == alias.version), None))
