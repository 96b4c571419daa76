"""When was each row of the baseline, and what really happened? Read from columns that are no features."""

from datetime import UTC, date, datetime, time

import numpy as np
import numpy.typing as npt

from serin.errors import InvalidModel
from serin.serving.tensors import Array

__all__ = ["outcomes_of", "seconds_of"]

_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From where on a number counts nanoseconds, microseconds, milliseconds: as seconds that is past the year 5000."""


def seconds_of(values: Array, name: str) -> npt.NDArray[np.float64]:
    """Epoch seconds from timestamps, dates, ISO 8601 text (UTC unless it says otherwise) or a count since 1970; NaN
    where there is none. Raises InvalidModel for anything else."""
    if values.dtype.kind == "M":
        missing = np.isnat(values)
        return np.where(missing, np.nan, values.astype("datetime64[us]").astype(np.int64) / 1e6)
    if values.dtype.kind in "iuf":
        return _from_count(values.astype(np.float64))
    try:
        return np.array([_second(value) for value in values.tolist()], np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidModel(
            f"the baseline's column {name!r} is no time ({error}): "
            "use timestamps, ISO 8601 text, or seconds since 1970."
        ) from None


def outcomes_of(values: Array, name: str) -> npt.NDArray[np.float64]:
    """Numbers, 1 and 0 for true and false, NaN where it is not known. Raises InvalidModel for text."""
    try:
        return np.array([np.nan if value is None else float(value) for value in values.tolist()], np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidModel(
            f"the baseline's column {name!r} is no outcome ({error}): use numbers, or true and false."
        ) from None


def _from_count(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    largest = float(np.nanmax(np.abs(numbers), initial=0.0))
    return numbers / next((unit for least, unit in _UNITS if largest >= least), 1.0)


def _second(value: object) -> float:
    if value is None or value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return np.nan
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} {value!r}"[:80])
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
