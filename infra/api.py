"""How does a client reach a model? The Open Inference Protocol on an API Gateway REST API, by key and plan."""

import json

from aws_cdk import Aws, Duration, Fn, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.endpoint import Endpoint
from infra.findings import acknowledge
from infra.outcomes import Outcomes
from infra.refusals import Refusals
from infra.request import infer_request
from infra.settings import GATEWAY_TIMEOUT_S


class Api(Construct):
    """The REST API of a stage, and its only stage: keys, throttling, shape of requests, access logs.

    A request may have 10 MB here and 6 MB at the function (about 4.5 MB of binary tensors: they travel as base64).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: str,
        endpoints: list[Endpoint],
        outcomes: Outcomes,
        log_retention: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, construct_id)
        access_logs = logs.LogGroup(
            self,
            "AccessLogs",
            log_group_name=f"/serin/{stage}/api",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.rest = apigateway.RestApi(
            self,
            "Rest",
            rest_api_name=f"serin-{stage}",
            description="Open Inference Protocol",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            binary_media_types=["application/octet-stream"],
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            deploy_options=_stage_options(stage, endpoints, access_logs),
        )
        self.rest.node.try_remove_child("Endpoint")  # an output that the stack gives by a better name
        self.url = f"https://{self.rest.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{stage}"
        self._keep_execution_logs(stage, log_retention)
        self._acknowledge()
        Refusals(self.rest)
        self._validators()
        self._route(endpoints)
        self._route_outcomes(outcomes)

    def _keep_execution_logs(self, stage: str, log_retention: logs.RetentionDays) -> None:
        """API Gateway makes this group itself, to be kept for ever, unless it is there before the stage."""
        group = logs.LogGroup(
            self,
            "ExecutionLogs",
            log_group_name=Fn.join("", ["API-Gateway-Execution-Logs_", self.rest.rest_api_id, "/", stage]),
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.rest.deployment_stage.node.add_dependency(group)

    def _validators(self) -> None:
        self._shape = self.rest.add_request_validator(
            "Shape", request_validator_name="shape", validate_request_body=True, validate_request_parameters=True
        )
        self._parameters = self.rest.add_request_validator(
            "Parameters", request_validator_name="parameters", validate_request_parameters=True
        )
        self._request = infer_request(self.rest)

    def _route(self, endpoints: list[Endpoint]) -> None:
        """`/v2` and `/v2/health` speak of the server: the first endpoint answers for it."""
        root = self.rest.root.add_resource("v2")
        server = _proxy(endpoints[0])
        self._get(root, server)
        health = root.add_resource("health")
        for probe in ("live", "ready"):
            self._get(health.add_resource(probe), server)
        models = root.add_resource("models")
        for endpoint in endpoints:
            integration = _proxy(endpoint)
            model = models.add_resource(endpoint.settings.model)
            version = model.add_resource("versions").add_resource("{version}")
            for resource in (model, version):
                self._get(resource, integration)
                self._get(resource.add_resource("ready"), integration)
                self._infer(resource.add_resource("infer"), integration)
            self._permit(endpoint.live)

    def _route_outcomes(self, outcomes: Outcomes) -> None:
        """What came of predictions: `POST /outcomes`, with the key that any client has."""
        self.rest.root.add_resource("outcomes").add_method(
            "POST",
            _integration(Stack.of(self).region, outcomes.function.function_arn, GATEWAY_TIMEOUT_S),
            api_key_required=True,
            request_validator=self._parameters,
        )
        stage = self.rest.deployment_stage.stage_name
        outcomes.permit(self.rest.arn_for_execute_api(method="POST", path="/outcomes", stage=stage))

    def _get(self, resource: apigateway.Resource, integration: apigateway.Integration) -> None:
        resource.add_method(
            "GET",
            integration,
            api_key_required=True,
            request_parameters=_path_parameters(resource),
            request_validator=self._parameters,
        )

    def _infer(self, resource: apigateway.Resource, integration: apigateway.Integration) -> None:
        """The shape is checked for JSON alone: a content type without a model here goes through as it is.

        API Gateway takes a request that names no content type for JSON, so a binary client has to name
        application/octet-stream in Content-Type, and in Accept to get its answer in binary.
        """
        resource.add_method(
            "POST",
            integration,
            api_key_required=True,
            request_parameters=_path_parameters(resource),
            request_validator=self._shape,
            request_models={"application/json": self._request},
        )

    def _permit(self, live: lambda_.Alias) -> None:
        live.add_permission(
            "Gateway",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=self.rest.arn_for_execute_api(
                method="*", path="/v2*", stage=self.rest.deployment_stage.stage_name
            ),
        )

    def _acknowledge(self) -> None:
        for finding, reason in _LIVED_WITH.items():
            acknowledge(self.rest, finding, reason)


def _stage_options(stage: str, endpoints: list[Endpoint], access_logs: logs.LogGroup) -> apigateway.StageOptions:
    """The stage may take what all plans allow together, and each model what its own plans allow."""
    plans = {endpoint.settings.model: endpoint.settings.plans for endpoint in endpoints}
    errors_only = apigateway.MethodLoggingLevel.ERROR
    return apigateway.StageOptions(
        stage_name=stage,
        access_log_destination=apigateway.LogGroupLogDestination(access_logs),
        access_log_format=_ACCESS_LOG,
        logging_level=errors_only,
        throttling_rate_limit=sum(plan.rate for own in plans.values() for plan in own),
        throttling_burst_limit=sum(plan.burst for own in plans.values() for plan in own),
        method_options={
            f"/v2/models/{model}/infer/POST": apigateway.MethodDeploymentOptions(
                logging_level=errors_only,
                throttling_rate_limit=sum(plan.rate for plan in own),
                throttling_burst_limit=sum(plan.burst for plan in own),
            )
            for model, own in plans.items()
        },
    )


def _proxy(endpoint: Endpoint) -> apigateway.Integration:
    seconds = min(endpoint.settings.timeout_s, GATEWAY_TIMEOUT_S)
    return _integration(Stack.of(endpoint).region, endpoint.live.function_arn, seconds)


def _integration(region: str, arn: str, seconds: int) -> apigateway.Integration:
    path = f"path/2015-03-31/functions/{arn}/invocations"
    return apigateway.Integration(
        type=apigateway.IntegrationType.AWS_PROXY,
        integration_http_method="POST",
        uri=f"arn:{Aws.PARTITION}:apigateway:{region}:lambda:{path}",
        options=apigateway.IntegrationOptions(timeout=Duration.seconds(seconds)),
    )


def _path_parameters(resource: apigateway.Resource) -> dict[str, bool] | None:
    return {"method.request.path.version": True} if "{version}" in resource.path else None


_ACCESS_LOG = apigateway.AccessLogFormat.custom(
    json.dumps(
        {
            "time": "$context.requestTimeEpoch",
            "request": "$context.requestId",
            "method": "$context.httpMethod",
            "path": "$context.path",
            "status": "$context.status",
            "bytes": "$context.responseLength",
            "latency_ms": "$context.responseLatency",
            "function_ms": "$context.integrationLatency",
            "key": "$context.identity.apiKeyId",
            "ip": "$context.identity.sourceIp",
            "refused": "$context.error.responseType",
        }
    )
)
_LOG_POLICY = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
_LIVED_WITH = {
    f"IAM4[Policy::{_LOG_POLICY}]": "API Gateway asks for this policy by name, for its log role of account and region.",
    "APIG3": "A web ACL has a monthly price, also when idle; every method needs a key and is throttled."
    " An account that wants a firewall associates its own ACL with the stage.",
    "APIG4": "Clients are machines of other teams, known by an API key bound to a usage plan; the models answer nothing"
    " that is secret from a holder of a key.",
    "COG4": "Callers are services, not people with a sign-in: a Cognito user pool has nobody to hold.",
}
