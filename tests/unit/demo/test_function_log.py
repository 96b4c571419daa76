"""What a release failed by its own account, from the lines of the local cloud's logs."""

from datetime import UTC, datetime

from infra.demo.function_log import failures

LOG = """\
2026-01-01T11:59:59.900000Z [3] [4711] [ERROR]\t2026-01-01T11:59:59.900Z\tid\tinference failed
2026-01-01T12:00:00.100000Z [3] [4711] [ERROR]\t2026-01-01T12:00:00.100Z\tid\tinference failed
2026-01-01T12:00:00.100000Z [3] [4711] Traceback (most recent call last):
2026-01-01T12:00:00.200000Z [13] [3] [ERROR]\t2026-01-01T12:00:00.200Z\tid\tinference failed
2026-01-01T12:00:00.300000Z [3] [4712] [ERROR]\t2026-01-01T12:00:00.300Z\tid\tinference failed
"""


def test_each_failure_counts_once_for_its_release(tmp_path):
    """Not its traceback, not that of a process with the same number, and not what an earlier run left."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "serin-dev-flights.log").write_text(LOG)
    (tmp_path / "logs" / "serin-dev-controller.log").write_text("")
    since = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()
    assert [failures(tmp_path, release, since) for release in (3, 13, 4)] == [2, 1, 0]
