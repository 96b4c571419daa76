"""Sandboxes behave as Lambda's do: answers, errors, limits, crashes, concurrency."""

import base64
import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from serin.optimize.report_line import report_of
from tests.local.conftest import FUNCTION, begin, children, failing, wait_gone


def test_an_answer_comes_back_with_the_version_that_gave_it(cloud):
    """The alias resolves to version 1, and the runtime knows by which ARN it was called."""
    done = cloud.invoke("live", action="context")
    assert done.version == "1"
    assert done.payload[0].endswith(f"{FUNCTION}:live")
    assert done.payload[1] == "1"


def test_who_asks_for_the_log_gets_its_end_with_what_it_took(cloud):
    """START, the function's lines, END and REPORT, as Lambda writes them; the start stands in the first one only."""
    assert "LogResult" not in cloud.aws.invoke(FunctionName=FUNCTION, Payload=b'{"action": "echo"}')
    cloud.aws.update_function_configuration(FunctionName=FUNCTION, Description="something to publish")
    version = cloud.aws.publish_version(FunctionName=FUNCTION)["Version"]
    first, again = (tail(cloud, version, action="log", line="seen") for _ in range(2))
    assert first[0].startswith("START RequestId: ")
    assert first[0].endswith(f" Version: {version}")
    assert first[-2].startswith("END RequestId: ")
    one, two = (report_of("\n".join(lines)) for lines in (first, again))
    assert (one.memory_mb, two.memory_mb, one.start_ms > 0, two.start_ms) == (256, 256, True, None)
    assert two.duration_ms > 0
    assert two.billed_ms >= two.duration_ms
    assert 5 < two.used_mb < 256
    assert again[-1] in (cloud.home / "logs" / f"{FUNCTION}.log").read_text()
    big = tail(cloud, version, action="log", line="x" * 10_000)
    assert sum(len(line) + 1 for line in big) <= 4096
    crashed = tail(cloud, version, action="exit")
    assert report_of("\n".join(crashed)).memory_mb == 256


def tail(cloud, version, **event):
    answer = cloud.aws.invoke(FunctionName=FUNCTION, Qualifier=version, LogType="Tail", Payload=json.dumps(event))
    return base64.b64decode(answer["LogResult"]).decode().splitlines()


def test_an_exception_is_a_function_error_and_the_sandbox_lives_on(cloud):
    """The error document is the runtime's own; the next request meets the same process."""
    before = cloud.invoke(action="pid").payload
    failed = cloud.invoke(action="raise")
    assert (failed.error, failed.payload["errorType"]) == ("Unhandled", "ZeroDivisionError")
    assert cloud.invoke(action="pid").payload == before


