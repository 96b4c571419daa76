"""A registry as moto plays it, in this process: an operation on it, and its bare boto3 calls replayed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import thread_time_ns
from typing import Any

import boto3
import numpy as np
from botocore import xform_name
from botocore.config import Config
from moto import mock_aws

from tests.benchmarks.blocks import Block, Floats
from tests.unit.aws.stage import make_table

__all__ = ["BUCKET", "TABLE", "Aws", "Operation", "bare", "whole"]

BUCKET = TABLE = "benchmark"
_Call = tuple[str, str, dict[str, Any]]
_SERVICES = ("s3", "dynamodb")


@dataclass(frozen=True)
class Aws:
    """One client of each service, whatever AWS_ENDPOINT_URL says."""

    _made: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._made:
            session = boto3.Session("testing", "testing", region_name="us-east-1")
            self._made[service] = session.client(service, config=Config(ignore_configured_endpoint_urls=True))
        return self._made[service]


@dataclass(frozen=True)
class Operation:
    """`work` is given a number that it never had before in this registry; `prepare` fills the registry.

    `spared` names the calls that a program could do without which asks nothing before it writes.
    """

    name: str
    work: Callable[[int], object]
    prepare: Callable[[], object] = lambda: None
    spared: frozenset[str] = frozenset()


def whole(aws: Aws, operation: Operation) -> Block:
    def block(times: int) -> Floats:
        with _registry(aws, operation):
            return _clocked(operation.work, times)

    return block


def bare(aws: Aws, operation: Operation) -> Block:
    """What the operation sends, known beforehand, on a registry that is as it was."""

    def block(times: int) -> Floats:
        with _registry(aws, operation), _recorded(aws) as calls:
            sent = [_performed(operation, number, calls) for number in range(times)]
        with _registry(aws, operation):
            return _clocked(lambda number: _replay(aws, sent[number]), times)

    return block


@contextmanager
def _registry(aws: Aws, operation: Operation) -> Iterator[None]:
    """Empty but for what the operation needs: moto slows down with what is in it."""
    with mock_aws():
        aws.client("s3").create_bucket(Bucket=BUCKET)
        make_table(aws, TABLE)
        operation.prepare()
        yield


@contextmanager
def _recorded(aws: Aws) -> Iterator[list[_Call]]:
    calls: list[_Call] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.service_model.service_name, model.name, dict(params)))

    for service in _SERVICES:
        aws.client(service).meta.events.register("provide-client-params", note)
    try:
        yield calls
    finally:
        for service in _SERVICES:
            aws.client(service).meta.events.unregister("provide-client-params", note)


def _performed(operation: Operation, number: int, calls: list[_Call]) -> list[_Call]:
    calls.clear()
    operation.work(number)
    kept = [call for call in calls if call[1] not in operation.spared]
    if not kept:
        raise AssertionError(f"{operation.name} should have called AWS")
    return kept


def _replay(aws: Aws, calls: list[_Call]) -> None:
    for service, name, params in calls:
        getattr(aws.client(service), xform_name(name))(**params)


def _clocked(work: Callable[[int], object], times: int) -> Floats:
    """Microseconds of the thread's own CPU time."""
    taken = np.empty(times)
    for number in range(times):
        began = thread_time_ns()
        work(number)
        taken[number] = thread_time_ns() - began
    return taken / 1000
