"""What does a stage cost that nobody uses? Every part that the stack deploys, and what its schedules do all month.

What a pass of a function asks for was counted in its code. How long it takes was not measured on AWS: it is set here.
"""

from dataclasses import dataclass
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.stage import HOURS, MONTH_S, Part, Serving, Stage

__all__ = ["BATCH", "JOBS", "TOLD", "drift_job", "idle_endpoint", "idle_stack", "standing_endpoint", "standing_stack"]

_ALARM, _FUNCTION, _QUEUE = "AWS::CloudWatch::Alarm", "AWS::Lambda::Function", "AWS::SQS::Queue"
_GB = 10**9
_LOG_BYTES = 350
"""START, END and REPORT of one invocation."""
_POLLS = 650_000
"""Lambda reads a queue with five long polls of 20 s, all month."""
_TABLE_GB, _BUCKET_GB = Fraction(1, 100), Fraction(1, 10)
BATCH = 6
"""So many hours are closed together by the ledger: to read a metric costs the same for one hour as for several."""
TOLD = 2
"""Metrics that the ledger has for each endpoint: what it has spent, and how much of its budget that is."""
_REST, _REST_EACH = 35, 5
"""What the ledger reads to close hours: of the stage, and of each endpoint."""


@dataclass(frozen=True)
class Job:
    """A function of the stack: how often it runs, how long a run takes, and what it asks for, for each endpoint and for
    each version of it that ever saw traffic. Of a drift job `runs` are those of each endpoint's own schedule."""

    memory_mb: int
    runs: Fraction | int = 0
    ms: int = 0
    ms_each: int = 0
    reads: int = 0
    reads_each: int = 0
    lists_each: int = 0
    reads_version: int = 0
    lists_version: int = 0
    gets_version: int = 0
    metrics: Fraction | int = 0
    metrics_each: Fraction | int = 0
    metrics_budget: int = 0
    polls_reviewed: int = 0
    why: str = ""


# A sandbox that is called every few minutes stays: a pass is a call to SSM and one to DynamoDB. One that is called
# every hour is new each time, and its init is billed: Python, boto3 and numpy on 0.29 CPUs, with scipy on one.
JOBS = {
    "controller": Job(512, HOURS * 60, ms=40, ms_each=10, reads_each=2, why="looks every minute"),
    "rollback": Job(512, why="is woken by alarms alone"),
    "outcomes": Job(512, why="is called with outcomes alone"),
    "quality": Job(512, HOURS * 12, ms=40, ms_each=10, reads_each=1, why="looks every 5 minutes"),
    "compaction": Job(
        512, HOURS, ms=2500, ms_each=100, lists_each=1, reads_version=2, lists_version=3, gets_version=1,
        why="looks every hour",
    ),
    "drift": Job(1769, ms=3000, reads_version=20, gets_version=2, why="looks by each endpoint's schedule"),
    "review": Job(512, HOURS * 60, ms=40, ms_each=10, reads_each=1, polls_reviewed=1, why="looks every minute"),
    "shutdown": Job(
        512, HOURS * 12, ms=80, ms_each=15, reads_each=1, metrics_budget=1, why="looks every 5 minutes at budgets"
    ),
    "ledger": Job(
        512, HOURS * 12, ms=60, ms_each=10, reads=3, reads_each=2, metrics=Fraction(_REST, 12 * BATCH),
        metrics_each=1 + Fraction(_REST_EACH, 12 * BATCH), why="looks every 5 minutes, and reads metrics",
    ),
}  # fmt: skip


def standing_stack(stage: Stage) -> tuple[Part, ...]:
    """What a stage has once, paid for by the month that it is there."""
    dashboard, secret = "AWS::CloudWatch::Dashboard", "AWS::SecretsManager::Secret"
    parts: tuple[Part, ...] = (Part("secret", "the key of the receipts", {Code.SECRET: Fraction(1)}, (secret,)),)
    if stage.dashboard:
        parts = (Part("dashboard", "one for the stage", {Code.DASHBOARD: Fraction(1)}, (dashboard,)), *parts)
    if stage.team_budgets:
        alarms = {Code.ALARM: Fraction(stage.team_budgets)}
        parts += (Part("team budgets", "an alarm each", alarms, (_ALARM,) * stage.team_budgets),)
    if not stage.outcome_queue:
        return parts
    queues = (_QUEUE, _QUEUE, "AWS::Lambda::EventSourceMapping")
    return (*parts, Part("outcome queue", "is polled", {Code.QUEUE_REQUEST: Fraction(_POLLS)}, queues))


