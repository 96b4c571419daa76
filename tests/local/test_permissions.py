"""A function can do on the laptop what its role allows in the template, and nothing else."""


def _get(cloud, key):
    arguments = {"Bucket": "serin-test", "Key": key}
    return cloud.invoke(action="boto3", service="s3", method="get_object", arguments=arguments)


def test_what_the_role_allows_works(cloud):
    """GetObject below allowed/."""
    cloud.client("s3").put_object(Bucket="serin-test", Key="allowed/a", Body=b"content")
    assert _get(cloud, "allowed/a").payload == "content"


def test_a_denial_names_function_action_and_resource(cloud):
    """The function sees it as AccessDenied, and the console shows the same sentence."""
    cloud.client("s3").put_object(Bucket="serin-test", Key="other/a", Body=b"content")
    message = _get(cloud, "other/a").payload["errorMessage"]
    assert "AccessDenied" in message
    for part in ("serin-test-echo", "s3:GetObject", "arn:aws:s3:::serin-test/other/a"):
        assert part in message
        assert part in (cloud.home / "console.log").read_text()


def test_other_services_are_denied_in_their_own_format(cloud):
    """DynamoDB, SSM, Lambda, SNS, CloudWatch, SQS: boto3 reads each refusal as AccessDenied."""
    calls = [
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"PK": {"S": "a"}}}),
        ("ssm", "get_parameter", {"Name": "/a"}),
        ("lambda", "get_function", {"FunctionName": "serin-test-echo"}),
        ("lambda", "invoke", {"FunctionName": "serin-test-echo"}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Message": "m"}),
        ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": []}),
        ("sqs", "send_message", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q", "MessageBody": "m"}),
        ("s3", "put_object", {"Bucket": "serin-test", "Key": "allowed/a", "Body": "x"}),
    ]
    for service, method, arguments in calls:
        failed = cloud.invoke(action="boto3", service=service, method=method, arguments=arguments)
        assert "AccessDenied" in failed.payload["errorMessage"], (service, failed.payload)


def test_everybody_may_ask_who_they_are(cloud):
    """GetCallerIdentity needs no permission."""
    assert cloud.invoke(action="boto3", service="sts", method="get_caller_identity").payload == "done"


def test_a_sandbox_sees_nothing_of_the_developers_environment(cloud, monkeypatch):
    """No credentials, no home of the developer's."""
    seen = cloud.invoke(action="environment").payload
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIALOCAL")
    assert "SERIN_HOME" not in seen
    assert seen["HOME"].startswith(str(cloud.home))
