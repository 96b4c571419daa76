"""What would SageMaker take for the same load, at list price? Serverless, and an instance that is always on."""

import math
from collections.abc import Callable
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.prices import Quantities
from serin.cost.stage import HOURS, MONTH_S, Load, Serving
from serin.cost.traffic import payload_gb

__all__ = ["RIVALS", "Rival"]

_CPUS, _INSTANCE_GB = 2, 4
_SIZES_GB = range(1, 7)

Rival = Callable[[Serving, Load], Quantities | None]
"""What it would use for one endpoint; None where it can't be had."""


def serverless(serving: Serving, load: Load) -> Quantities | None:
    """The smallest size that has the memory; there is none above 6 GB. As long a request as on Lambda."""
    gb = max(1, math.ceil(serving.gb))
    if gb not in _SIZES_GB:
        return None
    return {Code.serverless(gb): load.seconds, Code.SAGEMAKER_DATA: payload_gb(load)}


def always_on(serving: Serving, load: Load) -> Quantities | None:
    """As many ml.c5.large, of two CPUs, as an even load keeps wholly busy: the least it can be. Without storage.
    None for more memory than the 4 GB that one has."""
    if serving.gb > _INSTANCE_GB:
        return None
    instances = max(1, math.ceil(load.seconds / MONTH_S / _CPUS))
    return {Code.ALWAYS_ON: Fraction(instances * HOURS), Code.SAGEMAKER_DATA: payload_gb(load)}


RIVALS: dict[str, Rival] = {"SageMaker Serverless": serverless, "ml.c5.large, always on": always_on}
