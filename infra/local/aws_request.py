"""Which action on which resources is this AWS request? What IAM would look at, derived from the HTTP request."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from infra.local.http import Request
from infra.local.leading_keys import leading_keys, leading_keys_of_batch
from infra.local.release import ACCOUNT, REGION, split_name

__all__ = ["Access", "Signed", "accesses", "operation_of", "signed"]

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
IAM_NAMES = {"monitoring": "cloudwatch"}


@dataclass(frozen=True, slots=True)
class Access:
    """`keys` are the values of the partition key that a request to DynamoDB is about."""

    action: str
    resource: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed, for which service (by its signing name)."""

    access_key: str
    service: str


def signed(request: Request) -> Signed:
    """A request without a signature is nobody's request to S3, as on AWS."""
    found = CREDENTIAL.search(request.header(b"authorization") or "")
    return Signed(found[1], found[3]) if found else Signed("", "s3")


def operation_of(request: Request) -> str:
    """The operation's name where the protocol says it: PutItem, Publish; else empty."""
    if target := request.header(b"x-amz-target"):
        return target.rpartition(".")[2]
    if (request.header(b"content-type") or "").startswith("application/x-www-form-urlencoded"):
        return parse_qs(request.body.decode()).get("Action", [""])[0]
    return ""


def accesses(request: Request, service: str) -> list[Access]:
    """All must be allowed. A resource is "*" where the action has none, or where it is not known here."""
    if service == "s3":
        return list(_s3(request))
    if service == "lambda":
        return [_lambda(request)]
    if service == "apigateway":
        return [Access(f"apigateway:{request.method}", f"arn:aws:apigateway:{REGION}::{request.path}")]
    name = IAM_NAMES.get(service, service)
    operation = operation_of(request) or f"{request.method}:{request.path}"
    if request.header(b"x-amz-target"):
        body = orjson.loads(request.body or b"{}")
        if service == "dynamodb":
            return list(_dynamodb(operation, body))
        if service == "sqs":
            operation = operation.removesuffix("Batch")  # a batch needs the permission of its one
        resources = _JSON.get(service, lambda _: ["*"])(body)
        return [Access(f"{name}:{operation}", resource) for resource in resources]
    form = parse_qs(request.body.decode("utf-8", "replace"))
    arn = next((form[key][0] for key in ("TopicArn", "TargetArn", "RoleArn") if key in form), "*")
    return [Access(f"{name}:{operation}", arn)]


_S3_BUCKET = {
    "location": "GetBucketLocation", "versioning": "GetBucketVersioning", "versions": "ListBucketVersions",
    "policy": "GetBucketPolicy", "lifecycle": "GetLifecycleConfiguration", "tagging": "GetBucketTagging",
    "encryption": "GetEncryptionConfiguration", "uploads": "ListBucketMultipartUploads",
}  # fmt: skip


def _s3(request: Request) -> Iterator[Access]:
    bucket, _, key = unquote(request.path.lstrip("/")).partition("/")
    query = parse_qs(request.query, keep_blank_values=True)
    arn = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    if not bucket:
        yield Access("s3:ListAllMyBuckets", "*")
    elif not key:
        yield Access(f"s3:{_bucket_action(request, query)}", arn)
        return
    else:
        yield Access(f"s3:{_object_action(request.method, query)}", arn)
    if source := request.header(b"x-amz-copy-source"):
        yield Access("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/').partition('?')[0]}")


def _bucket_action(request: Request, query: dict[str, Any]) -> str:
    if request.method == "POST" and "delete" in query:
        return "DeleteObject"
    if request.method in ("GET", "HEAD"):
        return next((action for key, action in _S3_BUCKET.items() if key in query), "ListBucket")
    return {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}.get(request.method, "PutObject")


def _object_action(method: str, query: dict[str, Any]) -> str:
    part = "Version" if "versionId" in query else ""
    if "tagging" in query:
        return {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}.get(method, "Get") + f"Object{part}Tagging"
    if method == "DELETE":
        return "AbortMultipartUpload" if "uploadId" in query else f"DeleteObject{part}"
    return f"GetObject{part}" if method in ("GET", "HEAD") else "PutObject"


