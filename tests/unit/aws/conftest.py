"""AWS as moto plays it, with one stage in it."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.unit.aws.stage import Aws, make_stage


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        aws = Aws()
        make_stage(aws)
        yield aws
