"""What CloudWatch knows of an endpoint's spend: which of the stage's spend alarms are red, and what the ledger says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from serin.aws.alarms import described
from serin.aws.failures import call
from serin.registry.endpoints import Endpoint
from serin.spending.signal import RUNAWAY, Source, SpendAlarm, Spent, Word

__all__ = ["METRIC", "Spend"]

METRIC = "BudgetUsed"
"""Percent of the month's budget, of a model or a team. A value's time says of which month it is: what the ledger adds
up of the last one after midnight belongs under a time of that month."""
_RECENT = timedelta(minutes=20)
"""The ledger speaks every five minutes."""
_STILL = timedelta(minutes=3)
"""What an alarm on requests a minute tells of the present: its minute, and what CloudWatch takes to know it."""


@dataclass(frozen=True)
class Spend:
    client: Any

    def red(self, stage: str, now: datetime) -> tuple[Word, ...]:
        """For what became red while nobody heard of it."""
        return tuple(self._red(stage, now))

    def _red(self, stage: str, now: datetime) -> Iterator[Word]:
        for found in described(self.client, SpendAlarm.prefix(stage)):
            alarm = SpendAlarm.parse(found["AlarmName"])
            since = (found.get("StateTransitionedTimestamp") or found["StateUpdatedTimestamp"]).astimezone(UTC)
            if alarm is None or alarm.stage != stage or found["StateValue"] != "ALARM":
                continue
            # A budget's alarm stays as it is while nothing is measured: its redness is as old as its change. Requests
            # are counted at all times: who is still red runs away still, though it began before a resume.
            yield alarm.word(max(since, now - _STILL) if alarm.kind == RUNAWAY else since, found.get("StateReason", ""))

    def used(self, endpoint: Endpoint, now: datetime) -> tuple[Spent, ...]:
        """The ledger's latest word on the endpoint's budget and its team's, as far as they have one."""
        asked = [(Source.MODEL, "Model", endpoint.model, endpoint.budget.monthly_usd)]
        asked += [(Source.TEAM, "Team", endpoint.team, endpoint.team_budget_usd)]
        queries = [
            _query(source, dimension, name, f"Serin/{endpoint.stage}") for source, dimension, name, usd in asked if usd
        ]
        if not queries:
            return ()
        answer = call(
            self.client.get_metric_data, MetricDataQueries=queries, StartTime=now - _RECENT, EndTime=now,
            ScanBy="TimestampDescending",
        )  # fmt: skip
        return tuple(
            Spent(Source(result["Id"]), int(result["Values"][0]), result["Timestamps"][0].astimezone(UTC))
            for result in answer["MetricDataResults"]
            if result["Values"]
        )


def _query(source: Source, dimension: str, name: str, namespace: str) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": METRIC, "Dimensions": [{"Name": dimension, "Value": name}]}
    return {"Id": source.value, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
