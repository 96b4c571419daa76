"""Do calls that go past the sockets arrive as others do?"""

import asyncio
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.aws_request import operation_of, signed
from infra.local.deployer.transport import transport
from infra.local.http import HOST, Request, Response, listen


async def _asked(call: Callable[[Any], object], service: str, answer: Response, direct: bool) -> Request:
    """The request that a call of boto3 is, past the sockets or by them."""
    seen: list[Request] = []

    async def handle(request: Request) -> Response:
        seen.append(request)
        return answer

    listener = await listen(handle)
    session = boto3.Session("key", "secret", region_name="us-east-1")
    if direct:
        session.events.register("before-send", transport(handle, asyncio.get_running_loop()))
    url = f"http://{HOST}:{listener.port}"
    client = session.client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}))
    try:
        await asyncio.to_thread(call, client)
    finally:
        listener.close()
    return seen[0]


@pytest.mark.parametrize(
    ("service", "call", "body"),
    [
        ("s3", lambda s3: s3.put_object(Bucket="b", Key="a b/ü", Body=b"\x00\xff" * 9), b""),
        ("s3", lambda s3: s3.list_objects_v2(Bucket="b", Prefix="a&b"), b""),
        (
            "iam",
            lambda iam: iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}", Description="ü"),
            b"<r><CreateRoleResult/></r>",
        ),
        ("ssm", lambda ssm: ssm.put_parameter(Name="p", Value="ü", Type="String"), b"{}"),
        ("lambda", lambda functions: functions.get_function(FunctionName="f", Qualifier="1"), b"{}"),
    ],
)
def test_a_request_is_the_same_past_the_sockets(service: str, call: Callable[[Any], object], body: bytes) -> None:
    """Method, path, query, body, and what is read of its headers."""
    one, other = (asyncio.run(_asked(call, service, Response(200, body), direct)) for direct in (True, False))
    assert (one.method, one.path, one.query, one.body) == (other.method, other.path, other.query, other.body)
    assert signed(one) == signed(other)
    assert operation_of(one) == operation_of(other)
    assert {name for name, _ in other.headers} - {name for name, _ in one.headers} <= {b"accept-encoding"}


def test_an_error_is_raised_as_from_a_server() -> None:
    """With its code, for who asks whether a thing is there already."""
    refused = Response(409, b'{"__type": "ResourceInUseException", "message": "there"}')
    with pytest.raises(ClientError, match="there") as error:
        asyncio.run(_asked(lambda ssm: ssm.get_parameter(Name="p"), "ssm", refused, direct=True))
    assert error.value.response["Error"]["Code"] == "ResourceInUseException"
