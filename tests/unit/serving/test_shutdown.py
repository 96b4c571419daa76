"""A sandbox that is let go writes what waits, in a process of its own because it ends with the signal."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.unit.serving.test_after_response import ExtensionsApi

FUNCTIONS = Path(__file__).parents[3] / "functions"
METRICS = """
import os, signal, sys, threading, time
from serin.serving.metrics import Metrics
from serin.serving.shutdown import on_shutdown

metrics = Metrics(stage="dev", model="m", release="7", budget_ms=10, clock=lambda: 1000.0)
def record(times):
    for _ in range(times):
        metrics.record(200, 1.0, 1)
"""
# Blocking for ever would miss a signal that comes right before it: Python hears signals between two steps of its own.
IDLE = "\nwhile True: time.sleep(0.05)\n"
WAIT = "print('ready', flush=True)" + IDLE


def run(code, number=signal.SIGTERM, **variables):
    """The exit code and the lines, of a process that gets the signal once it says that it is ready."""
    env = os.environ | {"PYTHONPATH": str(FUNCTIONS)} | variables
    process = subprocess.Popen([sys.executable, "-c", METRICS + code], env=env, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    lines = []
    with process:
        for line in process.stdout:
            if line == "ready\n":
                process.send_signal(number)
            else:
                lines.append(line)
    return process.returncode, lines


def invocations(lines):
    return [json.loads(line)["Invocations"] for line in lines]


def test_counts_that_wait_are_written_once():
    """The clock stands still, so that only the signal can have written the second line; the end is the signal's."""
    code, lines = run("on_shutdown(metrics.flush, metrics.flush); record(5);" + WAIT)
    assert (code, invocations(lines)) == (-signal.SIGTERM, [1, 4])


def test_without_a_sigterm_they_are_lost():
    """SIGKILL leaves no time: what is said of it in the module holds."""
    code, lines = run("on_shutdown(metrics.flush); record(5);" + WAIT, signal.SIGKILL)
    assert (code, invocations(lines)) == (-signal.SIGKILL, [1])


def test_a_signal_in_the_middle_of_a_write_blocks_nothing():
    """The interrupted code holds the metrics' lock, and ends what it was doing before the rest is written."""
    code, lines = run(
        """
ended, write = threading.Event(), metrics._write
def interrupted(line):
    metrics._write = write
    os.kill(os.getpid(), signal.SIGTERM)
    write(line)
on_shutdown(ended.wait, metrics.flush)
metrics._write = interrupted
record(5)
ended.set()
"""
        + IDLE
    )
    assert (code, invocations(lines)) == (-signal.SIGTERM, [1, 4])


def test_a_step_that_fails_keeps_no_other_from_running():
    """And the process ends all the same."""
    code, lines = run("on_shutdown(lambda: 1 / 0, metrics.flush); record(2);" + WAIT)
    assert code == -signal.SIGTERM
    assert "ZeroDivisionError" in "".join(lines)
    assert invocations(line for line in lines if line.startswith("{")) == [1, 1]


def test_a_handler_that_was_there_before_has_the_last_word():
    """Whoever set it up still gets the signal, after the counts."""
    theirs = "lambda number, frame: (print('theirs', flush=True), os._exit(5))"
    code, lines = run(f"signal.signal(signal.SIGTERM, {theirs}); on_shutdown(metrics.flush); record(3);" + WAIT)
    assert (code, invocations(lines[:-1]), lines[-1]) == (5, [1, 2], "theirs\n")


def test_outside_the_main_thread_nothing_is_set_up():
    """Python allows no handlers there, and a library must not fail for that."""
    code, lines = run("""
thread = threading.Thread(target=on_shutdown, args=(metrics.flush,))
thread.start(); thread.join()
print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
""")
    assert (code, lines) == (0, ["True\n"])


def test_the_deployed_module_loses_no_count():
    """Three requests, of which the extension is told none: the work is still queued when the sandbox is let go."""
    api = ExtensionsApi()
    env = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b", "AWS_LAMBDA_RUNTIME_API": api.address}
    event = {"httpMethod": "GET", "path": "/v2/health/live"}
    code, lines = run(f"import inference\nfor _ in range(3): inference.handler({event}, None)\n" + WAIT, **env)
    api.server.shutdown()
    assert code == -signal.SIGTERM
    assert sum(invocations(lines)) == 3


def test_outside_lambda_the_module_sets_no_handler():
    """A program that imports it keeps its own ways to end."""
    env = {"SERIN_STAGE": "dev", "SERIN_MODEL": "m", "SERIN_BUCKET": "b", "AWS_LAMBDA_RUNTIME_API": ""}
    code, lines = run("import inference; print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)", **env)
    assert (code, lines) == (0, ["True\n"])
