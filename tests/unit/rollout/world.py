"""A small world to deploy in: functions with revisions, records, and an operator who can die after any effect."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from serin.errors import Conflict, NotFound
from serin.registry.endpoints import Endpoint
from serin.registry.records import AuditEntry, VersionRecord
from serin.rollout.ports import Operator
from serin.rollout.release import Alias, Configuration, Release
from serin.serving.golden import Golden

ENDPOINT = Endpoint(
    "churn", "dev", "growth", "serin-dev-churn", "live", "bucket", "table", "https://x/dev", snapstart=True
)
GOLDEN = Golden.from_dict(
    {
        "examples": [
            {
                "inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [2.0]}],
                "outputs": [{"name": "y", "datatype": "FP32", "shape": [1], "data": [4.0]}],
            }
        ]
    }
)


class Died(BaseException):
    """The process ends here."""


def version(number: int) -> VersionRecord:
    return VersionRecord("churn", number, f"d{number}", f"a{number}", 1, "m", "g", {}, "regression", "", "me")


@dataclass
class World:
    """Implements Functions and Releases. `left` effects may happen before the process dies."""

    latest: Configuration = field(default_factory=lambda: Configuration("$LATEST", {"TEAM": "growth"}, "code1", "r0"))
    published: dict[str, Configuration] = field(default_factory=dict)
    live: Alias = field(default_factory=lambda: Alias("1", "a0"))
    releases: dict[int, Release] = field(default_factory=dict)
    trail: list[AuditEntry] = field(default_factory=list)
    answer: float = 4.0
    pending: int = 0
    left: int = -1
    revision: int = 0
    steps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.published["1"] = replace(self.latest, version="1", revision="p1")

    def operator(self) -> Operator:
        return Operator("me", self, self, lambda: datetime(2026, 1, 1, tzinfo=UTC), self.steps.append, lambda _: None)

    def configuration(self, function: str, version: str = "$LATEST") -> Configuration:
        if version == "$LATEST":
            return self.latest
        if version not in self.published:
            raise NotFound(version)
        if self.pending:
            self.pending -= 1
            return replace(self.published[version], state="Pending")
        return self.published[version]

    def set_environment(
        self, function: str, environment: dict[str, str], revision: str | None, memory_mb: int | None = None
    ) -> None:
        self._check(revision, self.latest.revision)
        settings = self.latest.settings if memory_mb is None else {**self.latest.settings, "MemorySize": memory_mb}
        self.latest = replace(self.latest, environment=environment, revision=self._next(), settings=settings)
        self.effect()

    def publish(self, function: str, latest: Configuration, description: str) -> str:
        self._check(latest.revision, self.latest.revision)
        newest = max(self.published, key=int)
        if self.published[newest].fingerprint != self.latest.fingerprint:
            newest = str(int(newest) + 1)
            self.published[newest] = replace(self.latest, version=newest)
            self.effect()
        return newest

    def alias(self, function: str, name: str) -> Alias:
        return self.live

    def move_alias(self, function: str, name: str, to: Alias) -> None:
        self._check(to.revision, self.live.revision)
        self.live = replace(to, revision=self._next())
        self.effect()

    def invoke(self, function: str, version: str, event: dict[str, Any]) -> dict[str, Any]:
        if version not in self.published:
            raise NotFound(version)
        outputs = [{"name": "y", "datatype": "FP32", "shape": [1], "data": [self.answer]}]
        return {"statusCode": 200, "body": orjson.dumps({"outputs": outputs}).decode()}

    def all(self, model: str) -> tuple[Release, ...]:
        return tuple(self.releases.values())

    def add(self, release: Release, audit: AuditEntry) -> None:
        if release.number in self.releases:
            raise Conflict("recorded already")
        self.releases[release.number] = release
        self.trail.append(audit)
        self.effect()

    def audits(self, model: str, actions: tuple[str, ...]) -> tuple[AuditEntry, ...]:
        return tuple(entry for entry in self.trail if entry.action in actions)

    def record(self, audit: AuditEntry) -> None:
        self.trail.append(audit)
        self.effect()

    def _check(self, given: str | None, current: str | None) -> None:
        if given != current:
            raise Conflict("the revision is not the current one")

    def _next(self) -> str:
        self.revision += 1
        return f"r{self.revision}"

    def effect(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Died
