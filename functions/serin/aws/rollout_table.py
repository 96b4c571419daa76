"""Rollouts in the registry table: each a record of its own, and the lock that names the active one."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, approver_partition, partition
from serin.errors import NotFound
from serin.registry.records import AuditEntry, timestamp
from serin.registry.ulid import ulid
from serin.rollout.controller import Stored
from serin.rollout.evidence import Ask, Command
from serin.rollout.state import Rollout

__all__ = ["RolloutTable"]

_LOCK = "ROLLOUT"
_APPROVERS = frozenset({Ask.PROMOTE, Ask.ABORT})
_EVERYBODYS = frozenset(Ask) - _APPROVERS


class RolloutTable:
    """Implements serin.rollout.controller.Rollouts.

    What only an approver may ask lies in the approvers' partition, to which IAM lets nobody else write, and counts from
    there alone: whoever may write a model's records can't promote by writing such a record. Going back is for all of
    them, as it is safe: that an abort is the approver's is a rule of the command, and GO_BACK does the same.
    """

    def __init__(self, table: Table) -> None:
        self._table, self._audits = table, AuditTable(table)

    def active(self, model: str) -> Stored | None:
        lock = self._table.get(partition(model), _LOCK)
        item = self._table.get(partition(model), f"ROLLOUT#{lock['rollout']}") if lock else None
        return Stored(Rollout.from_dict(item["state"]), int(item["revision"])) if item else None

    def all(self, model: str) -> tuple[Rollout, ...]:
        items = self._table.query(partition(model), "ROLLOUT#")
        return tuple(Rollout.from_dict(item["state"]) for item in items)

    def get(self, model: str, id: str) -> Rollout:
        """Raise NotFound when there is no such rollout."""
        item = self._table.get(partition(model), f"ROLLOUT#{id}")
        if item is None:
            raise NotFound(f"{model} has no rollout {id}.")
        return Rollout.from_dict(item["state"])

    def start(self, rollout: Rollout, audit: AuditEntry) -> None:
        pk = partition(rollout.model)
        self._table.transact(
            self._table.new(pk, _LOCK, {"rollout": rollout.id}),
            self._table.new(pk, f"ROLLOUT#{rollout.id}", {"revision": 1, **_document(rollout)}),
            self._audits.entry(audit),
        )

    def save(self, stored: Stored, rollout: Rollout, audits: Iterable[AuditEntry], *, over: bool = False) -> Stored:
        pk, revision = partition(rollout.model), stored.revision
        writes = [self._table.changed(pk, f"ROLLOUT#{rollout.id}", _document(rollout), revision)]
        writes += [self._audits.entry(audit) for audit in audits]
        if over:
            writes.append(self._table.gone(pk, _LOCK, "rollout", rollout.id))
        self._table.transact(*writes)
        return Stored(rollout, revision + 1)

    def commands(self, rollout: Rollout) -> tuple[Command, ...]:
        """In the order of time."""
        found = [*self._asked(partition(rollout.model), rollout, _EVERYBODYS)]
        found += self._asked(approver_partition(rollout.model), rollout, _APPROVERS)
        return tuple(sorted(found, key=lambda command: command.at))

    def _asked(self, pk: str, rollout: Rollout, counts: frozenset[Ask]) -> Iterator[Command]:
        """What counts from this partition; anything else in it is as good as not there."""
        for item in self._table.query(pk, f"COMMAND#{rollout.id}#"):
            if item.get("ask") in counts:
                yield _command(item)

    def command(self, rollout: Rollout, command: Command, audit: AuditEntry) -> None:
        pk = (approver_partition if command.ask in _APPROVERS else partition)(rollout.model)
        document = {
            "ask": command.ask.value,
            "by": command.by,
            "at": timestamp(command.at),
            "step": command.step,
            "reason": command.reason,
        }
        self._table.transact(
            self._table.holds(partition(rollout.model), _LOCK, "rollout", rollout.id),
            self._table.new(pk, f"COMMAND#{rollout.id}#{ulid(command.at)}", document),
            self._audits.entry(audit),
        )


def _document(rollout: Rollout) -> dict[str, Any]:
    """What a person looks for in the table's own console stands beside the state."""
    shown = {"phase": rollout.phase.value, "weight": rollout.weight, "reason": rollout.reason}
    return {**shown, "state": rollout.to_dict()}


def _command(item: dict[str, Any]) -> Command:
    return Command(
        Ask(item["ask"]), item["by"], datetime.fromisoformat(item["at"]), int(item["step"]), item.get("reason", "")
    )
