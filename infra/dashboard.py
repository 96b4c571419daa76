"""What does a stage look like right now? One dashboard, a row an endpoint, a line a release."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.endpoint import Endpoint
from serin.rollout.cliffs import LIVE, AlarmName, CliffKind

_HEIGHT = 6


class Dashboard(Construct):
    """Traffic, bad events and latency by release, crashes by release, and the state of the endpoint's alarms."""

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
            [self._alarms(endpoint)],
        ]

    def _graph(self, title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(title=title, left=metrics, width=6, height=_HEIGHT)

    def _by_release(self, model: str, metric: str, statistic: str = "Sum") -> cloudwatch.MathExpression:
        """Releases come and go: a search finds those that there are."""
        where = f'{{Serin/{self._stage},Model,Release}} Model="{model}" MetricName="{metric}"'
        return _search(where, statistic, f"{metric} ")

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


def _search(where: str, statistic: str, label: str) -> cloudwatch.MathExpression:
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{where}', '{statistic}', 60)", using_metrics={}, label=label, period=Duration.minutes(1)
    )
