"""Does moto answer with what it imports later as it does with what it imports at once?"""

import subprocess
import sys

from infra.local.running import environment

_LATER = """
import sys
from infra.local.put_off import put_off
put_off()
print([name for name in ("moto.ec2", "openapi_spec_validator", "pydantic_settings") if name in sys.modules])
import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
with mock_aws():
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    gateway, ssm, ec2 = (session.client(name) for name in ("apigateway", "ssm", "ec2"))
    api = '{"openapi": "3.0.0", "info": {"title": "t", "description": "d", "version": "1"}, "paths": %s}'
    print(gateway.import_rest_api(failOnWarnings=True, body=(api % "{}").encode())["name"])
    try:
        gateway.import_rest_api(failOnWarnings=True, body=(api % "7").encode())
    except ClientError as error:
        print(error.response["Error"]["Code"])
    (image,) = ec2.describe_images()["Images"][:1]
    (one,) = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1)["Instances"]
    targets = [{"Key": "instance-id", "Values": [one["InstanceId"]]}]
    print(ssm.send_command(DocumentName="AWS-RunShellScript", Targets=targets)["Command"]["TargetCount"])
"""
_SHARED = """
import gzip, json
from pathlib import Path
import botocore.loaders, botocore.session
from serin.aws.descriptions import share
share()
loader = botocore.session.Session().get_component("data_loader")
print(loader is botocore.loaders.create_loader(), loader is botocore.session.Session().get_component("data_loader"))
name = "sqs/2012-11-05/service-2"
(plain,) = Path(botocore.loaders.__file__).parent.glob(f"data/{name}.json*")
content = gzip.decompress(plain.read_bytes()) if plain.suffix == ".gz" else plain.read_bytes()
print(loader.load_data(name) == json.loads(content), loader.load_data("endpoints")["version"])
"""


def _said(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_is_put_off_works_when_it_is_called() -> None:
    """A document that is valid, one that is not, and a command to machines of EC2, none of it imported before."""
    assert _said(_LATER) == ["[]", "t", "BadRequestException", "1"]


def test_all_sessions_have_one_loader_that_reads_the_same() -> None:
    """What orjson parses is what botocore would have."""
    assert _said(_SHARED) == ["True True", "True 3"]
