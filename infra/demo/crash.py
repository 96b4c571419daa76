"""Chapter `crash`: a version that runs out of memory on every fifth flight, and not on its golden examples."""

from typing import Any

from infra.demo import faults, flights, rollouts
from infra.demo.stage import Stage
from infra.demo.taken_back import taken_back
from infra.demo.versions import Versions

__all__ = ["crash"]


def crash(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Roll out what is live with the step of `faults.exploding`; returns the timeline, and each request's fate."""
    live = versions.of[versions.live()]
    exploding = versions.register(live.trained, 0.0, rewrite=faults.exploding)
    rows = rollouts.december()
    far = rows[:, flights.FEATURES.index("distance")] > faults.FAR_MILES
    stage.scene(
        f"Crash: {exploding} is {live} with a careless step, failing on every fifth flight; its warnings went unread"
    )
    return taken_back(stage, versions, exploding, rows, fails_on=far)
