"""Roles with their policies; functions with their versions, aliases and permissions."""

from typing import Any

import orjson

from infra.local.deployer.intrinsics import Created
from infra.local.deployer.kinds import Account, applies, create
from infra.local.release import ACCOUNT, REGION
from serin.errors import InvalidSettings

Properties = dict[str, Any]


@applies(
    "AWS::IAM::Role",
    uses="RoleName AssumeRolePolicyDocument Policies ManagedPolicyArns",
    leaves="Tags Description MaxSessionDuration Path",
)
def role(account: Account, logical_id: str, given: Properties) -> Created:
    iam, name = account.client("iam"), given.get("RoleName") or account.name(logical_id)
    trust = orjson.dumps(given["AssumeRolePolicyDocument"]).decode()
    made = create(iam.create_role, RoleName=name, AssumeRolePolicyDocument=trust)
    for policy in given.get("Policies", []):
        document = orjson.dumps(policy["PolicyDocument"]).decode()
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    for arn in given.get("ManagedPolicyArns", []):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    about = (made or iam.get_role(RoleName=name))["Role"]
    return Created(name, {"Arn": about["Arn"], "RoleId": about["RoleId"]})


@applies("AWS::IAM::Policy", uses="PolicyName PolicyDocument Roles")
def policy(account: Account, _logical_id: str, given: Properties) -> Created:
    document = orjson.dumps(given["PolicyDocument"]).decode()
    for name in given.get("Roles", []):
        account.client("iam").put_role_policy(RoleName=name, PolicyName=given["PolicyName"], PolicyDocument=document)
    return Created(given["PolicyName"])


@applies("AWS::IAM::ManagedPolicy", uses="ManagedPolicyName PolicyDocument Roles", leaves="Description Path")
def managed_policy(account: Account, logical_id: str, given: Properties) -> Created:
    iam, name = account.client("iam"), given.get("ManagedPolicyName") or account.name(logical_id, 128)
    create(iam.create_policy, PolicyName=name, PolicyDocument=orjson.dumps(given["PolicyDocument"]).decode())
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
    for role_name in given.get("Roles", []):
        iam.attach_role_policy(RoleName=role_name, PolicyArn=arn)
    return Created(arn)


@applies(
    "AWS::Lambda::Function",
    uses="FunctionName Code Handler Runtime Role MemorySize Timeout Environment Architectures Description "
    "ReservedConcurrentExecutions EphemeralStorage SnapStart PackageType",
    leaves="Tags TracingConfig LoggingConfig KmsKeyArn DeadLetterConfig RecursiveLoop",
)
def function(account: Account, logical_id: str, given: Properties) -> Created:
    if given.get("PackageType", "Zip") != "Zip" or not str(given.get("Runtime")).startswith("python"):
        raise InvalidSettings(f"{logical_id}: the local cloud runs zipped Python functions only")
    lambda_, name = account.client("lambda"), given.get("FunctionName") or account.name(logical_id)
    passed = ("Handler", "Runtime", "Role", "MemorySize", "Timeout", "Environment", "Architectures", "Description",
              "EphemeralStorage", "SnapStart")  # fmt: skip
    arguments = {key: given[key] for key in passed if key in given}
    code = {key: given["Code"][key] for key in ("S3Bucket", "S3Key") if key in given["Code"]}
    if not code:
        raise InvalidSettings(f"{logical_id}: the local cloud takes code from assets, not inline")
    create(lambda_.create_function, FunctionName=name, Code=code, **_numbers(arguments))
    reserved = given.get("ReservedConcurrentExecutions")
    if reserved is not None:
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    return Created(name, {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"})


def _numbers(arguments: Properties) -> Properties:
    return arguments | {key: int(arguments[key]) for key in ("MemorySize", "Timeout") if key in arguments}


@applies("AWS::Lambda::Version", uses="FunctionName Description", leaves="CodeSha256 ProvisionedConcurrencyConfig")
def version(account: Account, _logical_id: str, given: Properties) -> Created:
    published = account.client("lambda").publish_version(
        FunctionName=given["FunctionName"], Description=given.get("Description", "")
    )
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{published['FunctionName']}:{published['Version']}"
    return Created(arn, {"Version": published["Version"], "FunctionArn": arn})


@applies("AWS::Lambda::Alias", uses="FunctionName FunctionVersion Name Description RoutingConfig")
def alias(account: Account, _logical_id: str, given: Properties) -> Created:
    weights = given.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
    routing = {"AdditionalVersionWeights": {one["FunctionVersion"]: one["FunctionWeight"] for one in weights}}
    name = given["FunctionName"].rpartition(":function:")[2] or given["FunctionName"]
    create(
        account.client("lambda").create_alias, FunctionName=name, Name=given["Name"],
        FunctionVersion=given["FunctionVersion"], Description=given.get("Description"),
        RoutingConfig=routing if weights else None,
    )  # fmt: skip
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:{given['Name']}"
    return Created(arn, {"AliasArn": arn})


@applies("AWS::Lambda::Permission", uses="Action FunctionName Principal SourceArn SourceAccount")
def permission(account: Account, logical_id: str, given: Properties) -> Created:
    name = given["FunctionName"].rpartition(":function:")[2] or given["FunctionName"]
    create(
        account.client("lambda").add_permission, FunctionName=name.partition(":")[0], StatementId=logical_id[:100],
        Action=given["Action"], Principal=given["Principal"], SourceArn=given.get("SourceArn"),
        Qualifier=name.partition(":")[2] or None,
    )  # fmt: skip
    if given["Principal"] == "apigateway.amazonaws.com" and given["Action"] == "lambda:InvokeFunction":
        function_name, _, qualifier = name.partition(":")
        account.permits.append((function_name, qualifier or None, given.get("SourceArn", "*")))
    return Created(logical_id)
