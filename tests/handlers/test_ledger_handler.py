"""Does the ledger add up on AWS's own calls, whatever is late, comes twice, or dies halfway? Against moto."""

import itertools
import json
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serin.aws.dynamodb import Table
from serin.aws.ledger_table import LedgerTable
from serin.aws.release_table import ReleaseTable
from serin.aws.usage import Usage
from serin.aws.version_table import VersionTable
from serin.cost.books import Books, Counted
from serin.cost.code import Code
from serin.cost.entry import TRAINING, Account, Line
from serin.cost.figures import lines
from serin.cost.hour import hour_of, hours_between, month_of, start_of
from serin.cost.keep import Kept, Ledger, keep
from serin.cost.ledger import By, by_line, total, totals
from serin.cost.prices import Prices
from serin.cost.shared import Shared
from serin.errors import Conflict
from serin.registry.endpoints import Budget, Endpoint
from serin.registry.records import AuditEntry, VersionRecord, timestamp
from serin.rollout.release import Release
from tests.handlers.deployed import event, start
from tests.unit.aws.stage import ENDPOINT, Aws, make_table

FUNCTION = ENDPOINT.function
RICH = replace(ENDPOINT, budget=Budget(monthly_usd=0.000_1), team_budget_usd=100.0)
NOON = (datetime.now(UTC) - timedelta(days=3)).replace(hour=12, minute=2, second=0, microsecond=0)
HOUR = timedelta(hours=1)


class World:
    """A stage on moto whose clock a test sets. Release 2 serves version 1; release 1 has no model."""

    def __init__(self, aws: Aws, endpoints: tuple[Endpoint, ...] = (ENDPOINT,)) -> None:
        self.aws, self.endpoints, self.name = aws, endpoints, endpoints[0].table
        self.table = Table(aws.client("dynamodb"), self.name)
        self.store = LedgerTable(self.table)
        self.client = {name: aws.client(name) for name in ("cloudwatch", "lambda", "dynamodb")}
        release = Release("flights", 2, 1, "code", "print", timestamp(NOON), "me")
        ReleaseTable(self.table).add(release, AuditEntry.of("flights", "release", "me", NOON))
        self.client["lambda"].update_alias(FunctionName=FUNCTION, Name="live", FunctionVersion="2")

    def ledger(self, store: Any = None) -> Ledger:
        usage = Usage(self.client["cloudwatch"], self.client["lambda"], self.client["dynamodb"])
        shared = Shared("dev", self.name, ("bucket",), {"controller": 512, "ledger": 512})
        return Ledger(usage, store or self.store, VersionTable(self.table), shared, Prices.of("us-east-1"))

    def keep(self, now: datetime, store: Any = None) -> Kept:
        return keep(self.ledger(store), self.endpoints, now)

    def put(self, at: datetime, namespace: str, dimensions: dict[str, str], **values: float) -> None:
        pairs = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        data = [
            {"MetricName": name, "Dimensions": pairs, "Timestamp": at, "Value": value} for name, value in values.items()
        ]
        self.client["cloudwatch"].put_metric_data(Namespace=namespace, MetricData=data)

    def requests(self, at: datetime, number: int, ms: float, release: int | None = 2) -> None:
        """As Lambda measures them, when they came by the alias; without a release, by no alias."""
        values = {"Invocations": number, "Duration": number * ms}
        self.put(at, "AWS/Lambda", {"FunctionName": FUNCTION}, **values)
        if release is not None:
            more = {"Resource": f"{FUNCTION}:live", "ExecutedVersion": str(release)}
            self.put(at, "AWS/Lambda", {"FunctionName": FUNCTION, **more}, **values)
            self.put(at, "AWS/ApiGateway", {"ApiName": "serin-dev", "Stage": "dev"}, Count=number)

    def run(self, at: datetime, name: str, number: int, ms: float) -> None:
        """A function that steers, with what it asks of the table and writes into its log."""
        function = f"serin-dev-{name}"
        self.put(at, "AWS/Lambda", {"FunctionName": function}, Invocations=number, Duration=number * ms)
        self.put(at, "AWS/Logs", {"LogGroupName": f"/aws/lambda/{function}"}, IncomingBytes=350 * number)
        self.put(at, "AWS/DynamoDB", {"TableName": self.name}, ConsumedReadCapacityUnits=number)

    def register(self, at: datetime, **more: Any) -> None:
        versions = VersionTable(self.table)
        number = versions.count("flights") + 1
        record = VersionRecord(
            "flights", number, f"d{number}", "a", 1, "m", "g", {}, "classification", timestamp(at), "me", **more
        )
        versions.add(record, AuditEntry.of("flights", "register", "me", at))

    def counted(self) -> dict[str, Counted]:
        return {one.hour: one for month in months(NOON) for one in self.store.month(month)}

    def lines(self, at: datetime) -> dict[str, int]:
        return {code: line.micro for code, line in by_line(self.counted()[hour_of(at)].entries).items()}


