"""Is a leftover only removed while it is one, and is every interrupted removal finished by the next?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from serin.errors import AccessDenied, Conflict, SerinError
from serin.idle.warm import Warm
from serin.rollout.collect import Collector, judged, remove
from serin.rollout.holdings import Published
from serin.rollout.leftovers import Judged, Rules
from serin.rollout.phases import Phase
from serin.rollout.reconcile import reconcile
from serin.rollout.release import Alias
from tests.unit.rollout.cloud import AlarmBoard, Cloud, Records
from tests.unit.rollout.looks import T0
from tests.unit.rollout.world import ENDPOINT, Died

RULES = Rules(days=14, last=2)


@dataclass
class Shelf:
    """Implements Versions: all that is published is a hundred days old. `refusal` is what a deletion meets."""

    cloud: Cloud
    refusal: SerinError | None = None

    def published(self, function: str) -> Iterable[Published]:
        return [Published(int(one), T0 - timedelta(days=100), 1, 1024, "arm64", True) for one in self.cloud.published]

    def aliases(self, function: str) -> Mapping[str, Alias]:
        return {"live": self.cloud.live}

    def warm(self, function: str) -> Iterable[Warm]:
        return ()

    def cool(self, function: str, qualifier: str) -> None:
        raise AssertionError("nothing is warm")

    def delete(self, function: str, version: int) -> None:
        if self.refusal:
            raise self.refusal
        self.cloud.published.pop(str(version), None)
        self.cloud.effect()


def collector(cloud: Cloud, refusal: SerinError | None = None) -> Collector:
    return Collector("me", Shelf(cloud, refusal), AlarmBoard(cloud), Records(cloud), cloud, lambda: cloud.now)


@pytest.fixture
def cloud() -> Cloud:
    """Releases 1 to 4 are published, 4 is live; nothing is recorded of 2 and 3."""
    cloud = Cloud()
    for number in "234":
        cloud.published[number] = replace(cloud.latest, version=number)
    cloud.live = Alias("3", "a0")
    return cloud


def two(cloud: Cloud) -> Judged:
    (found,) = [one for one in judged(collector(cloud), ENDPOINT, RULES) if one.name == "2"]
    return found


def test_it_is_recorded_and_then_removed(cloud: Cloud) -> None:
    """With what and why."""
    assert two(cloud).goes
    assert remove(collector(cloud), ENDPOINT, RULES, two(cloud)).goes
    assert "2" not in cloud.published
    (entry,) = cloud.trail
    assert (entry.action, entry.actor) == ("gc", "me")
    assert entry.details == {
        "did": "REMOVE", "kind": "release", "name": "2",
        "reason": "it was published 100 days ago, and was never live",
    }  # fmt: skip


@pytest.mark.parametrize("left", [1, 2])
def test_whoever_dies_anywhere_runs_it_again(cloud: Cloud, left: int) -> None:
    """After the record, or after the deed."""
    leftover, cloud.left = two(cloud), left
    with pytest.raises(Died):
        remove(collector(cloud), ENDPOINT, RULES, leftover)
    again = remove(collector(cloud), ENDPOINT, RULES, leftover)
    assert (again.goes, again.reason == "it is gone already") == (left == 1, left == 2)
    assert "2" not in cloud.published


def test_what_is_needed_by_now_is_kept(cloud: Cloud) -> None:
    """Somebody rolls it out, or goes back to it, between the look and the deed."""
    leftover = two(cloud)
    cloud.live = Alias("3", "a1", {"2": 0.05})
    kept = remove(collector(cloud), ENDPOINT, RULES, leftover)
    assert (kept.goes, kept.reason) == (False, "it has 5% of the traffic")
    assert ("2" in cloud.published, cloud.trail) == (True, [])


@pytest.mark.parametrize("refusal", [Conflict("an alias points to it"), AccessDenied("lambda:DeleteFunction")])
def test_a_refusal_is_on_record_too(cloud: Cloud, refusal: SerinError) -> None:
    """AWS deletes nothing that an alias points to, which is well; what is denied is told."""
    leftover, ask = two(cloud), collector(cloud, refusal)
    if isinstance(refusal, Conflict):
        kept = remove(ask, ENDPOINT, RULES, leftover)
        assert (kept.goes, kept.reason) == (False, "an alias points to it")
    else:
        with pytest.raises(AccessDenied):
            remove(ask, ENDPOINT, RULES, leftover)
    assert [one.details["did"] for one in cloud.trail] == ["REMOVE", "KEEP"]


def test_a_rollout_whose_candidate_was_removed_under_it_ends(cloud: Cloud) -> None:
    """It can't pass its smoke test: live stays where it is, and the next deploy publishes it anew."""
    rollout = cloud.deploy()
    del cloud.published[str(rollout.candidate)]
    reconcile(cloud.controller(), ENDPOINT)
    assert (cloud.rollout.phase, cloud.live.version, cloud.lock) == (Phase.ABORTED, "3", None)
    assert "is gone" in cloud.rollout.reason
