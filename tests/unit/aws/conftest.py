"""AWS as moto plays it, with one stage in it, and the environment that a deployed function finds."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from tests.unit.aws.stage import Aws, make_stage


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name, value in {
        "SERIN_STAGE": "dev", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws(config={"lambda": {"use_docker": False}}):
        aws = Aws()
        make_stage(aws)
        yield aws