@pytest.fixture
def world(aws: Aws) -> World:
    world = World(aws)
    assert world.keep(NOON).counted == ()  # the books are opened
    return world


def months(noon: datetime) -> list[str]:
    return sorted({month_of(hour_of(noon + number * HOUR)) for number in (0, 24, 48)})


def check(world: World, kept: Kept, now: datetime) -> None:
    """All that is said of the month is the same to the micro-dollar: entries, hours, and what the books carry."""
    month = month_of(hour_of(now))
    hours = world.store.month(month)
    items = list(world.table.query(f"LEDGER#{month}"))
    entries = [entry for one in hours for entry in one.entries]
    assert sum(item["micro"] for item in items) == total(entries) == sum(kept.spent.values())
    assert all(isinstance(item["micro"], int) for item in items)
    for by in By:
        assert sum(totals(entries, by).values()) == total(entries)
    books = world.store.books()
    assert books
    assert {one.hour for one in hours if one.closed} == {one.hour for one in hours if one.hour < books.open}


def test_requests_are_on_the_ledger_at_the_next_pass(world: World) -> None:
    """Under the version of their release, priced by hand: 100 requests of 20 ms and half a one more, at 128 MB."""
    world.requests(NOON, 100, 20)
    kept = world.keep(NOON + timedelta(minutes=5))
    assert kept.counted == (hour_of(NOON),)
    (entry,) = world.counted()[hour_of(NOON)].entries
    assert entry.account == Account("operations", "flights", 1)
    gb_s = 100 * Fraction(205, 10_000) / 8
    assert entry.lines[Code.LAMBDA_X86_64].micro == round(gb_s * Fraction("16.6667"))
    assert (entry.lines[Code.LAMBDA_REQUEST].micro, entry.lines[Code.API_REQUEST].micro) == (20, 350)
    check(world, kept, NOON)


def test_nothing_new_is_nothing_to_count(world: World) -> None:
    """A pass without requests since the last reads one metric for the endpoint and writes nothing."""
    world.requests(NOON, 100, 20)
    world.keep(NOON)
    kept = world.keep(NOON + timedelta(minutes=5))
    assert (kept.counted, kept.closed) == ((), ())
    assert sum(kept.spent.values()) == world.counted()[hour_of(NOON)].micro


def test_what_comes_late_or_twice_is_counted_once(world: World) -> None:
    """Each count is of all there is, and takes the place of the one before."""
    world.requests(NOON, 100, 20)
    world.keep(NOON)
    before = world.counted()[hour_of(NOON)].micro
    world.requests(NOON + timedelta(minutes=50), 100, 20)
    late = NOON + HOUR + timedelta(minutes=30)
    assert world.keep(late).counted == (hour_of(NOON),)
    kept = world.keep(late)
    assert kept.counted == ()
    assert world.lines(NOON)[Code.LAMBDA_REQUEST] == 40
    assert world.counted()[hour_of(NOON)].micro > before
    check(world, kept, NOON)


def test_releases_pay_for_their_own_requests_and_smoke_tests_are_the_live_ones(world: World) -> None:
    """A canary: 30 requests on a second release, 7 that no alias led anywhere."""
    release = Release("flights", 1, 2, "code", "other", timestamp(NOON), "me")
    ReleaseTable(world.table).add(release, AuditEntry.of("flights", "release", "me", NOON))
    world.requests(NOON, 100, 20)
    world.requests(NOON, 30, 40, release=1)
    world.requests(NOON, 7, 10, release=None)
    world.keep(NOON)
    entries = {entry.account.version: entry for entry in world.counted()[hour_of(NOON)].entries}
    assert {version: entry.lines[Code.LAMBDA_REQUEST].quantity for version, entry in entries.items()} == {1: 107, 2: 30}
    assert entries[2].lines[Code.LAMBDA_X86_64].quantity == 30 * Fraction(405, 10_000) / 8


