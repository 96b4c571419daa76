"""What does the template say about its REST API? Filled by the deployer, read by the gateway."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.local.gateway.throttle import Bucket, Quota
from infra.local.iam import like
from infra.local.release import ACCOUNT, REGION
from serin.errors import InvalidSettings

__all__ = ["ApiKey", "Method", "Plan", "RestApi", "Route"]


@dataclass
class Plan:
    """A usage plan: its limits are per key, as on AWS."""

    name: str
    rate: float | None = None
    burst: int | None = None
    quota: int | None = None
    period: str = "DAY"


@dataclass
class ApiKey:
    id: str
    name: str
    value: str
    enabled: bool = True
    plan: Plan | None = None
    bucket: Bucket | None = None
    counted: Quota | None = None

    def join(self, plan: Plan) -> None:
        self.plan = plan
        self.bucket = Bucket(plan.rate, plan.burst or 0) if plan.rate is not None else None
        self.counted = Quota(plan.quota, plan.period) if plan.quota is not None else None


@dataclass(frozen=True)
class Method:
    """One method of one resource; `function` and `qualifier` come from the integration's URI."""

    resource_id: str
    resource: str
    http_method: str
    key_required: bool
    function: str
    qualifier: str | None
    timeout: float = 29.0
    parameters: tuple[str, ...] = ()
    validator: Any = None
    surely_valid: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    method: Method
    path_parameters: dict[str, str] | None


@dataclass
class RestApi:
    """One REST API with one stage."""

    id: str
    name: str = ""
    stage: str = ""
    binary: tuple[str, ...] = ()
    resources: dict[str, tuple[str, str]] = field(default_factory=dict)
    methods: dict[str, dict[str, Method]] = field(default_factory=dict)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    limits: dict[str, tuple[float, int]] = field(default_factory=dict)
    permits: list[tuple[str, str | None, str]] = field(default_factory=list)
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _permitted: dict[tuple[str, str, int], bool] = field(default_factory=dict)

    def path_of(self, resource_id: str) -> str:
        parts: list[str] = []
        while resource_id in self.resources:
            resource_id, part = self.resources[resource_id]
            parts.append(part)
        return "/" + "/".join(reversed(parts))

    def add(self, method: Method) -> None:
        """Raises InvalidSettings when the same method of a resource comes twice."""
        by_verb = self.methods.setdefault(method.resource, {})
        if method.http_method in by_verb:
            raise InvalidSettings(f"{method.http_method} {method.resource} is defined twice in the template")
        by_verb[method.http_method] = method
        self._exact.clear()

    def stage_bucket(self, method: Method) -> Bucket | None:
        """Stage limits count each method by itself; `limits` is by "VERB /path", with "* /*" for all others."""
        name = f"{method.http_method} {method.resource}"
        limit = self.limits.get(name) or self.limits.get("* /*")
        if limit and name not in self._buckets:
            self._buckets[name] = Bucket(*limit)
        return self._buckets.get(name)

    def may_invoke(self, method: Method) -> bool:
        """Has the template an AWS::Lambda::Permission for API Gateway that covers this method?"""
        key = (method.http_method, method.resource, len(self.permits))
        if key not in self._permitted:
            self._permitted[key] = self._may_invoke(method)
        return self._permitted[key]

    def _may_invoke(self, method: Method) -> bool:
        verb = "*" if method.http_method == "ANY" else method.http_method
        arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/{self.stage}/{verb}{method.resource}"
        return any(
            (function, qualifier) == (method.function, method.qualifier) and like(source, arn)
            for function, qualifier, source in self.permits
        )

    _exact: dict[tuple[str, str], Route | None] = field(default_factory=dict)

    def route(self, verb: str, path: str) -> Route | None:
        """Literal parts win over {parameters}, and those over {greedy+}. `path` is without the stage."""
        key = (verb, path)
        if key not in self._exact:
            if len(self._exact) > 10_000:
                self._exact.clear()
            self._exact[key] = self._find(verb, [part for part in path.split("/") if part])
        return self._exact[key]

    def _find(self, verb: str, parts: list[str]) -> Route | None:
        found: list[tuple[list[int], Route]] = []
        for resource, by_verb in self.methods.items():
            method = by_verb.get(verb) or by_verb.get("ANY")
            match = _match([part for part in resource.split("/") if part], parts) if method else None
            if method and match is not None:
                found.append((match[0], Route(method, match[1] or None)))
        return min(found, key=lambda pair: pair[0])[1] if found else None


def _match(pattern: list[str], parts: list[str]) -> tuple[list[int], dict[str, str]] | None:
    rank, values = [], {}
    for index, piece in enumerate(pattern):
        if piece.startswith("{") and piece.endswith("+}") and index < len(parts):
            return [*rank, 2], values | {piece[1:-2]: "/".join(parts[index:])}
        if index >= len(parts):
            return None
        if piece.startswith("{"):
            rank.append(1)
            values[piece[1:-1]] = parts[index]
        elif piece == parts[index]:
            rank.append(0)
        else:
            return None
    return (rank, values) if len(pattern) == len(parts) else None
