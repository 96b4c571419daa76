"""A sandbox that is let go has Lambda's shutdown phase: SIGTERM first, if it has an extension, and no count is lost."""

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.local.running import launch
from tests.local.conftest import FUNCTION, children, connect, template, wait_gone, write_assembly

ECHO = Path(__file__).with_name("echo")
FUNCTIONS = Path(__file__).parents[2] / "functions"
OURS = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b"}
LIVE = {"httpMethod": "GET", "path": "/v2/health/live"}
STUBBORN = """
import os, signal, urllib.request
signal.signal(signal.SIGTERM, lambda number, frame: print("heard and ignored"))
if os.environ.get("EXTENSION"):
    url = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension/"
    register = urllib.request.Request(url + "register", b'{"events": []}', {"Lambda-Extension-Name": "x"})
    identifier = urllib.request.urlopen(register).headers["Lambda-Extension-Identifier"]
    import threading
    following = urllib.request.Request(url + "event/next", headers={"Lambda-Extension-Identifier": identifier})
    threading.Thread(target=urllib.request.urlopen, args=(following,), daemon=True).start()
def handler(event, context):
    return "served"
"""


@contextmanager
def begin(folder, code, handler, variables=None, **options):
    content = template(timeout=20, variables=variables)
    content["Resources"]["Echo"]["Properties"]["Handler"] = handler
    with launch(write_assembly(folder / "assembly", content, code), folder / "home", **options) as running:
        yield connect(running, folder / "home")


def log(folder):
    """What the function printed, line by line, read once the cloud has ended."""
    lines = (folder / "home" / "logs" / f"{FUNCTION}.log").read_text().splitlines()
    return [line.split("] ", 2)[2] for line in lines]


def invocations(folder):
    return sum(json.loads(line)["Invocations"] for line in log(folder) if line.startswith("{"))


@pytest.mark.parametrize("idle_seconds", [0.4, None], ids=["by the idle sweep", "by the end of the cloud"])
def test_no_count_of_a_burst_is_lost(tmp_path, idle_seconds):
    """Most of a burst's counts wait in memory for a next request that never comes; SIGTERM writes them."""
    with begin(tmp_path, FUNCTIONS, "inference.handler", OURS, max_sandboxes=2, idle_seconds=idle_seconds) as cloud:
        for _ in range(40):
            assert cloud.invoke(**LIVE).payload["statusCode"] == 200
        if idle_seconds:
            wait_gone(children(cloud.running.pid))
    assert invocations(tmp_path) == 40


def test_work_after_the_last_response_does_not_outlast_the_end(tmp_path):
    """The extension still waits at a gate that nobody opens when the cloud ends: half a second, and it is gone."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with begin(tmp_path, ECHO, "echo.handler", {"GATE": str(gate)}) as cloud:
        assert cloud.invoke(action="echo", value=1).payload == 1
        sandboxes, cloud_itself = children(cloud.running.pid), cloud.running.pid
    wait_gone([*sandboxes, cloud_itself])


@pytest.fixture
def stubborn(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "stubborn.py").write_text(STUBBORN)
    return tmp_path / "code"


def test_half_a_second_after_sigterm_comes_sigkill(tmp_path, stubborn):
    """A function that does not end by itself is ended; the cloud does not wait for it one by one."""
    with begin(tmp_path, stubborn, "stubborn.handler", {"EXTENSION": "1"}) as cloud:
        assert cloud.invoke().payload == "served"
        sandboxes = children(cloud.running.pid)
        began = time.monotonic()
    wait_gone(sandboxes)
    assert log(tmp_path) == ["heard and ignored"]
    assert time.monotonic() - began > 0.5


def test_without_an_extension_there_is_no_sigterm(tmp_path, stubborn):
    """As on Lambda, whose shutdown phase then has 0 ms."""
    with begin(tmp_path, stubborn, "stubborn.handler") as cloud:
        assert cloud.invoke().payload == "served"
    assert not (tmp_path / "home" / "logs" / f"{FUNCTION}.log").exists()