def test_hours_are_closed_in_batches_with_all_that_they_used(world: World) -> None:
    """Also hours in which nobody asked: the functions that steer, their logs, the table, and what stands there."""
    for number in range(6):
        world.run(NOON + number * HOUR, "controller", 60, 40)
    assert world.keep(NOON + 6 * HOUR).closed == ()
    kept = world.keep(NOON + 7 * HOUR)
    assert kept.closed == kept.counted == tuple(hours_between(hour_of(NOON), hour_of(NOON + 5 * HOUR)))
    lines = world.lines(NOON + 3 * HOUR)
    assert lines[Code.LAMBDA_REQUEST] == 12
    assert lines[Code.LAMBDA_ARM64] == round(60 * Fraction(405, 10_000) / 2 * Fraction("13.3334"))
    assert lines[Code.TABLE_READ] == round(60 * Fraction("0.125"))
    assert lines[Code.LOG_INGESTED] == round(Fraction(60 * 350, 10**9) * 500_000)
    assert {Code.DASHBOARD, Code.SECRET, Code.ALARM, Code.FAST_ALARM, Code.METRIC, Code.METRIC_READ} <= lines.keys()
    check(world, kept, NOON)


def test_a_closed_hour_never_changes(world: World) -> None:
    """Neither by metrics that come after all, nor by a pass that began before it was closed."""
    world.requests(NOON, 100, 20)
    world.keep(NOON + 7 * HOUR)
    before = world.counted()[hour_of(NOON)]
    assert before.closed
    world.requests(NOON, 500, 20)
    kept = world.keep(NOON + 8 * HOUR)
    assert kept.counted == ()
    with pytest.raises(Conflict):
        world.store.put(replace(before, at=int(datetime.now(UTC).timestamp() * 1000), closed=False))
    assert world.counted()[hour_of(NOON)] == before
    check(world, kept, NOON)


def test_an_older_count_does_not_replace_a_newer_one(world: World) -> None:
    """Two passes at once: who knew less loses, and does not fail."""
    world.requests(NOON, 100, 20)
    world.keep(NOON + timedelta(minutes=10))
    world.requests(NOON, 100, 20)
    world.keep(NOON + timedelta(minutes=5))
    assert world.lines(NOON)[Code.LAMBDA_REQUEST] == 20
    world.keep(NOON + timedelta(minutes=15))
    assert world.lines(NOON)[Code.LAMBDA_REQUEST] == 40


class Dying:
    """A store whose process dies at its n-th write, before or after it was done."""

    def __init__(self, store: LedgerTable, at: int, *, done: bool) -> None:
        self._store, self._left, self._done = store, at, done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _write(self, name: str, *arguments: Any) -> None:
        self._left -= 1
        if self._left == 0 and not self._done:
            raise KeyboardInterrupt
        getattr(self._store, name)(*arguments)
        if self._left == 0:
            raise KeyboardInterrupt

    def put(self, counted: Counted) -> None:
        self._write("put", counted)

    def close(self, before: Books | None, after: Books, hours: Any) -> None:
        self._write("close", before, after, hours)


@pytest.mark.parametrize(("at", "done"), [(1, False), (1, True), (2, False), (3, True)])
def test_a_pass_that_dies_between_two_hours_loses_and_doubles_nothing(world: World, at: int, done: bool) -> None:
    """Closing six hours is one write; two open ones with requests are two more."""
    for number in range(8):
        world.requests(NOON + number * HOUR, 10 * (number + 1), 20)
        world.run(NOON + number * HOUR, "controller", 60, 40)
    now = NOON + 8 * HOUR - timedelta(minutes=10)
    with pytest.raises(KeyboardInterrupt):
        world.keep(now, Dying(world.store, at, done=done))
    kept = world.keep(now + timedelta(minutes=5))
    check(world, kept, now)
    sums = by_line([entry for one in world.counted().values() for entry in one.entries])
    assert sums[Code.API_REQUEST].quantity == sum(10 * (number + 1) for number in range(8))
    books = world.store.books()
    assert books
    assert books.open == hour_of(NOON + 6 * HOUR)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("requests"), st.integers(0, 9), st.integers(1, 10**7)),
        st.tuples(st.just("runs"), st.integers(0, 9), st.integers(1, 10**7)),
        st.tuples(st.just("training"), st.integers(0, 9), st.integers(0, 10**9)),
        st.tuples(st.just("pass"), st.integers(0, 180), st.integers(0, 4)),
    ),
    min_size=4,
    max_size=8,
)
DAYS = itertools.count(6, 3)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_month_is_the_sum_of_its_hours(aws: Aws, steps: list[tuple[str, int, int]]) -> None:
    """Requests, runs and trainings of hours before, in any order, and passes of which some die at a write."""
    day = next(DAYS)
    noon, name = NOON - timedelta(days=day), f"table-{day}"
    make_table(aws, name)
    world, passed = World(aws, (replace(ENDPOINT, table=name),)), timedelta()
    world.keep(noon)
    for step, number, amount in [*steps, ("pass", 60 * 12, 0)]:
        at = noon + max(timedelta(), passed - number * HOUR)
        if step == "requests":
            world.requests(at, amount, number)
        elif step == "runs":
            world.run(at, "controller", amount, number)
        elif step == "training":
            world.register(at, training_usd=f"{amount / 10**6:f}")
        else:
            passed += timedelta(minutes=number)
            with suppress(KeyboardInterrupt):
                world.keep(noon + passed, Dying(world.store, amount, done=amount % 2 > 0))
            check(world, world.keep(noon + passed), noon + passed)
    paid = by_line([entry for month in months(noon) for one in world.store.month(month) for entry in one.entries])
    trained = sum(amount for step, _, amount in steps if step == "training")
    assert paid.get(TRAINING, Line(0)).micro == trained


