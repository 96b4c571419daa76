"""What is shipped is small, is for the right machine, and runs alone."""

import json
import marshal
import subprocess
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

import pytest
from onnx import TensorProto, helper

from infra import bundling
from infra.bundling import Bundle, build_host_bundle
from serin.errors import InvalidSettings

LIMIT = 100_000_000
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}  # e_machine of an ELF file
RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")  # Lambda's own libraries


def size(bundle: Path) -> int:
    return sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_host_bundle(tmp_path_factory.mktemp("host"))


def run_alone(bundle: Path, program: str, *extra: Path, **environment: str) -> dict[str, object]:
    """Run a program with the bundle and the standard library on its path, and nothing else."""
    paths = [str(bundle), *map(str, extra)]
    start = f"import sys; sys.path[:0] = {paths!r}\n"
    command = [sys.executable, "-I", "-S", "-B", "-c", start + program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=bundle, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # metrics go to stdout too


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_bundle_is_small_and_for_its_processor(architecture: str, tmp_path: Path) -> None:
    """Under 100 MB unzipped, compiled for the function's processor and Python, without what inference never loads."""
    bundle = Bundle(architecture, "python3.13").build(tmp_path)
    assert size(bundle) < LIMIT
    (core,) = bundle.glob("onnxruntime/capi/onnxruntime_pybind11_state*.so")
    assert int.from_bytes(core.read_bytes()[18:20], "little") == MACHINES[architecture]
    assert list(bundle.glob("numpy/_core/_multiarray_umath.cpython-313-*.so"))
    assert not [name for name in ("scipy", "pandas", "onnx", "pydantic", "boto3", "sympy") if (bundle / name).exists()]
    compiled = {path.suffixes[-2] for path in bundle.rglob("*.pyc")}
    assert compiled == ({".cpython-313"} if "BYTECODE" in Bundle(architecture, "python3.13").key else set())


def test_what_an_init_loads_is_compiled_and_never_checked(host: Path) -> None:
    """Bytecode of this Python, unchecked (PEP 552) and with the path that it has in Lambda, of all that is loaded."""
    for name in ("inference", "serin/serving/service", "numpy/__init__", "onnxruntime/__init__", "orjson/__init__"):
        content = Path(cache_from_source(str(host / f"{name}.py"))).read_bytes()
        assert (content[:4], content[4]) == (MAGIC_NUMBER, 0b01)
        assert marshal.loads(content[16:]).co_filename == f"/var/task/{name}.py"


def test_a_model_runs_on_the_bundle_alone(host: Path, tmp_path: Path) -> None:
    """ONNX Runtime, numpy, orjson and Powertools need nothing that was stripped."""
    node = helper.make_node("Add", ["x", "x"], ["y"])
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 2]) for name in "xy"]
    graph = helper.make_graph([node], "double", ports[:1], ports[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (tmp_path / "model.onnx").write_bytes(model.SerializeToString())
    answer = run_alone(
        host,
        "import json, numpy, orjson, onnxruntime, aws_lambda_powertools.logging, aws_lambda_powertools.metrics\n"
        f"session = onnxruntime.InferenceSession({str(tmp_path / 'model.onnx')!r})\n"
        "y, = session.run(None, {'x': numpy.ones((1, 2), numpy.float32)})\n"
        "where = {m.__file__ for m in (numpy, orjson, onnxruntime)}\n"
        "print(json.dumps({'y': y.tolist(), 'where': sorted(where)}))",
    )
    assert answer["y"] == [[2.0, 2.0]]
    assert all(str(where).startswith(str(host)) for where in answer["where"])


def test_the_handler_imports_from_the_bundle_and_lambdas_own_libraries(host: Path, tmp_path: Path) -> None:
    """`inference` finds all it needs in the bundle, and boto3 where Lambda has it; without a model it is a 503."""
    import boto3

    for name in RUNTIME:
        (tmp_path / name).symlink_to(Path(boto3.__file__).parents[1] / name)
    settings = {f"SERIN_{name}": "x" for name in ("STAGE", "MODEL", "TEAM", "BUCKET", "TABLE")}
    event = {"resource": "/v2/models/x/ready", "path": "/v2/models/x/ready", "httpMethod": "GET"}
    event |= {"headers": {}, "requestContext": {}, "pathParameters": None, "body": None, "isBase64Encoded": False}
    answer = run_alone(
        host,
        f"import json, inference\nprint(json.dumps(inference.handler(json.loads({json.dumps(event)!r}), None)))",
        tmp_path,
        AWS_DEFAULT_REGION="us-east-1",
        SERIN_LATENCY_BUDGET_MS="100",
        **settings,
    )
    assert answer["statusCode"] == 503
    assert json.loads(str(answer["body"])).keys() == {"error"}


@pytest.mark.parametrize(
    ("extra", "functions", "limit"),
    [
        ("control", "controller, rollback, outcomes, quality, compaction, review", LIMIT),
        ("analysis", "drift", 160_000_000),
    ],
)
def test_the_functions_that_steer_and_watch_import_without_onnxruntime(
    tmp_path: Path, extra: str, functions: str, limit: int
) -> None:
    """They find all they need, the report's template too, in a bundle that has no inference engine; only what looks
    for drift has scipy, and only that can reach what would call it."""
    import boto3

    bundle, runtime = build_host_bundle(tmp_path / "bundle", extra), tmp_path / "runtime"
    runtime.mkdir()
    for name in RUNTIME:
        (runtime / name).symlink_to(Path(boto3.__file__).parents[1] / name)
    answer = run_alone(
        bundle,
        f"import json, sys, {functions}\n"
        "if 'serin.watch.report' in sys.modules: sys.modules['serin.watch.report']._template()\n"
        "special = sys.modules.get('serin.stats.special')\n"
        "print(json.dumps({'onnxruntime': 'onnxruntime' in sys.modules, 'half': special and float(special.ndtr(0))}))",
        runtime,
        AWS_DEFAULT_REGION="us-east-1",
        SERIN_STAGE="dev",
        SERIN_RECEIPT_SECRET="x",
    )
    assert answer == {"onnxruntime": False, "half": 0.5 if extra == "analysis" else None}
    assert not (bundle / "onnxruntime").exists()
    assert size(bundle) < limit


def test_two_syntheses_build_once(host: Path) -> None:
    """The dependencies of a target are built once for a lock: the second bundle takes them from the cache."""
    first = Bundle("arm64", "python3.13").dependencies()
    stamp = first.stat().st_mtime_ns
    assert Bundle("arm64", "python3.13").dependencies().stat().st_mtime_ns == stamp


def test_the_assets_key_follows_lock_architecture_and_runtime() -> None:
    """Another lock, processor or Python is another asset, though the sources are the same."""
    keys = [Bundle(a, r).key for a in ("arm64", "x86_64") for r in ("python3.12", "python3.13")]
    assert len({tuple(sorted(key.items())) for key in keys}) == 4


def test_without_a_lock_there_is_no_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle of whatever is newest today is refused, with a sentence."""
    (tmp_path / "pyproject.toml").write_bytes((bundling.ROOT / "pyproject.toml").read_bytes())
    monkeypatch.setattr(bundling, "ROOT", tmp_path)
    monkeypatch.setattr(bundling, "_CACHE", tmp_path / "cache")
    with pytest.raises(InvalidSettings, match=r"requirements\.lock is missing"):
        Bundle("arm64", "python3.13").build(tmp_path / "bundle")


def test_uv_asks_the_index_that_pip_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pip has an index of its own, the bundle comes from there too; uv's own setting goes first."""
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example.com/simple")
    assert bundling._index() == {"UV_DEFAULT_INDEX": "https://packages.example.com/simple"}
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example.com/simple")
    assert bundling._index() == {}
