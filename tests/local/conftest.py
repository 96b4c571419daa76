"""A small stack around the echo function, deployed to a local cloud of its own, for tests of the cloud itself."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import boto3
import httpx
import pytest
from botocore.config import Config
from typer.testing import CliRunner

from infra.cli.main import app
from infra.local.running import environment, launch
from tests.made_once import made_once

HERE = Path(__file__).parent
FUNCTION = "serin-test-echo"
KEY = "k" * 40


def _grant(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def template(*, timeout=3, memory=256, throttle=None, quota=None, variables=None, without=()):
    """One function with a version and an alias, one bucket it may read in part, one API with two keys."""
    arn = {"Fn::GetAtt": ["Bucket", "Arn"]}
    policy = {"Version": "2012-10-17", "Statement": [_grant("s3:GetObject", {"Fn::Join": ["", [arn, "/allowed/*"]]})]}
    uri = ["arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/", {"Ref": "Live"}, "/invocations"]
    refusal = {"application/json": '{"error":$context.error.messageString}'}
    schema = {"type": "object", "required": ["inputs"]}

    def method(resource, verb, **more):
        integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Join": ["", uri]}}
        rest = {"RestApiId": {"Ref": "Rest"}, "ResourceId": resource, "HttpMethod": verb, "Integration": integration}
        return {"Type": "AWS::ApiGateway::Method", "Properties": {"ApiKeyRequired": True, **rest, **more}}

    def resource(kind, depends=None, /, **properties):
        return {"Type": f"AWS::{kind}", "Properties": properties} | ({"DependsOn": depends} if depends else {})

    checked = {"RequestValidatorId": {"Ref": "Validator"}, "RequestModels": {"application/json": {"Ref": "Model"}}}
    part = {"RestApiId": {"Ref": "Rest"}}
    root = {"Fn::GetAtt": ["Rest", "RootResourceId"]}
    usage = {"Throttle": throttle or {"RateLimit": 10000, "BurstLimit": 10000}} | ({"Quota": quota} if quota else {})
    resources = {
        "Bucket": resource("S3::Bucket", BucketName="serin-test"),
        "Role": resource("IAM::Role", AssumeRolePolicyDocument={"Statement": []}),
        "Policy": resource("IAM::Policy", PolicyName="p", PolicyDocument=policy, Roles=[{"Ref": "Role"}]),
        "Echo": resource("Lambda::Function", ["Policy"], FunctionName=FUNCTION, Handler="echo.handler",
                         Runtime="python3.13", Timeout=timeout, MemorySize=memory, Role={"Fn::GetAtt": ["Role", "Arn"]},
                         Environment={"Variables": variables or {}},
                         Code={"S3Bucket": {"Fn::Sub": "assets-${AWS::Region}"}, "S3Key": "echo.zip"}),
        "First": resource("Lambda::Version", FunctionName={"Ref": "Echo"}),
        "Live": resource("Lambda::Alias", FunctionName={"Ref": "Echo"}, Name="live",
                         FunctionVersion={"Fn::GetAtt": ["First", "Version"]}),
        "Permit": resource("Lambda::Permission", Action="lambda:InvokeFunction", FunctionName={"Ref": "Live"},
                           Principal="apigateway.amazonaws.com"),
        "Rest": resource("ApiGateway::RestApi", Name="test", BinaryMediaTypes=["application/octet-stream"]),
        "Denied": resource("ApiGateway::GatewayResponse", **part, ResponseType="DEFAULT_4XX",
                           ResponseTemplates=refusal),
        "Broken": resource("ApiGateway::GatewayResponse", **part, ResponseType="DEFAULT_5XX",
                           ResponseTemplates=refusal),
        "Validator": resource("ApiGateway::RequestValidator", **part, ValidateRequestBody=True),
        "Model": resource("ApiGateway::Model", **part, ContentType="application/json", Schema=schema),
        "Echoes": resource("ApiGateway::Resource", **part, ParentId=root, PathPart="echo"),
        "Item": resource("ApiGateway::Resource", **part, ParentId={"Ref": "Echoes"}, PathPart="{item}"),
        "Checked": resource("ApiGateway::Resource", **part, ParentId=root, PathPart="checked"),
        "GetItem": method({"Ref": "Item"}, "GET"),
        "PostEcho": method({"Ref": "Echoes"}, "POST"),
        "PostChecked": method({"Ref": "Checked"}, "POST", **checked),
        "Stage": resource("ApiGateway::Stage", **part, StageName="test"),
        "Plan": resource("ApiGateway::UsagePlan", UsagePlanName="plan", **usage),
        "Key": resource("ApiGateway::ApiKey", Name="plan", Enabled=True, Value=KEY),
        "PlanKey": resource("ApiGateway::UsagePlanKey", KeyId={"Ref": "Key"}, KeyType="API_KEY",
                            UsagePlanId={"Ref": "Plan"}),
    }  # fmt: skip
    return {"Resources": {key: one for key, one in resources.items() if key not in without}}


def write_assembly(folder, content, code=HERE / "echo"):
    """The files of a cloud assembly with one stack and one asset."""
    place = {"bucketName": "assets-${AWS::Region}", "objectKey": "echo.zip"}
    source = {"path": str(code), "packaging": "zip"}
    artifacts = {
        "Test": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Test.template.json"}},
        "Test.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Test.assets.json"}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    files = {"a": {"source": source, "destinations": {"d": place}}}
    (folder / "Test.assets.json").write_text(json.dumps({"files": files}))
    (folder / "Test.template.json").write_text(json.dumps(content))
    return folder


def connect(running, home):
    """Clients of a running local cloud, and short forms of what the tests do all the time."""
    config = Config(retries={"total_max_attempts": 1}, read_timeout=60, max_pool_connections=40)

    def client(service):
        return boto3.client(service, endpoint_url=running.aws_endpoint, region_name="us-east-1",
                            aws_access_key_id="local", aws_secret_access_key="local", config=config)  # fmt: skip

    aws = client("lambda")

    def invoke(qualifier=None, **event):
        more = {"Qualifier": qualifier} if qualifier else {}
        answer = aws.invoke(FunctionName=FUNCTION, Payload=json.dumps(event), **more)
        payload = json.loads(answer["Payload"].read())
        error, version = answer.get("FunctionError"), answer.get("ExecutedVersion")
        return SimpleNamespace(payload=payload, error=error, version=version)

    http = httpx.Client(base_url=running.api_url, headers={"x-api-key": KEY}, timeout=40)
    return SimpleNamespace(running=running, home=home, client=client, aws=aws, invoke=invoke, http=http)


@contextlib.contextmanager
def begin(folder, *, max_sandboxes=4, state=None, idle_seconds=None, **options):
    """A local cloud with the echo function; `options` are its template's."""
    assembly, home = write_assembly(folder / "assembly", template(**options)), folder / "home"
    with launch(assembly, home, max_sandboxes=max_sandboxes, state=state, idle_seconds=idle_seconds) as running:
        yield connect(running, home)


