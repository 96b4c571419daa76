"""A faulty version goes out under live traffic: who finds it, how long does it take, and whom does it hurt?"""

import time
from typing import Any

import numpy as np

from infra.demo import function_log, pictures, rollouts
from infra.demo.account import account
from infra.demo.live_traffic import Fate, flowing
from infra.demo.stage import Stage
from infra.demo.timeline import timeline
from infra.demo.versions import Version, Versions
from serin.errors import RolledBack

__all__ = ["taken_back"]


def taken_back(
    stage: Stage, versions: Versions, faulty: Version, rows: np.ndarray, fails_on: np.ndarray
) -> dict[str, Any]:
    """Roll it out with the command of the canary, which must end with the exit code of a rollout that went back.

    `rows` are sent; `fails_on` tells of each whether the fault fails on it. An HTTP 500 for another is an error.
    """
    with flowing(stage.endpoint, rows) as live:
        stage.serin(*rollouts.deploy_words(faulty), ends=RolledBack.exit_code)
        time.sleep(rollouts.AFTERWARDS_S)
    rollout = rollouts.last_rollout(stage)
    release = int(rollout["release"])

    def is_hurt(fate: Fate) -> bool:
        return fate.status == "500" and bool(fails_on[fate.row])

    truths = rollouts.truths(versions, rows) | {release: rollouts.truth(faulty, rows)}
    logged = function_log.failures(stage.home, release, since=min(fate.sent for fate in live.fates))
    found = account(live.fates, live.sent, truths, is_hurt, logged)
    times = timeline(release, rollout["history"], live.fates, [fate for fate in live.fates if is_hurt(fate)])
    stage.console.print(pictures.timeline_table(times, found))
    stage.tell(pictures.account_sentence(found))
    return {"version": faulty.number, "rollout": rollout, "timeline": times.to_dict(), **found.to_dict()}
