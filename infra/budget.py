"""Who holds endpoints to their budgets? A function that spend alarms wake within minutes, and AWS Budgets hours later.

Only what has a budget gets alarms; a stage without any gets nothing at all.
"""

from typing import Any

from aws_cdk import Duration, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.account_budgets import AccountBudgets
from infra.alarms import red_alarms
from infra.endpoint import Endpoint
from infra.function import Function, Steering
from infra.notices import Topic
from infra.registry import Registry
from serin.spending.grade import FROM, Grade
from serin.spending.signal import RUNAWAY, Source, SpendAlarm


class Budget(Construct):
    """Each endpoint and each team with a budget has an alarm for when it is used up, on what the ledger says, and a
    budget of AWS, which sums up what carries the tag. Requests a minute are counted by Lambda itself.

    Every five minutes the function looks anyway: for the grades before that, for what died halfway, for headroom that
    is used up, for a new month.
    It may stop and restore every endpoint of the stage, also one that has no budget any more.
    """

    def __init__(self, scope: Construct, *, steering: Steering, registry: Registry) -> None:
        super().__init__(scope, "Budget")
        settings = steering.settings
        self._settings, self._stage, self._registry = settings, settings.stage, registry
        self._shutdown: Function | None = None
        if not settings.budgeted:
            return
        self._shutdown = Function(
            scope,
            "shutdown",
            description="Holds endpoints to their budgets",
            steering=steering,
            timeout=Duration.seconds(60),
        )
        self._shutdown.woken_by(pattern=red_alarms(SpendAlarm.prefix(self._stage)))
        self._shutdown.woken_by(schedule="rate(5 minutes)", about="Look")
        self._allow(self._shutdown)
        self._budgets = AccountBudgets(self, stage=self._stage, function=self._shutdown.function)
        for team, usd in settings.team_budgets.items():
            place = Construct(self, f"Team {team}")
            self._limit(place, Source.TEAM, team, usd)
            Tags.of(place).add("team", team)

    def hold(self, endpoint: Endpoint, topic: Topic) -> None:
        """Let the function stop and restore this endpoint and tell its owners; and give it the alarms of its budget."""
        if self._shutdown is None:
            return
        settings = endpoint.settings
        self._shutdown.allow(
            ["lambda:GetFunctionConcurrency", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"],
            endpoint.function.function_arn,
        )
        self._shutdown.allow(["sns:Publish"], topic.arn)
        if settings.budget.monthly_usd is not None:
            self._limit(Construct(endpoint, "Budget"), Source.MODEL, settings.model, settings.budget.monthly_usd)
        if settings.budget.runaway_per_minute is not None:
            self._runaway(endpoint, settings.budget.runaway_per_minute)
        if self._settings.has_budget(settings) and settings.captured.share > 0:
            endpoint.function.add_environment("SERIN_BUDGETED", "true")
            self._registry.allow_spending_read(endpoint.role, settings.model)

    @property
    def function_arns(self) -> list[str]:
        """Of whom an approver may wake; empty in a stage without budgets."""
        return [self._shutdown.function.function_arn] if self._shutdown else []

    def describe(self, endpoint: Endpoint) -> dict[str, Any]:
        """What the directory says of it."""
        settings = endpoint.settings
        return {
            "budget": settings.budget.model_dump(),
            "team_budget_usd": self._settings.team_budgets.get(settings.team),
            "guard": self._shutdown.function.function_name if self._shutdown else "",
        }

    def _allow(self, function: Function) -> None:
        self._registry.allow_records(function.role, "GetItem", "PutItem")
        function.allow(
            ["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"], "*",
            reason="Reading metrics and the states of alarms knows no resource.",
        )  # fmt: skip
        function.allow_directory(by_name=True)
        function.allow_events()

    def _limit(self, place: Construct, source: Source, name: str, usd: float) -> None:
        """An alarm for what can't wait: the lower grades are found by the look of every five minutes, and an alarm is
        paid for all month."""
        percent = FROM[Grade.STOPPED]
        _alarm(
            place,
            SpendAlarm(self._stage, str(percent), source, name),
            f"{percent} % of the month's budget of {name}, {usd:g} USD, are used",
            namespace=f"Serin/{self._stage}",
            metric_name="BudgetUsed",
            dimensions=[cloudwatch.CfnAlarm.DimensionProperty(name=source.capitalize(), value=name)],
            statistic="Maximum",
            threshold=percent,
            # The ledger speaks every five minutes: between two words, the last one holds.
            treat_missing_data="ignore",
        )
        self._budgets.watch(place, source, name, usd)

    def _runaway(self, endpoint: Endpoint, most: int) -> None:
        """As fine as Lambda's own count is: one minute with too many is enough."""
        model = endpoint.settings.model
        _alarm(
            endpoint,
            SpendAlarm(self._stage, RUNAWAY, Source.MODEL, model),
            f"More requests a minute than anybody means to send to {model}",
            namespace="AWS/Lambda",
            metric_name="Invocations",
            dimensions=[
                cloudwatch.CfnAlarm.DimensionProperty(name="FunctionName", value=endpoint.function.function_name)
            ],
            statistic="Sum",
            threshold=most,
            treat_missing_data="notBreaching",
        )


def _alarm(place: Construct, name: SpendAlarm, description: str, **more: Any) -> None:
    cloudwatch.CfnAlarm(
        place,
        f"Spend{name.kind.capitalize()}",
        alarm_name=str(name),
        alarm_description=description,
        period=60,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        **more,
    )
