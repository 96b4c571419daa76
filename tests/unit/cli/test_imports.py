"""Does a command wait for the imports of another?"""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from infra.local.running import environment
from tests.unit.aws.stage import Aws
from tests.unit.cli.conftest import make_stage
from tests.unit.registry import folders

_HEAVY = {"pandas", "onnx", "scipy", "sklearn", "duckdb", "moto", "aws_cdk", "onnxruntime", "pyarrow"}
_RUN = """
import atexit, runpy, sys
atexit.register(lambda: open({into!r}, "w").write(" ".join(sys.modules)))
runpy.run_module("infra.cli.main", run_name="__main__")
"""
_NOBODY_LISTENS = 11
Imported = Callable[..., set[str]]


class _Served(Aws):
    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str) -> object:
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        return session.client(service, endpoint_url=self.url)


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of a stage like that of the other tests, for commands in processes of their own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    make_stage(_Served(url))
    yield url
    server.stop()


@pytest.fixture
def imported(served: str, tmp_path: Path) -> Imported:
    """Every module that a command has imported at its end."""
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
    others = {name: value for name, value in environment().items() if not name.startswith(("AWS_", "SERIN_"))}
    env = others | keys | {"AWS_ENDPOINT_URL": served, "SERIN_HOME": str(tmp_path)}
    into = tmp_path / "modules"

    def run(*words: str, ends: int = 0, stdin: str = "") -> set[str]:
        command = [sys.executable, "-c", _RUN.format(into=str(into)), *words]
        done = subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == ends, done.stderr
        return set(into.read_text().split())

    return run


def test_help_imports_no_command_and_no_boto3(imported: Imported) -> None:
    """What it says of them it has read."""
    found = imported("--help")
    assert found & (_HEAVY | {"boto3", "numpy", "infra.cli.deploy", "infra.cli.drift"}) == set()


def test_status_imports_nothing_that_computes(imported: Imported) -> None:
    """With all that it asks AWS for."""
    assert imported("status", "--json") & _HEAVY == set()


def test_predict_imports_nothing_that_computes(imported: Imported, tmp_path: Path) -> None:
    """Up to the request that goes to the endpoint, from rows whose model has to be looked up."""
    imported("register", str(folders.write_folder(tmp_path / "m")), "--json")
    row = '{"distance": 1, "delay": 2}'
    found = imported("predict", "churn@1", "--json", stdin=row, ends=_NOBODY_LISTENS)
    assert found & _HEAVY == set()
    assert "infra.cli.register" not in found


@pytest.mark.parametrize("command", ["up", "demo", "models", "query", "audit"])
def test_what_needs_no_statistics_does_without_numpy(imported: Imported, command: str) -> None:
    """Its own help is all that is asked of it."""
    assert imported(command, "--help") & (_HEAVY | {"numpy", "boto3"}) == set()


@pytest.mark.parametrize("command", ["deploy", "drift", "steer", "gc", "card", "check"])
def test_no_module_imports_scipy_before_a_statistic_is_computed(command: str) -> None:
    """It takes longer than all the rest."""
    code = f"import sys, infra.cli.{command}; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
