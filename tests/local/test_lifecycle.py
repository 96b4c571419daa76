"""Starting, stopping, starting twice, and what is left afterwards."""

import os
import signal

import pytest

from infra.local.running import read
from tests.local.conftest import FUNCTION, SIGNALS, children, run_to_its_end, template, wait_gone, write_assembly


def test_a_second_start_names_the_first(start, tmp_path):
    """Exit code of a conflict, process id and URL."""
    cloud = start()
    second = run_to_its_end(tmp_path / "cloud" / "assembly", cloud.home)
    assert second.returncode == 6
    assert str(cloud.running.pid) in second.stderr
    assert cloud.running.api_url in second.stderr


@pytest.mark.parametrize("number", SIGNALS, ids=lambda one: one.name)
def test_no_process_is_left_behind(start, number):
    """Ctrl-C, SIGTERM, and even kill -9."""
    cloud = start()
    cloud.invoke(action="echo")
    sandboxes = children(cloud.running.pid)
    assert sandboxes
    os.kill(cloud.running.pid, number)
    wait_gone(sandboxes)
    if number != signal.SIGKILL:
        assert not (cloud.home / "local.json").exists() or read(cloud.home) is None


def test_after_kill_9_the_same_home_starts_again(start, tmp_path):
    """A stale local.json fools nobody."""
    cloud = start("one")
    os.kill(cloud.running.pid, signal.SIGKILL)
    again = start("one")
    assert again.running.pid != cloud.running.pid
    assert again.invoke(action="echo", value=1).payload == 1


def test_state_survives_with_a_file(start, tmp_path):
    """Objects, versions and the alias are as they were; a torn last line is no harm."""
    state = tmp_path / "state.jsonl"
    cloud = start("one", state=state)
    cloud.client("s3").put_object(Bucket="serin-test", Key="kept", Body=b"\x00\xff", IfNoneMatch="*")
    cloud.aws.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": {"A": "1"}})
    revision = cloud.aws.get_alias(FunctionName=FUNCTION, Name="live")["RevisionId"]
    cloud.aws.publish_version(FunctionName=FUNCTION)
    cloud.aws.update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="2", RevisionId=revision)
    os.kill(cloud.running.pid, signal.SIGKILL)
    with state.open("ab") as file:
        file.write(b'{"method":"PUT","pa')
    again = start("two", state=state)
    assert again.client("s3").get_object(Bucket="serin-test", Key="kept")["Body"].read() == b"\x00\xff"
    assert again.aws.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"] == "2"
    assert again.invoke("live", action="environment").payload["A"] == "1"


def test_an_unknown_resource_stops_the_start(tmp_path):
    """By name, with its type and property, before anything was created."""
    content = template()
    content["Resources"]["Stream"] = {"Type": "AWS::Kinesis::Stream", "Properties": {}}
    content["Resources"]["Echo"]["Properties"]["VpcConfig"] = {}
    assembly = write_assembly(tmp_path / "assembly", content)
    failed = run_to_its_end(assembly, tmp_path / "home")
    assert failed.returncode == 4
    assert "Stream: resource type AWS::Kinesis::Stream" in failed.stderr
    assert "Echo: property VpcConfig of AWS::Lambda::Function" in failed.stderr
