"""Are all entries sealed in the end, whatever dies, and does a copy show what was done to its entry?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.registry.records import AuditEntry
from serin.registry.seal import Seal, Sealer, compared, copy_name

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def entry(hours_ago: float = 0.0) -> AuditEntry:
    return AuditEntry.of("m", "deploy", "ann", NOW - timedelta(hours=hours_ago), reason="why")


class Died(Exception):
    """The process ends here."""


class World:
    """A trail that grows and a bucket that keeps its first word. It dies before or after its n-th copy."""

    def __init__(self, *entries: AuditEntry) -> None:
        self.entries, self.copies = list(entries), dict[str, bytes]()
        self.reads: list[datetime | None] = []
        self.lists = self.puts = 0
        self.dies_at, self.after = -1, False

    def of(self, model: str, *, since: datetime | None = None) -> tuple[AuditEntry, ...]:
        self.reads.append(since)
        return tuple(one for one in self.entries if since is None or datetime.fromisoformat(one.at) >= since)

    def keys(self, prefix: str) -> list[str]:
        self.lists += 1
        return [name for name in self.copies if name.startswith(prefix)]

    def put(self, key: str, data: bytes) -> None:
        dies = self.puts == self.dies_at
        if not dies or self.after:
            self.copies.setdefault(key, data)
            self.puts += 1
        if dies:
            raise Died

    @property
    def sealed(self) -> bool:
        return self.copies.keys() == {copy_name("m", one.id) for one in self.entries}


def test_a_first_look_is_at_everything_and_later_ones_at_what_is_young() -> None:
    """A minute without news costs one read of an hour, no listing and no write."""
    world = World(entry(5000), entry(2))
    sealer = Sealer(world, world)
    assert sealer.look("m", NOW) == 2
    assert sealer.look("m", NOW) == 0
    world.entries.append(entry())
    assert sealer.look("m", NOW) == 1
    assert (world.reads, world.lists, world.puts) == ([None, *[NOW - timedelta(hours=1)] * 2], 1, 3)


@given(st.integers(0, 3), st.booleans(), st.booleans())
def test_it_may_die_anywhere_and_goes_on(at: int, after: bool, new_process: bool) -> None:
    """At any copy, before or after it was put; the next look, of the same process or of another, does the rest."""
    world = World(*(entry(hour) for hour in range(4)))
    world.dies_at, world.after = at, after
    sealer = Sealer(world, world)
    with pytest.raises(Died):
        sealer.look("m", NOW)
    world.dies_at = -1
    (Sealer(world, world) if new_process else sealer).look("m", NOW)
    assert world.sealed


def test_an_entry_that_comes_late_is_sealed_by_the_next_process() -> None:
    """Written by a machine whose clock is hours behind."""
    world = World(entry())
    sealer = Sealer(world, world)
    sealer.look("m", NOW)
    world.entries.append(entry(9))
    sealer.look("m", NOW)
    assert not world.sealed
    Sealer(world, world).look("m", NOW)
    assert world.sealed


def test_a_copy_is_never_made_again() -> None:
    """What was written over an entry does not reach its copy, by no process."""
    world = World(entry())
    Sealer(world, world).look("m", NOW)
    before = dict(world.copies)
    world.entries[0] = replace(world.entries[0], actor="nobody")
    Sealer(world, world).look("m", NOW)
    assert world.copies == before


def test_a_copy_tells_what_became_of_its_entry() -> None:
    """Not sealed yet, as written, written over, gone; the last two are shown as they were."""
    new, kept, changed, gone = (entry(hour) for hour in (0, 1, 2, 3))
    forged = replace(changed, details={"reason": "another"})
    found = list(compared([forged, kept, new], {one.id: one for one in (kept, changed, gone)}))
    assert [(one.entry, one.seal) for one in found] == [
        (gone, Seal.MISSING), (changed, Seal.DIFFERS), (kept, Seal.SEALED), (new, Seal.OPEN),
    ]  # fmt: skip
    assert [one.seal.broken for one in found] == [True, True, False, False]
