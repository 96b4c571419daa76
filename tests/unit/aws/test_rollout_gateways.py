"""Do the gateways of a rollout read and write AWS as the controller means it? Against moto, with real boto3."""

from datetime import UTC, datetime, timedelta

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sns import sns_backends

from serin.aws.alarms import Alarms
from serin.aws.dynamodb import Table
from serin.aws.lambda_ import Functions
from serin.aws.measures import Measures
from serin.aws.notices import Notices
from serin.aws.rollout_table import RolloutTable
from serin.errors import Conflict, NotFound
from serin.registry.notice import Event, Notice
from serin.registry.records import AuditEntry
from serin.rollout.cliffs import AlarmName, Cliff, CliffKind
from serin.rollout.evidence import Ask, Command
from serin.rollout.guardrails import guardrails
from serin.rollout.plan_text import parse_plan
from serin.rollout.release import Alias
from serin.rollout.state import Rollout
from serin.stats.counts import Counts
from tests.unit.aws.stage import ENDPOINT, Aws

NOW = datetime.now(UTC).replace(microsecond=0)
ROLLOUT = Rollout.start("01R", "flights", 2, 1, parse_plan("canary"), guardrails(), "me", NOW, version=2)


def _audit(action: str = "rollout") -> AuditEntry:
    return AuditEntry.of("flights", action, "me", NOW)


@pytest.fixture
def table(aws: Aws) -> RolloutTable:
    return RolloutTable(Table(aws.client("dynamodb"), "table"))


class TestRecords:
    def test_one_rollout_at_a_time(self, table: RolloutTable) -> None:
        """The second is refused, whoever starts it, and nothing of it is left."""
        table.start(ROLLOUT, _audit())
        other = Rollout.start("02R", "flights", 3, 1, parse_plan("canary"), guardrails(), "me", NOW)
        with pytest.raises(Conflict):
            table.start(other, _audit())
        assert [one.id for one in table.all("flights")] == ["01R"]

    def test_a_record_comes_back_as_it_was(self, table: RolloutTable) -> None:
        """Through DynamoDB's types, floats and None included."""
        table.start(ROLLOUT, _audit())
        stored = table.active("flights")
        assert stored
        assert stored.rollout == ROLLOUT == table.get("flights", "01R")
        with pytest.raises(NotFound, match="no rollout 09R"):
            table.get("flights", "09R")

    def test_who_read_an_old_record_can_not_save(self, table: RolloutTable) -> None:
        """Nor is its audit written."""
        table.start(ROLLOUT, _audit())
        stored = table.active("flights")
        assert stored
        table.save(stored, ROLLOUT, [_audit()])
        with pytest.raises(Conflict):
            table.save(stored, ROLLOUT, [_audit("late")])
        again = table.active("flights")
        assert again
        assert again.revision == stored.revision + 1

    def test_the_end_gives_the_lock_back(self, table: RolloutTable) -> None:
        """And the next may start; a command for the one that is over is refused."""
        table.start(ROLLOUT, _audit())
        stored = table.active("flights")
        assert stored
        table.save(stored, ROLLOUT, [], over=True)
        assert table.active("flights") is None
        with pytest.raises(Conflict):
            table.command(ROLLOUT, Command(Ask.PROMOTE, "ann", NOW), _audit())
        table.start(Rollout.start("02R", "flights", 3, 1, parse_plan("canary"), guardrails(), "me", NOW), _audit())

    def test_commands_are_of_one_rollout(self, table: RolloutTable) -> None:
        """With who asked, when, and for which step."""
        table.start(ROLLOUT, _audit())
        command = Command(Ask.PROMOTE, "ann", NOW, 1)
        table.command(ROLLOUT, command, _audit())
        assert table.commands(ROLLOUT) == (command,)

    def test_commands_come_in_the_order_of_time_whoever_asked(self, table: RolloutTable) -> None:
        """From both partitions, with what was given as a reason."""
        table.start(ROLLOUT, _audit())
        asked = [
            Command(ask, "ann", NOW + timedelta(seconds=n), 0, "because")
            for n, ask in enumerate((Ask.PAUSE, Ask.ABORT, Ask.RESUME, Ask.PROMOTE, Ask.GO_BACK))
        ]
        for command in reversed(asked):
            table.command(ROLLOUT, command, _audit())
        assert table.commands(ROLLOUT) == tuple(asked)

    @pytest.mark.parametrize(("ask", "counts"), [("promote", 0), ("abort", 0), ("nonsense", 0), ("go-back", 1)])
    def test_a_promotion_counts_from_the_approvers_partition_alone(
        self, aws: Aws, table: RolloutTable, ask: str, counts: int
    ) -> None:
        """Whoever may write a model's records, and puts the very record that an approver would, moves nothing."""
        table.start(ROLLOUT, _audit())
        table.command(ROLLOUT, Command(Ask.PAUSE, "rob", NOW), _audit())
        client = aws.client("dynamodb")
        forged = next(one for one in client.scan(TableName="table")["Items"] if one.get("ask") == {"S": "pause"})
        assert forged["PK"] == {"S": "MODEL#flights"}
        client.put_item(TableName="table", Item={**forged, "ask": {"S": ask}})
        assert len(table.commands(ROLLOUT)) == counts


