"""What do CloudWatch's alarms and the ledger's metric tell the spend guard?"""

from datetime import UTC, datetime, timedelta

from serin.aws.spend import Spend
from serin.registry.endpoints import Budget
from serin.spending.signal import Runaway, Source, Spent
from tests.unit.aws.stage import ENDPOINT, Aws


def test_a_red_alarm_on_requests_tells_of_now_and_one_on_a_budget_of_when_it_changed(aws: Aws) -> None:
    """Who runs away still, though resumed meanwhile, is found; a budget's alarm that is red since last month, while
    nothing was measured in this one, says nothing of it. Green ones and other stages' tell nothing."""
    client, before = aws.client("cloudwatch"), datetime.now(UTC)
    red = ("serin-dev-spend.100.team.operations", "serin-dev-spend.runaway.model.flights")
    for name in (*red, "serin-dev-spend.80.model.flights", "serin-prod-spend.80.model.flights"):
        client.put_metric_alarm(
            AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold", Statistic="Sum",
        )  # fmt: skip
    for name in (*red, "serin-prod-spend.80.model.flights"):
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="because")
    later = before + timedelta(minutes=10)
    found = {word.name: word for word in Spend(client).red("dev", later)}
    assert found.keys() == {"operations", "flights"}
    assert found["flights"].signal == Runaway(later - timedelta(minutes=3), "because")
    budget = found["operations"].signal
    assert isinstance(budget, Spent)
    assert (budget.source, budget.percent) == (Source.TEAM, 100)
    assert before <= budget.at < later - timedelta(minutes=3)


def test_an_endpoint_without_budgets_asks_nobody() -> None:
    """Metrics have a price."""
    assert Spend(None).used(ENDPOINT, datetime.now(UTC)) == ()
    assert ENDPOINT.budget == Budget()
