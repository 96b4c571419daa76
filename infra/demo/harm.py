"""Chapter `harm`: a version that answers everything, and is sure of far less, because its training mixed up units."""

from typing import Any

import numpy as np

from infra.demo import rollouts
from infra.demo.recipes import MIXED
from infra.demo.stage import Stage
from infra.demo.taken_back import taken_back
from infra.demo.versions import Versions

__all__ = ["harm"]


def harm(stage: Stage, versions: Versions) -> dict[str, Any]:
    """Roll out the version of `faults.mixed_units`; returns the timeline, and what became of each request."""
    versions.live()
    mixed = versions.make(MIXED)
    stage.scene(f"Harm: {mixed} passes all that tier low asks for, but its training mixed up two units")
    rows = rollouts.december()
    return taken_back(stage, versions, mixed, rows, fails_on=np.zeros(len(rows), bool))
