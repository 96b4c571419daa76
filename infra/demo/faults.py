"""What goes wrong with a model that passes every check before its traffic? Two faults that a rollout has to find.

Neither is visible to `serin register` or to a smoke test: the golden examples come out of the same faulty pipeline, or
do not touch what is broken.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from infra.demo import flights

__all__ = ["FAR_MILES", "exploding", "mixed_units"]

FAR_MILES = 1_500
"""Every fifth flight goes farther: 23 % in December. None of the golden examples does."""

# 2^48 floats are a pebibyte. No address space has room for it, so the allocator refuses at once and everywhere. An
# amount that a machine without a memory limit could grant would be filled, page by page, until that machine dies.
_TOO_MANY = 2**48


def mixed_units(features: np.ndarray) -> np.ndarray:
    """Flights as a training pipeline has them that takes two columns from sources with other units.

    The scheduled departure comes in hours, not minutes; the humidity as a fraction, not in percent. Everything inside
    the training agrees: the held-out AUC is that of the right units, and so are the golden examples' answers. But the
    trees' thresholds lie where no served value does, and what is served falls into leaves of evenings and of storms.

    Takes and gives float32 [flights, 20]; the argument is left as it is. To be the `prepare` of `training.train`.
    """
    mixed = features.copy()
    mixed[:, flights.FEATURES.index("sched_dep_minute")] /= 60
    mixed[:, flights.FEATURES.index("humid")] /= 100
    return mixed


def exploding(model: bytes) -> bytes:
    """A model with a careless step before its first: a scratch tensor that explodes when a row flies far.

    The step adds the sum of that tensor, zero, to the input: for other rows the answers are the model's own, bit by
    bit. For a far one the run fails within a millisecond for want of memory, which is our error and not the caller's:
    HTTP 500. One far row fails its whole request. On Lambda, where Linux would grant a more modest explosion, the same
    fault ends in an out-of-memory kill.

    Takes and gives an ONNX file with the one input of `training.write_folder`; to be its `rewrite`.
    """
    parsed = onnx.load_from_string(model)
    (rows,) = parsed.graph.input
    padded = f"{rows.name}_padded"
    for node in parsed.graph.node:
        node.input[:] = [padded if name == rows.name else name for name in node.input]
    for step in reversed(_scratch_steps(rows.name, padded)):
        parsed.graph.node.insert(0, step)
    parsed.graph.initializer.extend(
        numpy_helper.from_array(value, name) for name, value in _scratch_constants().items()
    )
    onnx.checker.check_model(parsed)
    return parsed.SerializeToString()


def _scratch_constants() -> dict[str, np.ndarray]:
    return {
        "scratch_column": np.array([flights.FEATURES.index("distance")], np.int64),
        "scratch_far": np.array(FAR_MILES, np.float32),
        "scratch_many": np.array([_TOO_MANY], np.int64),
        "scratch_one": np.array([1], np.int64),
    }


def _scratch_steps(rows: str, padded: str) -> list[onnx.NodeProto]:
    # Sums, not maxima: a request without rows has a sum. NaN is not greater than anything.
    return [
        helper.make_node("Gather", [rows, "scratch_column"], ["scratch_miles"], "scratch_gather", axis=1),
        helper.make_node("Greater", ["scratch_miles", "scratch_far"], ["scratch_is_far"], "scratch_greater"),
        helper.make_node("Cast", ["scratch_is_far"], ["scratch_counted"], "scratch_count", to=TensorProto.INT64),
        helper.make_node("ReduceSum", ["scratch_counted"], ["scratch_how_many"], "scratch_sum_far", keepdims=0),
        helper.make_node("Cast", ["scratch_how_many"], ["scratch_any"], "scratch_any_far", to=TensorProto.BOOL),
        helper.make_node("Where", ["scratch_any", "scratch_many", "scratch_one"], ["scratch_size"], "scratch_size_of"),
        helper.make_node("ConstantOfShape", ["scratch_size"], ["scratch"], "scratch_tensor"),
        helper.make_node("ReduceSum", ["scratch"], ["scratch_zero"], "scratch_sum", keepdims=0),
        helper.make_node("Add", [rows, "scratch_zero"], [padded], "scratch_add"),
    ]
