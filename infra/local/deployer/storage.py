"""Buckets, tables, parameters, log groups, secrets."""

from typing import Any

import orjson

from infra.local.deployer.intrinsics import Created
from infra.local.deployer.kinds import Account, applies, create
from infra.local.release import ACCOUNT, REGION
from serin.errors import InvalidSettings

Properties = dict[str, Any]


@applies(
    "AWS::S3::Bucket",
    uses="BucketName VersioningConfiguration PublicAccessBlockConfiguration ObjectLockEnabled ObjectLockConfiguration",
    leaves="BucketEncryption LifecycleConfiguration LoggingConfiguration OwnershipControls Tags AccessControl "
    "NotificationConfiguration MetricsConfigurations",
)
def bucket(account: Account, logical_id: str, given: Properties) -> Created:
    """Nothing expires and nothing is encrypted on one machine. What is locked can't be removed, as on AWS."""
    s3 = account.client("s3")
    name = given.get("BucketName") or account.name(logical_id, 63).lower()
    create(s3.create_bucket, Bucket=name, ObjectLockEnabledForBucket=given.get("ObjectLockEnabled"))
    if lock := given.get("ObjectLockConfiguration"):
        s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    if status := given.get("VersioningConfiguration", {}).get("Status"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    if block := given.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    return Created(name, {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
    })  # fmt: skip


@applies("AWS::S3::BucketPolicy", uses="", leaves="Bucket PolicyDocument")
def bucket_policy(_account: Account, logical_id: str, _given: Properties) -> Created:
    """Says TLS only, which plain HTTP on 127.0.0.1 can't be, and of sealed copies what the roles' own policies say."""
    return Created(logical_id)


@applies(
    "AWS::DynamoDB::Table",
    uses="TableName KeySchema AttributeDefinitions BillingMode ProvisionedThroughput GlobalSecondaryIndexes "
    "LocalSecondaryIndexes StreamSpecification TimeToLiveSpecification PointInTimeRecoverySpecification "
    "DeletionProtectionEnabled",
    leaves="SSESpecification Tags TableClass ContributorInsightsSpecification",
)
def table(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("TableName") or account.name(logical_id)
    passed = ("KeySchema", "AttributeDefinitions", "ProvisionedThroughput", "GlobalSecondaryIndexes",
              "LocalSecondaryIndexes", "DeletionProtectionEnabled")  # fmt: skip
    arguments = {key: given[key] for key in passed if key in given}
    stream = given.get("StreamSpecification")
    return _table(account, name, given, arguments | {
        "BillingMode": given.get("BillingMode", "PROVISIONED"),
        "StreamSpecification": {"StreamEnabled": True, **stream} if stream else None,
    })  # fmt: skip


@applies(
    "AWS::DynamoDB::GlobalTable",
    uses="TableName KeySchema AttributeDefinitions BillingMode Replicas TimeToLiveSpecification GlobalSecondaryIndexes",
    leaves="SSESpecification",
)
def global_table(account: Account, logical_id: str, given: Properties) -> Created:
    """As CDK's TableV2 makes it: one replica, on demand."""
    replica = given["Replicas"][0]
    if len(given["Replicas"]) != 1:
        raise InvalidSettings(f"{logical_id}: the local cloud has one region, the table has several replicas")
    name = given.get("TableName") or account.name(logical_id)
    passed = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
    arguments = {key: given[key] for key in passed if key in given}
    return _table(account, name, {**replica, **given}, arguments | {"BillingMode": "PAY_PER_REQUEST"})


def _table(account: Account, name: str, given: Properties, arguments: Properties) -> Created:
    dynamodb = account.client("dynamodb")
    create(dynamodb.create_table, TableName=name, **arguments)
    if recovery := given.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    if ttl := given.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    about = dynamodb.describe_table(TableName=name)["Table"]
    return Created(name, {"Arn": about["TableArn"], "StreamArn": about.get("LatestStreamArn", "")})


@applies("AWS::SSM::Parameter", uses="Name Type Value Description", leaves="Tags Tier AllowedPattern DataType")
def parameter(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("Name") or account.name(logical_id)
    account.client("ssm").put_parameter(
        Name=name, Type=given["Type"], Value=given["Value"], Description=given.get("Description", ""), Overwrite=True
    )
    account.parameters[name] = given["Value"]
    return Created(name, {"Type": given["Type"], "Value": given["Value"]})


@applies("AWS::Logs::LogGroup", uses="LogGroupName RetentionInDays", leaves="Tags KmsKeyId LogGroupClass")
def log_group(account: Account, logical_id: str, given: Properties) -> Created:
    logs, name = account.client("logs"), given.get("LogGroupName") or account.name(logical_id)
    create(logs.create_log_group, logGroupName=name)
    if days := given.get("RetentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
    return Created(name, {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"})


@applies("AWS::Logs::LogStream", uses="LogGroupName LogStreamName")
def log_stream(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("LogStreamName") or account.name(logical_id)
    create(account.client("logs").create_log_stream, logGroupName=given["LogGroupName"], logStreamName=name)
    return Created(name)


@applies(
    "AWS::SecretsManager::Secret",
    uses="Name SecretString GenerateSecretString",
    leaves="Description Tags KmsKeyId",
)
def secret(account: Account, logical_id: str, given: Properties) -> Created:
    secrets, name = account.client("secretsmanager"), given.get("Name") or account.name(logical_id)
    value = given.get("SecretString")
    if value is None:
        rule = given.get("GenerateSecretString", {})
        length = int(rule.get("PasswordLength", 32))
        value = secrets.get_random_password(PasswordLength=length, ExcludePunctuation=True)["RandomPassword"]
        if field := rule.get("GenerateStringKey"):
            value = orjson.dumps({**orjson.loads(rule.get("SecretStringTemplate", "{}")), field: value}).decode()
    made = create(secrets.create_secret, Name=name, SecretString=value)
    arn = made["ARN"] if made else secrets.describe_secret(SecretId=name)["ARN"]
    return Created(arn, {"Id": arn})


@applies("AWS::CDK::Metadata", uses="", leaves="Analytics")
def metadata(_account: Account, logical_id: str, _given: Properties) -> Created:
    return Created(logical_id)