def _put(aws: Aws, namespace: str, at: datetime, dimensions: dict[str, str], **values: float) -> None:
    pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    data = [
        {"MetricName": name, "Dimensions": pairs, "Timestamp": at, "Value": value, "Unit": "Count"}
        for name, value in values.items()
    ]
    aws.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)


class TestMeasures:
    def test_crashes_and_refusals_count_as_errors_of_their_release(self, aws: Aws) -> None:
        """By the minute, each arm by itself; what only resembles the metric is not counted."""
        minute = (NOW - timedelta(minutes=3)).replace(second=0)
        lambda_ = {"FunctionName": ENDPOINT.function, "Resource": f"{ENDPOINT.function}:live"}
        for second in (1, 30):
            _put(
                aws, "Serin/dev", minute + timedelta(seconds=second), {"Model": "flights", "Release": "2"},
                Invocations=50, Errors5xx=2, ModelRefusals=1, OverBudget=5, Predictions=47, InvalidOutputs=3,
                LowConfidence=10,
            )  # fmt: skip
        _put(aws, "Serin/dev", minute, {"Model": "flights", "Release": "1"}, Invocations=900, Predictions=900)
        _put(aws, "Serin/dev", minute, {"Model": "trains", "Release": "2"}, Invocations=7)
        _put(aws, "AWS/Lambda", minute, {**lambda_, "ExecutedVersion": "2"}, Errors=4, Invocations=104)
        _put(aws, "AWS/Lambda", minute, lambda_, Errors=9)
        (window,) = Measures(aws.client("cloudwatch")).windows(ENDPOINT, ROLLOUT, NOW)
        assert (window.start, window.end - window.start) == (minute, timedelta(minutes=1))
        assert {name: arms.candidate for name, arms in window.arms.items()} == {
            "errors": Counts(10, 104), "over_latency": Counts(10, 100), "invalid_output": Counts(6, 94),
            "low_confidence": Counts(20, 94),
        }  # fmt: skip
        assert window.arms["errors"].control == Counts(0, 900)

    def test_a_minute_that_may_still_grow_is_not_read(self, aws: Aws) -> None:
        """Lambda's own counts come a minute late: what ended less than that ago would lack them."""
        _put(aws, "Serin/dev", NOW - timedelta(seconds=20), {"Model": "flights", "Release": "2"}, Invocations=50)
        assert Measures(aws.client("cloudwatch")).windows(ENDPOINT, ROLLOUT, NOW) == ()
        later = NOW + timedelta(minutes=3)
        assert len(Measures(aws.client("cloudwatch")).windows(ENDPOINT, ROLLOUT, later)) == 1

    def test_windows_stay_where_they_are(self, aws: Aws) -> None:
        """The grid does not follow the clock of whoever reads, or the same request would count twice."""
        at = NOW - timedelta(minutes=5)
        _put(aws, "Serin/dev", at, {"Model": "flights", "Release": "2"}, Invocations=50)
        reads = [
            Measures(aws.client("cloudwatch"), minute_s=12.0).windows(ENDPOINT, ROLLOUT, NOW - timedelta(seconds=late))
            for late in (0, 3, 7)
        ]
        assert reads[0] == reads[1] == reads[2]
        assert reads[0][0].end - reads[0][0].start == timedelta(seconds=10)


