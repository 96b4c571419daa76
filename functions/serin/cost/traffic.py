"""What does a load add to an endpoint's bill? Requests, and everything that is watched about them."""

import math
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.idle import drift_job
from serin.cost.stage import HOURS, MONTH_S, Load, Part, Serving, Stage

__all__ = ["BODY_OUT", "LEFT_OUT", "METRICS", "RECORD_BYTES", "ROW_OUT", "payload_gb", "sandboxes", "traffic"]

LEFT_OUT = (
    "outcomes, which cost a write each",
    "rollouts, which read 16 metrics a minute and set two alarms for a candidate",
    "e-mails and events",
    "questions by serin query",
    "Firehose's conversion to Parquet",
    "training",
)
_GB = 10**9
METRICS = 12
"""Eleven of the release and one of the endpoint, each paid for by the hour in which it is written."""
_LOG_BYTES = 350 + 400  # of Lambda's own lines, and of the API's access log
_EMF_BYTES = 1200
_IDLE_S = 600
"""A sandbox without a request for so long is taken to be gone: AWS promises nothing."""
_ROW_IN, ROW_OUT, _BODY_IN, BODY_OUT = 200, 40, 300, 900
_CAPTURED_BYTES, RECORD_BYTES = 800, 5 * 1024  # Firehose bills each record in steps of 5 KB
_CAPTURED_MONTHS, _PARQUET = 3, Fraction(1, 4)


def traffic(serving: Serving, load: Load, stage: Stage) -> tuple[Part, ...]:
    """Sizes of requests are those of JSON rows with some twenty numbers; a receipt is among them."""
    if not load.requests_per_day:
        return ()
    boxes = sandboxes(load)
    hours = min(Fraction(HOURS), load.requests)
    minutes = min(Fraction(HOURS * 60 * boxes), load.requests)
    lines = min(Fraction(MONTH_S * boxes), load.requests)
    logged = (load.requests * _LOG_BYTES + lines * _EMF_BYTES) / _GB
    cold = _cold(load, boxes)
    out = load.requests * (BODY_OUT + ROW_OUT * load.rows) / _GB
    compute = {Code.LAMBDA_REQUEST: load.requests, serving.duration: load.seconds * serving.gb}
    kept = {Code.LOG_INGESTED: logged, Code.LOG_STORED: logged * Fraction(stage.log_days * 24, HOURS)}
    parts = [
        Part("API Gateway", "requests", {Code.API_REQUEST: load.requests}),
        Part("Lambda", f"{load.ms} ms a request at {serving.memory_mb} MB", compute),
        Part("metrics", f"{METRICS}, in hours with requests", {Code.METRIC: METRICS * hours / HOURS}),
        Part("logs", "invocations, access, metrics", kept),
        Part("windows", "what was seen, by minute and sandbox", {Code.S3_PUT: minutes + hours, Code.S3_GET: minutes}),
        Part("captured rows", f"{float(serving.capture_share):.0%}", _captured(serving, load, boxes, minutes)),
        Part("keys", "read by each sandbox, and each hour", {Code.SECRET_CALL: cold + hours * boxes}),
        Part("data out", "to the internet", {Code.TRANSFER_OUT: out}),
    ]
    if serving.idle_days:
        parts = [*parts, drift_job(serving, stage)]
    if serving.snap_start:
        restored = Part(
            "SnapStart restores", f"{float(cold):,.0f} cold starts", {Code.SNAP_START_RESTORE: cold * serving.gb}
        )
        return (*parts, restored)
    return tuple(parts)


def sandboxes(load: Load) -> int:
    """As many as even load keeps busy."""
    return max(1, math.ceil(load.seconds / MONTH_S))


def payload_gb(load: Load) -> Fraction:
    """In and out, of a month."""
    return load.requests * (_BODY_IN + BODY_OUT + (_ROW_IN + ROW_OUT) * load.rows) / _GB


def _cold(load: Load, boxes: int) -> Fraction:
    """Requests that find no sandbox, when they come at random (Poisson): with rate λ, a share of exp(-λ · 600 s)."""
    rate = float(load.requests) / MONTH_S
    return max(Fraction(boxes), Fraction(round(float(load.requests) * math.exp(-rate * _IDLE_S))))


def _captured(serving: Serving, load: Load, boxes: int, minutes: Fraction) -> dict[Code, Fraction]:
    most = Fraction(HOURS * boxes * serving.capture_hourly_rows)
    rows = min(load.requests * load.rows * serving.capture_share, most)
    if not rows:
        return {}
    sent = max(rows * _CAPTURED_BYTES, min(rows, minutes) * RECORD_BYTES) / _GB
    stored = rows * _CAPTURED_BYTES * _PARQUET * _CAPTURED_MONTHS / _GB
    return {Code.FIREHOSE: sent, Code.S3_STORAGE: stored}
