"""How does a template become resources? Check everything first, then create in the order of the dependencies."""

import re
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import boto3
import orjson
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.batch import Mapping
from infra.local.deployer import api, captured, compute, queues, storage, watching  # noqa: F401 - each registers its types
from infra.local.deployer.assembly import Asset, Stack, content, read_stack
from infra.local.deployer.intrinsics import Scope, references
from infra.local.deployer.kinds import Account, check, create, known
from infra.local.deployer.rehearsal import make_roles
from infra.local.deployer.transport import Send
from infra.local.gateway.model import RestApi
from infra.local.release import ACCOUNT, REGION
from serin.errors import InvalidSettings

__all__ = ["DEPLOYER_KEY", "Deployed", "deploy"]

DEPLOYER_KEY = "deployer"


@dataclass(frozen=True)
class Deployed:
    stack: str
    api: RestApi | None
    keys: dict[str, str]
    outputs: dict[str, Any]
    mappings: list[Mapping]
    hearers: list[tuple[str, str]]


def deploy(assembly: Path, aws_endpoint: str, gateway: str, send: Send) -> Deployed:
    """All calls go through `send`. Raises InvalidSettings, naming each type or property of the template that the local
    cloud does not know."""
    stack = read_stack(assembly)
    account = _account(stack.name, aws_endpoint, send)
    scope = _scope(stack, gateway)
    resources = _wanted(stack, scope)
    check(resources)
    _upload(account, stack.assets, scope)
    for logical_id in _order(resources):
        _apply(account, scope, logical_id, resources[logical_id])
    make_roles(account)
    rest = next(iter(account.apis.values()), None)
    if rest:
        rest.permits = account.permits
    outputs = {key: scope.resolve(one["Value"]) for key, one in stack.template.get("Outputs", {}).items()}
    return Deployed(stack.name, rest, _keys_by_plan(account), outputs, account.mappings, account.hearers)


def _account(stack: str, endpoint: str, send: Send) -> Account:
    session = boto3.Session(aws_access_key_id=DEPLOYER_KEY, aws_secret_access_key=DEPLOYER_KEY, region_name=REGION)
    session.events.register("before-send", send)
    clients: dict[str, Any] = {}
    config = Config(retries={"total_max_attempts": 1}, ignore_configured_endpoint_urls=True)

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = session.client(service, endpoint_url=endpoint, config=config)
        return clients[service]

    return Account(stack, client, {}, {}, {}, {}, {}, [], {})


def _scope(stack: Stack, gateway: str) -> Scope:
    parameters = {key: one.get("Default") for key, one in stack.template.get("Parameters", {}).items()}
    execute_api = re.compile(rf"https://[a-z0-9]+\.execute-api\.{REGION}\.amazonaws\.com")
    pseudo = {
        "AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": stack.name,
        "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack.name}/local",
        "AWS::URLSuffix": "amazonaws.com",
    }  # fmt: skip
    return Scope(
        parameters | pseudo, stack.template.get("Conditions", {}), stack.template.get("Mappings", {}),
        rewrite=lambda text: execute_api.sub(gateway, text),
    )  # fmt: skip


def _wanted(stack: Stack, scope: Scope) -> dict[str, Any]:
    every = stack.template["Resources"].items()
    return {key: one for key, one in every if "Condition" not in one or scope.holds(one["Condition"])}


def _upload(account: Account, assets: list[Asset], scope: Scope) -> None:
    """Without bundles, kinds of functions differ in the names of their assets alone."""
    s3 = account.client("s3")
    for bucket in {scope.sub(asset.bucket) for asset in assets}:
        create(s3.create_bucket, Bucket=bucket)
    once = cache(content)
    for asset in assets:
        body = once(asset.path, asset.zipped)
        s3.put_object(Bucket=scope.sub(asset.bucket), Key=scope.sub(asset.key), Body=body)


def _order(resources: dict[str, Any]) -> list[str]:
    """Raises InvalidSettings for a circle."""
    graph = {}
    for logical_id, resource in resources.items():
        explicit = resource.get("DependsOn", [])
        named = {*references(resource.get("Properties", {})), *([explicit] if isinstance(explicit, str) else explicit)}
        graph[logical_id] = (named & resources.keys()) - {logical_id}
    for logical_id, resource in resources.items():  # keys are handed to the API, which the template does not say
        if resource["Type"] == "AWS::ApiGateway::UsagePlanKey":
            graph[logical_id] |= {key for key, one in resources.items() if one["Type"] == "AWS::ApiGateway::RestApi"}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise InvalidSettings(f"the template's resources depend on each other in a circle: {error.args[1]}") from error


def _apply(account: Account, scope: Scope, logical_id: str, resource: dict[str, Any]) -> None:
    kind = resource["Type"]
    try:
        given = scope.resolve(resource.get("Properties", {}))
        scope.created[logical_id] = known[kind].apply(account, logical_id, given)
    except (ClientError, KeyError) as error:
        raise InvalidSettings(f"{logical_id} ({kind}) could not be created: {error}") from error


def _keys_by_plan(account: Account) -> dict[str, str]:
    """By the plan names that the endpoints' parameters list, else by the names of the keys."""
    keys = {key.name: key.value for key in account.keys.values()}
    plans = [
        plan
        for name, value in account.parameters.items()
        if name.startswith("/serin/") and "/endpoints/" in name
        for plan in orjson.loads(value).get("plans", [])
    ]
    return {plan["name"]: account.keys[plan["api_key_id"]].value for plan in plans} or keys
