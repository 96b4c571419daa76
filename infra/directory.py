"""How does the command line find an endpoint? By one SSM parameter each, written by the deployment of the stack."""

from aws_cdk import Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.api import Api
from infra.audit import Trail
from infra.budget import Budget
from infra.client import Client
from infra.drift import Drift
from infra.endpoint import Endpoint
from infra.notices import Topic
from infra.outcomes import Outcomes
from infra.receipts import Receipts
from infra.registry import Registry
from infra.rollout import Rollouts
from infra.stream import Stream


class Entry(Construct):
    """The parameter `/serin/<stage>/endpoints/<model>`: all that `serin` must know of an endpoint, as JSON."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        stage: str,
        registry: Registry,
        receipts: Receipts,
        api: Api,
        clients: list[Client],
        topic: Topic,
        rollouts: Rollouts,
        stream: Stream,
        outcomes: Outcomes,
        drift: Drift,
        trail: Trail,
        review: dict[str, str | float] | None,
        budget: Budget,
    ) -> None:
        super().__init__(endpoint, "Directory")
        settings = endpoint.settings
        value = {
            "model": settings.model,
            "team": settings.team,
            "tier": settings.tier.value,
            "critical": settings.critical,
            "stage": stage,
            "owners": settings.owners.model_dump(),
            "function": endpoint.function.function_name,
            "alias": endpoint.live.alias_name,
            "bucket": registry.bucket.bucket_name,
            "table": registry.table.table_name,
            "api_url": api.url,
            "rest_api_id": api.rest.rest_api_id,
            "plans": [client.describe() for client in clients],
            "latency_budget_ms": settings.latency_budget_ms,
            "memory_mb": settings.memory_mb,
            "architecture": settings.architecture,
            "runtime": settings.runtime,
            "snapstart": settings.snap_start,
            "topic": topic.arn,
            "controller": rollouts.controller.function.function_name,
            "rollout": settings.rollout,
            "guardrails": list(settings.guardrails),
            "approvers": list(settings.approvers),
            "receipt_secret": receipts.secret_arn,
            "captured": stream.describe(),
            "drift": {**settings.drift.model_dump(), "rule": drift.rules[settings.model].ref},
            "idle_days": settings.idle_days,
            "outcome_queue": outcomes.queue_url,
            "gates": settings.gates.described,
            "audit_bucket": trail.bucket.bucket_name,
            "review": review,
            **budget.describe(endpoint),
        }
        ssm.StringParameter(
            self,
            "Parameter",
            parameter_name=f"/serin/{stage}/endpoints/{settings.model}",
            description=f"What the serin command knows of the endpoint {settings.model}",
            string_value=Stack.of(self).to_json_string(value),
        )