def test_a_crash_fails_its_own_request_only(cloud):
    """os._exit is a Runtime.ExitError for the request it served; the next one gets a new process."""
    failed = cloud.invoke(action="exit", code=3)
    assert failed.payload["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in failed.payload["errorMessage"]
    assert cloud.invoke(action="echo", value="alive").payload == "alive"


def test_a_crash_is_noticed_although_a_child_lives_on(cloud):
    """The child keeps the output open; it ends with its sandbox, and the caller hears of the crash, not a timeout."""
    assert cloud.invoke(action="orphan").payload["errorType"] == "Runtime.ExitError"


def test_a_function_over_its_time_is_stopped(start):
    """The caller hears of the timeout, never of the function's own end."""
    cloud = start(timeout=1)
    failed = cloud.invoke(action="sleep", seconds=30)
    assert "Task timed out after 1.00 seconds" in failed.payload["errorMessage"]
    assert cloud.invoke(action="echo", value=1).payload == 1


def test_memory_is_limited(cloud):
    """600 MB do not fit into 256."""
    failed = cloud.invoke(action="memory", megabytes=600)
    assert failed.payload["errorType"] == "MemoryError"
    assert cloud.invoke(action="memory", megabytes=20).payload == 20 << 20


def test_payloads_over_six_megabytes_are_refused_in_both_directions(cloud):
    """Lambda's limits, and no others."""
    with pytest.raises(ClientError, match="RequestTooLarge"):
        cloud.invoke(action="echo", value="x" * (6 << 20))
    assert cloud.invoke(action="big", bytes=7 << 20).payload["errorType"] == "Function.ResponseSizeTooLarge"
    assert len(cloud.invoke(action="big", bytes=5 << 20).payload) == 5 << 20


def test_a_failing_init_says_why(cloud):
    """Each request tries anew and gets the error of the module, not a timeout."""
    with failing(cloud) as version:
        failed = cloud.invoke(version, action="echo")
        assert "no model here" in failed.payload["errorMessage"]
        assert cloud.invoke(version, action="echo").error == "Unhandled"


def test_the_response_leaves_before_the_extension_is_done(start, tmp_path):
    """The extension waits at a gate that opens only after the answer; the next request waits for the extension."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    cloud = start(variables={"GATE": str(gate)}, max_sandboxes=1, timeout=30)
    assert cloud.invoke(action="passed").payload == []
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(cloud.invoke, action="passed")
        gate.write_text("open")
        assert second.result().payload == ["open"]


def test_sandboxes_scale_out_with_concurrency(cloud, tmp_path):
    """Three requests that each wait for the other two can only be answered by three processes at once."""
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: cloud.invoke(action="meet", folder=str(tmp_path), others=3), range(3)))
    assert len({one.payload for one in done}) == 3


def test_reserved_concurrency_throttles(cloud):
    """The second request at a time is a 429, at once; zero reserved stops the function."""
    cloud.aws.put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=1)
    with ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(cloud.invoke, action="sleep", seconds=1) for _ in range(2)]
    errors = [call.exception() for call in calls if call.exception()]
    assert [error.response["Error"]["Code"] for error in errors] == ["TooManyRequestsException"]
    cloud.aws.put_function_concurrency(FunctionName=FUNCTION, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequests"):
        cloud.invoke(action="echo")
    cloud.aws.delete_function_concurrency(FunctionName=FUNCTION)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A local cloud that has two sandboxes at most."""
    with begin(tmp_path_factory.mktemp("pair"), max_sandboxes=2) as cloud:
        yield cloud


def test_sixteen_clients_on_two_sandboxes_each_get_their_own_answer(pair):
    """No answer is lost, none is swapped."""

    def talk(client):
        return [pair.invoke(action="echo", value=[client, n]).payload == [client, n] for n in range(60)]

    with ThreadPoolExecutor(16) as threads:
        assert all(all(one) for one in threads.map(talk, range(16)))
    assert len(children(pair.running.pid)) == 2


def test_kill_9_under_load_costs_at_most_the_request_in_hand(pair):
    """Eight clients at work, two sandboxes killed: no hung request, at most one error for each kill."""
    pair.invoke(action="echo")

    def talk(client):
        return [pair.invoke(action="echo", value=n).error for n in range(150)]

    with ThreadPoolExecutor(9) as threads:
        clients = [threads.submit(talk, client) for client in range(8)]
        killed = 0
        while killed < 2 and not all(client.done() for client in clients):
            for pid in children(pair.running.pid)[:1]:
                os.kill(pid, signal.SIGKILL)
                killed += 1
                pair.invoke(action="echo")
        errors = [error for client in clients for error in client.result(timeout=60) if error]
    assert killed == 2
    assert len(errors) <= killed


def test_an_event_invocation_is_accepted_at_once(cloud):
    """202 without a payload; the log shows that it ran."""
    answer = cloud.aws.invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=b'{"action":"log","line":"hello"}')
    assert answer["StatusCode"] == 202


def test_an_unknown_function_or_version_is_not_found(cloud):
    """In the words of AWS."""
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.invoke("17", action="echo")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.aws.invoke(FunctionName="nobody")


def test_idle_sandboxes_end_and_come_back(start):
    """After half a second without work the process is gone; the next request starts another."""
    cloud = start(idle_seconds=0.5)
    first = cloud.invoke(action="pid").payload
    wait_gone([first])
    assert cloud.invoke(action="pid").payload != first


@pytest.mark.soak
def test_an_init_over_ten_seconds_gets_a_second_chance_within_the_timeout(start):
    """As on Lambda: the first attempt is cut at 10 s, the second may take as long as the function's timeout."""
    cloud = start(variables={"SLOW_INIT": "11"}, timeout=20)
    began = time.monotonic()
    assert cloud.invoke(action="echo", value=1).payload == 1
    assert time.monotonic() - began > 20
    slow = start("slow", variables={"SLOW_INIT": "11"}, timeout=2)
    assert slow.invoke(action="echo").payload["errorType"] == "Sandbox.Timedout"
