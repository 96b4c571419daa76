"""What really happened, from a column of labels: a number, or which of the model's classes it was."""

from collections.abc import Sequence

import numpy as np

from serin.errors import BadRequest
from serin.evidence.answers import Answers, Task
from serin.evidence.bootstrap import Floats
from serin.serving.tensors import Array

__all__ = ["classes_of", "has_label", "outcome_of"]

_SHOWN = 5


def has_label(labels: Array) -> Array:
    """Which rows have one: neither null nor NaN, nor an empty text."""
    if labels.dtype.kind == "O":
        return np.array([value is not None and value == value and value != "" for value in labels], bool)  # noqa: PLR0124
    return ~np.isnan(labels) if labels.dtype.kind == "f" else np.ones(len(labels), bool)


def outcome_of(labels: Array, answers: Answers, column: str) -> tuple[Floats, tuple[str, ...]]:
    """The number that happened, or the place of the class among those returned with it (none for numbers).

    Raises BadRequest for labels that don't fit the model, and where all rows are of one class.
    """
    if answers.task is Task.REGRESSION:
        return _numbers(labels, column), ()
    texts = _texts(labels, column)
    classes = classes_of(texts, answers, column)
    known = sorted(set(texts))
    if len(known) == 1:
        raise BadRequest(f"The label {column!r} is {known[0]} in every row: a model is judged by rows of both kinds.")
    place = {name: float(index) for index, name in enumerate(classes)}
    return np.array([place[text] for text in texts]), classes


def classes_of(texts: Sequence[str], answers: Answers, column: str) -> tuple[str, ...]:
    """The names of the model's classes, in the order of its probabilities: they are sorted, as trainers do it.

    Raises BadRequest where labels and classes don't fit, or the model calls them in another order.
    """
    said = None if answers.said is None else _texts(answers.said, "the model's own answer")
    seen, count = sorted({*texts, *(said or ())}, key=_order), answers.probabilities.shape[1]
    if len(seen) != count:
        numbered = [str(number) for number in range(count)]
        if not set(seen) <= set(numbered):
            shown = ", ".join(seen[:_SHOWN]) + (", …" if len(seen) > _SHOWN else "")
            raise BadRequest(
                f"The label {column!r} and the model's answers know {len(seen)} classes ({shown}), but the model has "
                f"{count} probabilities a row: give the column that it was trained to tell."
            )
        seen = numbered
    if said is not None:
        _check_order(seen, np.array(said), answers.probabilities)
    return tuple(seen)


def _check_order(classes: Sequence[str], said: Array, probabilities: Floats) -> None:
    for place, name in enumerate(classes):
        named = said == name
        column = probabilities[:, place]
        if named.any() and not named.all() and column[named].mean() < column[~named].mean():
            raise BadRequest(
                f"The model calls its classes in another order than {', '.join(classes)}: where it says {name}, "
                f"probability {place + 1} is the smaller. Export it with sorted classes."
            )


def _numbers(labels: Array, column: str) -> Floats:
    try:
        values: Floats = labels.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise BadRequest(f"The label {column!r} holds what is no number ({error}), but the model gives one.") from error
    if not np.isfinite(values).all():
        raise BadRequest(f"The label {column!r} holds an infinite value: remove that row.")
    return values


def _texts(values: Array, column: str) -> list[str]:
    """Classes by name: 1, 1.0 and true are one and the same."""
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        raise BadRequest(
            f"The label {column!r} holds {values[values != np.floor(values)][0]:g}, which names no class: "
            "give the column that the model was trained to tell."
        )
    if values.dtype.kind in "biuf":
        return [str(number) for number in values.astype(np.int64).tolist()]
    return [_name(value) for value in values]


def _name(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    return str(int(value)) if isinstance(value, bool | float) else str(value)


def _order(name: str) -> tuple[bool, int, str]:
    number = name.removeprefix("-").isdecimal()
    return not number, int(name) if number else 0, name
