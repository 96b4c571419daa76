"""What exactly runs when a version of a function is invoked? Read from moto's Lambda model, which owns the truth."""

import hashlib
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson
from moto.awslambda.models import LambdaFunction, lambda_backends

from serin.errors import NotFound

__all__ = ["ACCOUNT", "LATEST", "REGION", "Release", "Target", "latest", "resolve", "split_name", "storage"]

ACCOUNT = "123456789012"
REGION = "us-east-1"
LATEST = "$LATEST"


@dataclass(frozen=True, eq=False)
class Release:
    """One version of one function: code and configuration, as its sandboxes will see them."""

    function: str
    version: str
    fingerprint: str
    handler: str
    runtime: str
    memory_mb: int
    timeout: float
    role: str
    code_sha256: str
    environment: dict[str, str] = field(repr=False)
    code: bytes = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.function, self.version, self.fingerprint


@dataclass(frozen=True, slots=True)
class Target:
    """Where an invocation goes: the release, the ARN by which the caller named it, and how many the function may have
    at once, where that is limited."""

    release: Release
    arn: str
    reserved: int | None = None


def storage() -> Any:
    """By `get`, a plain dict's: subscripts take moto's lock and look at all accounts, for each invocation."""
    region = lambda_backends.get(ACCOUNT, {}).get(REGION)
    return (lambda_backends[ACCOUNT][REGION] if region is None else region)._lambdas


def latest(function: str, known: Any = None) -> LambdaFunction:
    """Raises NotFound, with the words of AWS."""
    entry = (known or storage())._functions.get(function)
    if entry is None or entry["latest"] is None:
        raise NotFound(f"Function not found: {arn_of(function)}")
    return entry["latest"]


def arn_of(function: str, qualifier: str | None = None) -> str:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    return f"{arn}:{qualifier}" if qualifier else arn


def split_name(name: str, qualifier: str | None = None) -> tuple[str, str | None]:
    """Name, name:qualifier, partial or whole ARN (percent-encoded or not) to (name, qualifier)."""
    parts = unquote(name).split(":")
    if "function" in parts:
        parts = parts[parts.index("function") + 1 :]
    return parts[0], (parts[1] if len(parts) > 1 else None) or qualifier


def resolve(function: str, qualifier: str | None) -> Target:
    """The release behind a version or an alias; an alias with weights draws. Raises NotFound."""
    known, arn = storage(), arn_of(function, qualifier)
    fn = latest(function, known)
    reserved = None if fn.reserved_concurrency is None else int(fn.reserved_concurrency)
    if qualifier in (None, LATEST):
        return Target(_release(fn, LATEST), arn, reserved)
    alias = known._aliases.get(arn_of(function), {}).get(qualifier)
    version = _draw(alias) if alias else qualifier
    if version == LATEST:
        return Target(_release(fn, LATEST), arn, reserved)
    for published in known._functions[function]["versions"]:
        if str(published.version) == version:
            return Target(_release(published, version), arn, reserved)
    raise NotFound(f"Function not found: {arn}")


def _draw(alias: Any) -> str:
    weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    point = random.random()  # noqa: S311 - a share of traffic, not a secret
    for version, weight in weights.items():
        point -= weight
        if point < 0:
            return str(version)
    return str(alias.function_version)


def fingerprint(fn: LambdaFunction) -> str:
    """Equal for two states of a function exactly when publishing both would give one version."""
    content = [
        fn.code_sha_256, fn.handler, fn.run_time, fn.memory_size, fn.timeout, fn.role, fn.environment_vars,
        fn.description, fn.architectures, fn.ephemeral_storage, fn.tracing_config, fn._vpc_config,
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def _release(fn: LambdaFunction, version: str) -> Release:
    cached = getattr(fn, "serin_release", None)
    if cached and version != LATEST and cached.version == version:
        return cached
    release = Release(
        function=fn.function_name, version=version, fingerprint=fingerprint(fn), handler=fn.handler,
        runtime=str(fn.run_time),
        memory_mb=int(fn.memory_size), timeout=float(fn.timeout), role=fn.role, code_sha256=fn.code_sha_256,
        environment=dict(fn.environment_vars or {}), code=fn.code_bytes,
    )  # fmt: skip
    if version != LATEST:
        fn.serin_release = release
    return release
