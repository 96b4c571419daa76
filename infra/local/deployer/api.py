"""The REST API: keys and plans also exist in moto (the CLI reads them there), the rest in the gateway's model."""

import hashlib
from typing import Any

from jsonschema import Draft4Validator

from infra.local.deployer.intrinsics import Created
from infra.local.deployer.kinds import Account, applies
from infra.local.gateway.model import ApiKey, Method, Plan, RestApi
from infra.local.gateway.schema import compiled
from infra.local.release import split_name
from serin.errors import InvalidSettings

Properties = dict[str, Any]


@applies(
    "AWS::ApiGateway::RestApi",
    uses="Name BinaryMediaTypes",
    leaves="Description EndpointConfiguration Tags Policy MinimumCompressionSize ApiKeySourceType "
    "DisableExecuteApiEndpoint EndpointAccessMode SecurityPolicy",
)
def rest_api(account: Account, logical_id: str, given: Properties) -> Created:
    gateway = account.client("apigateway")
    name = given.get("Name") or account.name(logical_id)
    api = gateway.create_rest_api(name=name)["id"]
    root = next(one["id"] for one in gateway.get_resources(restApiId=api)["items"] if one["path"] == "/")
    account.apis[api] = RestApi(api, name, binary=tuple(one.lower() for one in given.get("BinaryMediaTypes", [])))
    return Created(api, {"RootResourceId": root, "RestApiId": api})


@applies("AWS::ApiGateway::Resource", uses="RestApiId ParentId PathPart")
def resource(account: Account, logical_id: str, given: Properties) -> Created:
    account.apis[given["RestApiId"]].resources[logical_id] = (given["ParentId"], given["PathPart"])
    return Created(logical_id, {"ResourceId": logical_id})


@applies("AWS::ApiGateway::Model", uses="RestApiId Name Schema ContentType", leaves="Description")
def model(account: Account, logical_id: str, given: Properties) -> Created:
    name = given.get("Name") or logical_id
    Draft4Validator.check_schema(given["Schema"])
    account.models[name] = given["Schema"]
    return Created(name)


@applies(
    "AWS::ApiGateway::RequestValidator",
    uses="ValidateRequestBody ValidateRequestParameters",
    leaves="RestApiId Name",
)
def validator(account: Account, logical_id: str, given: Properties) -> Created:
    account.validators[logical_id] = given
    return Created(logical_id, {"RequestValidatorId": logical_id})


@applies(
    "AWS::ApiGateway::GatewayResponse",
    uses="RestApiId ResponseType ResponseTemplates ResponseParameters StatusCode",
)
def gateway_response(account: Account, logical_id: str, given: Properties) -> Created:
    account.apis[given["RestApiId"]].responses[given["ResponseType"]] = given
    return Created(logical_id, {"Id": logical_id})


@applies(
    "AWS::ApiGateway::Method",
    uses="RestApiId ResourceId HttpMethod ApiKeyRequired AuthorizationType Integration RequestValidatorId "
    "RequestModels RequestParameters",
    leaves="MethodResponses OperationName",
)
def method(account: Account, logical_id: str, given: Properties) -> Created:
    api, integration = account.apis[given["RestApiId"]], given["Integration"]
    if integration["Type"] != "AWS_PROXY" or given.get("AuthorizationType", "NONE") != "NONE":
        raise InvalidSettings(f"{logical_id}: the local gateway knows open or keyed methods with AWS_PROXY only")
    arn = integration["Uri"].partition("/functions/")[2].rpartition("/invocations")[0]
    function, qualifier = split_name(arn)
    rules = account.validators.get(given.get("RequestValidatorId", ""), {})
    schema = account.models.get(given.get("RequestModels", {}).get("application/json", ""))
    needed = [name.removeprefix("method.request.header.") for name, must in given.get("RequestParameters", {}).items()
              if must and name.startswith("method.request.header.")]  # fmt: skip
    checked = bool(schema and rules.get("ValidateRequestBody"))
    api.add(Method(
        resource_id=given["ResourceId"], resource=api.path_of(given["ResourceId"]), http_method=given["HttpMethod"],
        key_required=bool(given.get("ApiKeyRequired")), function=function, qualifier=qualifier,
        timeout=float(integration.get("TimeoutInMillis", 29_000)) / 1000,
        parameters=tuple(name.lower() for name in needed) if rules.get("ValidateRequestParameters") else (),
        validator=Draft4Validator(schema) if checked else None, surely_valid=compiled(schema) if checked else None,
    ))  # fmt: skip
    return Created(logical_id)


