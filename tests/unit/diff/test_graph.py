"""Each place where two ONNX files differ is named, and no other."""

from collections.abc import Callable, Iterator
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from serin.diff.change import Kind
from serin.diff.graph import Graph, compare_files, compare_models
from serin.errors import InvalidModel
from tests.unit.diff.models import mirrored, rich_model

MODEL = rich_model()
_SCALE = "graph.node[scale]"


def _named(found: Graph) -> set[str]:
    return {one.path for one in (*found.changes, *found.weights)}


def _node(model: onnx.ModelProto, place: int) -> Any:
    return model.graph.node[place]


MUTATIONS: dict[str, tuple[Callable[[onnx.ModelProto], Any], set[str]]] = {
    "ir version": (lambda m: setattr(m, "ir_version", 10), {"ir_version"}),
    "producer": (lambda m: setattr(m, "producer_name", "other"), {"producer_name"}),
    "opset": (lambda m: setattr(m.opset_import[0], "version", 18), {"opset_import[ai.onnx].version"}),
    "opset of a domain": (lambda m: setattr(m.opset_import[1], "version", 4), {"opset_import[ai.onnx.ml].version"}),
    "an opset more": (lambda m: m.opset_import.append(helper.make_opsetid("new", 1)), {"opset_import[new]"}),
    "metadata": (lambda m: setattr(m.metadata_props[0], "value", "you"), {"metadata_props[author].value"}),
    "input name": (lambda m: setattr(m.graph.input[0], "name", "q"), {"graph.input[x]", "graph.input[q]"}),
    "input order": (lambda m: m.graph.input.reverse(), {"graph.input[x]", "graph.input[z]"}),
    "output type": (
        lambda m: setattr(m.graph.output[0].type.tensor_type, "elem_type", TensorProto.DOUBLE),
        {"graph.output[y].type"},
    ),
    "operator": (lambda m: setattr(_node(m, 0), "op_type", "Div"), {f"{_SCALE}.op_type"}),
    "node name": (lambda m: setattr(_node(m, 0), "name", "other"), {f"{_SCALE}.name"}),
    "node input": (lambda m: _node(m, 0).input.__setitem__(1, "half"), {f"{_SCALE}.input"}),
    "node output": (lambda m: _node(m, 0).output.__setitem__(0, "other"), {f"{_SCALE}.output"}),
    "node gone": (lambda m: m.graph.node.__delitem__(1), {"graph.node[wide]"}),
    "node twice": (lambda m: m.graph.node.insert(1, helper.make_node("Neg", ["x"], ["v"])), {"graph.node[v]"}),
    "attribute": (lambda m: setattr(_node(m, 1).attribute[0], "i", 7), {"graph.node[wide].attribute[to]"}),
    "short list": (
        lambda m: _node(m, 4).attribute[1].floats.__setitem__(0, 9.0),
        {"graph.node[ml].attribute[scale]"},
    ),
    "long list": (
        lambda m: _node(m, 4).attribute[0].floats.__setitem__(7, 9.0),
        {"graph.node[ml].attribute[offset]"},
    ),
    "attribute gone": (lambda m: _node(m, 4).attribute.__delitem__(0), {"graph.node[ml].attribute[offset]"}),
    "attribute type": (
        lambda m: _node(m, 1).attribute[0].CopyFrom(helper.make_attribute("to", 1.0)),
        {"graph.node[wide].attribute[to]"},
    ),
    "subgraph": (
        lambda m: setattr(_branch(m).node[0], "op_type", "Abs"),
        {"graph.node[choose].attribute[then_branch].node[negate].op_type"},
    ),
    "function": (
        lambda m: setattr(m.functions[0].node[0], "op_type", "Sub"),
        {"functions[own:Twice].node[b].op_type"},
    ),
    "initializer name": (
        lambda m: setattr(m.graph.initializer[3], "name", "tiny"),
        {"graph.initializer[small]", "graph.initializer[tiny]"},
    ),
    "initializer gone": (lambda m: m.graph.initializer.__delitem__(0), {"graph.initializer[factor]"}),
    "initializer retyped": (
        lambda m: m.graph.initializer[3].CopyFrom(numpy_helper.from_array(np.array([1, -2, 3], np.int16), "small")),
        {"graph.initializer[small]"},
    ),
    "initializer reshaped": (
        lambda m: m.graph.initializer[0].dims.__setitem__(slice(0, 2), [4, 3]),
        {"graph.initializer[factor]"},
    ),
}


def _branch(model: onnx.ModelProto) -> Any:
    node = _node(model, 3)
    return next(one.g for one in node.attribute if one.name == "then_branch")


def _changed(mutate: Callable[[onnx.ModelProto], Any]) -> onnx.ModelProto:
    after = onnx.ModelProto()
    after.CopyFrom(MODEL)
    mutate(after)
    return after


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_named_alone(name: str) -> None:
    """Whatever is mutated, its place is in the list, nothing else is, and the mirror image says the same."""
    mutate, paths = MUTATIONS[name]
    after = _changed(mutate)
    found, back = compare_models(MODEL, after), compare_models(after, MODEL)
    assert _named(found) == paths
    changes = sorted((one.kind, repr(one.before), repr(one.after)) for one in map(mirrored, found.changes))
    assert changes == sorted((one.kind, repr(one.before), repr(one.after)) for one in back.changes)


