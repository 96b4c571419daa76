"""Does `live` only ever move to a release that was proved, and is every interrupted deploy finished by a rerun?"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import Conflict, NotFound, NotReady, SmokeFailed, Unavailable
from serin.rollout.deploy import Deployment, deploy
from serin.rollout.release import Alias
from serin.rollout.rollback import rollback
from serin.rollout.smoke import smoke
from tests.unit.rollout.world import ENDPOINT, GOLDEN, Died, World, version


def _deploy(world: World, number: int) -> Deployment:
    return deploy(world.operator(), ENDPOINT, version(number), GOLDEN)


def test_a_deploy_publishes_tests_and_moves_live() -> None:
    """The environment is merged, not replaced; release and move are on the audit trail."""
    world = World()
    done = _deploy(world, 1)
    assert (done.release.number, done.previous, done.moved, world.live.version) == (2, "1", True, "2")
    assert world.published["2"].environment == {
        "TEAM": "growth",
        "SERIN_MODEL_VERSION": "1",
        "SERIN_ARTIFACT_SHA256": "a1",
        "SERIN_MANIFEST_SHA256": "m",
        "SERIN_GOLDEN_SHA256": "g",
        "SERIN_SKETCH_SHA256": "",
    }
    assert [entry.action for entry in world.trail] == ["release", "deploy"]


def test_a_version_without_a_sketch_does_not_inherit_one() -> None:
    """Else it would count by the bins of the version before."""
    world = World()
    deploy(world.operator(), ENDPOINT, replace(version(1), sketch="s1"), GOLDEN)
    _deploy(world, 2)
    assert [world.published[n].environment["SERIN_SKETCH_SHA256"] for n in ("2", "3")] == ["s1", ""]


def test_the_same_deploy_again_changes_nothing() -> None:
    """Same release, no second move, no second audit."""
    world = World()
    _deploy(world, 1)
    trail = list(world.trail)
    again = _deploy(world, 1)
    assert (again.release.number, again.moved, again.previous) == (2, False, "1")
    assert world.trail == trail


def test_a_release_that_was_removed_is_published_anew() -> None:
    """`serin gc` deletes its Lambda version; the record stays, and is passed over."""
    world = World()
    for number in (1, 2):
        _deploy(world, number)
    del world.published["2"]
    done = _deploy(world, 1)
    assert (done.release.number, done.moved, world.live.version, sorted(world.releases)) == (4, True, "4", [2, 3, 4])


def test_a_release_that_is_removed_before_its_smoke_test_fails_it() -> None:
    """The deploy ends, and `live` stays where it is: the next one publishes it anew."""
    world = World()
    _deploy(world, 1)
    with pytest.raises(SmokeFailed, match="release 9 is gone"):
        smoke(world.operator(), ENDPOINT, 9, GOLDEN)


def test_going_to_an_earlier_version_reuses_its_release() -> None:
    """One release per model version, code and settings."""
    world = World()
    for number in (1, 2, 1):
        done = _deploy(world, number)
    assert (done.release.number, world.live.version, sorted(world.published)) == (2, "2", ["1", "2", "3"])


def test_new_code_makes_a_new_release_of_the_same_model_version() -> None:
    """A release is exact code and an exact model version."""
    world = World()
    _deploy(world, 1)
    world.latest = replace(world.latest, code_sha256="code2", revision="cdk")
    assert _deploy(world, 1).release.number == 3


@pytest.mark.parametrize("effects", range(1, 7))
def test_a_deploy_that_died_after_any_effect_is_finished_by_running_it_again(effects: int) -> None:
    """One release, one move, one audit of each, whatever the first attempt got done; then rollback knows the way."""
    world = World()
    _deploy(world, 1)
    world.left = effects
    try:
        _deploy(world, 2)
    except Died:
        assert effects <= 5
    world.left = -1
    done = _deploy(world, 2)
    assert (done.release.number, world.live.version, sorted(world.published)) == (3, "3", ["1", "2", "3"])
    assert [entry.action for entry in world.trail] == ["release", "deploy"] * 2
    assert rollback(world.operator(), ENDPOINT).release.number == 2


def test_a_failed_smoke_test_leaves_live_alone() -> None:
    """The error names example, output, expected and got."""
    world = World(answer=5.0)
    with pytest.raises(SmokeFailed, match=r"golden example 1: output 'y' has 5 at position 0, expected 4") as caught:
        _deploy(world, 1)
    assert "live stays where it is" in str(caught.value)
    assert world.live.version == "1"


def test_a_deploy_waits_until_the_release_is_active() -> None:
    """Pending three times, then on."""
    world = World(pending=3)
    assert _deploy(world, 1).moved


def test_a_release_that_never_becomes_active_is_given_up_in_words() -> None:
    """After its patience, not never."""
    world = World(pending=10**6)
    with pytest.raises(Unavailable, match=r"release 2 was not ready after 90\d s"):
        _deploy(world, 1)


def test_a_release_waits_for_its_snapshot() -> None:
    """With SnapStart, Active is not enough."""
    world = World()
    world.latest = replace(world.latest, snapstart=True)
    with pytest.raises(Unavailable, match=r"snapshot"):
        _deploy(world, 1)
    world.published["2"] = replace(world.published["2"], snapshot_ready=True)
    assert _deploy(world, 1).release.number == 2


def test_a_release_that_failed_to_start_says_why() -> None:
    """The state reason of the function is in the sentence."""

    class Broken(World):
        def configuration(self, function: str, version: str = "$LATEST") -> Any:
            found = super().configuration(function, version)
            return found if version == "$LATEST" else replace(found, state="Failed", state_reason="no such artifact")

    with pytest.raises(NotReady, match=r"Release 2 did not start, live stays where it is: no such artifact"):
        _deploy(Broken(), 1)


class Rival(World):
    """Somebody else moves `live` right before we do, a number of times."""

    rounds = 1

    def move_alias(self, function: str, name: str, to: Alias) -> None:
        if self.rounds:
            self.rounds -= 1
            self.live = Alias("1", self._next())
        super().move_alias(function, name, to)


def test_a_deploy_that_loses_a_race_for_live_decides_again() -> None:
    """It reads the alias again and then moves it."""
    assert _deploy(Rival(), 1).moved


def test_a_deploy_that_keeps_losing_gives_up() -> None:
    """Bounded, with a sentence."""
    world = Rival()
    world.rounds = 100
    with pytest.raises(Conflict, match="kept moving"):
        _deploy(world, 1)


def test_rollback_goes_to_the_release_before_and_then_further() -> None:
    """Each rollback takes one off; the bootstrap release is no release to go back to."""
    world = World()
    for number in (1, 2, 3):
        _deploy(world, number)
    world.answer = 0.0  # nothing is tested on the way back
    assert rollback(world.operator(), ENDPOINT).release.number == 3
    assert rollback(world.operator(), ENDPOINT).release.number == 2
    with pytest.raises(NotFound, match="no release before the live one"):
        rollback(world.operator(), ENDPOINT)
    assert world.live.version == "2"


def test_rollback_on_an_endpoint_without_a_deploy_is_refused() -> None:
    """There is nothing before the bootstrap release."""
    with pytest.raises(NotFound):
        rollback(World().operator(), ENDPOINT)


def test_a_rollback_that_died_before_its_audit_is_not_done_twice() -> None:
    """The rerun writes the audit and stays."""
    world = World()
    for number in (1, 2, 3):
        _deploy(world, number)
    world.left = 1
    with pytest.raises(Died):
        rollback(world.operator(), ENDPOINT)
    assert world.live.version == "3"
    done = rollback(world.operator(), ENDPOINT)
    assert (done.release.number, done.moved, world.live.version) == (3, False, "3")
    assert rollback(world.operator(), ENDPOINT).release.number == 2


@given(st.lists(st.sampled_from([1, 2, 3, 0]), max_size=12))
def test_rollback_always_goes_where_live_was_before_the_last_deploy(moves: list[int]) -> None:
    """Against a model that is a plain stack; 0 is a rollback."""
    world, stack = World(), ["1"]
    for move in moves:
        if move:
            target = str(_deploy(world, move).release.number)
            stack += [target] if stack[-1] != target else []
        elif len(stack) > 1 and stack[-2] != "1":
            stack.pop()
            rollback(world.operator(), ENDPOINT)
        assert world.live.version == stack[-1]