@applies("AWS::ApiGateway::Deployment", uses="RestApiId", leaves="Description")
def deployment(_account: Account, logical_id: str, _given: Properties) -> Created:
    return Created(logical_id, {"DeploymentId": logical_id})


@applies(
    "AWS::ApiGateway::Stage",
    uses="RestApiId StageName MethodSettings",
    leaves="DeploymentId AccessLogSetting TracingEnabled Tags Description",
)
def stage(account: Account, _logical_id: str, given: Properties) -> Created:
    api = account.apis[given["RestApiId"]]
    api.stage = given["StageName"]
    for setting in given.get("MethodSettings", []):
        if setting.get("ThrottlingRateLimit") is not None:
            path = setting["ResourcePath"]
            path = path[1:].replace("~1", "/") if "~1" in path else path
            limit = float(setting["ThrottlingRateLimit"]), int(setting["ThrottlingBurstLimit"])
            api.limits[f"{setting['HttpMethod']} {path}"] = limit
    return Created(given["StageName"])


@applies("AWS::ApiGateway::Account", uses="", leaves="CloudWatchRoleArn")
def api_account(_account: Account, logical_id: str, _given: Properties) -> Created:
    return Created(logical_id, {"Id": logical_id})


@applies("AWS::ApiGateway::ApiKey", uses="Name Enabled Value", leaves="Description StageKeys Tags GenerateDistinctId")
def api_key(account: Account, logical_id: str, given: Properties) -> Created:
    """The same key at every start: it opens nothing but this machine's own port."""
    name = given.get("Name") or account.name(logical_id)
    value = given.get("Value") or hashlib.sha256(f"{account.stack}/{logical_id}".encode()).hexdigest()[:40]
    enabled = bool(given.get("Enabled", False))
    made = account.client("apigateway").create_api_key(name=name, value=value, enabled=enabled)
    account.keys[made["id"]] = ApiKey(made["id"], name, value, enabled)
    return Created(made["id"], {"APIKeyId": made["id"]})


@applies("AWS::ApiGateway::UsagePlan", uses="UsagePlanName ApiStages Throttle Quota", leaves="Description Tags")
def usage_plan(account: Account, logical_id: str, given: Properties) -> Created:
    name, throttle, quota = given.get("UsagePlanName") or logical_id, given.get("Throttle", {}), given.get("Quota", {})
    made = account.client("apigateway").create_usage_plan(name=name)
    account.plans[made["id"]] = Plan(
        name,
        rate=float(throttle["RateLimit"]) if "RateLimit" in throttle else None,
        burst=int(throttle["BurstLimit"]) if "BurstLimit" in throttle else None,
        quota=int(quota["Limit"]) if "Limit" in quota else None,
        period=quota.get("Period", "DAY"),
    )
    return Created(made["id"], {"Id": made["id"]})


@applies("AWS::ApiGateway::UsagePlanKey", uses="KeyId KeyType UsagePlanId")
def usage_plan_key(account: Account, logical_id: str, given: Properties) -> Created:
    account.client("apigateway").create_usage_plan_key(
        usagePlanId=given["UsagePlanId"], keyId=given["KeyId"], keyType=given["KeyType"]
    )
    key = account.keys[given["KeyId"]]
    key.join(account.plans[given["UsagePlanId"]])
    for api in account.apis.values():
        api.keys[key.value] = key
    return Created(logical_id, {"Id": logical_id})
