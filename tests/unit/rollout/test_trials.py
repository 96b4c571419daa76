"""Does a function stay what it was, wherever a tune dies, and whoever else changes it meanwhile?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pytest

from serin.errors import Conflict, InvalidSettings, NotFound
from serin.rollout.deploy import deploy
from serin.rollout.holdings import Published
from serin.rollout.release import Configuration
from serin.rollout.rollback import rollback
from serin.rollout.trial import MARK, on_trial, undone
from serin.rollout.trials import Trials
from tests.unit.rollout.looks import T0
from tests.unit.rollout.world import ENDPOINT, GOLDEN, Died, World, version

DECLARED = replace(ENDPOINT, memory_mb=1024)
BEFORE = {"TEAM": "growth", "SERIN_STAGE": "dev", "SERIN_CAPTURE_STREAM": "stream"}


def world(memory_mb: int = 1024) -> World:
    latest = Configuration("$LATEST", BEFORE, "code1", "r0", settings={"MemorySize": memory_mb, "Timeout": 30})
    return World(latest=latest)


@dataclass(frozen=True)
class Held:
    """Implements Versions."""

    world: World

    def published(self, function: str) -> Iterable[Published]:
        for number, one in self.world.published.items():
            yield Published(int(number), T0, 1, one.memory_mb, "arm64", snapshot=False, trial=MARK in one.environment)

    def delete(self, function: str, version: int) -> None:
        self.world.published.pop(str(version), None)
        self.world.effect()


def trials(of: World) -> Trials:
    return Trials(of.operator(), Held(of), DECLARED)


def tune(of: World, sizes: tuple[int, ...] = (512, 2048)) -> None:
    """As the command does it, but for the requests."""
    one = trials(of)
    one.restore()
    one.remove(one.left())
    for size in sizes:
        one.publish(version(1), size)
    one.restore()
    one.remove(one.left())


def test_a_trial_is_the_release_but_for_memory_and_what_it_writes_down() -> None:
    """Its model, its code; metrics as of another stage, no sketches, nothing captured."""
    here = world()
    trials(here).publish(version(1), 512)
    trial = here.published["2"]
    assert (trial.memory_mb, trial.code_sha256, trial.settings["Timeout"]) == (512, "code1", 30)
    expected = {
        "TEAM": "growth", "SERIN_STAGE": "dev-tune", "SERIN_CAPTURE_STREAM": "", "SERIN_REVIEW_QUEUE": "",
        "SERIN_SKETCH_SHA256": "", "SERIN_MODEL_VERSION": "1", "SERIN_ARTIFACT_SHA256": "a1",
    }  # fmt: skip
    assert trial.environment.items() >= expected.items()


def test_after_a_tune_all_is_as_it_was() -> None:
    """$LATEST, what is published, and the records: nothing of it is a release."""
    here = world()
    before = here.latest
    tune(here)
    assert replace(here.latest, revision="r0") == before
    assert ([*here.published], here.releases, here.trail) == (["1"], {}, [])


@pytest.mark.parametrize("effects", range(1, 8))
def test_wherever_a_tune_dies_the_next_one_clears_up(effects: int) -> None:
    """After any effect: $LATEST is as it was before, and no temporary version is left."""
    here = world()
    here.left = effects
    with pytest.raises(Died):
        tune(here)
    here.left = -1
    tune(here)
    assert (here.latest.environment, here.latest.memory_mb, [*here.published]) == (BEFORE, 1024, ["1"])


@pytest.mark.parametrize("effects", range(1, 8))
def test_wherever_a_tune_dies_a_deploy_publishes_what_is_declared(effects: int) -> None:
    """With the declared memory and its own stage, and `live` never comes to a temporary version, by no way."""
    here = world()
    here.left = effects
    with pytest.raises(Died):
        tune(here)
    here.left = -1
    left = {number for number, one in here.published.items() if MARK in one.environment}
    for number in (1, 2):
        done = deploy(here.operator(), DECLARED, version(number), GOLDEN)
        live = here.published[here.live.version]
        assert (live.memory_mb, live.environment["SERIN_STAGE"], MARK in live.environment) == (1024, "dev", False)
        assert live.environment["SERIN_CAPTURE_STREAM"] == "stream"
        assert done.release.number not in map(int, left)
    for number in map(int, left):
        with pytest.raises(NotFound, match=f"has no release {number}"):
            rollback(here.operator(), DECLARED, number)
    assert rollback(here.operator(), DECLARED).release.model_version == 1


def test_a_deploy_sets_the_memory_that_the_template_declares() -> None:
    """Whoever changed it by hand; and where the directory does not say it yet, memory stays as it is."""
    here = world(memory_mb=3008)
    deploy(here.operator(), DECLARED, version(1), GOLDEN)
    assert here.published["2"].memory_mb == 1024
    old = world(memory_mb=3008)
    deploy(old.operator(), ENDPOINT, version(1), GOLDEN)
    assert old.published["2"].memory_mb == 3008


def test_a_deploy_in_the_midst_of_a_tune_wins() -> None:
    """It undoes the trial; the tune finds another revision and gives up, without a version too many."""
    here = world()
    one = trials(here)
    one.publish(version(1), 512)
    deploy(here.operator(), DECLARED, version(2), GOLDEN)
    assert here.published[here.live.version].memory_mb == 1024
    assert one.restore() is False
    assert MARK not in here.latest.environment
    one.remove(one.left())
    assert [*here.published] == ["1", "3"]


def test_who_changes_the_function_between_two_looks_is_noticed() -> None:
    """By its revision: nothing is published from what somebody else wrote."""

    class Busy(World):
        def publish(self, function: str, latest: Configuration, description: str) -> str:
            self.set_environment(function, {**self.latest.environment, "SERIN_RECEIPT_KEY": "k2"}, self.latest.revision)
            return super().publish(function, latest, description)

    here = Busy(latest=world().latest)
    with pytest.raises(Conflict):
        trials(here).publish(version(1), 512)
    assert trials(here).restore()
    assert here.latest.environment == {**BEFORE, "SERIN_RECEIPT_KEY": "k2"}, "what the other wrote stays"
    assert here.latest.memory_mb == 1024


def test_a_mark_that_can_not_be_read_is_said() -> None:
    """Nothing is guessed."""
    latest = world().latest
    with pytest.raises(InvalidSettings, match="SERIN_TRIAL of the function can't be read"):
        undone(latest.with_environment({MARK: "{"}))
    assert undone(latest) is latest
    assert undone(on_trial(latest, latest, "dev", 512, "1")) == latest
