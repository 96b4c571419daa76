"""What does a function's environment say: the only reader of os.environ, typed and checked once at init."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from serin.errors import InvalidSettings

__all__ = ["Control", "Inference", "ModelVersion", "control", "inference"]

_MB_PER_CPU = 1769


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """The model version that a release is bound to, each part by its SHA-256."""

    number: int
    artifact_sha256: str
    manifest_sha256: str
    golden_sha256: str


@dataclass(frozen=True, slots=True)
class Inference:
    """`version` is None on the bootstrap release; `runtime_api` is None outside Lambda."""

    stage: str
    model: str
    team: str
    bucket: str
    table: str
    latency_budget_ms: float
    confidence_limit: float
    release: str
    memory_mb: int
    runtime_api: str | None
    version: ModelVersion | None

    @property
    def threads(self) -> int:
        """One per whole CPU that the memory buys."""
        return max(1, round(self.memory_mb / _MB_PER_CPU))


def inference(environ: Mapping[str, str] | None = None) -> Inference:
    """Raises InvalidSettings when a variable is missing or no number where one is needed."""
    env = os.environ if environ is None else environ
    return Inference(
        stage=_text(env, "SERIN_STAGE"),
        model=_text(env, "SERIN_MODEL"),
        team=env.get("SERIN_TEAM", ""),
        bucket=_text(env, "SERIN_BUCKET"),
        table=env.get("SERIN_TABLE", ""),
        latency_budget_ms=_number(env, "SERIN_LATENCY_BUDGET_MS", "1000"),
        confidence_limit=_number(env, "SERIN_CONFIDENCE_LIMIT", "0.6"),
        release=env.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        memory_mb=int(_number(env, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(_MB_PER_CPU))),
        runtime_api=env.get("AWS_LAMBDA_RUNTIME_API") or None,
        version=_version(env),
    )


@dataclass(frozen=True, slots=True)
class Control:
    """`minute_s`: how long a schedule's minute lasts, which is 60 s but on a local cloud that hurries."""

    stage: str
    minute_s: float


def control(environ: Mapping[str, str] | None = None) -> Control:
    """For the functions that steer rollouts. Raises InvalidSettings as `inference` does."""
    env = os.environ if environ is None else environ
    return Control(stage=_text(env, "SERIN_STAGE"), minute_s=_number(env, "SERIN_MINUTE_S", "60"))


def _version(env: Mapping[str, str]) -> ModelVersion | None:
    if not env.get("SERIN_MODEL_VERSION"):
        return None
    digests = [_text(env, f"SERIN_{part}_SHA256") for part in ("ARTIFACT", "MANIFEST", "GOLDEN")]
    return ModelVersion(int(_number(env, "SERIN_MODEL_VERSION", "")), *digests)


def _text(env: Mapping[str, str], name: str) -> str:
    value = env.get(name)
    if not value:
        raise InvalidSettings(f"the environment lacks {name}")
    return value


def _number(env: Mapping[str, str], name: str, default: str) -> float:
    value = env.get(name) or default
    try:
        return float(value)
    except ValueError:
        raise InvalidSettings(f"{name} must be a number, not '{value}'") from None
