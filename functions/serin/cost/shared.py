"""What did a stage use in an hour that all its endpoints share?

Measured: requests to the API, runs and time of the stage's own functions and their logs, read and write units of the
table, what table and buckets hold. By rule: how often those functions ask S3, and how many metrics the ledger reads.
By the hour: dashboard, secret, and the polling of the queue for outcomes where there is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.deployed import Deployed
from serin.cost.hour import hours_of_month
from serin.cost.idle import BATCH, JOBS, standing_stack
from serin.cost.metric import Metric, Sums, of_api, of_function, of_log, of_table
from serin.cost.own import add, logged
from serin.cost.stage import Stage

__all__ = ["Shared", "Stored", "shared_usage"]

_GB = 10**9


@dataclass(frozen=True)
class Stored:
    """Bytes that the table and all buckets hold."""

    table: int = 0
    buckets: int = 0


@dataclass(frozen=True)
class Shared:
    """What a stage has once. `functions` are those that steer, with their memory in MB."""

    stage: str
    table: str
    buckets: tuple[str, ...] = ()
    functions: Mapping[str, int] = field(default_factory=dict)
    architecture: str = "arm64"
    log_days: int = 30
    dashboard: bool = True

    def name(self, function: str) -> str:
        return f"serin-{self.stage}-{function}"

    def requests(self) -> Iterator[Metric]:
        """What is read whenever there are new requests."""
        yield of_api(self.stage)

    def rest(self) -> Iterator[Metric]:
        """What can wait for the hour's last count."""
        for function in self.functions:
            yield from (of_function(name, self.name(function)) for name in ("Invocations", "Duration"))
            yield of_log(f"/aws/lambda/{self.name(function)}")
        yield of_log(f"/serin/{self.stage}/api")
        yield from (of_table(f"Consumed{kind}CapacityUnits", self.table) for kind in ("Read", "Write"))


def shared_usage(
    shared: Shared, endpoints: Sequence[Deployed], sums: Sums, stored: Stored, hour: str, *, busy: bool
) -> dict[Code, Fraction]:
    """`busy`: somebody sent requests."""
    hours = hours_of_month(hour)
    found: dict[Code, Fraction] = {Code.API_REQUEST: Fraction(sums.get(of_api(shared.stage), 0))}
    queue = any(one.endpoint.outcome_queue for one in endpoints)
    teams = len({one.endpoint.team for one in endpoints if one.endpoint.team_budget_usd})
    for part in standing_stack(Stage((), outcome_queue=queue, team_budgets=teams, dashboard=shared.dashboard)):
        add(found, {code: quantity / hours for code, quantity in part.used.items()})
    for function, memory_mb in shared.functions.items():
        runs = Fraction(sums.get(of_function("Invocations", shared.name(function)), 0))
        ms = Fraction(sums.get(of_function("Duration", shared.name(function)), 0))
        seconds = (ms + runs / 2) / 1000
        duration = Code.duration(shared.architecture)
        add(found, {Code.LAMBDA_REQUEST: runs, duration: seconds * Fraction(memory_mb, 1024)})
        add(found, _asked(function, runs, endpoints))
    logs = [f"/serin/{shared.stage}/api", *(f"/aws/lambda/{shared.name(one)}" for one in shared.functions)]
    size = sum((Fraction(sums.get(of_log(group), 0)) for group in logs), Fraction(0))
    add(found, logged(size, shared.log_days, hour))
    add(found, _of_table(shared, sums))
    gb = {Code.S3_STORAGE: stored.buckets, Code.TABLE_STORAGE: stored.table, Code.TABLE_RECOVERY: stored.table}
    add(found, {code: Fraction(size, _GB * hours) for code, size in gb.items()})
    add(found, {Code.METRIC_READ: _read(shared, endpoints, sums, busy=busy)})
    return found


def _of_table(shared: Shared, sums: Sums) -> dict[Code, Fraction]:
    names = {Code.TABLE_READ: "ConsumedReadCapacityUnits", Code.TABLE_WRITE: "ConsumedWriteCapacityUnits"}
    return {code: Fraction(sums.get(of_table(name, shared.table), 0)) for code, name in names.items()}


def _asked(function: str, runs: Fraction, endpoints: Sequence[Deployed]) -> dict[Code, Fraction]:
    """Of S3, as each run is taken to in the estimate: all endpoints, a version each. A run of drift is of one."""
    job = JOBS.get(function)
    if job is None or not endpoints:
        return {}
    if function == "drift":
        back = Fraction(sum(one.endpoint.drift.back for one in endpoints), len(endpoints))
        return {Code.S3_PUT: runs * (1 + back), Code.S3_GET: runs * job.gets_version}
    each = runs * len(endpoints)
    return {Code.S3_PUT: each * (job.lists_each + job.lists_version), Code.S3_GET: each * job.gets_version}


def _read(shared: Shared, endpoints: Sequence[Deployed], sums: Sums, *, busy: bool) -> Fraction:
    """Each run looks at each endpoint; with requests it reads what they took, and once in a batch of hours the rest."""
    runs = Fraction(sums.get(of_function("Invocations", shared.name("ledger")), 0))
    often = sum(len(list(one.requests())) for one in endpoints) + len(list(shared.requests()))
    rest = sum(len(list(one.rest())) for one in endpoints) + len(list(shared.rest()))
    return runs * (len(endpoints) + (often if busy else 0)) + Fraction(often + rest + len(shared.buckets), BATCH)
