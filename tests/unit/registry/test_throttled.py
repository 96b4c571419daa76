"""Is nothing lost, and nothing half there, when the table or the bucket is too busy?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto.core.models import botocore_stubber

from serin.aws.dynamodb import Table
from serin.aws.s3 import Bucket
from serin.aws.version_table import VersionTable
from serin.errors import Throttled
from serin.registry.register import Registered, check_folder, store_candidate
from tests.unit.registry import folders
from tests.unit.registry.conftest import Cloud

_ATTEMPTS = 4 * 5  # boto3's for a call, times ours
_CODES = ("ProvisionedThroughputExceededException", "ThrottlingException")


@dataclass
class Busy:
    """Stands before moto and answers the first calls of an operation as AWS does where it has no capacity left."""

    operation: str
    times: int
    code: str
    reasons: str = ""
    refused: int = 0
    calls: list[str] = field(default_factory=list)

    def __call__(self, request: Any, **more: Any) -> Any:
        name = request.headers.get("X-Amz-Target", b"").decode().partition(".")[2] or request.method
        self.calls.append(name)
        heard = len(self.calls) % 3 == 0 if self.operation == "any" else name != self.operation
        if heard or self.refused >= self.times:
            return botocore_stubber(request=request, **more)
        self.refused += 1
        body = f'{{"__type": "com.amazonaws.dynamodb.v20120810#{self.code}", "message": "busy"{self.reasons}}}'
        if name == "PUT":
            body = f"<Error><Code>{self.code}</Code><Message>busy</Message></Error>"
        response = AWSResponse(request.url, 503 if name == "PUT" else 400, {}, None)
        response._content = body.encode()
        return response


@contextmanager
def _clients(busy: Busy) -> Iterator[dict[str, Any]]:
    """As serin.aws makes them, with its retries."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 4})
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    s3, dynamodb = (session.client(name, config=config) for name in ("s3", "dynamodb"))
    for client in (s3, dynamodb):
        client.meta.events.unregister("before-send", botocore_stubber)  # all handlers are called, and moto's acts
        client.meta.events.register("before-send", busy)
    yield {"artifacts": Bucket(s3, "bucket"), "versions": VersionTable(Table(dynamodb, "t"))}


@pytest.fixture(autouse=True)
def _no_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


def _register(tmp_path: Path, busy: Busy) -> Registered:
    candidate = check_folder(folders.write_folder(tmp_path, evidence_json='{"auc": 0.9}'))
    with _clients(busy) as ports:
        return store_candidate(candidate, "churn", **ports, actor="me", pause=lambda _: None)


@pytest.mark.parametrize("code", _CODES)
@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_a_registration_outlasts_a_busy_table(cloud: Cloud, tmp_path: Path, operation: str, code: str) -> None:
    """Whichever call is refused, and for longer than boto3 alone would try: one version, one audit entry."""
    busy = Busy(operation, _ATTEMPTS - 1, code)
    assert _register(tmp_path, busy).created
    assert busy.refused == _ATTEMPTS - 1
    assert cloud.items() == ["AUDIT", "DIGEST", "META", "VERSION"]
    assert cloud.versions.get("churn", 1).number == cloud.versions.count("churn") == 1


def test_a_registration_outlasts_a_day_on_which_everything_is_busy(cloud: Cloud, tmp_path: Path) -> None:
    """Each call is refused twice before it is heard."""
    busy = Busy("any", 10**6, _CODES[0])
    assert _register(tmp_path, busy).created
    assert busy.refused == 2 * len(busy.calls) / 3
    assert cloud.items() == ["AUDIT", "DIGEST", "META", "VERSION"]


def test_a_registration_outlasts_a_busy_bucket(cloud: Cloud, tmp_path: Path) -> None:
    """S3 says SlowDown."""
    assert _register(tmp_path, Busy("PUT", _ATTEMPTS - 1, "SlowDown")).created
    assert cloud.items() == ["AUDIT", "DIGEST", "META", "VERSION"]


def test_a_transaction_cancelled_for_one_throttled_item_is_tried_again(cloud: Cloud, tmp_path: Path) -> None:
    """boto3 does not: for it, that is an error like any other."""
    reasons = (
        ', "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}, {"Code": "None"}, {"Code": "None"}]'
    )
    busy = Busy("TransactWriteItems", 3, "TransactionCanceledException", reasons)
    assert _register(tmp_path, busy).created
    assert (busy.refused, busy.calls.count("TransactWriteItems")) == (3, 4)
    assert cloud.items() == ["AUDIT", "DIGEST", "META", "VERSION"]


@pytest.mark.parametrize(
    ("operation", "code"), [("GetItem", _CODES[0]), ("TransactWriteItems", _CODES[1]), ("PUT", "SlowDown")]
)
def test_what_stays_busy_is_an_error_of_its_own(cloud: Cloud, tmp_path: Path, operation: str, code: str) -> None:
    """Nothing of the version is visible then, and the same command gives number 1 when there is room again."""
    with pytest.raises(Throttled, match=r"stayed too busy.*busy.*run the command again") as caught:
        _register(tmp_path, Busy(operation, 10**6, code))
    assert caught.value.exit_code == 7
    assert cloud.items() == []
    assert list(cloud.versions.all("churn")) == []
    assert _register(tmp_path, Busy(operation, 0, code)).record.number == 1
