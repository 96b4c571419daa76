"""Reading metrics back from the local CloudWatch: the same as if every datum were looked at in every period."""

import math
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from moto.cloudwatch.models import CloudWatchBackend

from infra.local import metric_data, metrics
from infra.local.alarms import Sample

START = datetime(2026, 3, 1, 12)
NAMESPACES, NAMES, UNITS = ["Serin/dev", "AWS/Lambda"], ["Errors", "Rows"], ["Count", "None", None]
DIMENSIONS = [{}, {"Model": "m"}, {"Model": "n"}, {"Model": "m", "Release": "7"}, {"Release": "7", "Model": "m"}]
WORTH = {"Sum": sum, "SampleCount": len, "Minimum": min, "Maximum": max, "Average": lambda of: sum(of) / len(of)}

moments = st.integers(-30_000_000, 150_000_000).map(lambda micros: START + timedelta(microseconds=micros))
named = st.tuples(st.sampled_from(NAMESPACES), st.sampled_from(NAMES), st.sampled_from(DIMENSIONS))
data = st.tuples(named, st.sampled_from(UNITS), moments, st.lists(st.integers(-5, 5), min_size=1, max_size=3))
asked = st.tuples(named, st.sampled_from(UNITS), st.sampled_from([1, 5, 10, 60, 3600]), st.sampled_from(list(WORTH)))


def pairs(dimensions):
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def put(backend, datum):
    """A lone value as it is, several as a statistic set: the two kinds that moto keeps."""
    (namespace, name, dimensions), unit, at, values = datum
    stats = {"SampleCount": len(values), "Sum": sum(values), "Minimum": min(values), "Maximum": max(values)}
    worth = {"Value": values[0]} if len(values) == 1 else {"StatisticValues": stats}
    named = {"MetricName": name, "Dimensions": pairs(dimensions), "Timestamp": at, "Unit": unit}
    backend.put_metric_data(namespace, [named | worth])


def query(number, one):
    (namespace, name, dimensions), unit, period, stat = one
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": pairs(dimensions)}
    about = {"Metric": metric, "Period": period, "Stat": stat} | ({"Unit": unit} if unit else {})
    return {"Id": f"q{number}", "MetricStat": about}


def expected(everything, one, end):
    """Every datum is looked at, in every period."""
    named, unit, period, stat = one
    at, found = START, []
    while at < end:
        until = min(at + timedelta(seconds=period), end)
        values = [value for its_name, its_unit, when, values in everything for value in values
                  if its_name == named and (unit is None or its_unit == unit) and at <= when < until]  # fmt: skip
        found += [(at, WORTH[stat](values))] if values else []
        at += timedelta(seconds=period)
    return found


@given(st.lists(data, max_size=12), st.lists(data, max_size=12), st.lists(asked, min_size=1, max_size=4),
       st.integers(1, 130), st.booleans())  # fmt: skip
def test_it_equals_looking_at_every_datum(first, later, queries, seconds, descending):
    """Whatever came in between two requests, late or in order; in both directions."""
    backend, end = CloudWatchBackend("us-east-1", "123456789012"), START + timedelta(seconds=seconds)
    documents = [query(number, one) for number, one in enumerate(queries)]
    scan_by = "TimestampDescending" if descending else "TimestampAscending"
    everything = []
    for some in first, later:
        everything += some
        for datum in some:
            put(backend, datum)
        results = backend.get_metric_data(documents, START, end, scan_by)
        for one, document, result in zip(queries, documents, results, strict=True):
            points = expected(everything, one, end)
            points = points[::-1] if descending else points
            assert result["timestamps"] == [at for at, _ in points]
            assert result["values"] == pytest.approx([value for _, value in points])
            assert (result["id"], result["label"]) == (document["Id"], f"{one[0][1]} {one[3]}")
            assert result["status_code"] == "Complete"