_ALIAS_VERBS = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}
_LAMBDA = [
    (r"POST /functions/[^/]+/invocations", "InvokeFunction"), (r"POST /functions", "CreateFunction"),
    (r"GET /functions/?", "ListFunctions"), (r"GET /functions/[^/]+", "GetFunction"),
    (r"DELETE /functions/[^/]+", "DeleteFunction"), (r"GET /functions/[^/]+/configuration", "GetFunctionConfiguration"),
    (r"PUT /functions/[^/]+/configuration", "UpdateFunctionConfiguration"),
    (r"PUT /functions/[^/]+/code", "UpdateFunctionCode"), (r"POST /functions/[^/]+/versions", "PublishVersion"),
    (r"GET /functions/[^/]+/versions", "ListVersionsByFunction"), (r"POST /functions/[^/]+/aliases", "CreateAlias"),
    (r"GET /functions/[^/]+/aliases", "ListAliases"), (r"PUT /functions/[^/]+/concurrency", "PutFunctionConcurrency"),
    (r"DELETE /functions/[^/]+/concurrency", "DeleteFunctionConcurrency"),
    (r"GET /functions/[^/]+/concurrency", "GetFunctionConcurrency"),
    (r"PUT /functions/[^/]+/provisioned-concurrency", "PutProvisionedConcurrencyConfig"),
    (r"DELETE /functions/[^/]+/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig"),
    (r"GET /functions/[^/]+/provisioned-concurrency", "GetProvisionedConcurrencyConfig"),
]  # fmt: skip
_QUALIFIED = {
    "InvokeFunction", "DeleteFunction", "PutProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig",
    "GetProvisionedConcurrencyConfig",
}  # fmt: skip


def _lambda(request: Request) -> Access:
    """What concerns one version or alias is checked against its ARN, as on AWS."""
    parts = request.path.split("/")
    line = f"{request.method} /{'/'.join(parts[2:])}"
    if len(parts) > 5 and parts[4] == "aliases":
        action = _ALIAS_VERBS.get(request.method, "GetAlias")
    else:
        action = next((name for pattern, name in _LAMBDA if re.fullmatch(pattern, line)), line)
    if len(parts) < 4 or not parts[3]:
        return Access(f"lambda:{action}", "*")
    query = parse_qs(request.query)
    if "List" in query and action == "GetProvisionedConcurrencyConfig":
        action = "ListProvisionedConcurrencyConfigs"
    name, qualifier = split_name(parts[3], query.get("Qualifier", [None])[0])
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    return Access(f"lambda:{action}", f"{arn}:{qualifier}" if qualifier and action in _QUALIFIED else arn)


def _dynamodb(operation: str, body: Any) -> Iterator[Access]:
    if operation in ("TransactWriteItems", "TransactGetItems"):
        names = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem",
                 "ConditionCheck": "ConditionCheckItem"}  # fmt: skip
        for item in body.get("TransactItems", []):
            for verb, content in item.items():
                yield Access(f"dynamodb:{names[verb]}", _table(content["TableName"]), leading_keys(content))
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table, requests in body.get("RequestItems", {}).items():
            yield Access(f"dynamodb:{operation}", _table(table), leading_keys_of_batch(table, requests))
    else:
        table = _table(body["TableName"]) if "TableName" in body else "*"
        resource = f"{table}/index/{body['IndexName']}" if "IndexName" in body else table
        yield Access(f"dynamodb:{operation}", resource, leading_keys(body))


def _table(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


def _arn(service: str, rest: str) -> str:
    return rest if rest.startswith("arn:") else f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _ssm(body: Any) -> list[str]:
    names = body.get("Names") or [body[key] for key in ("Name", "Path") if key in body]
    return [_arn("ssm", f"parameter/{name.lstrip('/')}" if name[:4] != "arn:" else name) for name in names] or ["*"]


def _secret(body: Any) -> list[str]:
    """By name a secret's ARN ends in six characters that nobody signs: policies match them with ?? or a star."""
    name = str(body.get("SecretId", "*"))
    return [name if name.startswith("arn:") or name == "*" else _arn("secretsmanager", f"secret:{name}-local0")]


def _events(body: Any) -> list[str]:
    buses = {entry.get("EventBusName", "default") for entry in body.get("Entries", [])}
    if buses:
        return [_arn("events", f"event-bus/{bus}") for bus in sorted(buses)]
    return [_arn("events", f"rule/{body[key]}") for key in ("Name", "Rule") if key in body] or ["*"]


def _alarms(body: Any) -> list[str]:
    names = body.get("AlarmNames") or [body[key] for key in ("AlarmName",) if key in body]
    return [_arn("cloudwatch", f"alarm:{name}") for name in names] or ["*"]


def _queue(body: Any) -> list[str]:
    if arn := body.get("SourceArn"):
        return [arn]
    name = body.get("QueueName") or str(body.get("QueueUrl", "")).rpartition("/")[2]
    return [_arn("sqs", name)] if name else ["*"]


def _logs(body: Any) -> list[str]:
    name = body.get("logGroupName")
    return [_arn("logs", f"log-group:{name}:log-stream:{body.get('logStreamName', '')}")] if name else ["*"]


def _streams(body: Any) -> list[str]:
    name = body.get("DeliveryStreamName")
    return [_arn("firehose", f"deliverystream/{name}")] if name else ["*"]


_JSON: dict[str, Callable[[Any], list[str]]] = {
    "ssm": _ssm, "secretsmanager": _secret, "events": _events, "monitoring": _alarms, "logs": _logs,
    "firehose": _streams,
    "sqs": _queue,
}  # fmt: skip