def test_two_passes_that_close_the_same_hours(world: World) -> None:
    """One does it; the other is told so, and has changed nothing."""
    world.requests(NOON, 100, 20)
    late = NOON + 7 * HOUR
    stale = world.store.books()

    class Stale(Dying):
        def books(self) -> Books | None:
            return stale

    world.keep(late)
    world.requests(NOON, 100, 20)
    with pytest.raises(Conflict):
        world.keep(late + timedelta(minutes=1), Stale(world.store, 99, done=True))
    check(world, world.keep(late + timedelta(minutes=5)), NOON)


def test_after_standing_still_all_hours_are_caught_up(world: World) -> None:
    """Two days in passes of a day each; what a month has cost begins anew with the next one."""
    for number in range(0, 48, 5):
        world.requests(NOON + number * HOUR, 10, 20)
    now = NOON + 48 * HOUR
    assert [len(world.keep(now + timedelta(minutes=5 * one)).closed) for one in range(3)] == [24, 23, 0]
    kept = world.keep(now + timedelta(minutes=20))
    check(world, kept, now)
    assert len(world.counted()) == 47


def test_a_month_begins_at_nothing(aws: Aws) -> None:
    """And the books of the last one stay as they were."""
    world = World(aws)
    end = start_of("2026-01-31T20") + timedelta(minutes=5)
    world.keep(end)
    world.requests(end, 100, 20)
    assert sum(world.keep(end).spent.values()) > 0
    world.requests(end + 5 * HOUR, 10, 20)
    kept = world.keep(end + 5 * HOUR)
    january, february = world.store.month("2026-01"), world.store.month("2026-02")
    assert [one.hour for one in january] == ["2026-01-31T20"]
    assert sum(kept.spent.values()) == sum(one.micro for one in february) > 0
    kept = world.keep(end + 12 * HOUR)
    assert kept.closed
    assert sum(kept.spent.values()) == sum(one.micro for one in world.store.month("2026-02"))


def test_training_is_paid_for_once_in_the_hour_of_its_registration(world: World) -> None:
    """Also when the pass comes again, the hour closes, and a clock was behind; a version without a price has none."""
    world.register(NOON, training_usd="12.50")
    world.register(NOON + timedelta(minutes=1))
    world.keep(NOON + timedelta(minutes=5))
    assert world.lines(NOON)[TRAINING] == 12_500_000
    world.keep(NOON + 7 * HOUR)
    later = NOON + 8 * HOUR
    world.register(later, training_usd="1")
    world.register(NOON, training_usd="2")
    world.keep(later)
    world.keep(NOON + 14 * HOUR)
    kept = world.keep(NOON + 15 * HOUR)
    found = [
        (hour, entry.account.version, entry.lines[TRAINING].micro)
        for hour, one in world.counted().items() for entry in one.entries if TRAINING in entry.lines
    ]  # fmt: skip
    assert found == [(hour_of(NOON), 1, 12_500_000), (hour_of(later), 3, 1_000_000), (hour_of(later), 4, 2_000_000)]
    check(world, kept, NOON + 15 * HOUR)


