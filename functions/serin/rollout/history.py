"""Which release was live before this one? Told by the audit trail of moves, also when the last was not written."""

from collections.abc import Iterable

from serin.registry.records import AuditEntry

__all__ = ["MOVES", "before", "live_stack"]

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
