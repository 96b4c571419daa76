"""What a Lambda function has published, what points to it, and what is kept warm of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from serin.aws.failures import call
from serin.errors import NotFound
from serin.idle.warm import Warm
from serin.rollout.holdings import Published
from serin.rollout.release import Alias
from serin.rollout.trial import is_trial

__all__ = ["FunctionVersions", "alias_of", "architecture_of", "versions_of"]


class FunctionVersions:
    """Implements serin.rollout.collect.Versions, and serin.idle.settle.Warmth."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def published(self, function: str) -> Iterator[Published]:
        return (_published(one) for one in versions_of(self._client, function) if one["Version"] != "$LATEST")

    def aliases(self, function: str) -> dict[str, Alias]:
        found = _pages(self._client.list_aliases, "Aliases", FunctionName=function)
        return {one["Name"]: alias_of(one) for one in found}

    def warm(self, function: str) -> Iterator[Warm]:
        found = _pages(
            self._client.list_provisioned_concurrency_configs, "ProvisionedConcurrencyConfigs", FunctionName=function
        )
        for one in found:
            count = int(one["RequestedProvisionedConcurrentExecutions"])
            yield Warm(one["FunctionArn"].rpartition(":")[2], count, _time(one["LastModified"]))

    def cool(self, function: str, qualifier: str) -> None:
        try:
            call(self._client.delete_provisioned_concurrency_config, FunctionName=function, Qualifier=qualifier)
        except NotFound:
            return

    def keep_warm(self, function: str, qualifier: str, count: int) -> None:
        call(
            self._client.put_provisioned_concurrency_config,
            FunctionName=function,
            Qualifier=qualifier,
            ProvisionedConcurrentExecutions=count,
        )

    def delete(self, function: str, version: int) -> None:
        """Without a qualifier, DeleteFunction would take the whole function with it: a number is always one."""
        try:
            call(self._client.delete_function, FunctionName=function, Qualifier=f"{version:d}")
        except NotFound:
            return


def versions_of(client: Any, function: str) -> Iterator[dict[str, Any]]:
    """As Lambda lists them, $LATEST among them."""
    return _pages(client.list_versions_by_function, "Versions", FunctionName=function)


def _pages(method: Any, name: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    while True:
        page = call(method, **arguments)
        yield from page[name]
        if not page.get("NextMarker"):
            return
        arguments["Marker"] = page["NextMarker"]


def architecture_of(found: dict[str, Any]) -> str:
    return str((found.get("Architectures") or ["x86_64"])[0])


def alias_of(found: dict[str, Any]) -> Alias:
    weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return Alias(str(found["FunctionVersion"]), found.get("RevisionId"), dict(weights))


def _published(found: dict[str, Any]) -> Published:
    variables = found.get("Environment", {}).get("Variables", {})
    serves = variables.get("SERIN_MODEL_VERSION")
    return Published(
        int(found["Version"]),
        _time(found["LastModified"]),
        int(serves) if serves else None,
        int(found["MemorySize"]),
        architecture_of(found),
        found.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions",
        is_trial(found.get("Description", ""), variables),
    )


def _time(text: str) -> datetime:
    """AWS writes +0000."""
    return datetime.fromisoformat(text)
