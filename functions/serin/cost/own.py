"""What did an endpoint use in an hour by itself? By the version of its model, measured or by rule.

Measured: Lambda's requests and time by release, bytes of its log and of its stream, snapshots that are kept. By rule,
from the requests: its custom metrics, the windows of what it saw, readings of the receipts' key, bytes sent out and
restores of snapshots. By the hour: its alarms.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.deployed import Deployed, Published
from serin.cost.entry import Account
from serin.cost.hour import hours_of_month
from serin.cost.idle import TOLD, standing_endpoint
from serin.cost.metric import Sums, of_function, of_log, of_release, of_stream
from serin.cost.prices import Quantities
from serin.cost.traffic import BODY_OUT, METRICS, RECORD_BYTES, ROW_OUT

__all__ = ["Usage", "add", "logged", "own_usage"]

_GB = 10**9
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Usage:
    """By account, and how many requests each had. `live` pays for what nobody asked for."""

    own: Mapping[Account, Quantities]
    requests: Mapping[Account, int]
    live: Account


@dataclass(frozen=True)
class _Work:
    """Lambda bills each request by whole milliseconds, rounded up: on average half of one more than it took."""

    requests: int
    ms: Fraction

    @property
    def billed_s(self) -> Fraction:
        return (self.ms + Fraction(self.requests, 2)) / 1000

    @property
    def sandboxes(self) -> int:
        """As many as are busy if requests come evenly over the hour."""
        return max(1, math.ceil(self.ms / _HOUR_MS))


def own_usage(deployed: Deployed, sums: Sums, hour: str, log_days: int) -> Usage:
    """The live version is there also without requests. What is of the model and of no version goes by requests."""
    work, live = _work(deployed, sums), deployed.account(deployed.live.version)
    requests = {live: 0}
    own: dict[Account, dict[Code, Fraction]] = {}
    for one, done in work.items():
        account = deployed.account(one.version)
        requests[account] = requests.get(account, 0) + done.requests
        add(own.setdefault(account, {}), _by_release(one, done, hours_of_month(hour)))
    for one in deployed.published:
        if one.snapshot:  # of a version without requests too: it is paid for as long as it is kept
            account = deployed.account(one.version)
            requests.setdefault(account, 0)
            add(own.setdefault(account, {}), {Code.SNAP_START_CACHE: 3600 * one.gb})
    total = sum(requests.values())
    whole = _of_model(deployed, sums, hour, log_days, busy=total > 0)
    for account, number in (requests if total else {live: 1}).items():
        share = Fraction(number, total or 1)
        add(own.setdefault(account, {}), {code: quantity * share for code, quantity in whole.items()})
    return Usage(own, requests, live)


def add(to: dict[Code, Fraction], more: Quantities) -> None:
    for code, quantity in more.items():
        if quantity:
            to[code] = to.get(code, Fraction(0)) + quantity


def logged(size: Fraction, log_days: int, hour: str) -> dict[Code, Fraction]:
    """For as long as it will be kept, paid for when it comes in."""
    gb = size / _GB
    return {Code.LOG_INGESTED: gb, Code.LOG_STORED: gb * Fraction(log_days * 24, hours_of_month(hour))}


def _work(deployed: Deployed, sums: Sums) -> dict[Published, _Work]:
    """By release. Smoke tests are the live one's: no alias led to them."""
    function, alias = deployed.endpoint.function, deployed.endpoint.alias
    found = {
        one: _Work(
            int(sums.get(of_release("Invocations", function, alias, one.release), 0)),
            Fraction(sums.get(of_release("Duration", function, alias, one.release), 0)),
        )
        for one in deployed.counted
    }
    whole = int(sums.get(of_function("Invocations", function), 0))
    ms = Fraction(sums.get(of_function("Duration", function), 0))
    live = found.get(deployed.live, _Work(0, Fraction(0)))
    more = max(0, whole - sum(one.requests for one in found.values()))
    more_ms = max(Fraction(0), ms - sum((one.ms for one in found.values()), Fraction(0)))
    return {**found, deployed.live: _Work(live.requests + more, live.ms + more_ms)}


def _by_release(one: Published, work: _Work, hours: int) -> dict[Code, Fraction]:
    """A window is an object for each sandbox and minute, read again when the hour is put together."""
    if not work.requests:
        return {}
    windows = min(60 * work.sandboxes, work.requests)
    used = {
        Code.LAMBDA_REQUEST: Fraction(work.requests),
        one.duration: work.billed_s * one.gb,
        Code.METRIC: Fraction(METRICS, hours),
        Code.S3_PUT: Fraction(windows + 1),
        Code.S3_GET: Fraction(windows),
        Code.SECRET_CALL: Fraction(work.sandboxes),
        Code.TRANSFER_OUT: Fraction(work.requests * (BODY_OUT + ROW_OUT), _GB),
    }
    return used | ({Code.SNAP_START_RESTORE: work.sandboxes * one.gb} if one.snapshot else {})


def _of_model(deployed: Deployed, sums: Sums, hour: str, log_days: int, *, busy: bool) -> dict[Code, Fraction]:
    endpoint, hours = deployed.endpoint, hours_of_month(hour)
    found: dict[Code, Fraction] = {}
    own = endpoint.budget
    alarms = (own.monthly_usd is not None) + (own.runaway_per_minute is not None)
    for part in standing_endpoint(alarms):
        add(found, {code: quantity / hours for code, quantity in part.used.items()})
    add(found, {Code.METRIC: TOLD * Fraction(1 if busy else Fraction(1, 6)) / hours})
    add(found, logged(Fraction(sums.get(of_log(f"/aws/lambda/{endpoint.function}"), 0)), log_days, hour))
    # Firehose bills each record in steps of 5 KB.
    sent = Fraction(sums.get(of_stream("IncomingBytes", endpoint.function), 0))
    records = Fraction(sums.get(of_stream("IncomingRecords", endpoint.function), 0))
    add(found, {Code.FIREHOSE: max(sent, records * RECORD_BYTES) / _GB})
    return found
