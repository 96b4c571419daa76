"""The stand-in for awslambdaric's C extension, against the Runtime API that it speaks to in a sandbox."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import uvloop

from infra.local import runtime_client
from infra.local.http import listen
from infra.local.runtime_api import Invocation, RuntimeApi

LONG = 7 * 1024 * 1024


class Sandbox:
    """Invokes the function that often, one after the other, with the number as the event, and keeps what it hears."""

    def __init__(self, times):
        self.left, self.heard, self.readies = list(range(times)), [], 0
        self.done = asyncio.get_running_loop().create_future()
        self.api = RuntimeApi(self, "f", "1", "h")

    def ready(self):
        self.readies += 1
        if self.left:
            number = self.left.pop(0)
            self.api.deliver(Invocation(f"id-{number}", b"%d" % number, "arn", 1_800_000_000_000))
        elif not self.done.done():
            self.done.set_result(None)

    def answered(self, request_id, payload, error):
        self.heard.append((request_id, payload, error))
        return True

    def failed(self, error):
        raise AssertionError(error)


def played(function, times):
    """What a sandbox hears of a function whose runtime calls `runtime_client` as awslambdaric does."""

    async def work():
        sandbox = Sandbox(times)
        listener = await listen(sandbox.api.handle, together=True)
        api = runtime_client._Api(f"127.0.0.1:{listener.port}", "agent")
        thread = asyncio.create_task(asyncio.to_thread(function, api))
        await asyncio.wait([sandbox.done, thread], return_when=asyncio.FIRST_COMPLETED)
        sandbox.api.close()
        try:
            await thread
        finally:
            listener.close()
        return sandbox

    return uvloop.run(work())


def _serve(api, answer):
    """Until the sandbox is gone."""

    def serve_on():
        while True:
            event, headers = api.next()
            answer(headers["Lambda-Runtime-Aws-Request-Id"], event, headers)

    with pytest.raises(RuntimeError, match="410"):
        serve_on()


def test_each_event_is_answered_once_and_in_turn():
    """The next event comes only after the answer, and the end of the sandbox is an error."""
    headers_seen = []

    def function(api):
        def answer(request_id, event, headers):
            headers_seen.append(headers)
            api.post(request_id, "response", b"answer to " + event, "Content-Type: application/json\r\n")

        _serve(api, answer)

    sandbox = played(function, 3)
    assert sandbox.heard == [(f"id-{number}", b"answer to %d" % number, False) for number in range(3)]
    assert sandbox.readies == 4
    assert headers_seen[0]["Content-Type"] == "application/json"
    assert headers_seen[0]["Lambda-Runtime-Deadline-Ms"] == 1_800_000_000_000  # from which awslambdaric subtracts
    assert headers_seen[0]["Lambda-Runtime-Invoked-Function-Arn"] == "arn"
    assert headers_seen[0]["Lambda-Runtime-Trace-Id"].startswith("Root=1-")


def test_an_error_is_posted_as_one():
    """And the next event is asked for afterwards."""

    def function(api):
        _serve(api, lambda request_id, event, headers: api.post(request_id, "error", b"{}", ""))

    assert played(function, 2).heard == [("id-0", b"{}", True), ("id-1", b"{}", True)]


def test_a_long_answer_that_is_refused_takes_no_next_event_with_it():
    """The runtime hears of it before it asks again, so no request is handed to one that is about to end."""

    def function(api):
        _, headers = api.next()
        with pytest.raises(RuntimeError, match="413"):
            api.post(headers["Lambda-Runtime-Aws-Request-Id"], "response", b"x" * LONG, "")

    sandbox = played(function, 2)
    assert (len(sandbox.heard), sandbox.heard[0][2], sandbox.left) == (1, True, [1])


def test_it_has_what_awslambdaric_calls():
    """The same names as the extension that is installed, so that a new one is noticed."""
    code = "import runtime_client; print(*[name for name in dir(runtime_client) if name[0] != '_'])"
    environment = {**os.environ, "PYTHONPATH": ""}
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert set(told.stdout.split()) == set(runtime_client.__all__)


def test_it_needs_the_standard_library_only():
    """It runs beside the function, in whose bundle nothing of ours may be missing or too much."""
    place = Path(runtime_client.__file__)
    subprocess.run([sys.executable, "-I", "-S", str(place)], check=True)
