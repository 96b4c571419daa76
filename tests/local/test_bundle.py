"""What is shipped is what is tested: the stripped bundle alone, under a Python that sees nothing else."""

import sys
from pathlib import Path

import httpx
import pytest

from infra.bundling import build_host_bundle
from infra.local.running import launch
from tests.local.conftest import KEY, children, template, write_assembly


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    target = tmp_path_factory.mktemp("bundle") / "asset"
    build_host_bundle(target)
    return target


def test_the_bundle_serves_without_the_virtual_environment(bundle, tmp_path):
    """The inference handler comes up; the process has mapped no file of the environment that runs this test."""
    variables = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "serin-test", "SERIN_TABLE": "t"}
    content = template(timeout=30, memory=1024, variables=variables)
    content["Resources"]["Echo"]["Properties"]["Handler"] = "inference.handler"
    assembly = write_assembly(tmp_path / "assembly", content, code=bundle)
    with launch(assembly, tmp_path / "home", bundled=True, max_sandboxes=1) as running:
        answer = httpx.post(f"{running.api_url}/echo", json={}, headers={"x-api-key": KEY}, timeout=40)
        assert answer.status_code in (404, 503), (tmp_path / "home" / "logs" / "serin-test-echo.log").read_text()
        (sandbox,) = children(running.pid)
        mapped = Path(f"/proc/{sandbox}/maps").read_text()
        assert sys.prefix == sys.base_prefix or sys.prefix not in mapped
        environment = Path(f"/proc/{sandbox}/environ").read_bytes().decode()
        assert sys.prefix == sys.base_prefix or f"{sys.prefix}/lib" not in environment
