"""Rollouts in the registry table: each a record of its own, and the lock that names the active one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table, partition
from serin.errors import NotFound
from serin.registry.records import AuditEntry, timestamp
from serin.registry.ulid import ulid
from serin.rollout.controller import Stored
from serin.rollout.evidence import Ask, Command
from serin.rollout.state import Rollout

__all__ = ["RolloutTable"]

_LOCK = "ROLLOUT"


class RolloutTable:
    """Implements serin.rollout.controller.Rollouts."""

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
        items = self._table.query(partition(rollout.model), f"COMMAND#{rollout.id}#")
        return tuple(_command(item) for item in items)

    def command(self, rollout: Rollout, command: Command, audit: AuditEntry) -> None:
        pk = partition(rollout.model)
        document = {
            "ask": command.ask.value,
            "by": command.by,
            "at": timestamp(command.at),
            "step": command.step,
        }
        self._table.transact(
            self._table.holds(pk, _LOCK, "rollout", rollout.id),
            self._table.new(pk, f"COMMAND#{rollout.id}#{ulid(command.at)}", document),
            self._audits.entry(audit),
        )


def _document(rollout: Rollout) -> dict[str, Any]:
    """What a person looks for in the table's own console stands beside the state."""
    shown = {"phase": rollout.phase.value, "weight": rollout.weight, "reason": rollout.reason}
    return {**shown, "state": rollout.to_dict()}


def _command(item: dict[str, Any]) -> Command:
    return Command(Ask(item["ask"]), item["by"], datetime.fromisoformat(item["at"]), int(item["step"]))
