"""Versions, aliases, weights and queues keep AWS's rules where moto has none."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import FUNCTION


def _published(cloud, *values):
    """A version for each value of a variable."""
    for value in values:
        cloud.aws.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": {"A": value}})
        yield cloud.aws.publish_version(FunctionName=FUNCTION)["Version"]


def test_publishing_without_a_change_gives_the_same_version(cloud):
    """Also after an update that changed nothing; a real change gives the next number."""
    publish = cloud.aws.publish_version
    assert publish(FunctionName=FUNCTION)["Version"] == publish(FunctionName=FUNCTION)["Version"]
    one, again, other = _published(cloud, "as it was", "as it was", "changed")
    assert again == one
    assert int(other) == int(one) + 1
    assert publish(FunctionName=FUNCTION)["Version"] == other


def test_a_version_keeps_its_environment(cloud):
    """What is set on $LATEST later does not reach a published version."""
    (version,) = _published(cloud, "kept")
    cloud.aws.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": {"A": "later"}})
    assert cloud.invoke(action="environment").payload["A"] == "later"
    assert cloud.invoke(version, action="environment").payload["A"] == "kept"


def test_weights_split_the_traffic(cloud):
    """A quarter to the new version, and the header says which one answered."""
    old, new = _published(cloud, "three quarters", "a quarter")
    alias = {"FunctionName": FUNCTION, "Name": "quartered"}
    cloud.aws.create_alias(**alias, FunctionVersion=old)
    cloud.aws.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {new: 0.25}})
    seen = Counter(cloud.invoke("quartered", action="echo").version for _ in range(400))
    assert set(seen) == {old, new}
    assert 60 < seen[new] < 140


def test_a_stale_revision_changes_nothing(cloud):
    """Who read the alias before somebody else changed it gets 412; the winner's change stays."""
    alias = {"FunctionName": FUNCTION, "Name": "live"}
    read = cloud.aws.get_alias(**alias)["RevisionId"]
    won = cloud.aws.update_alias(**alias, Description="first", RevisionId=read)
    assert won["RevisionId"] != read
    with pytest.raises(ClientError, match="PreconditionFailed"):
        cloud.aws.update_alias(**alias, Description="second", RevisionId=read)
    assert cloud.aws.get_alias(**alias)["Description"] == "first"


def test_a_stale_revision_of_the_function_changes_nothing(cloud):
    """UpdateFunctionConfiguration and PublishVersion alike."""
    read = cloud.aws.get_function_configuration(FunctionName=FUNCTION)["RevisionId"]
    cloud.aws.update_function_configuration(FunctionName=FUNCTION, Timeout=4, RevisionId=read)
    for call in (cloud.aws.update_function_configuration, cloud.aws.publish_version):
        with pytest.raises(ClientError, match="PreconditionFailed"):
            call(FunctionName=FUNCTION, RevisionId=read)


@pytest.mark.parametrize("weights", [{"9": 0.1}, {"1": 1.5}, {"$LATEST": 0.1}, {"1": 0.1, "2": 0.1}])
def test_impossible_weights_are_refused(cloud, weights):
    """Unknown versions, shares over 1, $LATEST, more than one: moto takes them all."""
    with pytest.raises(ClientError):
        cloud.aws.update_alias(FunctionName=FUNCTION, Name="live", RoutingConfig={"AdditionalVersionWeights": weights})


def test_an_environment_over_4_kb_is_refused(cloud):
    """As on AWS, before anything changes."""
    with pytest.raises(ClientError, match="4KB"):
        cloud.aws.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": {"A": "x" * 5000}})


def test_a_version_that_an_alias_leads_to_is_not_deleted(cloud):
    """Neither where it points nor where it has a weight; $LATEST goes with its function alone."""
    weighted, other = _published(cloud, "weighted", "other")
    cloud.aws.create_alias(FunctionName=FUNCTION, Name="split", FunctionVersion="1",
                           RoutingConfig={"AdditionalVersionWeights": {weighted: 0.1}})  # fmt: skip
    for version in ("1", weighted):
        with pytest.raises(ClientError, match="ResourceConflict"):
            cloud.aws.delete_function(FunctionName=FUNCTION, Qualifier=version)
    with pytest.raises(ClientError, match="LATEST"):
        cloud.aws.delete_function(FunctionName=FUNCTION, Qualifier="$LATEST")
    cloud.aws.delete_function(FunctionName=FUNCTION, Qualifier=other)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.aws.get_function_configuration(FunctionName=FUNCTION, Qualifier=other)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.invoke(other, action="echo")


def test_a_version_number_is_given_out_once(cloud):
    """Also after the newest was deleted, and where nothing changed since it was published."""
    old, newest = _published(cloud, "old", "newest")
    for version in (old, newest):
        cloud.aws.delete_function(FunctionName=FUNCTION, Qualifier=version)
    again = cloud.aws.publish_version(FunctionName=FUNCTION)["Version"]
    assert int(again) == int(newest) + 1
    assert cloud.aws.get_function_configuration(FunctionName=FUNCTION, Qualifier=again)["Version"] == again
    assert cloud.invoke(again, action="environment").payload["A"] == "newest"


def test_provisioned_concurrency_is_remembered(cloud):
    """For versions and aliases, until it is deleted or its version is; never for $LATEST."""
    (version,) = _published(cloud, "warm")
    of = {"FunctionName": FUNCTION}
    for qualifier in ("live", version):
        cloud.aws.put_provisioned_concurrency_config(**of, Qualifier=qualifier, ProvisionedConcurrentExecutions=2)
    found = cloud.aws.list_provisioned_concurrency_configs(**of)["ProvisionedConcurrencyConfigs"]
    assert [one["FunctionArn"].rpartition(":")[2] for one in found] == [version, "live"]
    assert {one["RequestedProvisionedConcurrentExecutions"] for one in found} == {2}
    cloud.aws.delete_provisioned_concurrency_config(**of, Qualifier="live")
    with pytest.raises(ClientError, match="ProvisionedConcurrencyConfigNotFound"):
        cloud.aws.get_provisioned_concurrency_config(**of, Qualifier="live")
    cloud.aws.delete_function(**of, Qualifier=version)
    assert cloud.aws.list_provisioned_concurrency_configs(**of)["ProvisionedConcurrencyConfigs"] == []
    for qualifier in ("$LATEST", "99"):
        with pytest.raises(ClientError):
            cloud.aws.put_provisioned_concurrency_config(**of, Qualifier=qualifier, ProvisionedConcurrentExecutions=1)


def test_a_mapping_by_hand_is_refused(cloud):
    """moto would take it, and start Docker at the first message."""
    arn = "arn:aws:sqs:us-east-1:123456789012:q"
    with pytest.raises(ClientError, match="from the template only"):
        cloud.aws.create_event_source_mapping(FunctionName=FUNCTION, EventSourceArn=arn)


def test_a_long_poll_leaves_the_cloud_to_others_and_gets_the_next_message(cloud):
    """moto alone would answer nobody until the poll's 20 s are over, and then with nothing."""
    sqs, asked = cloud.client("sqs"), threading.Event()
    sqs.meta.events.register("before-send.sqs.ReceiveMessage", lambda **_: asked.set())
    url = sqs.create_queue(QueueName="polled")["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        polled = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        assert asked.wait(20)
        for _ in range(20):  # by then the poll has arrived
            sqs.list_queues()
        sqs.send_message(QueueUrl=url, MessageBody="next")
        assert [one["Body"] for one in polled.result()["Messages"]] == ["next"]
