"""The gateway: routes, keys, plans, validation, limits and the proxy integration."""

import httpx
import pytest

from tests.local.conftest import FUNCTION, failing


def test_the_event_is_a_real_proxy_event(cloud):
    """Path parameters, query, headers, key and stage are where API Gateway puts them."""
    event = cloud.http.get("/echo/a%20b?x=1&x=2", headers={"accept": "application/json"}).json()
    assert event["resource"] == "/echo/{item}"
    assert event["path"] == "/echo/a b"
    assert event["pathParameters"] == {"item": "a b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["queryStringParameters"] == {"x": "2"}
    assert event["headers"]["Accept"] == "application/json"
    assert event["requestContext"]["stage"] == "test"
    assert event["requestContext"]["identity"]["apiKey"] == "k" * 40
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


def test_binary_bodies_arrive_as_base64(cloud):
    """By the API's binary media types; anything else is text."""
    binary = cloud.http.post("/echo", content=b"\x00\xff", headers={"content-type": "application/octet-stream"}).json()
    assert (binary["body"], binary["isBase64Encoded"]) == ("AP8=", True)
    text = cloud.http.post("/echo", json={"a": 1}).json()
    assert (text["body"], text["isBase64Encoded"]) == ('{"a":1}', False)


@pytest.mark.parametrize("key", [{}, {"x-api-key": "wrong"}])
def test_without_a_known_key_nobody_enters(cloud, key):
    """403 in the form that the template's gateway response gives."""
    answer = httpx.get(f"{cloud.running.api_url}/echo/1", headers=key)
    assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden"})


@pytest.mark.parametrize("path", ["/nothing", "/echo/1/2", "/checked"])
def test_an_unknown_path_or_method_is_refused(cloud, path):
    """403, which is API Gateway's default when the template says nothing else."""
    answer = cloud.http.get(path)
    assert (answer.status_code, answer.json()) == (403, {"error": "Missing Authentication Token"})


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"{}"])
def test_a_body_that_the_model_refuses_never_reaches_the_function(cloud, body):
    """Broken JSON, nothing at all, the wrong type, a missing field."""
    answer = cloud.http.post("/checked", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (400, {"error": "Invalid request body"})


def test_a_body_that_the_model_takes_reaches_the_function(cloud):
    """And other content types are not checked."""
    assert cloud.http.post("/checked", json={"inputs": []}).status_code == 200
    other = cloud.http.post("/checked", content=b"{", headers={"content-type": "application/octet-stream"})
    assert other.status_code == 200


def test_ten_megabytes_are_the_limit_of_the_gateway_and_six_of_lambda(cloud):
    """Both are 413 to the client."""
    for size in (11 << 20, 7 << 20):
        assert cloud.http.post("/echo", content=b"x" * size).status_code == 413


def test_a_throttled_function_is_a_500_unless_told_otherwise(cloud):
    """Reserved concurrency zero: API Gateway takes what Lambda refuses for a failure of its own."""
    cloud.aws.put_function_concurrency(FunctionName="serin-test-echo", ReservedConcurrentExecutions=0)
    try:
        answer = cloud.http.get("/echo/1")
        assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (500, "INTEGRATION_FAILURE")
    finally:
        cloud.aws.delete_function_concurrency(FunctionName="serin-test-echo")


def test_a_burst_over_the_plan_is_throttled(start):
    """Burst 5 at one a second: of 20 quick requests five or six pass."""
    cloud = start(throttle={"RateLimit": 1, "BurstLimit": 5})
    codes = [cloud.http.get("/echo/1").status_code for _ in range(20)]
    assert 5 <= codes.count(200) <= 7
    assert codes.count(429) == 20 - codes.count(200)


def test_the_daily_quota_ends(start):
    """Request four of three is 429."""
    cloud = start(quota={"Limit": 3, "Period": "DAY"})
    assert [cloud.http.get("/echo/1").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_failed_init_is_a_502(cloud):
    """The client sees that it is not its own fault, and no stack trace."""
    with failing(cloud) as version:
        cloud.aws.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion=version)
        answer = cloud.http.get("/echo/1")
        cloud.aws.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="1")
    assert (answer.status_code, answer.json()) == (502, {"error": "Internal server error"})


def test_without_a_lambda_permission_the_gateway_may_not_invoke(start):
    """500 to the client, as on AWS; the console names the missing resource."""
    cloud = start(without=["Permit"])
    assert cloud.http.get("/echo/1").status_code == 500
    assert "AWS::Lambda::Permission" in (cloud.home / "console.log").read_text()


def test_a_head_request_tells_the_length_of_an_object(cloud):
    """S3's HeadObject through the AWS port."""
    s3 = cloud.client("s3")
    s3.put_object(Bucket="serin-test", Key="five", Body=b"12345")
    assert s3.head_object(Bucket="serin-test", Key="five")["ContentLength"] == 5
