"""What was asked before is answered without the model, exactly as it would, and within bounds."""

from hashlib import sha256

import numpy as np
import orjson
import pytest
from onnx import helper

from serin import settings
from serin.outcomes.keys import Key, Keyring
from serin.serving.release import open_release
from serin.serving.repeats import Repeats
from serin.serving.session import load
from serin.serving.signature import Signature, TensorSpec
from tests.unit.serving.small_models import graph, tensor

NAMES = ["y"]


class Slow:
    """A model of 2 x, whose clock it moves by `takes` seconds each run; a look at the clock takes `hit`."""

    signature = Signature((TensorSpec("x", "FP32", (-1,)),), (TensorSpec("y", "FP32", (-1,)),))

    def __init__(self, takes: float, hit: float = 0.0) -> None:
        self.takes, self.hit, self.now, self.runs = takes, hit, 0.0, 0

    def run(self, names, feeds):
        self.now += self.takes
        self.runs += 1
        (x,) = feeds.values()
        return [x + x]

    def clock(self) -> float:
        self.now += self.hit
        return self.now


def remembering(model: Slow, **bounds: int) -> Repeats:
    found = Repeats(model, clock=model.clock, **bounds)
    found.run(NAMES, of(0.5))
    found.decide()
    model.runs = 0
    return found


def of(*values: float) -> dict[str, np.ndarray]:
    return {"x": np.array(values, np.float32)}


def test_the_second_time_the_model_does_not_run():
    """And the answer is the same; another input is another answer, also one of the same bytes in another shape."""
    model = Slow(takes=1e-3)
    repeats = remembering(model)
    first, again = repeats.run(NAMES, of(1, 2)), repeats.run(NAMES, of(1, 2))
    assert (model.runs, first[0].tolist(), again[0].tolist()) == (1, [2, 4], [2, 4])
    assert repeats.run(NAMES, {"x": of(1, 2)["x"].reshape(2, 1)})[0].shape == (2, 1)
    assert repeats.run(NAMES, of(-0.0))[0].tolist() != repeats.run(NAMES, of(1))[0].tolist()
    assert model.runs == 4


@pytest.mark.parametrize(("takes", "hit", "on"), [(40e-6, 0, False), (60e-6, 0, True), (60e-6, 80e-6, False)])
def test_it_is_on_only_where_it_saves_time(takes, hit, on):
    """Off for a model under 50 us, and where a hit costs more than a run."""
    model = Slow(takes)
    repeats = Repeats(model, clock=model.clock)
    repeats.run(NAMES, of(1))
    model.hit = hit
    assert repeats.decide() is (on and hit < takes)
    model.runs = 0
    repeats.run(NAMES, of(1))
    repeats.run(NAMES, of(1))
    assert model.runs == (1 if on and hit < takes else 2)


def test_a_slow_first_run_does_not_turn_it_on():
    """The next ones tell that the model is fast."""
    model = Slow(takes=2e-3)
    repeats = Repeats(model, clock=model.clock)
    repeats.run(NAMES, of(1))
    model.takes = 10e-6
    assert not repeats.decide()


def test_a_slow_model_is_not_run_for_the_decision():
    """Each run would make the cold start longer."""
    model = Slow(takes=0.2)
    repeats = Repeats(model, clock=model.clock)
    for _ in range(3):
        repeats.run(NAMES, of(1))
    assert repeats.decide()
    assert model.runs == 4


def test_it_keeps_to_its_bounds():
    """Of entries, and of bytes: what was asked for longest ago goes first, and what is too large is never kept."""
    model = Slow(takes=1e-3)
    few = remembering(model, entries=2)
    for value in (1, 2, 1, 3, 1, 2):
        few.run(NAMES, of(value))
    assert model.runs == 4  # 1, 2, 3, and 2 once more
    model = Slow(takes=1e-3)
    small = remembering(model, size=8 * 64)
    for _ in range(2):
        small.run(NAMES, {"x": np.zeros(17, np.float32)})
    for _ in range(2):
        for value in range(100):
            small.run(NAMES, of(value))
    assert model.runs == 2 + 200


def test_strings_are_never_remembered():
    """Their arrays hold pointers: equal bytes would not be equal texts."""
    model = Slow(takes=1e-3)
    repeats = remembering(model)
    for _ in range(2):
        assert repeats.run(NAMES, {"x": np.array(["a"], object)})[0].tolist() == ["aa"]
    assert model.runs == 2


def test_what_is_given_again_can_not_be_changed():
    """Whoever tries has an error, and not the next request a wrong answer."""
    repeats = remembering(Slow(takes=1e-3))
    (array,) = repeats.run(NAMES, of(1))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 7


def random_model() -> bytes:
    """`same` is its input, `noise` a number that is never the same; it takes some hundred microseconds."""
    nodes = [
        helper.make_node("RandomUniform", [], ["many"], shape=[300, 300]),
        helper.make_node("ReduceMean", ["many"], ["one"], keepdims=1),
        helper.make_node("Add", ["features", "one"], ["noise"]),
        helper.make_node("Identity", ["features"], ["same"]),
    ]
    outputs = [("same", "FP32", ["N", 3]), ("noise", "FP32", ["N", 3])]
    return graph(nodes, [("features", "FP32", ["N", 3])], outputs)


@pytest.mark.parametrize(("deterministic", "trial"), [(True, ""), (False, ""), (True, "{}")])
def test_a_release_remembers_unless_its_model_says_that_it_is_random(deterministic, trial):
    """The second answer has the outputs of the first, and always a receipt of its own. On trial, for
    serin tune, each is computed."""
    features = [{"name": name, "type": "float"} for name in "abc"]
    given = tensor("features", "FP32", [1, 3], [1, 2, 3])
    manifest = {
        "features": features, "serving": {"deterministic": deterministic},
        "signature": load(random_model()).signature.to_dict(),
    }  # fmt: skip
    golden = {"examples": [{"inputs": [given], "outputs": [tensor("same", "FP32", [1, 3], [1, 2, 3])]}]}
    documents = (random_model(), orjson.dumps(manifest), orjson.dumps(golden))
    kinds = {"ARTIFACT": "artifacts", "MANIFEST": "documents", "GOLDEN": "documents"}
    digests = [sha256(content).hexdigest() for content in documents]
    store = {f"{kind}/sha256/{d}": c for kind, d, c in zip(kinds.values(), digests, documents, strict=True)}
    variables = {f"SERIN_{name}_SHA256": digest for name, digest in zip(kinds, digests, strict=True)}
    env = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b", "SERIN_MODEL_VERSION": "3", **variables}
    env["SERIN_TRIAL"] = trial
    service = open_release(
        settings.inference(env), lambda: store.__getitem__, lambda *_: None, Keyring(Key("x" * 64)).to_json
    )
    event = {"httpMethod": "POST", "path": "/v2/models/m/infer", "body": orjson.dumps({"inputs": [given]}).decode()}
    first, second = (orjson.loads(service.handle(event)["body"]) for _ in range(2))
    assert (first["outputs"] == second["outputs"]) is (deterministic and not trial)
    assert first["parameters"]["receipt"] != second["parameters"]["receipt"]
