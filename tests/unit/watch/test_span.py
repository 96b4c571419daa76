"""Windows tile time: everybody who asks cuts it alike."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import BadRequest
from serin.watch.span import LENGTHS, Span, ended, spans

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
HOURS = st.sampled_from(LENGTHS)


@given(MOMENTS, HOURS)
def test_each_moment_lies_in_one_span_which_reads_back(moment, hours):
    """And its neighbours begin where it ends."""
    span = Span.at(moment, hours)
    assert span.start <= moment < span.end == Span.at(span.end, hours).start
    assert Span.parse(str(span)) == span
    assert len(span.each_hour) == hours


def test_days_begin_at_midnight_and_weeks_on_monday():
    """In UTC, whatever the caller's zone."""
    moment = datetime(2026, 11, 25, 0, 30, tzinfo=timezone(timedelta(hours=1)))  # still Tuesday in UTC
    assert str(Span.at(moment, 24)) == "2026-11-24T00+24h"
    assert str(Span.at(moment, 168)) == "2026-11-23T00+168h"
    assert Span.at(moment, 168).start.weekday() == 0


@given(MOMENTS, HOURS, st.integers(1, 20), st.integers(0, 90))
def test_the_last_ones_that_ended_follow_each_other(now, hours, back, minutes):
    """The last of them ended before the grace, the next one has not."""
    grace = timedelta(minutes=minutes)
    found = ended(now, hours, back, grace)
    assert len(found) == back
    assert found == list(spans(found[0].start, now - grace, hours))
    assert found[-1].end <= now - grace < found[-1].end + timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-05", "2026-01-05T00+5h", "2026-01-05T01+24h", "2026-01-05T00+h"]
)
def test_what_is_no_window_is_refused_with_how_it_is_written(text):
    """Also one that lies across two."""
    with pytest.raises(BadRequest, match="is no window"):
        Span.parse(text)