def standing_endpoint(spend_alarms: int = 0) -> tuple[Part, ...]:
    """What each endpoint adds to that."""
    alarms = {Code.ALARM: Fraction(2), Code.FAST_ALARM: Fraction(1)}
    parts = (Part("alarms", "crashes and drift, and failures by 10 s", alarms, (_ALARM,) * 3),)
    if not spend_alarms:
        return parts
    spend = {Code.ALARM: Fraction(spend_alarms)}
    return (*parts, Part("spend alarms", "its budget, and runaway clients", spend, (_ALARM,) * spend_alarms))


def idle_stack(stage: Stage) -> tuple[Part, ...]:
    """What a stage has once, however many endpoints it has."""
    absent = {name for name, there in (("review", stage.reviewed), ("shutdown", stage.budgeted)) if not there}
    wanted = {name: job for name, job in JOBS.items() if name not in absent}
    return (*standing_stack(stage), *(_job(name, job, stage) for name, job in wanted.items()))


def idle_endpoint(serving: Serving, stage: Stage) -> tuple[Part, ...]:
    """What each endpoint adds. A published version with SnapStart is paid for by its memory as long as it exists."""
    kept = 1 + serving.releases
    snapshots = {Code.SNAP_START_CACHE: kept * serving.gb * MONTH_S} if serving.snap_start else {}
    why = f"of {kept} published versions, at {serving.memory_mb} MB each" if serving.snap_start else "off"
    return (
        *standing_endpoint(serving.spend_alarms),
        Part("SnapStart snapshots", why, snapshots, (_FUNCTION, "AWS::Lambda::Version")),
        _paused(serving) if serving.idle_days else drift_job(serving, stage),
        *([Part("review queue", "and one for what nobody can read", {}, (_QUEUE,) * 2)] if serving.reviewed else []),
        Part("spend metrics", f"{TOLD}, in an hour of {BATCH}", {Code.METRIC: Fraction(TOLD, BATCH)}),
        Part("storage", "100 MB of objects, 10 MB of records", _storage(), ()),
    )


def _job(name: str, job: Job, stage: Stage) -> Part:
    endpoints, versions = len(stage.endpoints), sum(one.releases for one in stage.endpoints)
    ms = job.ms + job.ms_each * endpoints
    used = {
        **_runs(job, job.runs, ms, stage),
        Code.TABLE_READ: Fraction(job.runs) * (job.reads + job.reads_each * endpoints + job.reads_version * versions),
        Code.S3_PUT: Fraction(job.runs) * (job.lists_each * endpoints + job.lists_version * versions),
        Code.S3_GET: Fraction(job.runs) * job.gets_version * versions,
        Code.QUEUE_REQUEST: Fraction(job.runs) * job.polls_reviewed * stage.reviewed,
        Code.METRIC_READ: Fraction(job.runs)
        * (job.metrics + job.metrics_each * endpoints + job.metrics_budget * stage.budgets),
    }
    return Part(name, job.why, {code: quantity for code, quantity in used.items() if quantity}, (_FUNCTION,))


def drift_job(serving: Serving, stage: Stage) -> Part:
    """Of an endpoint in use. A listing for the versions, and one for each window that is looked at again."""
    job, runs = JOBS["drift"], serving.drift_runs
    lists = 1 + serving.drift_back * serving.releases
    used = {
        **_runs(job, runs, job.ms + 20 * lists, stage),
        Code.TABLE_READ: runs * job.reads_version * serving.releases,
        Code.S3_PUT: runs * lists,
        Code.S3_GET: runs * job.gets_version * serving.releases,
    }
    return Part("drift job", f"{float(runs):g} runs a month", used)


def _paused(serving: Serving) -> Part:
    """Once a day CloudWatch is asked whether it was asked for anything."""
    why = f"its drift job is paused after {serving.idle_days} days without a request"
    return Part("idleness", why, {Code.METRIC_READ: Fraction(HOURS, 24)})


def _runs(job: Job, runs: Fraction | int, ms: int, stage: Stage) -> dict[Code, Fraction]:
    logged = Fraction(runs) * _LOG_BYTES / _GB
    return {
        Code.LAMBDA_REQUEST: Fraction(runs),
        Code.duration(stage.architecture): Fraction(runs) * Fraction(ms, 1000) * Fraction(job.memory_mb, 1024),
        Code.LOG_INGESTED: logged,
        Code.LOG_STORED: logged * Fraction(stage.log_days * 24, HOURS),
    }


def _storage() -> dict[Code, Fraction]:
    return {Code.S3_STORAGE: _BUCKET_GB, Code.TABLE_STORAGE: _TABLE_GB, Code.TABLE_RECOVERY: _TABLE_GB}
