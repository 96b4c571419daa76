"""Small real models behind a caller, and values of every datatype."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from serin.serving.limits import Limits
from tests.unit.serving.small_models import Caller, caller, matrix, of_all_datatypes


@pytest.fixture(scope="session")
def by_matrix() -> Caller:
    features = (("a", False), ("b", True), ("c", False))
    return caller(matrix(), Limits(features, max_rows=5))


@pytest.fixture(scope="session")
def every_type() -> Caller:
    return caller(of_all_datatypes(), Limits(max_string_bytes=20))


@pytest.fixture(scope="session")
def by_columns() -> Caller:
    """A model as skl2onnx makes it from a DataFrame: one [N, 1] input per column, floats and strings."""
    import pandas
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = pandas.DataFrame({"dep_delay": [1.0, 2.0, 30.0, 40.0], "carrier": ["AA", "UA", "AA", "UA"]})
    columns = ColumnTransformer([("n", StandardScaler(), ["dep_delay"]), ("c", OneHotEncoder(), ["carrier"])])
    pipeline = make_pipeline(columns, LogisticRegression()).fit(frame, [0, 0, 1, 1])
    types = [("dep_delay", FloatTensorType([None, 1])), ("carrier", StringTensorType([None, 1]))]
    model = to_onnx(pipeline, initial_types=types, options={"zipmap": False})
    return caller(model.SerializeToString(), Limits((("dep_delay", False), ("carrier", False))), "delays")


@pytest.fixture(scope="session")
def values() -> Callable[[str], np.ndarray[Any, Any]]:
    """Two by two values of a datatype, its extremes among them."""

    def of(datatype: str) -> np.ndarray[Any, Any]:
        if datatype == "BOOL":
            return np.array([[True, False], [False, True]])
        if datatype == "BYTES":
            return np.array([["", "é"], ["a\0b", "日本"]], object)
        dtype = np.dtype({"F": "float", "I": "int", "U": "uint"}[datatype[0]] + datatype.lstrip("FPUINT"))
        low, high = (-1.5, 0.1) if datatype[0] == "F" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        return np.array([[low, high], [1, 0]], dtype)

    return of