@pytest.fixture
def start(tmp_path):
    """Starts local clouds on demand, and ends them with the test. A start takes two seconds of a processor."""
    with contextlib.ExitStack() as stack:
        yield lambda name="cloud", **options: stack.enter_context(begin(tmp_path / name, **options))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """One local cloud for all tests of a module that leave it as they found it, but for versions of their own."""
    with begin(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@contextlib.contextmanager
def failing(cloud):
    """A version whose init fails; afterwards $LATEST is as it was."""
    aws = cloud.aws
    before = aws.get_function_configuration(FunctionName=FUNCTION).get("Environment", {}).get("Variables", {})
    aws.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": {**before, "FAIL_INIT": "1"}})
    yield aws.publish_version(FunctionName=FUNCTION)["Version"]
    aws.update_function_configuration(FunctionName=FUNCTION, Environment={"Variables": before})


def command(home, *words, code=0):
    """What `serin` says to a user of this local cloud; within this process, for one of its own takes a second to
    start."""
    line = [*map(str, words), "--local", "--json"]
    done = CliRunner().invoke(app, line, env={"SERIN_HOME": str(home)})
    assert done.exit_code == code, done.stdout + done.stderr + (home / "console.log").read_text()[-3000:]
    return json.loads(done.stdout if code == 0 else done.stderr.splitlines()[-1])


def children(pid):
    """Process ids of every sandbox of a local cloud."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(one) for one in found.stdout.split()]


def run_to_its_end(assembly, home):
    """For starts that must fail."""
    command = [sys.executable, "-m", "infra.local", "--assembly", str(assembly), "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment())


def wait_gone(pids):
    """Blocks until every process has ended, at most 10 s for each."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        assert select.select([descriptor], [], [], 10)[0], f"{pid} still runs"
        os.close(descriptor)


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory):
    """The very template that goes to AWS, with the queues and SnapStart, which are choices, made once."""
    from infra.app import ROOT, build

    settings = json.loads((ROOT / "cdk.json").read_text())["context"]["serin"]
    flights = settings["endpoints"][0] | {
        "review": {"confidence_limit": 0.7, "deadline_hours": 0.0001},
        "snap_start": True,
    }
    changed = {**settings, "outcome_queue": True, "endpoints": [flights]}
    return made_once(tmp_path_factory, "assembly-local", lambda folder: build(folder, {"serin": changed}))
