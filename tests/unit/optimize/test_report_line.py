"""Is what Lambda reports read as it stands there, and nothing where it does not?"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from serin.optimize.report_line import Report, report_of

WARM = (
    "START RequestId: 8f5 Version: 7\n"
    '{"_aws": {}, "Latency": [1.0]}\n'
    "END RequestId: 8f5\n"
    "REPORT RequestId: 8f5\tDuration: 12.62 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 93 MB\t\n"
)
READ = Report(12.62, 13, 512, 93)


def written(report: Report, start: str = "Init Duration") -> str:
    parts = ["REPORT RequestId: 1", f"Duration: {report.duration_ms:.2f} ms", f"Billed Duration: {report.billed_ms} ms",
             f"Memory Size: {report.memory_mb} MB", f"Max Memory Used: {report.used_mb} MB"]  # fmt: skip
    more = [] if report.start_ms is None else [f"{start}: {report.start_ms:.2f} ms"]
    return "\t".join([*parts, *more, ""]) + "\n"


REPORTS = st.builds(
    Report,
    duration_ms=st.integers(0, 10**8).map(lambda cents: cents / 100),
    billed_ms=st.integers(0, 900_000),
    memory_mb=st.integers(128, 10_240),
    used_mb=st.integers(0, 10_240),
    start_ms=st.none() | st.integers(0, 10**6).map(lambda cents: cents / 100),
)


def test_the_line_of_a_warm_request() -> None:
    """As Lambda writes it, below what the function printed."""
    assert report_of(WARM) == READ


def test_a_start_is_told_from_a_warm_request() -> None:
    """By an init, or by the restore of a snapshot, whatever else stands there."""
    started = WARM.rstrip() + "\tInit Duration: 1120.27 ms\t\nXRAY TraceId: 1-5\tSegmentId: 2\tSampled: true\n"
    assert report_of(started) == replace(READ, start_ms=1120.27)
    restored = WARM.rstrip() + "\tRestore Duration: 412.44 ms\tBilled Restore Duration: 52 ms\t\n"
    assert report_of(restored) == replace(READ, start_ms=412.44)


@given(REPORTS, st.text(), st.sampled_from(["Init Duration", "Restore Duration"]))
def test_whatever_is_reported_comes_back(report: Report, before: str, start: str) -> None:
    """Also where the log before it was cut anywhere."""
    assert report_of(f"{before}\n{written(report, start)}") == report


@given(REPORTS, REPORTS)
def test_the_last_line_counts(one: Report, two: Report) -> None:
    """A function may print what looks like a report: Lambda's comes after it."""
    assert report_of(written(one) + written(two)) == two


@given(st.text() | st.text(alphabet="REPORT questId:\tDuration ms.0123456789\n"))
def test_no_log_is_misread(log: str) -> None:
    """A report, or none; never an error."""
    assert report_of(log) is None or "REPORT RequestId: " in log


def test_a_line_without_its_parts_is_none() -> None:
    """A half is not guessed to be whole."""
    assert report_of("REPORT RequestId: 1\tDuration: 1.00 ms\t") is None
    assert report_of("") is None
