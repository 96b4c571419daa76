"""What does a stage look like right now? One dashboard; for each endpoint traffic by release, quality and spend."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.endpoint import Endpoint
from serin.rollout.cliffs import LIVE, AlarmName, CliffKind

_HEIGHT = 6
_MINUTE, _SIX_HOURS = Duration.minutes(1), Duration.hours(6)
_QUALITY = ("RealisedAuc", "RealisedRmse", "CalibrationError")
_DRIFT = ("DriftExpectedQuality", "DriftRealisedQuality")


class Dashboard(Construct):
    """Traffic, bad events and latency by release, crashes by release; what the month has cost so far, realised quality
    and drift by version; and the state of the endpoint's alarms."""

    def __init__(self, scope: Construct, *, stage: str, endpoints: list[Endpoint]) -> None:
        super().__init__(scope, "Dashboard")
        self._stage = stage
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"serin-{stage}",
            default_interval=Duration.hours(3),
            widgets=[row for endpoint in endpoints for row in self._rows(endpoint)],
        )

    def _rows(self, endpoint: Endpoint) -> list[list[cloudwatch.IWidget]]:
        model = endpoint.settings.model
        title = f"## {model}, team {endpoint.settings.team}, tier {endpoint.settings.tier}"
        bad = ["Failures", "OverBudget", "InvalidOutputs", "LowConfidence"]
        return [
            [cloudwatch.TextWidget(markdown=title, width=24, height=1)],
            [
                self._graph("requests by release", [self._by_release(model, "Invocations")]),
                self._graph("bad events by release", [self._by_release(model, name) for name in bad]),
                self._graph("latency p99 by release, ms", [self._by_release(model, "Latency", "p99")]),
                self._graph("crashes by release", [self._crashes(endpoint)]),
            ],
            [
                self._spend(model),
                self._graph("realised quality by version", [self._by_version(model, name) for name in _QUALITY]),
                self._graph("drift: expected and realised quality", [self._by_version(model, name) for name in _DRIFT]),
                self._graph("drift asks somebody to act", [self._by_version(model, "DriftAlarm", "Maximum")]),
            ],
            [self._alarms(endpoint)],
        ]

    def _spend(self, model: str) -> cloudwatch.GraphWidget:
        """The ledger says nothing while nothing changes: the last word of six hours is shown."""
        month, used = (self._of_model(model, name) for name in ("SpendMicros", "BudgetUsed"))
        usd = cloudwatch.MathExpression(
            expression="micro / 1000000", using_metrics={"micro": month}, label="USD", period=_SIX_HOURS
        )
        return cloudwatch.GraphWidget(
            title="spend this month, USD, and % of the budget", left=[usd], right=[used], width=6, height=_HEIGHT
        )

    def _of_model(self, model: str, metric: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=f"Serin/{self._stage}", metric_name=metric, dimensions_map={"Model": model}, statistic="Maximum",
            period=_SIX_HOURS,
        )  # fmt: skip

    def _graph(self, title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(title=title, left=metrics, width=6, height=_HEIGHT)

    def _by_release(self, model: str, metric: str, statistic: str = "Sum") -> cloudwatch.MathExpression:
        """Releases come and go: a search finds those that there are."""
        where = f'{{Serin/{self._stage},Model,Release}} Model="{model}" MetricName="{metric}"'
        return _search(where, statistic, f"{metric} ")

    def _by_version(self, model: str, metric: str, statistic: str = "Average") -> cloudwatch.MathExpression:
        """Counted for windows of an hour or more, and again while outcomes come late."""
        where = f'{{Serin/{self._stage},Model,ModelVersion}} Model="{model}" MetricName="{metric}"'
        return _search(where, statistic, f"{metric} ", Duration.hours(1))

    def _crashes(self, endpoint: Endpoint) -> cloudwatch.MathExpression:
        name = endpoint.function.function_name
        where = f'{{AWS/Lambda,ExecutedVersion,FunctionName,Resource}} FunctionName="{name}" MetricName="Errors"'
        return _search(where, "Sum", "release ")

    def _alarms(self, endpoint: Endpoint) -> cloudwatch.AlarmStatusWidget:
        names = [str(AlarmName(self._stage, endpoint.settings.model, LIVE, kind)) for kind in CliffKind]
        alarms = [
            cloudwatch.Alarm.from_alarm_name(endpoint, f"Shown{kind.capitalize()}", name)
            for kind, name in zip(CliffKind, names, strict=True)
        ]
        return cloudwatch.AlarmStatusWidget(title="alarms", alarms=alarms, width=24, height=3)


def _search(where: str, statistic: str, label: str, period: Duration = _MINUTE) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{where}', '{statistic}', {period.to_seconds():g})",
        using_metrics={},
        label=label,
        period=period,
    )
