"""Is a mapping that Lambda would not accept refused before anything runs?"""

import json

import pytest
from moto import mock_aws

from infra.local.batch import Mapping
from infra.local.deployer.kinds import Account
from infra.local.deployer.queues import event_source_mapping, queue
from serin.errors import InvalidSettings
from tests.unit.aws.stage import Aws, make_stage

FUNCTION = "serin-dev-flights"


@pytest.fixture
def account():
    """A stage's function, whose role may read the queue; its timeout is 3 s."""
    with mock_aws():
        aws = Aws()
        make_stage(aws)
        yield Account("Serin-dev", aws.client, {}, {}, {}, {}, {}, [], {})


def allow(account, *actions):
    statement = {"Effect": "Allow", "Action": [f"sqs:{one}" for one in actions], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    account.client("iam").put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)


def deploy(account, hidden=18, name="q", **mapping):
    arn = queue(account, "Queue", {"QueueName": name, "VisibilityTimeout": hidden}).attributes["Arn"]
    event_source_mapping(account, "Mapping", {"EventSourceArn": arn, "FunctionName": FUNCTION, **mapping})
    return account.mappings


def test_a_mapping_is_kept_as_the_template_has_it(account):
    """And one that is switched off is not."""
    allow(account, "*")
    settings = {"BatchSize": 7, "ScalingConfig": {"MaximumConcurrency": 2},
                "FunctionResponseTypes": ["ReportBatchItemFailures"]}  # fmt: skip
    deploy(account, Enabled=False)
    assert deploy(account, **settings) == [Mapping("q", FUNCTION, None, batch=7, most=2, partial=True)]


def test_what_lambda_would_not_accept_is_refused(account):
    """A role that may not read the queue, with the action that it lacks; a message that comes again too early."""
    reading = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}
    for missing in reading:
        allow(account, *(reading - {missing}))
        with pytest.raises(InvalidSettings, match=f"{FUNCTION} may not sqs:{missing} on arn:aws:sqs:"):
            deploy(account)
    allow(account, *reading)
    with pytest.raises(InvalidSettings, match="hides a message for 2 s, and the function may take 3 s"):
        deploy(account, name="short", hidden=2)
    assert len(deploy(account)) == 1


def test_what_the_local_cloud_cannot_play_is_refused(account):
    """Never skipped."""
    for change, reason in ({"BatchSize": 11}, "at most 10"), ({"EventSourceArn": "arn:aws:kinesis:::s"}, "SQS queues"):
        with pytest.raises(InvalidSettings, match=reason):
            deploy(account, **change)
