"""Who may call an endpoint, and how much? One API key and one usage plan for each client plan in the settings."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra import settings as given
from infra.api import Api
from infra.endpoint import Endpoint


class Client(Construct):
    """One client plan of an endpoint: an API key, and a usage plan with its rate, burst and daily quota.

    A key opens the whole stage: the plan limits how much, not which model. Models that must not share clients
    belong on stages of their own.
    """

    def __init__(self, endpoint: Endpoint, *, stage: str, plan: given.Plan, api: Api) -> None:
        super().__init__(endpoint, plan.name)
        name = f"serin-{stage}-{endpoint.settings.model}-{plan.name}"
        self._name = plan.name
        self._key = apigateway.ApiKey(
            self, "Key", api_key_name=name, description=f"Plan {plan.name} of {endpoint.settings.model}"
        )
        self._plan = apigateway.UsagePlan(
            self,
            "Plan",
            name=name,
            api_stages=[apigateway.UsagePlanPerApiStage(api=api.rest, stage=api.rest.deployment_stage)],
            throttle=apigateway.ThrottleSettings(rate_limit=plan.rate, burst_limit=plan.burst),
            quota=apigateway.QuotaSettings(limit=plan.daily_quota, period=apigateway.Period.DAY),
        )
        logical = "".join(part.capitalize() for part in f"{endpoint.settings.model}-{plan.name}".split("-"))
        self._plan.add_api_key(self._key, override_logical_id=f"{logical}PlanKey")

    def describe(self) -> dict[str, str]:
        return {"name": self._name, "api_key_id": self._key.key_id, "usage_plan_id": self._plan.usage_plan_id}
