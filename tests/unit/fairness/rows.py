"""Rows of two groups of people, whose scores are as good as they are told to be."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from serin.fairness.limits import Limits
from serin.fairness.report import Report, subgroup_report

__all__ = ["drawn", "report"]


def drawn(n: int, seed: int = 0, unfair: float = 0.0) -> dict[str, Any]:
    """Scores of F lie lower by `unfair` than they should. One age in ten is young."""
    rng = np.random.default_rng(seed)
    sex, age = rng.choice(["F", "M"], n), rng.choice(["young", "middle", "old"], n, p=[0.1, 0.6, 0.3])
    late = rng.random(n) < 0.4
    score = np.clip(0.4 + 0.3 * (late - 0.4) + 0.12 * rng.normal(size=n) - unfair * (sex == "F"), 0, 1)
    return {"outcome": late.astype(float), "score": score, "decision": score >= 0.5, "groups": {"sex": sex, "age": age}}


def report(rows: Mapping[str, Any], limits: Limits | None = None) -> Report:
    return subgroup_report(**rows, limits=limits or Limits())
