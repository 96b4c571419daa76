"""Lambda functions: their configuration, versions and aliases, and calling one version directly."""

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from serin.aws.failures import call
from serin.aws.function_versions import alias_of
from serin.errors import SmokeFailed
from serin.rollout.release import Alias, Configuration

__all__ = ["Functions", "Measured"]

_SETTINGS = ("Runtime", "Handler", "MemorySize", "Timeout", "Role", "Architectures", "EphemeralStorage")


class Measured(NamedTuple):
    """The payload as the function gave it, and the last 4 KB of what Lambda logged of it."""

    payload: bytes
    log: str
    crashed: bool


class Functions:
    """Implements serin.rollout.ports.Functions, and serin.spending.enforce.Concurrency."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def configuration(self, function: str, version: str = "$LATEST") -> Configuration:
        found = call(self._client.get_function_configuration, FunctionName=function, Qualifier=version)
        snapstart = found.get("SnapStart", {})
        layers = [layer["Arn"] for layer in found.get("Layers", [])]
        return Configuration(
            version=str(found["Version"]),
            environment=dict(found.get("Environment", {}).get("Variables", {})),
            code_sha256=found["CodeSha256"],
            revision=found.get("RevisionId"),
            state=found.get("State", "Active"),
            state_reason=found.get("StateReason") or found.get("LastUpdateStatusReason", ""),
            update_status=found.get("LastUpdateStatus", "Successful"),
            snapstart=snapstart.get("ApplyOn") == "PublishedVersions",
            snapshot_ready=snapstart.get("OptimizationStatus") == "On",
            settings={**{name: found.get(name) for name in _SETTINGS}, "Layers": layers},
        )

    def set_environment(
        self, function: str, environment: dict[str, str], revision: str | None, memory_mb: int | None = None
    ) -> None:
        call(
            self._client.update_function_configuration,
            FunctionName=function,
            Environment={"Variables": environment},
            **({} if memory_mb is None else {"MemorySize": memory_mb}),
            **_revision(revision),
        )

    def publish(self, function: str, latest: Configuration, description: str) -> str:
        published = call(
            self._client.publish_version,
            FunctionName=function,
            CodeSha256=latest.code_sha256,
            Description=description,
            **_revision(latest.revision),
        )
        return str(published["Version"])

    def alias(self, function: str, name: str) -> Alias:
        found = call(self._client.get_alias, FunctionName=function, Name=name)
        return alias_of(found)

    def move_alias(self, function: str, name: str, to: Alias) -> None:
        call(
            self._client.update_alias,
            FunctionName=function,
            Name=name,
            FunctionVersion=to.version,
            # Left out, the weights would stay as they are.
            RoutingConfig={"AdditionalVersionWeights": to.weights},
            **_revision(to.revision),
        )

    def invoke(self, function: str, version: str, event: dict[str, Any]) -> dict[str, Any]:
        answer = call(self._client.invoke, FunctionName=function, Qualifier=version, Payload=orjson.dumps(event))
        payload = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise SmokeFailed(f"release {version} of {function} crashed: {payload[:500].decode(errors='replace')}")
        try:
            document = orjson.loads(payload)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            raise SmokeFailed(f"release {version} of {function} answered no JSON object: {payload[:200]!r}")
        return document

    def measured(self, function: str, version: str, event: Mapping[str, Any]) -> Measured:
        """With the end of its log, where Lambda says what it took."""
        answer = call(
            self._client.invoke, FunctionName=function, Qualifier=version, LogType="Tail", Payload=orjson.dumps(event)
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        return Measured(answer["Payload"].read(), log, bool(answer.get("FunctionError")))

    def reserved(self, function: str) -> int | None:
        found = call(self._client.get_function_concurrency, FunctionName=function).get("ReservedConcurrentExecutions")
        return None if found is None else int(found)

    def reserve(self, function: str, value: int | None) -> None:
        """Holds for all versions at once. Requests under way are answered."""
        if value is None:
            call(self._client.delete_function_concurrency, FunctionName=function)
        else:
            call(self._client.put_function_concurrency, FunctionName=function, ReservedConcurrentExecutions=value)

    def wake(self, function: str, event: dict[str, Any]) -> None:
        """Call it without waiting for what it does."""
        call(self._client.invoke, FunctionName=function, InvocationType="Event", Payload=orjson.dumps(event))


def _revision(revision: str | None) -> dict[str, str]:
    return {"RevisionId": revision} if revision else {}
