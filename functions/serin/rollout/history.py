"""Which release was live before this one? Told by the audit trail of moves, also when the last was not written."""

from collections.abc import Iterable

from serin.registry.records import AuditEntry

__all__ = ["MOVES", "before", "last_live", "live_stack"]

MOVES = ("deploy", "rollback")


def live_stack(moves: Iterable[AuditEntry]) -> tuple[str, ...]:
    """Releases that were live, the oldest first; going back takes one off.

    A deploy from 1 to 2 gives ("1", "2"); the rollback after it gives ("1",).
    """
    stack: list[str] = []
    for move in moves:
        came, to = move.details["from"], move.details["to"]
        if not stack or stack[-1] != came:
            stack.append(came)
        if move.action == "rollback" and to in stack:
            while stack[-1] != to:
                stack.pop()
        elif stack[-1] != to:
            stack.append(to)
    return tuple(stack)


def before(stack: tuple[str, ...], live: str) -> str | None:
    """The release to go back to, or None when `live` is the first that is known."""
    if not stack:
        return None
    if stack[-1] != live:
        return stack[-1]
    return stack[-2] if len(stack) > 1 else None


def last_live(moves: Iterable[AuditEntry]) -> dict[str, str]:
    """Each release that was ever live, with the time when it was so last, the latest first.

    One that is live still counts from when it became so.
    """
    found: dict[str, str] = {}
    for move in moves:
        for release in (move.details["from"], move.details["to"]):
            found.pop(release, None)  # a dict keeps its first order
            found[release] = move.at
    return dict(reversed(found.items()))
