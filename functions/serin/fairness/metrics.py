"""What groups are compared by, and what was counted of a group: all figures and their limits follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from serin.stats.mean_limits import Mean
from serin.stats.pairwise import Sample
from serin.stats.proportion import Proportion

__all__ = ["Answered", "Classified", "Counts", "Estimated", "Metric"]


class Metric(StrEnum):
    """`calibration` is the mean score minus the mean outcome, `error` the share of wrong decisions or the mean absolute
    error."""

    SELECTION_RATE = "selection_rate"
    TPR = "tpr"
    FPR = "fpr"
    CALIBRATION = "calibration"
    ERROR = "error"


@dataclass(frozen=True)
class Classified:
    """Rows of one group: how many had a positive outcome, were selected, or both, and the sum of their scores.

    >>> {metric.value: sample.value for metric, sample in Classified(8, 4, 4, 3, 5.0).samples().items()}
    {'selection_rate': 0.5, 'tpr': 0.75, 'fpr': 0.25, 'calibration': 0.125, 'error': 0.25}
    """

    rows: int = 0
    positives: int = 0
    selected: int = 0
    hits: int = 0
    score: float = 0.0

    def samples(self) -> Mapping[Metric, Sample]:
        """Scores are taken as they are: calibration is a known number minus a rate. Outcomes of unlike rows spread less
        than a binomial count of the same mean (Hoeffding 1956), whose limits are therefore on the safe side."""
        negatives, alarms = self.rows - self.positives, self.selected - self.hits
        mean = self.score / self.rows if self.rows else 0.0
        return {
            Metric.SELECTION_RATE: Proportion(self.selected, self.rows),
            Metric.TPR: Proportion(self.hits, self.positives),
            Metric.FPR: Proportion(alarms, negatives),
            Metric.CALIBRATION: Proportion(negatives, self.rows, shift=mean - 1),
            Metric.ERROR: Proportion(alarms + self.positives - self.hits, self.rows),
        }


@dataclass(frozen=True)
class Estimated:
    """Rows of one group of a regression: sums of score - outcome, of its squares, and of its absolute values."""

    rows: int = 0
    residual: float = 0.0
    squares: float = 0.0
    absolute: float = 0.0

    def samples(self) -> Mapping[Metric, Sample]:
        return {
            Metric.CALIBRATION: Mean.of(self.rows, self.residual, self.squares),
            Metric.ERROR: Mean.of(self.rows, self.absolute, self.squares, least=0.0),
        }


@dataclass(frozen=True)
class Answered:
    """Rows of one group, each with an answer of several classes, so many of them wrong."""

    rows: int = 0
    wrong: int = 0

    def samples(self) -> Mapping[Metric, Sample]:
        return {Metric.ERROR: Proportion(self.wrong, self.rows)}


Counts: TypeAlias = Classified | Answered | Estimated
