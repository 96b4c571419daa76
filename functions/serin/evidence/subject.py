"""A registered version with all that it takes to run it here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serin.errors import BadRequest
from serin.evidence.answers import Answers, answers_of
from serin.evidence.data import Data, predict
from serin.registry.manifest import Feature, features_of
from serin.registry.records import VersionRecord
from serin.serving.signature import Signature

__all__ = ["Subject"]

_MEDIAN = 0.5


@dataclass(frozen=True)
class Subject:
    """`manifest` is the document that was registered with the version."""

    record: VersionRecord
    manifest: Mapping[str, Any]
    artifact: bytes

    @property
    def signature(self) -> Signature:
        return Signature.from_dict(self.record.signature)

    @property
    def features(self) -> tuple[Feature, ...]:
        return features_of(dict(self.manifest))

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns by which it says that its answers have to be compared."""
        return tuple(self.manifest.get("fairness", {}).get("columns", ()))

    @property
    def quantile(self) -> float:
        """What a regression estimates: hyperparameter `quantile` of its manifest, else the median.

        Raises BadRequest for what is no quantile.
        """
        found = self.manifest.get("hyperparameters", {}).get("quantile", _MEDIAN)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < 1:
            raise BadRequest(f"{self.record} declares the quantile {found!r}: it lies between 0 and 1.")
        return float(found)

    def answer(self, data: Data) -> Answers:
        """Raises BadRequest when it can't run on these rows, or its answers can't be judged."""
        outputs = predict(self.artifact, self.signature, self.features, data)
        return answers_of(str(self.record), outputs, self.signature, self.record.task)
