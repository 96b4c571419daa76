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
    elsewhere = {"Effect": "Deny", "Condition": {"NotIpAddress": {"aws:sourceip": "10.0.0.0/8"}}}
    assert not _decide([ALLOW, ALLOW | elsewhere], **{"aws:sourceip": "1.1.1.1"})
    assert not _decide(ALLOW | {"Condition": {"NotIpAddress": {"aws:sourceip": "10.0.0.0/8"}}})


def _of_keys(operator, *keys, effect="Allow"):
    """Is a write of these partitions allowed, by a condition on two of them?"""
    condition = {operator: {"dynamodb:LeadingKeys": ["MODEL#m", "AUDIT#*"]}}
    either = {"Effect": effect, "Action": "dynamodb:PutItem", "Resource": "*", "Condition": condition}
    other = [{"Effect": "Allow", "Action": "*", "Resource": "*"}] if effect == "Deny" else []
    context = {"dynamodb:leadingkeys": keys} if keys else {}
    return _decide([either, *other], action="dynamodb:PutItem", resource="t", **context)


def test_all_values_or_any_value_of_a_key_must_match():
    """ForAllValues for what may be written, ForAnyValue for what must not; wildcards with StringLike alone."""
    assert _of_keys("ForAllValues:StringLike", "MODEL#m", "AUDIT#m")
    assert not _of_keys("ForAllValues:StringLike", "MODEL#m", "APPROVER#m")
    assert not _of_keys("ForAllValues:StringEquals", "AUDIT#m")
    assert not _of_keys("ForAnyValue:StringLike", "OTHER", "AUDIT#m", effect="Deny")
    assert _of_keys("ForAnyValue:StringLike", "OTHER", effect="Deny")
    assert not _of_keys("ForAllValues:IpAddress", "MODEL#m"), "an unknown operator, as ever"


def test_without_a_value_all_match_and_none_does():
    """As IAM has it: that is why what allows by partition must not allow a scan."""
    assert _of_keys("ForAllValues:StringLike")
    assert not _of_keys("ForAnyValue:StringLike")


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
        ("lambda", "DELETE /2015-03-31/functions/f?Qualifier=2", "", {},
         ("lambda:DeleteFunction", "arn:aws:lambda:us-east-1:123456789012:function:f:2")),
        ("lambda", "GET /2019-09-30/functions/f/provisioned-concurrency?List=ALL", "", {},
         ("lambda:ListProvisionedConcurrencyConfigs", "arn:aws:lambda:us-east-1:123456789012:function:f")),
        ("lambda", "PUT /2019-09-30/functions/f/provisioned-concurrency?Qualifier=live", "", {},
         ("lambda:PutProvisionedConcurrencyConfig", "arn:aws:lambda:us-east-1:123456789012:function:f:live")),
        ("events", "POST /", "AWSEvents.DisableRule", {"Name": "r"},
         ("events:DisableRule", "arn:aws:events:us-east-1:123456789012:rule/r")),
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


KEY = {"PK": {"S": "MODEL#m"}, "SK": {"S": "META"}}
ITEM = {"PK": {"S": "AUDIT#m"}, "SK": {"S": "AUDIT#1"}}
VALUES = {":pk": {"S": "MODEL#m"}, ":p": {"S": "V"}}


@pytest.mark.parametrize(
    ("operation", "body", "keys"),
    [
        ("GetItem", {"Key": KEY}, [("MODEL#m",)]),
        ("PutItem", {"Item": ITEM}, [("AUDIT#m",)]),
        ("UpdateItem", {"Key": KEY}, [("MODEL#m",)]),
        ("Query", {"KeyConditionExpression": "PK = :pk AND begins_with(SK, :p)", "ExpressionAttributeValues": VALUES},
         [("MODEL#m",)]),
        ("Query", {"KeyConditionExpression": "begins_with(#s, :p) AND #p=:pk", "ExpressionAttributeValues": VALUES,
                   "ExpressionAttributeNames": {"#p": "PK", "#s": "SK"}}, [("MODEL#m",)]),
        ("Query", {"KeyConditions": {"PK": {"AttributeValueList": [{"S": "MODEL#m"}], "ComparisonOperator": "EQ"}}},
         [("",)]),
        ("Scan", {}, [()]),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}},
                                                  {"Delete": {"TableName": "t", "Key": KEY}}]},
         [("AUDIT#m",), ("MODEL#m",)]),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": KEY}}]}},
         [("AUDIT#m", "MODEL#m")]),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [KEY, ITEM]}}}, [("MODEL#m", "AUDIT#m")]),
    ],
)  # fmt: skip
def test_the_partitions_of_a_request(operation, body, keys):
    """Each item of a transaction by itself, all of a batch together; what can't be read is no known partition."""
    headers = [(b"x-amz-target", f"DynamoDB_20120810.{operation}".encode())]
    body = body if "TransactItems" in body or "RequestItems" in body else {"TableName": "t", **body}
    found = accesses(Request("POST", "/", "", headers, orjson.dumps(body)), "dynamodb")
    assert [access.keys for access in found] == keys
