"""Numbers of a request become the tensor that numpy would make of them, by whichever way is faster."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import InvalidInput
from serin.serving import json_form
from serin.serving.limits import InputRule
from serin.serving.signature import TensorSpec
from serin.serving.tensors import DATATYPES, Datatype

NUMBERS = [datatype for datatype in DATATYPES.values() if datatype.code]


def rule(datatype: Datatype) -> InputRule:
    return InputRule(TensorSpec("x", datatype.name, (-1,)), [("x", True)], 100)


def values_of(datatype: Datatype) -> st.SearchStrategy[Any]:
    if not datatype.is_float:
        limits = np.iinfo(datatype.dtype)
        return st.integers(int(limits.min), int(limits.max))
    largest = float(np.finfo(datatype.dtype).max)
    return st.floats(-largest, largest) | st.integers(-(2**11), 2**11) | st.none()


class TestDecoding:
    @given(st.data(), st.sampled_from(NUMBERS))
    def test_it_is_what_numpy_makes_of_it(self, data: st.DataObject, datatype: Datatype) -> None:
        """Bit by bit, with nulls and without, nested or not."""
        values = data.draw(st.lists(values_of(datatype), min_size=1, max_size=70))
        wanted = np.array(values, datatype.dtype)
        flat = json_form.decode(rule(datatype), values, rule(datatype).shape(len(values)))
        assert (flat.dtype, flat.shape, flat.tobytes()) == (wanted.dtype, wanted.shape, wanted.tobytes())
        lines = InputRule(TensorSpec("x", datatype.name, (-1, 1)), [("x", True)], 100)
        nested = json_form.decode(lines, [[value] for value in values], lines.shape(len(values), 1))
        assert nested.tobytes() == wanted.tobytes()

    @given(st.data(), st.sampled_from(NUMBERS))
    def test_one_value_that_is_no_number_is_found(self, data: st.DataObject, datatype: Datatype) -> None:
        """Wherever it stands: struct takes true for 1, and numpy a string of digits for a number."""
        values = data.draw(st.lists(values_of(datatype), max_size=70))
        values.insert(data.draw(st.integers(0, len(values))), data.draw(st.sampled_from([True, False, "1", {}])))
        with pytest.raises(InvalidInput, match="numbers only"):
            json_form.decode(rule(datatype), values, rule(datatype).shape(len(values)))

    @pytest.mark.parametrize("datatype", NUMBERS, ids=lambda datatype: datatype.name)
    def test_a_number_beyond_the_datatype_is_refused_without_a_warning(self, datatype: Datatype) -> None:
        """In a log, a warning would say that something of ours is wrong."""
        beyond = 10**400 if datatype.name == "FP64" else int(2 ** (8 * datatype.size + 100))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(InvalidInput, match="beyond"):
                json_form.decode(rule(datatype), [1, beyond], rule(datatype).shape(2))
