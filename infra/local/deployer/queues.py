"""Queues, and the functions that read them."""

from typing import Any

import orjson

from infra.local.batch import AT_ONCE, Mapping
from infra.local.callers import policies_of
from infra.local.deployer.intrinsics import Created
from infra.local.deployer.kinds import Account, applies
from infra.local.iam import decide
from infra.local.release import ACCOUNT, REGION, split_name
from serin.errors import InvalidSettings

Properties = dict[str, Any]
LARGEST = 10
READING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


@applies(
    "AWS::SQS::Queue",
    uses="QueueName VisibilityTimeout MessageRetentionPeriod DelaySeconds MaximumMessageSize RedrivePolicy",
    leaves="SqsManagedSseEnabled KmsMasterKeyId KmsDataKeyReusePeriodSeconds Tags",
)
def queue(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("QueueName") or account.name(logical_id, 80)
    passed = ("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "MaximumMessageSize")
    attributes = {key: str(given[key]) for key in passed if key in given}
    if redrive := given.get("RedrivePolicy"):
        attributes["RedrivePolicy"] = orjson.dumps(redrive).decode()
    url = account.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return Created(url, {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", "QueueName": name, "QueueUrl": url})


@applies("AWS::SQS::QueuePolicy", uses="", leaves="Queues PolicyDocument")
def queue_policy(_account: Account, logical_id: str, _given: Properties) -> Created:
    """Says TLS only, which plain HTTP on 127.0.0.1 can't be."""
    return Created(logical_id)


@applies(
    "AWS::Lambda::EventSourceMapping",
    uses="EventSourceArn FunctionName BatchSize FunctionResponseTypes ScalingConfig Enabled",
    leaves="Tags",
)
def event_source_mapping(account: Account, logical_id: str, given: Properties) -> Created:
    arn, (function, qualifier) = given["EventSourceArn"], split_name(given["FunctionName"])
    batch = int(given.get("BatchSize", LARGEST))
    if ":sqs:" not in arn or batch > LARGEST:
        raise InvalidSettings(
            f"{logical_id}: the local cloud reads SQS queues only, at most {LARGEST} messages at a time"
        )
    _check(account, logical_id, function, arn)
    if given.get("Enabled", True):
        most = given.get("ScalingConfig", {}).get("MaximumConcurrency", AT_ONCE)
        partial = "ReportBatchItemFailures" in given.get("FunctionResponseTypes", [])
        account.mappings.append(Mapping(arn.rpartition(":")[2], function, qualifier, batch, int(most), partial))
    return Created(logical_id, {"Id": logical_id})


def _check(account: Account, logical_id: str, function: str, arn: str) -> None:
    """What Lambda looks at before it accepts a mapping. Raises InvalidSettings."""
    about = account.client("lambda").get_function_configuration(FunctionName=function)
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    names = ["VisibilityTimeout"]
    hidden = int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]["VisibilityTimeout"])
    if hidden < about["Timeout"]:
        raise InvalidSettings(f"{logical_id}: the queue hides a message for {hidden} s, and the function may take"
                              f" {about['Timeout']} s: make VisibilityTimeout longer")  # fmt: skip
    documents = policies_of(about["Role"].rpartition("/")[2])
    for action in READING:
        if not decide(documents, f"sqs:{action}", arn, {}).allowed:
            raise InvalidSettings(f"{logical_id}: the role of {function} may not sqs:{action} on {arn}, so that Lambda"
                                  " could not read the queue")  # fmt: skip
