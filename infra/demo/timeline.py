"""How long did a faulty release do harm, and who found it? From what clients saw and what the rollout wrote down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.demo.live_traffic import Fate
from serin.errors import NotFound

__all__ = ["Timeline", "timeline"]

_SIGNS = {
    "an alarm": "went red",
    "a test": "do harm",
    "an alarm or a person": "taken back outside of this rollout",
    "the deadline": "undecided at the deadline",
}


@dataclass(frozen=True)
class Timeline:
    """Fault: its first request was sent. Detected: the decision to go back. Restored: the last of its answers came.

    `sent` counts all requests from the first of these to the last.
    """

    release: int
    fault: datetime
    detected: datetime
    restored: datetime
    weight: int
    reason: str
    sent: int

    @property
    def to_detect(self) -> float:
        return (self.detected - self.fault).total_seconds()

    @property
    def to_restore(self) -> float:
        return (self.restored - self.fault).total_seconds()

    @property
    def found_by(self) -> str:
        """All that the reason names: an alarm and a test may see a fault within the same second."""
        return " and ".join(who for who, sign in _SIGNS.items() if sign in self.reason) or "nobody known"

    def to_dict(self) -> dict[str, Any]:
        return {
            "release": self.release,
            "fault_at": self.fault.isoformat(),
            "detected_at": self.detected.isoformat(),
            "restored_at": self.restored.isoformat(),
            "seconds_to_detect": round(self.to_detect, 2),
            "seconds_to_restore": round(self.to_restore, 2),
            "weight": self.weight,
            "found_by": self.found_by,
            "reason": self.reason,
            "requests_meanwhile": self.sent,
        }


def timeline(
    release: int, history: Iterable[Mapping[str, Any]], fates: Sequence[Fate], hurt: Sequence[Fate]
) -> Timeline:
    """`history` as `serin history --json` gives it; `hurt` are those of the fates that the release failed.

    Raises NotFound when the release never had traffic or never went back.
    """
    touched = [fate for fate in fates if fate.release == release] + list(hurt)
    lines = list(history)
    back = next((line for line in lines if line["action"] == "ROLL_BACK"), None)
    if not touched or back is None:
        raise NotFound(f"release {release} was not taken back from any traffic")
    fault, restored = min(fate.sent for fate in touched), max(fate.answered for fate in touched)
    return Timeline(
        release=release,
        fault=datetime.fromtimestamp(fault, UTC),
        detected=datetime.fromisoformat(back["at"]),
        restored=datetime.fromtimestamp(restored, UTC),
        weight=max(line["weight"] for line in lines),
        reason=back["reason"],
        sent=sum(fault <= fate.sent <= restored for fate in fates),
    )
