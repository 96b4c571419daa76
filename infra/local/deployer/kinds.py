"""Which resource types are known, and which of their properties? A register that the service modules fill."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from infra.local.batch import Mapping
from infra.local.deployer.intrinsics import Created
from infra.local.gateway.model import ApiKey, Plan, RestApi
from serin.errors import InvalidSettings

__all__ = ["Account", "Kind", "applies", "check", "create", "known"]

ALREADY = {
    "AlreadyExistsException", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "EntityAlreadyExists",
    "ParameterAlreadyExists",
    "ResourceAlreadyExistsException", "ResourceConflictException", "ResourceExistsException",
    "ResourceInUseException",
}  # fmt: skip


@dataclass
class Account:
    """Where resources go: boto3 clients of the local AWS, the model of its one REST API, who reads which queue, and
    which function hears which topic."""

    stack: str
    client: Callable[[str], Any]
    apis: dict[str, RestApi]
    plans: dict[str, Plan]
    keys: dict[str, ApiKey]
    models: dict[str, Any]
    validators: dict[str, dict[str, Any]]
    permits: list[tuple[str, str | None, str]]
    parameters: dict[str, str]
    mappings: list[Mapping] = field(default_factory=list)
    hearers: list[tuple[str, str]] = field(default_factory=list)

    def name(self, logical_id: str, longest: int = 64) -> str:
        """A physical name for a resource that has none; always the same one."""
        return f"{self.stack}-{logical_id}"[:longest]


Apply = Callable[[Account, str, dict[str, Any]], Created]


@dataclass(frozen=True)
class Kind:
    apply: Apply
    uses: frozenset[str]
    leaves: frozenset[str]


known: dict[str, Kind] = {}


def applies(kind: str, uses: str, leaves: str = "") -> Callable[[Apply], Apply]:
    """Registers the function for a type. `leaves` are properties that have no meaning on one machine."""

    def register(function: Apply) -> Apply:
        known[kind] = Kind(function, frozenset(uses.split()), frozenset(leaves.split()))
        return function

    return register


def check(resources: dict[str, Any]) -> None:
    """Raises InvalidSettings with every type and property that the local cloud does not know, before anything runs."""
    problems = []
    for logical_id, resource in resources.items():
        kind = known.get(resource["Type"])
        if kind is None:
            problems.append(f"{logical_id}: resource type {resource['Type']}")
            continue
        unknown = set(resource.get("Properties", {})) - kind.uses - kind.leaves
        problems += [f"{logical_id}: property {name} of {resource['Type']}" for name in sorted(unknown)]
    if problems:
        raise InvalidSettings("the local cloud does not know:\n  " + "\n  ".join(problems))


def create(call: Callable[..., Any], **arguments: Any) -> Any:
    """Calls with the arguments that are not None; returns None when the resource exists already."""
    try:
        return call(**{key: value for key, value in arguments.items() if value is not None})
    except ClientError as error:
        if error.response["Error"]["Code"] in ALREADY:
            return None
        raise
