"""Is the other form the same model to whoever calls it, and is what changes nothing refused?"""

from pathlib import Path

import numpy as np
import onnx
import orjson
import pytest

from serin.errors import GatesClosed, InvalidModel
from serin.optimize.derive import Method, derive
from serin.optimize.folder import derived_folder, files_of
from serin.optimize.golden import Moved, moved
from serin.registry.manifest import Manifest
from serin.registry.register import check_files
from serin.serving import session
from serin.serving.golden import Golden
from tests.unit.optimize.nets import net, tree, version

ROWS = np.random.default_rng(2).normal(size=(500, 2)).astype(np.float32)


@pytest.mark.parametrize("method", Method)
def test_a_net_keeps_its_signature_and_its_answers(method: Method) -> None:
    """Within what less precision costs: no probability moves by more than three points, on CPUs whose 8-bit kernels
    saturate too."""
    before, after = session.load(net()), session.load(derive(net(), method))
    assert before.signature == after.signature
    one, two = (model.run(["probabilities"], {"x": ROWS})[0] for model in (before, after))
    assert np.abs(one - two).max() < 0.03


def test_eight_bits_are_in_the_file() -> None:
    """Each matrix is int8, and no matrix is left in single precision."""
    weights = onnx.load_model_from_string(derive(net(256), Method.INT8)).graph.initializer
    matrices = [(list(one.dims), one.data_type) for one in weights if len(one.dims) == 2]
    assert matrices == [([2, 256], onnx.TensorProto.INT8), ([256, 1], onnx.TensorProto.INT8)]


@pytest.mark.parametrize("method", [Method.INT8, Method.GRAPH])
def test_a_tree_that_nothing_changes_is_refused(method: Method) -> None:
    """By what it consists of, before anybody measures anything."""
    with pytest.raises(GatesClosed, match="changes nothing in this model \\(1 TreeEnsembleRegressor\\)"):
        derive(tree(), method)


def test_an_optimized_graph_runs_everywhere() -> None:
    """No operator and no declared operator set is bound to a kind of CPU, and it is the same each time."""
    made = derive(net(), Method.GRAPH)
    model = onnx.load_model_from_string(made)
    assert {node.domain for node in model.graph.node} | {one.domain for one in model.opset_import} <= {
        "", "ai.onnx.ml", "com.microsoft",
    }  # fmt: skip
    assert made == derive(net(), Method.GRAPH)


def test_the_folder_says_what_is_true_of_the_new_form(tmp_path: Path) -> None:
    """Parent and relation, its own golden answers under the parent's tolerance, and no cost of training twice."""
    parent, files = version(tmp_path / "1", net())
    made = derived_folder("churn@1", files, parent.manifest, derive(net(), Method.INT8), Method.INT8)
    candidate = check_files(made)
    manifest = Manifest.from_toml(made.manifest)
    assert (candidate.record.parent, candidate.record.relation) == ("churn@1", "quantized")
    assert (candidate.record.training_usd, parent.record.training_usd) == (None, "12.50")
    assert manifest.document["description"] == "who leaves (int8 of churn@1)"
    assert (made.evidence, [*files_of(made)]) == (None, ["model.onnx", "model.toml", "golden.json"])
    told = moved(Golden.from_dict(parent.golden), Golden.from_dict(orjson.loads(made.golden)))
    assert told == Moved(2, told.beyond, ())
    graph = derived_folder("churn@1", files, parent.manifest, derive(net(), Method.GRAPH), Method.GRAPH)
    assert Manifest.from_toml(graph.manifest).parent["relation"] == "optimized"


def test_other_tensors_are_no_form_of_the_model(tmp_path: Path) -> None:
    """Clients would notice."""
    parent, files = version(tmp_path / "1", net())
    with pytest.raises(InvalidModel, match="takes or gives other tensors"):
        derived_folder("churn@1", files, parent.manifest, tree(), Method.GRAPH)


def test_golden_examples_tell_classes_from_numbers() -> None:
    """A number beyond the tolerance is counted; a class that is another one is said."""

    def examples(probability: float, label: int) -> Golden:
        outputs = [
            {"name": "p", "datatype": "FP32", "shape": [1], "data": [probability]},
            {"name": "label", "datatype": "INT64", "shape": [1], "data": [label]},
        ]
        return Golden.from_dict({"examples": [{"inputs": [], "outputs": outputs}]})

    assert moved(examples(0.6, 1), examples(0.6, 1)) == Moved(1, 0, ())
    assert moved(examples(0.6, 1), examples(0.61, 1)) == Moved(1, 1, ())
    (said,) = moved(examples(0.6, 1), examples(0.4, 0)).otherwise
    assert said == "golden example 1: output 'label' has 0 at position 0, expected 1"
