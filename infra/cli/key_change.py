"""What did a change of the receipts' keys do? For programs, for people, and for the audit trail."""

from dataclasses import dataclass
from typing import Any

from serin.outcomes.keys import KEPT, Keyring

__all__ = ["Change"]


@dataclass(frozen=True)
class Change:
    """`dropped` names the key that was to go, and is empty for a rotation."""

    stage: str
    before: Keyring
    after: Keyring
    dropped: str = ""
    reason: str = ""

    @property
    def action(self) -> str:
        return "drop-key" if self.dropped else "rotate-key"

    @property
    def void(self) -> list[str]:
        """The keys whose receipts count no more."""
        return [key.id for key in self.before.keys if key not in self.after.keys]

    def about(self) -> dict[str, str]:
        about = {"key": self.after.current.id, "before": self.before.current.id}
        return about | {name: value for name in ("dropped", "reason") if (value := getattr(self, name))}

    def document(self, audited: tuple[str, ...], marked: tuple[str, ...]) -> dict[str, Any]:
        """`marked`: models whose next deploy publishes a release even of what is live."""
        previous = [key.id for key in self.after.previous]
        found = {**self.about(), "stage": self.stage, "previous": previous, "dropped": self.void, "audited": [*audited]}
        return found | {"marked": [*marked]} if self.dropped else found

    def sentences(self) -> list[str]:
        made = self.after.current != self.before.current
        said = "new key [bold]{}[/bold]: what starts from now on signs with it" if made else "current key {}, as before"
        lines = [
            said.format(self.after.current.id),
            f"valid: {', '.join(key.id for key in self.after.previous) or 'none before it'}",
        ]
        return [*lines, f"dropped, its receipts are void: {', '.join(self.void)}"] if self.void else lines

    def warning(self) -> str:
        if self.dropped:
            return (
                f"outcomes with a receipt of {self.dropped} are refused within a minute; what was told before still "
                "counts. What runs with that key signs with it for up to an hour more, and its receipts are void; with "
                "SnapStart so is the first one of each new sandbox. End that at once with a new release of each model: "
                "serin deploy MODEL@N --plan all-at-once."
            )
        return (
            "what runs now signs with the key that it has for up to an hour more. Its receipts stay valid while that "
            f"key is one of the {KEPT} before the newest: don't make new keys in quick succession."
        )
