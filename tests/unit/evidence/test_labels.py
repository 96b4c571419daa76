"""Is a column of labels read as the model means it, and refused where it can't be?"""

import numpy as np
import pytest

from serin.errors import BadRequest
from serin.evidence.answers import Answers, Task
from serin.evidence.labels import has_label, outcome_of

P = np.array([0.1, 0.9, 0.6, 0.2])
BINARY = Answers(Task.BINARY, P)


def _several(said=None):
    return Answers(Task.MULTICLASS, np.eye(3)[[0, 1, 2, 1]], None if said is None else np.array(said))


@pytest.mark.parametrize(
    "labels",
    [[0, 1, 1, 0], [0.0, 1.0, 1.0, 0.0], [False, True, True, False], ["no", "yes", "yes", "no"], ["0", "1", "1", "0"]],
)
def test_two_classes_may_be_called_by_any_names(labels):
    """Numbers, truth or texts: the greater one is what the probability is of."""
    outcome, _ = outcome_of(np.array(labels), BINARY, "late")
    assert outcome.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("labels", "said", "expected"),
    [
        ([0, 1, 2, 1], None, [0, 1, 2, 1]),
        (["a", "b", "c", "b"], None, [0, 1, 2, 1]),
        (["b", "c", "a", "c"], None, [1, 2, 0, 2]),
        ([2, 10, 9, 10], None, [0, 2, 1, 2]),
        ([0, 1, 1, 0], None, [0, 1, 1, 0]),  # no row of the third class
        (["a", "b", "b", "a"], [b"a", b"b", b"c", b"b"], [0, 1, 1, 0]),  # the model's own answers name it
    ],
)
def test_classes_are_in_sorted_order(labels, said, expected):
    """Numbers by their size, texts by their letters, as trainers put them."""
    assert outcome_of(np.array(labels), _several(said), "kind")[0].tolist() == expected


@pytest.mark.parametrize(
    ("labels", "answers", "sentence"),
    [
        ([1, 1, 1, 1], BINARY, "is 1 in every row: a model is judged by rows of both kinds"),
        (["yes", "yes", "yes", "yes"], BINARY, "know 1 classes (yes), but the model has 2 probabilities"),
        ([0, 1, 2, 1], BINARY, "know 3 classes (0, 1, 2), but the model has 2 probabilities a row"),
        ([0.5, 1, 0, 1], BINARY, "holds 0.5, which names no class"),
        (["a", "b", "b", "a"], _several(), "know 2 classes (a, b), but the model has 3 probabilities a row"),
        (["a", "b", "c", "b"], _several(["b", "a", "c", "a"]), "calls its classes in another order than a, b, c"),
        ([1, 0, 1, 0], Answers(Task.BINARY, P, np.array([1, 0, 0, 1])), "in another order than 0, 1"),
        (["a", "b", "c", "d"], Answers(Task.REGRESSION, P), "holds what is no number"),
        ([1, 2, np.inf, 3], Answers(Task.REGRESSION, P), "holds an infinite value"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, answers, sentence):
    """In a sentence that says what was found."""
    with pytest.raises(BadRequest) as refused:
        outcome_of(np.array(labels), answers, "late")
    assert sentence in str(refused.value)


def test_a_row_without_a_label_is_known():
    """Null, NaN and an empty text; zero and false are labels."""
    assert has_label(np.array([0.0, np.nan, 1.0])).tolist() == [True, False, True]
    assert has_label(np.array(["a", None, "", 0, False, float("nan")], object)).tolist() == [1, 0, 0, 1, 1, 0]
    assert has_label(np.array([0, 1])).all()
