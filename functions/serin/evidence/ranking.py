"""How well do scores rank, when rows have weights? Rows are put in order once, and each draw is counted in one pass.

    AUC = sum over rising scores s of positives(s) (negatives below s + negatives(s) / 2) / positives / negatives

Source: Hanley & McNeil 1982, as serin.stats.area_under_curve has it, with its standard error, from counts by score bin.
"""

import numpy as np

from serin.evidence.bootstrap import Floats, Statistic

__all__ = ["weighted_auc"]


def weighted_auc(outcome: Floats, score: Floats) -> Statistic:
    """Of binary outcomes; NaN where the weights leave one class only.

    >>> auc = weighted_auc(np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.2, 0.9]))
    >>> auc(np.array([1.0, 1.0, 1.0])), auc(np.array([1.0, 1.0, 0.0]))
    (0.75, 0.5)
    """
    order = np.argsort(score, kind="stable")
    positive, starts = outcome[order], np.flatnonzero(np.diff(score[order], prepend=-np.inf))

    def auc(weights: Floats) -> float:
        ranked = weights[order]
        positives = np.add.reduceat(ranked * positive, starts)
        negatives = np.add.reduceat(ranked, starts) - positives
        both = positives.sum() * negatives.sum()
        won = np.einsum("i,i", positives, np.cumsum(negatives) - negatives / 2)
        return float(won / both) if both else float("nan")

    return auc
