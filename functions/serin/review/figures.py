"""What CloudWatch is told of reviews: how many wait, and how old the oldest is; nothing where none waits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from serin.review.case import Case

__all__ = ["emf"]


def emf(stage: str, model: str, cases: Sequence[Case], now: datetime) -> dict[str, Any]:
    """`cases` are those that wait, one at least."""
    oldest = (now - min(case.at for case in cases)).total_seconds()
    metrics = [{"Name": "OpenReviews", "Unit": "Count"}, {"Name": "OldestReviewAge", "Unit": "Seconds"}]
    directive = {"Namespace": f"Serin/{stage}", "Dimensions": [["Model"]], "Metrics": metrics}
    emf = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": emf, "Model": model, "OpenReviews": len(cases), "OldestReviewAge": max(round(oldest), 0)}
