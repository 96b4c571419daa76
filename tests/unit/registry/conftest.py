"""A registry on moto: a bucket, a table, and clients whose calls are made one at a time."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from serin.aws.dynamodb import Table
from serin.aws.s3 import Bucket
from serin.aws.version_table import VersionTable

_AWS = boto3.Session("testing", "testing", region_name="us-east-1")  # one: each session parses AWS's API anew


class OneAtATime:
    """A boto3 client behind a lock: moto's transactions are not isolated, AWS's are."""

    def __init__(self, client: Any) -> None:
        self._client, self._lock = client, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            with self._lock:
                return method(**arguments)

        return call


@dataclass(frozen=True)
class Cloud:
    bucket: Bucket
    versions: VersionTable
    s3: Any
    dynamodb: Any

    def items(self) -> list[str]:
        found = self.dynamodb.scan(TableName="t")["Items"]
        return sorted(item["SK"]["S"].partition("#")[0] for item in found)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3, dynamodb = (_AWS.client(name) for name in ("s3", "dynamodb"))
        s3.create_bucket(Bucket="bucket")
        dynamodb.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        )
        table = Table(OneAtATime(dynamodb), "t")
        yield Cloud(Bucket(OneAtATime(s3), "bucket"), VersionTable(table), s3, dynamodb)
