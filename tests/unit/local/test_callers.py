"""Whose policies hold for a call: those of a function, of whoever assumed a role, of a user; and who needs none."""

import json

import boto3
import orjson
import pytest
from moto import mock_aws

from infra.local.aws_request import Signed
from infra.local.callers import caller_of, credentials
from infra.local.guard import refusal
from infra.local.http import Request

ROLE = "arn:aws:iam::123456789012:role/flights-approver"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t"


def _policy(*partitions, effect="Allow"):
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": list(partitions)}}
    statement = {"Effect": effect, "Action": "dynamodb:PutItem", "Resource": TABLE, "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("iam", region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local")


@pytest.fixture
def ann(iam):
    """The access key of a session of flights-approver, to which a managed policy is attached."""
    iam.create_role(RoleName="flights-approver", AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    arn = iam.create_policy(PolicyName="p", PolicyDocument=_policy("APPROVER#flights"))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="flights-approver", PolicyArn=arn)
    return _assumed(ROLE)


def _assumed(role):
    sts = boto3.client("sts", region_name="us-east-1", aws_access_key_id="local", aws_secret_access_key="local")
    return sts.assume_role(RoleArn=role, RoleSessionName="ann")["Credentials"]["AccessKeyId"]


def _put(key, partition):
    """The refusal's sentence, or None."""
    body = orjson.dumps({"TableName": "t", "Item": {"PK": {"S": partition}, "SK": {"S": "x"}}})
    request = Request("POST", "/", "", [(b"x-amz-target", b"DynamoDB_20120810.PutItem")], body)
    no = refusal(request, Signed(key, "dynamodb"))
    return None if no is None else orjson.loads(no.body)["message"]


def test_who_assumed_a_role_may_do_what_its_policies_allow(ann):
    """And the refusal names the session, as AWS does."""
    assert _put(ann, "APPROVER#flights") is None
    said = _put(ann, "MODEL#flights")
    assert "User: arn:aws:sts::123456789012:assumed-role/flights-approver/ann is not authorized to perform" in said
    assert "dynamodb:PutItem" in said
    assert TABLE in said


def test_a_users_own_policies_and_those_of_their_groups_count(iam):
    """Inline and attached alike; an explicit deny wins over all of them."""
    iam.create_user(UserName="rob")
    key = iam.create_access_key(UserName="rob")["AccessKey"]["AccessKeyId"]
    assert "user/rob is not authorized" in _put(key, "MODEL#flights")
    iam.put_user_policy(UserName="rob", PolicyName="own", PolicyDocument=_policy("MODEL#flights"))
    iam.create_group(GroupName="releasers")
    iam.put_group_policy(GroupName="releasers", PolicyName="all", PolicyDocument=_policy("AUDIT#flights"))
    iam.add_user_to_group(GroupName="releasers", UserName="rob")
    assert _put(key, "MODEL#flights") is None
    assert _put(key, "AUDIT#flights") is None
    arn = iam.create_policy(PolicyName="no", PolicyDocument=_policy("MODEL#flights", effect="Deny"))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="rob", PolicyArn=arn)
    assert "explicit deny" in _put(key, "MODEL#flights")
    assert _put(key, "AUDIT#flights") is None


def test_a_role_that_does_not_exist_allows_nothing(iam):
    """moto lets anybody assume it."""
    assert "not authorized" in _put(_assumed("arn:aws:iam::123456789012:role/nobody"), "MODEL#flights")


def test_a_session_of_another_start_is_refused(iam):
    """It would otherwise be as good as the developer's own key."""
    assert "security token" in _put("ASIA000000000000OLD0", "MODEL#flights")


def test_the_developer_needs_no_policy(iam):
    """Any key that was given to nobody."""
    assert _put("local", "AUDIT#flights") is None
    assert caller_of("local") is None


def test_a_function_is_known_by_the_key_it_was_given(iam):
    """As before: its refusals name function and role."""
    key = credentials("arn:aws:iam::123456789012:role/r", "f")["AWS_ACCESS_KEY_ID"]
    assert "(partition MODEL#flights, function f, role r)" in _put(key, "MODEL#flights")
