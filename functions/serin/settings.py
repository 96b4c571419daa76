"""What does a function's environment say: the only reader of os.environ, typed and checked once at init."""

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from serin.errors import InvalidSettings

__all__ = [
    "Capture",
    "Control",
    "Inference",
    "Ledger",
    "ModelVersion",
    "Outcomes",
    "Review",
    "control",
    "inference",
    "is_dev",
    "ledger",
    "outcomes",
]

_MB_PER_CPU = 1769


class ModelVersion(NamedTuple):
    """The model version that a release is bound to, each part by its SHA-256; a baseline's sketch, where it has one."""

    number: int
    artifact_sha256: str
    manifest_sha256: str
    golden_sha256: str
    sketch_sha256: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the objects in the bucket that hold them."""
        documents = (self.manifest_sha256, self.golden_sha256, self.sketch_sha256)
        found = (f"documents/sha256/{digest}" for digest in documents if digest)
        return (f"artifacts/sha256/{self.artifact_sha256}", *found)


class Capture(NamedTuple):
    """A share of the rows, at most so many an hour for each sandbox, goes to this stream, once in a minute or more.

    `budgeted`: the endpoint has a budget, and keeps nothing while its spend guard says so.
    """

    stream: str
    share: float
    hourly_rows: int
    every_s: float
    budgeted: bool = False


class Review(NamedTuple):
    """Rows with a confidence under the limit go to this queue, at most so many an hour for each sandbox."""

    queue: str
    confidence_limit: float
    deadline_hours: float
    hourly_rows: int


class Inference(NamedTuple):
    """`version` is None on the bootstrap release; `runtime_api` is None outside Lambda.

    `receipt_secret` names the keys that sign receipts; without one there are none. `capture` is None where nothing is
    kept, `review` where nobody looks at what the model was not sure of. `trial`: one of `serin tune`, which
    computes identical inputs anew, and does before the response what others do after it, so that Lambda measures all.
    """

    stage: str
    model: str
    team: str
    bucket: str
    table: str
    latency_budget_ms: float
    confidence_limit: float
    receipt_secret: str
    release: str
    memory_mb: int
    runtime_api: str | None
    version: ModelVersion | None
    capture: Capture | None = None
    review: Review | None = None
    trial: bool = False

    @property
    def replays(self) -> bool:
        """May a request say when it happened, so that months are replayed in minutes? In dev stages only."""
        return is_dev(self.stage)

    @property
    def threads(self) -> int:
        """One per CPU that the memory buys, to the nearest: 6 of 10,240 MB, and never none."""
        return max(1, round(self.memory_mb / _MB_PER_CPU))


def is_dev(stage: str) -> bool:
    """`dev`, and whatever begins so."""
    return stage.startswith("dev")


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
        receipt_secret=env.get("SERIN_RECEIPT_SECRET", ""),
        release=env.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        memory_mb=int(_number(env, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(_MB_PER_CPU))),
        runtime_api=env.get("AWS_LAMBDA_RUNTIME_API") or None,
        version=_version(env),
        capture=_capture(env),
        review=_review(env),
        trial=bool(env.get("SERIN_TRIAL")),
    )


class Control(NamedTuple):
    """`minute_s`: how long a schedule's minute lasts, which is 60 s but on a local cloud that hurries."""

    stage: str
    minute_s: float


def control(environ: Mapping[str, str] | None = None) -> Control:
    """For the functions that steer rollouts. Raises InvalidSettings as `inference` does."""
    env = os.environ if environ is None else environ
    return Control(stage=_text(env, "SERIN_STAGE"), minute_s=_minute_s(env))


class Outcomes(NamedTuple):
    """`receipt_secret` names the key that signed the receipts, `days` is how long an outcome may take."""

    stage: str
    receipt_secret: str
    days: int

    @property
    def oldest_days(self) -> int:
        """In dev stages predictions of long ago are replayed: theirs may be as old as they are."""
        return 36_500 if is_dev(self.stage) else self.days


def outcomes(environ: Mapping[str, str] | None = None) -> Outcomes:
    """For the function that takes outcomes in. Raises InvalidSettings as `inference` does."""
    env = os.environ if environ is None else environ
    return Outcomes(
        stage=_text(env, "SERIN_STAGE"),
        receipt_secret=_text(env, "SERIN_RECEIPT_SECRET"),
        days=int(_number(env, "SERIN_OUTCOME_DAYS", "90")),
    )


class Ledger(NamedTuple):
    """`functions` are those that steer, with their memory in MB; `buckets` what the stage stores in. `prices` go over
    those of the table."""

    stage: str
    region: str
    functions: Mapping[str, int]
    buckets: tuple[str, ...]
    architecture: str
    log_days: int
    dashboard: bool
    prices: Mapping[str, Mapping[str, Any]]


def ledger(environ: Mapping[str, str] | None = None) -> Ledger:
    """For the function that prices what was used. Raises InvalidSettings as `inference` does."""
    env = os.environ if environ is None else environ
    prices = {
        code: {"amount": amount, "as_of": as_of, "source": "cdk.json"}
        for code, (amount, as_of) in _json(env, "SERIN_PRICES").items()
    }
    return Ledger(
        stage=_text(env, "SERIN_STAGE"),
        region=env.get("AWS_REGION") or _text(env, "AWS_DEFAULT_REGION"),
        functions=_json(env, "SERIN_FUNCTIONS"),
        buckets=tuple(env.get("SERIN_BUCKETS", "").split()),
        architecture=env.get("SERIN_ARCHITECTURE", "arm64"),
        log_days=int(_number(env, "SERIN_LOG_DAYS", "30")),
        dashboard=env.get("SERIN_DASHBOARD", "true") == "true",
        prices=prices,
    )


def _version(env: Mapping[str, str]) -> ModelVersion | None:
    if not env.get("SERIN_MODEL_VERSION"):
        return None
    artifact, manifest, golden = (_text(env, f"SERIN_{part}_SHA256") for part in ("ARTIFACT", "MANIFEST", "GOLDEN"))
    sketch = env.get("SERIN_SKETCH_SHA256") or None
    return ModelVersion(int(_number(env, "SERIN_MODEL_VERSION", "")), artifact, manifest, golden, sketch)


def _capture(env: Mapping[str, str]) -> Capture | None:
    stream, share = env.get("SERIN_CAPTURE_STREAM", ""), _number(env, "SERIN_CAPTURE_SHARE", "0")
    hourly_rows = int(_number(env, "SERIN_CAPTURE_HOURLY_ROWS", "1000"))
    budgeted = env.get("SERIN_BUDGETED") == "true"
    return Capture(stream, share, hourly_rows, _minute_s(env), budgeted) if stream and share > 0 else None


def _review(env: Mapping[str, str]) -> Review | None:
    queue, limit = env.get("SERIN_REVIEW_QUEUE", ""), _number(env, "SERIN_REVIEW_CONFIDENCE_LIMIT", "0")
    hours = _number(env, "SERIN_REVIEW_DEADLINE_HOURS", "24")
    return Review(queue, limit, hours, int(_number(env, "SERIN_REVIEW_HOURLY_ROWS", "1000"))) if queue else None


def _minute_s(env: Mapping[str, str]) -> float:
    return _number(env, "SERIN_MINUTE_S", "60")


def _json(env: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(env.get(name) or "{}")
    except json.JSONDecodeError as error:
        raise InvalidSettings(f"{name} must be JSON: {error}") from None
    return found


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