@pytest.fixture
def cloudwatch():
    with mock_aws():
        yield boto3.client("cloudwatch", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def ask(client, *queries, seconds=60, **more):
    start = START.replace(tzinfo=UTC)
    return client.get_metric_data(
        MetricDataQueries=list(queries), StartTime=start, EndTime=start + timedelta(seconds=seconds), **more
    )["MetricDataResults"]


def test_boto3_reads_what_boto3_wrote(cloudwatch):
    """Through moto's own parsing and rendering, with times that know their zone."""
    at = START.replace(tzinfo=UTC) + timedelta(seconds=7)
    datum = {"MetricName": "Rows", "Timestamp": at, "Values": [1.0, 2.0], "Counts": [1, 3], "Unit": "Count"}
    cloudwatch.put_metric_data(Namespace="Serin/dev", MetricData=[datum])
    plain = query(0, (("Serin/dev", "Rows", {}), None, 5, "Sum"))
    (found,) = ask(cloudwatch, plain, plain | {"Id": "hidden", "ReturnData": False}, ScanBy="TimestampAscending")
    assert (found["Id"], found["Values"]) == ("q0", [7.0])
    assert found["Timestamps"] == [START.replace(tzinfo=UTC) + timedelta(seconds=5)]


def test_requests_with_more_than_statistics_are_motos(cloudwatch):
    """An expression over a query that is asked for with it."""
    put(metrics.backend(), (("Serin/dev", "Rows", {}), "Count", START, [2, 3]))
    plain = query(0, (("Serin/dev", "Rows", {}), None, 60, "Sum"))
    found = ask(cloudwatch, plain, {"Id": "e", "Expression": "q0", "Label": "x"})
    assert [one["Values"] for one in found] == [[5.0], [5.0]]


def test_a_time_that_ends_before_it_starts_is_refused(cloudwatch):
    """In the words of AWS."""
    with pytest.raises(ClientError, match="EndTime must be greater"):
        ask(cloudwatch, query(0, (("Serin/dev", "Rows", {}), None, 60, "Sum")), seconds=-1)


def test_a_late_datum_hides_no_other(cloudwatch):
    """EMF lines come out of order: an hour old after new ones, and both are found where they belong."""
    named, second = ("Serin/dev", "Rows", {}), timedelta(seconds=1)
    for at, value in (START, 1), (START + second, 2), (START - timedelta(hours=1), 3), (START + 2 * second, 4):
        put(metrics.backend(), (named, "Count", at, [value]))
    since = START.replace(tzinfo=UTC).timestamp()
    of = metric_data.metric("Serin/dev", "Rows", [])
    recent = metric_data.samples(metrics.backend(), of, since)
    assert recent == [Sample(since + number, 1, value, value, value) for number, value in enumerate((1, 2, 4))]
    assert len(metric_data.samples(metrics.backend(), of, -math.inf)) == 4


def test_a_reset_forgets(cloudwatch):
    """moto then has another list, and what was read from the old one is gone."""
    named = ("Serin/dev", "Rows", {})
    of = metric_data.metric("Serin/dev", "Rows", [])
    put(metrics.backend(), (named, "Count", START, [1]))
    assert len(metric_data.samples(metrics.backend(), of, 0)) == 1
    metrics.backend().reset()
    put(metrics.backend(), (named, "Count", START, [5]))
    assert [one.total for one in metric_data.samples(metrics.backend(), of, 0)] == [5]


def test_old_data_go_when_there_are_many(cloudwatch):
    """Beyond the limit everything older than three hours is forgotten, at the next flush."""
    now = datetime.now(UTC).replace(tzinfo=None)
    for age in range(6):
        put(metrics.backend(), (("Serin/dev", "Rows", {}), "Count", now - timedelta(hours=age), [age]))
    metrics.Meter(_most=6).flush()
    assert len(metrics.backend().metric_data) == 6
    metrics.Meter(_most=5).flush()
    assert [one.value for one in metrics.backend().metric_data] == [0, 1, 2]


def test_of_what_aws_measures_old_sums_stay_by_the_minute(cloudwatch):
    """A ledger that closes its hours later finds the same sum."""
    at = (datetime.now(UTC) - timedelta(hours=5)).replace(tzinfo=None, second=7, microsecond=0)
    named = ("AWS/Lambda", "Invocations", {"Model": "m", "Release": "7"})
    for second in (0, 1, 60):
        put(metrics.backend(), (named, "Count", at + timedelta(seconds=second), [2, 3]))
    metrics.Meter(_most=2).flush()
    assert [(one.sum, one.sample_count) for one in metrics.backend().metric_data] == [(10, 4), (5, 2)]
    of = metric_data.metric("AWS/Lambda", "Invocations", metrics.backend().metric_data[0].dimensions)
    assert sum(one.total for one in metric_data.samples(metrics.backend(), of, 0)) == 15


def test_each_request_to_the_gateway_is_counted(cloudwatch):
    """As API Gateway counts them: by the name of the API and its stage."""
    meter = metrics.Meter()
    for _ in range(3):
        meter.asked("serin-dev", "dev")
    meter.flush()
    (datum, *more) = metrics.backend().metric_data
    assert datum.namespace == "AWS/ApiGateway"
    assert sum(one.sum for one in (datum, *more)) == 3
    assert {(one.name, one.value) for one in datum.dimensions} == {("ApiName", "serin-dev"), ("Stage", "dev")}
