"""Are memory and environment of $LATEST changed in one step and set back, and do temporary versions say what they are?
Against moto, with real boto3."""

import base64
from dataclasses import replace
from typing import Any

from botocore.response import StreamingBody

from serin.aws.dynamodb import Table
from serin.aws.function_versions import FunctionVersions
from serin.aws.lambda_ import Functions
from serin.aws.release_table import ReleaseTable
from serin.optimize.report_line import Report, report_of
from serin.rollout.ports import Operator
from serin.rollout.publish import ensure_release
from serin.rollout.trials import Trials
from tests.unit.aws.stage import ENDPOINT, Aws
from tests.unit.rollout.world import version

DECLARED = replace(ENDPOINT, memory_mb=1024)
FLIGHTS = replace(version(2), model="flights")


def _operator(aws: Aws) -> Operator:
    table = Table(aws.client("dynamodb"), "table")
    return Operator("me", Functions(aws.client("lambda")), ReleaseTable(table), pause=lambda _: None)


def _trials(aws: Aws) -> Trials:
    return Trials(_operator(aws), FunctionVersions(aws.client("lambda")), DECLARED)


def _latest(aws: Aws) -> tuple[int, dict[str, str]]:
    found = aws.client("lambda").get_function_configuration(FunctionName=ENDPOINT.function)
    return found["MemorySize"], found["Environment"]["Variables"]


def test_a_temporary_version_is_published_listed_and_removed(aws: Aws) -> None:
    """With its memory and a description for people; afterwards the function is as it was."""
    before, trials = _latest(aws), _trials(aws)
    number = trials.publish(FLIGHTS, 2048)
    found = aws.client("lambda").get_function_configuration(FunctionName=ENDPOINT.function, Qualifier=number)
    assert (found["MemorySize"], found["Description"]) == (2048, "serin tune: flights@2 at 2048 MB, temporary")
    assert trials.restore()
    assert _latest(aws) == before
    assert trials.left() == (int(number),)
    assert trials.remove(trials.left()) == (int(number),)
    assert trials.left() == ()


def test_what_a_dead_tune_left_is_undone_by_a_deploy(aws: Aws) -> None:
    """Which publishes with the declared memory; the temporary version stays for serin gc and the next tune."""
    number = _trials(aws).publish(FLIGHTS, 2048)
    release = ensure_release(_operator(aws), DECLARED, FLIGHTS)
    found = aws.client("lambda").get_function_configuration(
        FunctionName=ENDPOINT.function, Qualifier=str(release.number)
    )
    variables = found["Environment"]["Variables"]
    assert (found["MemorySize"], variables["SERIN_MODEL_VERSION"]) == (1024, "2")
    assert not {"SERIN_TRIAL", "SERIN_CAPTURE_STREAM", "SERIN_STAGE"} & variables.keys()
    assert _trials(aws).left() == (int(number),)


def test_only_temporary_versions_are_known_as_such(aws: Aws) -> None:
    """By what Lambda lists of each."""
    _trials(aws).publish(FLIGHTS, 2048)
    versions = FunctionVersions(aws.client("lambda"))
    assert [one.trial for one in versions.published(ENDPOINT.function)] == [False, False, True]


def test_the_end_of_the_log_comes_with_the_answer() -> None:
    """Asked for with LogType=Tail, and read from base64; moto answers without a log."""
    line = (
        "REPORT RequestId: 1\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\t"
    )

    class Client:
        asked: dict[str, Any]

        def invoke(self, **asked: Any) -> dict[str, Any]:
            self.asked = asked
            log = base64.b64encode(f"\xff cut\n{line}\n".encode("latin-1")).decode()
            return {"Payload": StreamingBody(_Bytes(b"{}"), 2), "LogResult": log}

    client = Client()
    payload, log, crashed = Functions(client).measured("f", "7", {"httpMethod": "GET"})
    assert client.asked == {
        "FunctionName": "f", "Qualifier": "7", "LogType": "Tail", "Payload": b'{"httpMethod":"GET"}',
    }  # fmt: skip
    assert (payload, crashed, report_of(log)) == (b"{}", False, Report(1.5, 2, 128, 60))


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, _amount: int | None = None) -> bytes:
        content, self._content = self._content, b""
        return content