class TestAlarms:
    CLIFF = Cliff(AlarmName("dev", "flights", "2", "crashes"), CliffKind.CRASHES, 19, 60)

    def test_an_alarm_of_a_candidate_watches_what_alias_traffic_emits(self, aws: Aws) -> None:
        """FunctionName, Resource with the alias, and ExecutedVersion; put again, it is one alarm."""
        alarms = Alarms(aws.client("cloudwatch"))
        for _ in range(2):
            alarms.put(ENDPOINT, self.CLIFF)
        (found,) = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        assert {one["Name"]: one["Value"] for one in found["Dimensions"]} == {
            "FunctionName": ENDPOINT.function, "Resource": f"{ENDPOINT.function}:live", "ExecutedVersion": "2",
        }  # fmt: skip
        assert (found["Statistic"], found["Period"], found["Threshold"]) == ("Sum", 60, 19)
        (state,) = alarms.states(ENDPOINT)
        assert (state.name, state.red, state.threshold) == ("serin-dev.flights.2.crashes", False, 19)

    def test_only_this_endpoints_alarms_are_seen_and_a_red_one_says_since_when(self, aws: Aws) -> None:
        """`flights-2` is another endpoint, though its name begins alike."""
        alarms, client = Alarms(aws.client("cloudwatch")), aws.client("cloudwatch")
        alarms.put(ENDPOINT, self.CLIFF)
        alarms.put(ENDPOINT, Cliff(AlarmName("dev", "flights-2", "2", "crashes"), CliffKind.CRASHES, 5, 60))
        client.set_alarm_state(AlarmName=str(self.CLIFF.name), StateValue="ALARM", StateReason="x")
        (state,) = alarms.states(ENDPOINT)
        assert state.red
        assert abs(state.since - datetime.now(UTC)) < timedelta(minutes=1)

    def test_deleting_twice_is_no_error(self, aws: Aws) -> None:
        """The pass before may have died right after it."""
        alarms = Alarms(aws.client("cloudwatch"))
        alarms.put(ENDPOINT, self.CLIFF)
        for _ in range(2):
            alarms.delete([str(self.CLIFF.name)])
        assert alarms.states(ENDPOINT) == ()


class TestNotices:
    def test_a_message_carries_its_roles_for_filters(self, aws: Aws) -> None:
        """As a list, so that each role's filter finds itself; the subject fits into SNS's hundred characters."""
        notice = Notice(
            "id",
            ("approver", "communicator"),
            "rolled back — " * 20,
            "because",
            Event("RolloutStateChanged", {"model": "flights"}),
        )
        Notices(aws.client("sns"), aws.client("events")).tell(ENDPOINT, notice)
        (sent,) = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[ENDPOINT.topic].sent_notifications
        _, message, subject, attributes, *_ = sent
        assert (message, len(subject)) == ("because", 100)
        assert (
            attributes["role"] == {"Type": "String.Array", "Value": '["approver","communicator"]'} | attributes["role"]
        )

    def test_without_roles_there_is_an_event_and_no_message(self, aws: Aws) -> None:
        """Programs want every line, people do not."""
        Notices(aws.client("sns"), aws.client("events")).tell(
            ENDPOINT, Notice("id", (), "s", "m", Event("RolloutStateChanged", {"model": "flights"}))
        )
        assert not sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].topics[ENDPOINT.topic].sent_notifications


def test_weights_go_in_and_out_of_an_alias_in_one_call(aws: Aws) -> None:
    """Left out, they would stay: going back clears them."""
    functions = Functions(aws.client("lambda"))
    functions.move_alias(ENDPOINT.function, "live", Alias("1", weights={"2": 0.05}))
    assert functions.alias(ENDPOINT.function, "live").weights == {"2": 0.05}
    functions.move_alias(ENDPOINT.function, "live", Alias("1"))
    assert functions.alias(ENDPOINT.function, "live").weights == {}
