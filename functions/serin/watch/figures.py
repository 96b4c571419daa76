"""A diagnosis as CloudWatch metrics: one EMF line, by model and version, and whether somebody has to act by model.

The latter is what the alarm watches, and only of windows that are new: what late data says of an old one is no state.
"""

from typing import Any

from serin.watch.record import Record

__all__ = ["emf"]

_COUNTS = ("DriftAlarm", "DriftRows", "DriftRowsLost", "DriftObjectsSkipped")


def emf(stage: str, record: Record, now_ms: int) -> dict[str, Any]:
    """What is not known of this window is left out."""
    figures = {"DriftExpectedQuality": record.figures.expected, "DriftRealisedQuality": record.figures.realised}
    known = {name: value for name, value in figures.items() if value is not None}
    counts = dict(zip(_COUNTS, (int(record.alarm), record.rows, record.lost, record.skipped), strict=True))
    labels = {"Model": record.model, "ModelVersion": str(record.version)}
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    metrics += [{"Name": name, "Unit": "None"} for name in known]
    directives = [{"Namespace": f"Serin/{stage}", "Dimensions": [list(labels)], "Metrics": metrics}]
    if record.number == 1:
        directives.append({"Namespace": f"Serin/{stage}", "Dimensions": [["Model"]], "Metrics": metrics[:1]})
    return {"_aws": {"Timestamp": now_ms, "CloudWatchMetrics": directives}, **labels, **counts, **known}
