"""A stage on moto with one endpoint, and the command line pointed at it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from moto import mock_aws
from typer.testing import CliRunner

from infra.cli.main import app
from tests.unit.aws.stage import CODE, Aws, make_table

_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}

_AWS = Aws()
Serin = Callable[..., Result]


@pytest.fixture
def serin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serin]:
    """Runs one command; `input` is its stdin."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("SERIN_HOME", str(tmp_path / "home"))
    for name in ("AWS_ENDPOINT_URL", "SERIN_STAGE", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        make_stage(_AWS)
        yield lambda *words, **options: CliRunner().invoke(app, list(map(str, words)), **options)


def make_stage(aws: Aws) -> None:
    aws.client("s3").create_bucket(Bucket="bucket")
    make_table(aws, "table")
    _function(aws)
    key = aws.client("apigateway").create_api_key(name="default", enabled=True)
    value = {
        "model": "churn", "team": "growth", "tier": "low", "critical": False, "stage": "dev",
        "owners": {"watcher": "w", "approver": "a", "communicator": "c"}, "function": "f", "alias": "live",
        "bucket": "bucket", "table": "table", "api_url": "http://127.0.0.1:9/dev", "rest_api_id": "x",
        "plans": [{"name": "default", "api_key_id": key["id"], "usage_plan_id": "u"}], "latency_budget_ms": 100,
        "architecture": "arm64", "runtime": "python3.13", "snapstart": False,
    }  # fmt: skip
    aws.client("ssm").put_parameter(Name="/serin/dev/endpoints/churn", Value=json.dumps(value), Type="String")


def _function(aws: Aws) -> None:
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(_POLICY))
    client = aws.client("lambda")
    client.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="inference.handler",
        Code={"ZipFile": CODE},
        Environment={"Variables": {"SERIN_MODEL": "churn"}},
        Publish=True,
    )
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
