"""What does `serin tune --invoke` change of a function for a moment, and how is it undone, by whoever comes next?

Lambda publishes versions from $LATEST alone, so that a trial has to change it. What was there before stands beside it,
in the same call, in the variable SERIN_TRIAL: whoever finds that, be it the next deploy, undoes the trial first.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from serin.errors import InvalidSettings
from serin.registry.endpoints import Endpoint
from serin.rollout.release import Configuration

__all__ = ["MARK", "PREFIX", "described", "is_trial", "on_trial", "undone", "wanted"]

MARK = "SERIN_TRIAL"
PREFIX = "serin tune: "
"""How the descriptions of temporary versions begin."""
_QUIET = {"SERIN_SKETCH_SHA256": "", "SERIN_CAPTURE_STREAM": "", "SERIN_REVIEW_QUEUE": ""}
"""No sketches, no captured rows, no reviews. What else a release does otherwise where it finds the mark,
serin.settings.Inference says."""


def described(what: str, memory_mb: int) -> str:
    return f"{PREFIX}{what} at {memory_mb} MB, temporary"


def is_trial(description: str, environment: Mapping[str, str]) -> bool:
    """Is this published version a temporary one?"""
    return description.startswith(PREFIX) or MARK in environment


def wanted(latest: Configuration, endpoint: Endpoint, environment: Mapping[str, str]) -> Configuration:
    """What a release with this environment is published from: no trial, and the memory that the template declares."""
    found = undone(latest).with_environment(environment)
    return found.with_memory(endpoint.memory_mb) if endpoint.memory_mb else found


def on_trial(before: Configuration, release: Configuration, stage: str, memory_mb: int, name: str) -> Configuration:
    """`before` is $LATEST, `release` what would be published. Its metrics go to a namespace of their own, as those of
    another stage, so that no alarm and no rollout counts them. `name` is new each time: equal versions are published
    once."""
    environment = {**release.environment, **_QUIET, "SERIN_STAGE": f"{stage}-tune"}
    changed = {
        one: before.environment.get(one) for one in environment if environment[one] != before.environment.get(one)
    }
    mark = json.dumps({"name": name, "memory_mb": before.memory_mb, "environment": changed}, separators=(",", ":"))
    return replace(release, environment={**environment, MARK: mark}).with_memory(memory_mb)


def undone(latest: Configuration) -> Configuration:
    """As it was before the trial that is found there; what else was changed since then stays. Raises InvalidSettings
    for a mark that can't be read."""
    if MARK not in latest.environment:
        return latest
    try:
        mark = json.loads(latest.environment[MARK])
        memory_mb, changed = int(mark["memory_mb"]), dict(mark["environment"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidSettings(
            f"{MARK} of the function can't be read ({error}): remove it, and see that its memory and its variables are"
            " what the template says."
        ) from error
    environment = {**latest.environment, **changed}
    kept = {name: value for name, value in environment.items() if value is not None and name != MARK}
    return replace(latest, environment=kept).with_memory(memory_mb)
