"""Which output tells how sure a model is, and how sure it is of a first row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.serving.confidence import confidence_output, first_row_confidence
from serin.serving.signature import Signature

LABEL = ("label", "INT64", [-1])


def signature(*outputs):
    """As it stands in a manifest."""
    keys = ("name", "datatype", "shape")
    tensors = [dict(zip(keys, output, strict=True)) for output in outputs]
    return Signature.from_dict({"inputs": [], "outputs": tensors})


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([LABEL, ("probabilities", "FP32", [-1, 2])], "probabilities"),
        ([("a", "FP64", [-1, 3]), ("b", "FP32", [-1, 3])], "a"),
        ([("open", "FP16", [-1, -1])], "open"),
        ([("one", "FP32", [1, 10])], "one"),
        ([("score", "FP32", [-1]), ("classes", "FP32", [-1, 2])], "classes"),
        ([("Probability", "FP32", [-1])], "Probability"),
        ([LABEL, ("risk_score", "FP32", [-1, 1])], "risk_score"),
        ([("y", "FP32", [-1, 1])], None),
        ([("probabilities", "INT64", [-1, 2])], None),
        ([("probabilities", "FP32", [])], None),
        ([("probabilities", "FP32", [-1, 2, 2])], None),
        ([LABEL], None),
        ([], None),
    ],
)
def test_the_output_is_found_by_type_shape_and_name(outputs, expected):
    """Probabilities per class come before a score, whatever the order; other outputs say nothing."""
    assert confidence_output(signature(*outputs), "classification") == expected


@pytest.mark.parametrize("task", ["regression", "", None])
def test_only_classifiers_have_a_confidence(task):
    """A regression's output of two columns holds no probabilities."""
    assert confidence_output(signature(("y", "FP32", [-1, 2])), task) is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[0.25, 0.75], [0.5, 0.5]], 0.75),
        ([[0.25], [0.5]], 0.75),
        ([0.75, 0.5], 0.75),
        ([[1.0, 0.0]], 1.0),
        ([[0.25, np.nan]], None),
        ([[0.25, 1.5]], None),
        ([[-3.0, 0.5]], None),
        ([np.inf], None),
        ([], None),
        (np.zeros((0, 2)), None),
        (np.zeros((2, 0)), None),
        (0.5, None),
    ],
)
def test_the_first_row_decides(rows, expected):
    """What is no probability gives no confidence, not a low one."""
    assert first_row_confidence(np.array(rows, np.float32)) == expected


@given(st.lists(st.floats(0, 1, width=16), min_size=1, max_size=5), st.sampled_from(["f2", "f4", "f8"]))
def test_more_rows_change_nothing(row, dtype):
    """A batch is as sure as its first row alone, and one probability as sure as it and its complement."""
    alone = first_row_confidence(np.array([row], dtype))
    assert alone == first_row_confidence(np.array([row, [0.5] * len(row)], dtype))
    assert alone == (max(row) if len(row) > 1 else max(row[0], 1 - row[0]))
