"""A stage on moto: bucket, table, function with two releases, topic, and the parameter that names them."""

import io
import json
import zipfile
from dataclasses import asdict, replace

import boto3

from serin.registry.endpoints import Endpoint, parameter_name

__all__ = ["CODE", "ENDPOINT", "Aws", "made", "make_stage", "make_table"]


def _zipped(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, "")
    return content.getvalue()


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_NAME = "serin-dev-flights"
CODE = _zipped("inference.py")
"""Of a function that is never run."""
ENDPOINT = Endpoint(
    "flights", "dev", "operations", _NAME, "live", "bucket", "table", "http://127.0.0.1:9/dev",
    topic=f"arn:aws:sns:us-east-1:123456789012:{_NAME}", controller="serin-dev-controller",
)  # fmt: skip
made: dict[str, object] = {}
"""One client of each service for all tests: to make one takes longer than to call it."""


class Aws:
    """What a test plays with, by real boto3."""

    def client(self, service: str) -> object:
        if service not in made:
            made[service] = boto3.Session("testing", "testing", region_name="us-east-1").client(service)
        return made[service]


def make_stage(aws: Aws) -> Endpoint:
    """Within `mock_aws`. Versions 1 and 2 are published, `live` is at 1."""
    aws.client("s3").create_bucket(Bucket="bucket")
    make_table(aws, "table")
    _function(aws)
    aws.client("sns").create_topic(Name=_NAME)
    value = json.dumps({**asdict(ENDPOINT), "plans": []})
    aws.client("ssm").put_parameter(Name=parameter_name("dev", "flights"), Value=value, Type="String")
    return replace(ENDPOINT)


def make_table(aws: Aws, name: str) -> None:
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
    )


def _function(aws: Aws) -> None:
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(_TRUST))
    client = aws.client("lambda")
    client.create_function(
        FunctionName=_NAME,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="inference.handler",
        Code={"ZipFile": CODE},
        Publish=True,
    )
    client.update_function_configuration(FunctionName=_NAME, Environment={"Variables": {"SERIN_MODEL_VERSION": "2"}})
    client.publish_version(FunctionName=_NAME)
    client.create_alias(FunctionName=_NAME, Name="live", FunctionVersion="1")
