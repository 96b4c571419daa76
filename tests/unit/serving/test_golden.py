"""Golden examples: what counts as the same answer."""

import pytest

from serin.errors import InvalidModel
from serin.serving.golden import Golden, failures, mismatches
from tests.unit.serving.small_models import tensor


def test_floats_within_tolerance_are_the_same():
    """rtol and atol as in numpy.isclose; null equals null."""
    want = [tensor("p", "FP32", [3], [1.0, 0.0, None])]
    assert mismatches(want, [tensor("p", "FP32", [3], [1.00005, 0.000001, None])]) == []
    assert mismatches(want, [tensor("p", "FP32", [3], [1.001, 0.0, None])]) == [
        "output 'p' has 1.001 at position 0, expected 1 (rtol 0.0001, atol 1e-05)"
    ]


@pytest.mark.parametrize(
    ("datatype", "want", "got"), [("INT64", [1], [2]), ("BYTES", ["a"], ["b"]), ("BOOL", [True], [False])]
)
def test_everything_else_must_be_exact(datatype, want, got):
    """No tolerance turns one class into another, however wide."""
    expected = [tensor("y", datatype, [1], want)]
    assert mismatches(expected, [tensor("y", datatype, [1], want)]) == []
    assert len(mismatches(expected, [tensor("y", datatype, [1], got)], rtol=9, atol=9)) == 1


def test_form_counts_too():
    """A missing output, another datatype, another shape, another count."""
    want = [tensor("y", "FP32", [1, 2], [[1, 2]])]
    assert mismatches(want, []) == ["output 'y' is missing"]
    assert mismatches(want, [tensor("y", "FP64", [1, 2], [1, 2])]) == ["output 'y' has datatype FP64, expected FP32"]
    assert mismatches(want, [tensor("y", "FP32", [2, 1], [1, 2])]) == ["output 'y' has shape [2, 1], expected [1, 2]"]
    assert mismatches(want, [tensor("y", "FP32", [1, 2], [1])]) == ["output 'y' has 1 values, expected 2"]
    assert mismatches(want, [tensor("y", "FP32", [1, 2], [1, 2])]) == []


def document(score):
    inputs = [tensor("features", "FP32", [1, 3], [1, 2, 3])]
    return {"examples": [{"inputs": inputs, "outputs": [tensor("score", "FP32", [1, 1], [score])]}]}


def test_a_model_that_answers_as_stored_has_no_failures(by_matrix):
    """predict runs an example; only the stored outputs are asked for."""
    assert failures(Golden.from_dict(document(6.0)), by_matrix.service.predict) == []
    (sentence,) = failures(Golden.from_dict(document(7.0)), by_matrix.service.predict)
    assert sentence.startswith("golden example 1: output 'score' has 6 at position 0, expected 7")


def test_golden_survives_its_document():
    """to_dict and from_dict are inverse."""
    golden = Golden.from_dict(document(6.0) | {"tolerance": {"rtol": 0.1, "atol": 0.2}})
    assert Golden.from_dict(golden.to_dict()) == golden


@pytest.mark.parametrize("broken", [{}, {"examples": [{}]}, {"examples": [{"inputs": [{}], "outputs": []}]}, []])
def test_unreadable_golden_is_refused(broken):
    """InvalidModel, never a KeyError."""
    with pytest.raises(InvalidModel):
        Golden.from_dict(broken)