def test_training_counts_for_no_budget(world: World) -> None:
    """It is in what the month has cost; to declare it stops nobody, before and after its hour is closed."""
    world.requests(NOON, 100, 20)
    world.keep(NOON)
    runs = world.counted()[hour_of(NOON)].micro
    world.register(NOON, training_usd="12.50")
    for now in (NOON + timedelta(minutes=5), NOON + 7 * HOUR):
        (figures,) = lines("dev", [replace(ENDPOINT, budget=Budget(monthly_usd=1))], world.keep(now), 0)
        assert figures["SpendMicros"] >= 12_500_000 + runs
        assert figures["BudgetUsed"] < 10


def test_a_clock_that_went_back_waits_for_the_books(world: World) -> None:
    """No pass fails meanwhile, and none counts an hour twice."""
    world.requests(NOON, 100, 20)
    world.keep(NOON + 8 * HOUR)
    before = world.counted()
    kept = world.keep(NOON)
    assert (kept.counted, kept.closed) == ((), ())
    assert world.counted() == before


def test_training_before_the_ledger_is_not_on_it(aws: Aws) -> None:
    """Nor is it when the endpoint is made anew, beside versions of last year."""
    world = World(aws)
    world.register(NOON - 48 * HOUR, training_usd="99")
    world.keep(NOON)
    world.register(NOON, training_usd="1")
    world.keep(NOON)
    assert world.lines(NOON)[TRAINING] == 1_000_000


def test_a_snapshot_is_paid_for_also_without_requests() -> None:
    """By the version whose it is; idle hours are shared by endpoints, however many versions one has."""
    from serin.cost.deployed import Deployed, Published
    from serin.cost.own import own_usage

    empty, one, two = (Published(number, number - 1, 1024, "arm64", snapshot=True) for number in (1, 2, 3))
    usage = own_usage(Deployed(ENDPOINT, two, (empty, one, two), (two,)), {}, "2026-11-03T08", 30)
    kept = {account.version: used[Code.SNAP_START_CACHE] for account, used in usage.own.items()}
    assert kept == {0: 3600, 1: 3600, 2: 3600}
    assert [account.version for account, used in usage.own.items() if Code.ALARM in used] == [2]


@pytest.fixture
def deployed(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> World:
    """What the function finds: an endpoint with a budget of its own and one of its team."""
    world = World(aws, (RICH,))
    monkeypatch.setenv("SERIN_FUNCTIONS", json.dumps({"ledger": 512}))
    value = json.dumps({**asdict(RICH), "plans": []})
    aws.client("ssm").put_parameter(Name="/serin/dev/endpoints/flights", Value=value, Overwrite=True)
    return world


def told(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines() if '"_aws"' in line]


def test_the_function_tells_what_is_spent_and_how_much_of_a_budget(
    deployed: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By model and by team; at every pass once a budget is nearly used up."""
    handler, now = start(monkeypatch, "ledger"), datetime.now(UTC)
    deployed.requests(now, 100, 20)
    answer = handler(event("ledger-schedule"), None)
    assert answer["counted"] == [hour_of(now)]
    model, team = told(capsys.readouterr().out)
    assert (model["Model"], team["Team"]) == ("flights", "operations")
    assert model["SpendMicros"] == deployed.store.month(month_of(hour_of(now)))[0].micro
    assert model["BudgetUsed"] == model["SpendMicros"]  # percent of a hundred micro-dollars
    assert 0 < team["BudgetUsed"] < 1
    assert [one["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for one in (model, team)] == [[["Model"]], [["Team"]]]
    assert handler(event("ledger-schedule"), None)["counted"] == []
    assert [one["BudgetUsed"] for one in told(capsys.readouterr().out)] == [model["BudgetUsed"], team["BudgetUsed"]]


def test_while_nothing_changes_nothing_is_said(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A custom metric costs money in each hour in which it is written."""
    handler = start(monkeypatch, "ledger")
    handler(event("ledger-schedule"), None)
    handler(event("ledger-schedule"), None)
    assert told(capsys.readouterr().out) == []


def test_a_region_without_prices_has_no_ledger(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than one of guesses; prices from cdk.json make one."""
    from serin.errors import InvalidSettings

    monkeypatch.setenv("AWS_REGION", "eu-nowhere-1")
    with pytest.raises(InvalidSettings, match="does not guess"):
        start(monkeypatch, "ledger")(event("ledger-schedule"), None)
    monkeypatch.setenv("SERIN_PRICES", json.dumps({str(code): ["0.01", "2026-11-01"] for code in Code}))
    assert start(monkeypatch, "ledger")(event("ledger-schedule"), None)["closed"] == []
