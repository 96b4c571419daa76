"""Is an endpoint paused when nobody asked it for so long, and only then, and is what was paused had again?"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import BadRequest, Conflict, NotFound, SerinError, Throttled
from serin.idle.idleness import Action, Idleness, decide
from serin.idle.settle import Pauses, settle, settle_all
from serin.idle.warm import Warm
from serin.registry.endpoints import Drift, Endpoint
from serin.registry.records import AuditEntry

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ENDPOINT = Endpoint(
    "churn", "dev", "growth", "f", "live", "bucket", "table", "https://x", drift=Drift(rule="every-hour"), idle_days=14
)


class Died(BaseException):
    """The process ends here."""


@dataclass
class World:
    """Implements the ports of Pauses. `left` effects may happen before the process dies; `between` runs before one."""

    record: Idleness | None = None
    trail: list[AuditEntry] = field(default_factory=list)
    enabled: bool = True
    kept: dict[str, Warm] = field(default_factory=dict)
    measured: datetime | None = None
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    left: int = -1
    between: Callable[[], None] | None = None
    refusal: SerinError | None = None

    def pauses(self) -> Pauses:
        return Pauses(self, self, self, self.last_request, "serin")

    def get(self, model: str) -> Idleness | None:
        return self.record

    def save(self, idleness: Idleness, audit: AuditEntry | None = None) -> Idleness:
        if idleness.revision != (self.record.revision if self.record else 0):
            raise Conflict("changed meanwhile")
        self.record = Idleness.from_dict(idleness.to_dict(), idleness.revision + 1)
        assert replace(self.record, revision=idleness.revision) == idleness, "the record holds all of it"
        self.trail += [audit] if audit else []
        self._effect()
        return self.record

    def disable(self, rule: str) -> None:
        self._between()
        self.enabled = False
        self._effect()

    def enable(self, rule: str) -> None:
        self._between()
        self.enabled = True
        self._effect()

    def warm(self, function: str) -> Iterable[Warm]:
        return tuple(self.kept.values())

    def cool(self, function: str, qualifier: str) -> None:
        self.kept.pop(qualifier, None)
        self._effect()

    def keep_warm(self, function: str, qualifier: str, count: int) -> None:
        if self.refusal:
            raise self.refusal
        self.kept[qualifier] = Warm(qualifier, count, T0 + 100 * DAY)
        self._effect()

    def last_request(self, endpoint: Endpoint, since: datetime, now: datetime) -> datetime | None:
        self.asked.append((since, now))
        if self.refusal:
            raise self.refusal
        return self.measured if self.measured and since <= self.measured <= now else None

    def look(self, now: datetime, seen: datetime | None = None, endpoint: Endpoint = ENDPOINT) -> Idleness:
        return settle(self.pauses(), endpoint, seen, now)

    def _between(self) -> None:
        between, self.between = self.between, None
        if between:
            between()

    def _effect(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Died


def idle(world: World) -> World:
    """Asked at T0, kept warm since, and paused after 14 days."""
    world.kept |= {"live": Warm("live", 2, T0), "3": Warm("3", 1, T0)}
    world.look(T0, T0)
    world.look(T0 + 14 * DAY)
    return world


def test_fourteen_days_without_a_request_pause_an_endpoint() -> None:
    """Its schedule is disabled and what was kept warm is not any more; one day less and nothing happens."""
    world = World(kept={"live": Warm("live", 2, T0)})
    world.look(T0, T0)
    world.look(T0 + 14 * DAY - HOUR)
    assert (world.enabled, len(world.kept), world.asked, world.trail) == (True, 1, [], [])
    after = world.look(T0 + 14 * DAY)
    assert (after.idle, after.pending, world.enabled, world.kept) == (True, False, False, {})
    (entry,) = world.trail
    assert (entry.action, entry.details["reason"]) == (
        "idle-pause",
        "no request since 2026-01-01 00:00 UTC, for 14 days",
    )
    assert entry.details["warm"] == {"live": 2}


def test_the_first_request_resumes_all_that_was_paused() -> None:
    """Schedule and provisioned concurrency, as they were."""
    world = idle(World())
    after = world.look(T0 + 20 * DAY, T0 + 20 * DAY - HOUR)
    assert (after.idle, after.pending, world.enabled) == (False, False, True)
    assert {one.qualifier: one.count for one in world.kept.values()} == {"live": 2, "3": 1}
    assert [one.action for one in world.trail] == ["idle-pause", "idle-resume"]
    assert world.trail[1].details["reason"] == "a request came by 2026-01-20 23:00 UTC"


def test_what_was_set_meanwhile_is_left_alone() -> None:
    """By whoever expects requests: neither taken away nor changed."""
    world = World(kept={"live": Warm("live", 9, T0 + 13 * DAY), "3": Warm("3", 1, T0)})
    world.look(T0, T0)
    world.look(T0 + 14 * DAY)
    assert list(world.kept) == ["live"]
    world.kept["3"] = Warm("3", 7, T0 + 15 * DAY)
    world.look(T0 + 16 * DAY, T0 + 16 * DAY)
    assert {one.qualifier: one.count for one in world.kept.values()} == {"live": 9, "3": 7}


@pytest.mark.parametrize("refusal", [NotFound("the release is gone"), BadRequest("the alias splits its traffic")])
def test_what_can_not_be_kept_warm_any_more_is_given_up(refusal: SerinError) -> None:
    """A release may have been removed while the endpoint was idle."""
    world = idle(World())
    world.refusal = refusal
    after = world.look(T0 + 15 * DAY, T0 + 15 * DAY)
    assert (after.pending, world.kept, world.enabled) == (False, {}, True)


def test_zero_days_never_pause_and_let_go_on() -> None:
    """Turning it off resumes what was paused."""
    off = replace(ENDPOINT, idle_days=0)
    world = World()
    assert not world.look(T0 + 400 * DAY, endpoint=off).idle
    assert world.asked == []
    after = idle(world := World()).look(T0 + 15 * DAY, endpoint=off)
    assert (after.idle, after.reason, world.enabled) == (False, "idle_days is 0 now", True)


def test_an_endpoint_that_nobody_ever_asked_is_idle_too() -> None:
    """From when it was first looked at."""
    world = World()
    world.look(T0)
    assert world.look(T0 + 14 * DAY).idle


def test_requests_that_nobody_saw_are_asked_for_before_a_pause() -> None:
    """The ledger may have stood still: CloudWatch knows, and is asked once."""
    world = World(measured=T0 + 10 * DAY)
    world.look(T0, T0)
    assert not world.look(T0 + 14 * DAY).idle
    assert world.asked == [(T0, T0 + 14 * DAY)]
    world.look(T0 + 15 * DAY)
    assert len(world.asked) == 1
    assert world.look(T0 + 24 * DAY).idle


def test_an_idle_endpoint_is_asked_about_once_a_day() -> None:
    """A metric costs money each time; a request that nobody saw resumes it within a day."""
    world = idle(World())
    asked = len(world.asked)
    for hours in range(1, 49):
        world.look(T0 + 14 * DAY + hours * HOUR)
    assert len(world.asked) == asked + 2
    world.measured = T0 + 16 * DAY + HOUR
    assert not world.look(T0 + 17 * DAY).idle


def test_a_schedule_that_was_enabled_again_is_paused_within_a_day() -> None:
    """A deployment of the stack may have put the rule anew."""
    world = idle(World())
    world.enabled = True
    world.look(T0 + 15 * DAY)
    assert not world.enabled


def test_what_can_not_be_read_pauses_nobody() -> None:
    """Not knowing is no answer; the next look asks again."""
    world = World()
    world.look(T0, T0)
    world.refusal = Throttled("slow down")
    with pytest.raises(Throttled):
        world.look(T0 + 14 * DAY)
    assert world.enabled
    world.refusal = None
    assert world.look(T0 + 14 * DAY).idle


@pytest.mark.parametrize("left", range(1, 10))
def test_whoever_dies_anywhere_is_finished_by_the_next_look(left: int) -> None:
    """In a pause and in the resume after it."""
    world = World(kept={"live": Warm("live", 2, T0), "3": Warm("3", 1, T0)})
    world.look(T0, T0)
    world.left = left
    looks = [(T0 + 14 * DAY, None), (T0 + 20 * DAY, T0 + 20 * DAY)]
    for now, seen in looks:
        try:
            world.look(now, seen)
        except Died:
            after = world.look(now + timedelta(minutes=5), seen)
            assert not after.pending
    assert (world.enabled, {one.qualifier: one.count for one in world.kept.values()}) == (True, {"live": 2, "3": 1})
    assert [one.action for one in world.trail] == ["idle-pause", "idle-resume"]


def test_a_pause_that_is_overtaken_by_a_resume_ends_resumed() -> None:
    """Two passes at once: whatever the slow one has done, it looks again and sets it right."""
    world = World(kept={"live": Warm("live", 2, T0)})
    world.look(T0, T0)
    world.between = lambda: world.look(T0 + 14 * DAY + HOUR, T0 + 14 * DAY + HOUR)
    world.look(T0 + 14 * DAY)
    assert (world.record and world.record.idle, world.enabled) == (False, True)
    assert {one.qualifier: one.count for one in world.kept.values()} == {"live": 2}


def test_what_a_late_pause_took_away_before_it_died_is_given_back() -> None:
    """For some minutes after a resume it is made sure of again; what a person takes away later stays away."""
    world = idle(World())
    resumed = T0 + 15 * DAY
    world.look(resumed, resumed)
    del world.kept["live"]
    world.look(resumed + timedelta(minutes=5), resumed)
    assert world.kept.keys() == {"live", "3"}
    del world.kept["live"]
    world.look(resumed + timedelta(minutes=15), resumed)
    assert world.kept.keys() == {"3"}
    for one in list(world.kept.values()):
        world.kept[one.qualifier] = replace(one, at=resumed)
    assert world.look(resumed + 20 * DAY).warm == {"3": 1}


def test_one_that_fails_keeps_no_other_waiting() -> None:
    """It is told in the end."""
    world = World()
    world.refusal = Throttled("slow down")
    broken, well = replace(ENDPOINT, idle_days=1), ENDPOINT
    world.look(T0, T0)
    with pytest.raises(Throttled):
        settle_all(world.pauses(), (broken, well), {}, T0 + 2 * DAY)
    assert world.enabled


@given(
    st.lists(st.integers(0, 90), max_size=8), st.lists(st.integers(0, 100), min_size=1, max_size=10), st.integers(0, 30)
)  # fmt: skip
def test_idle_is_who_was_not_asked_for_so_long(requests: list[int], looks: list[int], days: int) -> None:
    """Whenever it is looked at, in whatever rhythm: what was decided follows from the last request alone."""
    state = Idleness("churn", T0)
    for day in sorted(looks):
        now = T0 + day * DAY
        seen = max((T0 + one * DAY for one in requests if one <= day), default=None)
        decision = decide(state, seen, now, days)
        state = decision.idleness
        assert state.idle == (days > 0 and now - (seen or T0) >= days * DAY)
        assert (decision.action is Action.HOLD) or state.pending
