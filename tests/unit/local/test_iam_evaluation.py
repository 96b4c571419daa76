"""Allow, deny and silence, with the wildcards and conditions that templates use."""

import orjson
import pytest

from infra.local.aws_request import Access, accesses
from infra.local.http import Request
from infra.local.iam import decide

ALLOW = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}


def _decide(statement, action="s3:GetObject", resource="arn:aws:s3:::b/k", **context):
    statements = statement if isinstance(statement, list) else [statement]
    return decide([{"Statement": statements}], action, resource, context).allowed


def test_silence_denies():
    """No statement, no permission."""
    assert not _decide([])


def test_wildcards_reach_as_far_as_written():
    """Actions ignore case, resources do not; a star does not leave the pattern."""
    assert _decide(ALLOW)
    assert _decide(ALLOW, action="S3:getobject")
    assert not _decide(ALLOW, action="s3:PutObject")
    assert not _decide(ALLOW, resource="arn:aws:s3:::bb/k")


def test_deny_wins():
    """Whatever else allows it."""
    assert not _decide([ALLOW, ALLOW | {"Effect": "Deny"}])


def test_a_condition_that_is_not_met_takes_the_statement_away():
    """A Deny for plain HTTP does not apply to what counts as TLS; an Allow with another namespace does not help."""
    deny = ALLOW | {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert _decide([ALLOW, deny], **{"aws:securetransport": "true"})
    only = ALLOW | {"Condition": {"StringEquals": {"cloudwatch:namespace": "Serin"}}}
    assert _decide(only, **{"cloudwatch:namespace": "Serin"})
    assert not _decide(only, **{"cloudwatch:namespace": "Other"})
    assert not _decide(only)


def test_an_unknown_operator_never_allows():
    """What is not understood can't widen a permission."""
    anywhere = {"Condition": {"IpAddress": {"aws:sourceip": "0.0.0.0/0"}}}
    assert not _decide(ALLOW | anywhere, **{"aws:sourceip": "1.1.1.1"})


TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t"


@pytest.mark.parametrize(
    ("service", "line", "target", "body", "expected"),
    [
        ("s3", "GET /b/a/k%20x", "", {}, ("s3:GetObject", "arn:aws:s3:::b/a/k x")),
        ("s3", "HEAD /b/k", "", {}, ("s3:GetObject", "arn:aws:s3:::b/k")),
        ("s3", "GET /b?list-type=2", "", {}, ("s3:ListBucket", "arn:aws:s3:::b")),
        ("s3", "PUT /b/k", "", {}, ("s3:PutObject", "arn:aws:s3:::b/k")),
        ("dynamodb", "POST /", "DynamoDB_20120810.GetItem", {"TableName": "t"}, ("dynamodb:GetItem", TABLE)),
        ("dynamodb", "POST /", "DynamoDB_20120810.TransactWriteItems",
         {"TransactItems": [{"ConditionCheck": {"TableName": "t"}}]}, ("dynamodb:ConditionCheckItem", TABLE)),
        ("ssm", "POST /", "AmazonSSM.GetParameter", {"Name": "/a/b"},
         ("ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/a/b")),
        ("lambda", "POST /2015-03-31/functions/f/invocations?Qualifier=live", "", {},
         ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f:live")),
        ("lambda", "PUT /2015-03-31/functions/f/aliases/live", "", {},
         ("lambda:UpdateAlias", "arn:aws:lambda:us-east-1:123456789012:function:f")),
        ("monitoring", "POST /", "GraniteServiceVersion20100801.PutMetricData", {},
         ("cloudwatch:PutMetricData", "*")),
        ("sqs", "POST /", "AmazonSQS.SendMessageBatch", {"QueueUrl": "http://127.0.0.1:1/123456789012/q"},
         ("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:q")),
        ("sqs", "POST /", "AmazonSQS.DeleteMessageBatch", {"QueueUrl": "http://127.0.0.1:1/123456789012/q"},
         ("sqs:DeleteMessage", "arn:aws:sqs:us-east-1:123456789012:q")),
        ("sqs", "POST /", "AmazonSQS.ReceiveMessage", {"QueueUrl": "http://127.0.0.1:1/123456789012/q"},
         ("sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:123456789012:q")),
        ("sqs", "POST /", "AmazonSQS.GetQueueUrl", {"QueueName": "q"},
         ("sqs:GetQueueUrl", "arn:aws:sqs:us-east-1:123456789012:q")),
        ("sqs", "POST /", "AmazonSQS.ListQueues", {}, ("sqs:ListQueues", "*")),
    ],
)  # fmt: skip
def test_the_action_and_resource_of_a_request(service, line, target, body, expected):
    """As IAM's service authorization reference has them."""
    method, _, path = line.partition(" ")
    path, _, query = path.partition("?")
    headers = [(b"x-amz-target", target.encode())] if target else []
    assert accesses(Request(method, path, query, headers, orjson.dumps(body)), service) == [Access(*expected)]