def _fields(message: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any, int | None, tuple[str, ...]]]:
    """Every scalar of the file that holds something, with the names of all that it is in."""
    own = (
        str(getattr(message, "name", "") or getattr(message, "key", "")) * (not isinstance(message, onnx.GraphProto)),
    )
    for field, value in message.ListFields():
        here = (*(path or (field.name,)), *filter(None, own))
        if field.message_type is None:
            places = range(len(value)) if field.is_repeated else (None,)
            yield from ((message, field, place, here) for place in places)
        else:
            for one in value if field.is_repeated else (value,):
                yield from _fields(one, here)


def _other(value: Any, field: Any) -> Any:
    if field.enum_type:
        return next(number for number in field.enum_type.values_by_number if number != value)
    if isinstance(value, str):
        return f"{value}~"
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return value + 1


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(st.data())
def test_any_number_and_any_text_of_the_file_counts(data: st.DataObject) -> None:
    """Found by walking the format itself, so that no field of it can be forgotten: it is named in its part."""
    after = _changed(lambda _: None)
    message, field, place, trail = data.draw(st.sampled_from(list(_fields(after))))
    if place is None:
        setattr(message, field.name, _other(getattr(message, field.name), field))
    else:
        values = getattr(message, field.name)
        values[place] = _other(values[place], field)
    named = _named(compare_models(MODEL, after))
    assert named
    assert all(path.startswith(trail[0]) for path in named), (trail, named)
    assert any(trail[-1] in path for path in named), (trail, named)
    assert _named(compare_models(after, MODEL))


@given(st.sampled_from(range(12)), st.floats(-1e3, 1e3, width=32).filter(lambda step: abs(step) > 1e-3))
def test_a_weight_that_moved_says_how_far(place: int, step: float) -> None:
    """One entry of twelve: by its step, over the norm of all."""
    values = np.arange(1, 13, dtype=np.float32)
    values[place] += np.float32(step)
    after = _changed(lambda m: m.graph.initializer[0].CopyFrom(numpy_helper.from_array(values.reshape(3, 4), "factor")))
    found = compare_models(MODEL, after)
    (weight,) = found.weights
    assert not found.changes
    assert weight.distance is not None
    gap = abs(float(values[place]) - (place + 1))
    assert (weight.path, weight.distance.changed) == ("graph.initializer[factor]", 1)
    assert weight.distance.largest == pytest.approx(gap)
    assert weight.distance.relative == pytest.approx(gap / np.sqrt(650))


@pytest.mark.parametrize("kind", [np.float16, ml_dtypes.bfloat16, np.int8, np.int64, np.float64, ml_dtypes.int4])
def test_weights_of_every_kind_are_measured(kind: Any) -> None:
    """Also whole numbers that no double tells apart."""
    big = 2**53 if kind is np.int64 else 2
    one, two = np.array([1, big], kind), np.array([1, big + 1], kind)
    found = compare_models(_alone(one), _alone(two))
    assert [(w.distance and w.distance.changed, w.shapes) for w in found.weights] == [(1, ((2,), (2,)))]
    assert not _named(compare_models(_alone(one), _alone(one.copy())))


def test_what_is_no_difference_is_none() -> None:
    """How numbers are encoded, the order of what has none, and NaN that stays NaN."""
    values = np.array([1.0, np.nan], np.float32)
    typed = helper.make_tensor("w", TensorProto.FLOAT, [2], values.tolist())
    after = _alone(values)
    after.graph.initializer[0].CopyFrom(typed)
    assert not _named(compare_models(_alone(values), after))
    turned = _changed(lambda m: (m.graph.initializer.reverse(), m.opset_import.reverse(), m.metadata_props.reverse()))
    assert not _named(compare_models(MODEL, turned))
    zero = compare_models(_alone(np.array([0.0], np.float32)), _alone(np.array([-0.0], np.float32)))
    assert [one.distance and one.distance.changed for one in zero.weights] == [1]


def test_nodes_that_were_numbered_anew_are_found_again() -> None:
    """An exporter counts its nodes: one more in front renames all, but one was added."""

    def chain(operators: list[str]) -> onnx.ModelProto:
        nodes = [helper.make_node(op, [f"t{i}"], [f"t{i + 1}"]) for i, op in enumerate(operators)]
        return helper.make_model(helper.make_graph(nodes, "chain", [], []))

    found = compare_models(chain(["Exp", "Abs", "Neg", "Cos"]), chain(["Sin", "Exp", "Abs", "Neg", "Cos"]))
    kinds = [one.kind for one in found.changes]
    assert kinds.count(Kind.ADDED) == 1
    assert Kind.REMOVED not in kinds


def test_a_pointer_to_another_file_is_compared_and_never_followed(tmp_path: Any, monkeypatch: Any) -> None:
    """A folder could hold what the model may not read."""
    (tmp_path / "weights").write_bytes(np.array([1.0, 2.0], np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    one, two = _alone(np.zeros(2, np.float32)), _alone(np.zeros(2, np.float32))
    for model, place in ((one, "weights"), (two, "other")):
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.append(onnx.StringStringEntryProto(key="location", value=place))
    assert _named(compare_models(one, two)) == {"graph.initializer[w].external_data[location].value"}


def test_bytes_that_are_no_onnx_are_refused() -> None:
    """With a sentence."""
    assert not _named(compare_files(b"\xff", b"\xff"))
    with pytest.raises(InvalidModel, match="not an ONNX file"):
        compare_files(b"\xff\xff", MODEL.SerializeToString())


def _alone(values: Any) -> onnx.ModelProto:
    return helper.make_model(helper.make_graph([], "alone", [], [], [numpy_helper.from_array(values, "w")]))
