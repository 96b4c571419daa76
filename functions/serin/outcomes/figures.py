"""What CloudWatch is told of outcomes, an EMF line each: a window's figures by model and version, and refusals."""

from typing import Any

from serin.outcomes.tally import Tallied

__all__ = ["emf", "refusals"]

_NAMES = {
    "auc": "RealisedAuc",
    "brier": "RealisedBrier",
    "log_loss": "RealisedLogLoss",
    "calibration_error": "CalibrationError",
    "bias": "RealisedBias",
    "rate": "PositiveRate",
    "rmse": "RealisedRmse",
    "mae": "RealisedMae",
}


def emf(stage: str, tallied: Tallied, now_ms: int) -> dict[str, Any]:
    """What is not known of this window is left out. A KPI is its mean per prediction that has one."""
    summary = tallied.qualities[""].summary()
    values: dict[str, Any] = {"Outcomes": summary.pop("n")}
    for name, value in summary.items():
        values[_NAMES.get(name) or f"Kpi{name.removeprefix('kpi_').title().replace('_', '')}"] = value
    labels = {"Model": tallied.mark.model, "ModelVersion": str(tallied.mark.version)}
    metrics = [{"Name": name, "Unit": "Count" if name == "Outcomes" else "None"} for name in values]
    return _line(stage, labels, metrics, now_ms) | values


def refusals(stage: str, number: int, now_ms: int) -> dict[str, Any]:
    """Without a dimension: what a forged receipt says of its model is nobody's word."""
    return _line(stage, {}, [{"Name": "OutcomesRefused", "Unit": "Count"}], now_ms) | {"OutcomesRefused": number}


def _line(stage: str, labels: dict[str, str], metrics: list[dict[str, str]], now_ms: int) -> dict[str, Any]:
    directive = {"Namespace": f"Serin/{stage}", "Dimensions": [list(labels)], "Metrics": metrics}
    return {"_aws": {"Timestamp": now_ms, "CloudWatchMetrics": [directive]}, **labels}
