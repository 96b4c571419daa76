"""A shelf and a queue in memory, which keep what the real ones promise, and reviews to put there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import orjson

from serin.errors import Conflict
from serin.registry.endpoints import Endpoint
from serin.registry.notice import Notice
from serin.registry.records import timestamp
from serin.review.case import Case
from serin.review.item import Item

__all__ = ["ENDPOINT", "T0", "Ears", "MemoryShelf", "Waiting", "case", "message"]

T0 = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
ENDPOINT = Endpoint("churn", "dev", "growth", "f", "live", "b", "t", "u")


def message(number: int = 1, *, model: str = "churn", hours: float = 24, **more: object) -> str:
    """As serving/review.py writes it."""
    return orjson.dumps({
        "id": f"{number:028x}-0", "model": model, "version": 3, "release": "7",
        "receipt": f"receipt-{number}", "row": 0, "at": timestamp(T0),
        "deadline": timestamp(T0 + timedelta(hours=hours)), "confidence": 0.55, "score": 0.55,
        "inputs": {"age": 44.0, "name": None}, "outputs": {"p": [0.45, 0.55]}, **more,
    }).decode()  # fmt: skip


def case(number: int = 1, **more: object) -> Case:
    fields = {"at": T0, "deadline": T0 + timedelta(hours=24), **more}
    return Case(f"{number:028x}-0", "churn", 3, 0.55, **fields)  # type: ignore[arg-type]


class MemoryShelf:
    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.cases: dict[str, Case] = {}
        self.closed: dict[str, Case] = {}

    def add(self, item: Item, text: str) -> bool:
        if item.id in self.texts:
            return False
        self.texts[item.id], self.cases[item.id] = text, replace(Case.of(item), revision=1)
        return True

    def open(self, _model: str) -> tuple[Case, ...]:
        return tuple(sorted(self.cases.values(), key=lambda one: (one.deadline, one.id)))

    def save(self, case: Case) -> Case:
        self._check(case)
        self.cases[case.id] = replace(case, revision=case.revision + 1)
        return self.cases[case.id]

    def close(self, case: Case) -> None:
        self._check(case)
        self.closed[case.id] = replace(self.cases.pop(case.id), revision=0)

    def find(self, id: str) -> Case:
        return self.cases.get(id) or self.closed[id]

    def _check(self, case: Case) -> None:
        known = self.cases.get(case.id)
        if known is None or known.revision != case.revision:
            raise Conflict("it is not of this revision any more")


class Waiting:
    """A queue whose messages come again until they are deleted; `dies` lets the reader die before it does so."""

    def __init__(self, *bodies: str) -> None:
        self.messages = [SimpleNamespace(id=str(place), body=body) for place, body in enumerate(bodies)]
        self.shown: set[str] = set()
        self.dies = False

    def receive(self) -> list[SimpleNamespace]:
        found = [one for one in self.messages if one.id not in self.shown][:10]
        self.shown |= {one.id for one in found}
        return found

    def delete(self, messages: list[SimpleNamespace]) -> None:
        if self.dies:
            raise InterruptedError
        self.messages = [one for one in self.messages if one not in messages]

    def again(self) -> None:
        """What was not deleted comes into sight."""
        self.shown = set()


class Ears:
    """All that was told."""

    def __init__(self) -> None:
        self.heard: list[Notice] = []

    def tell(self, _endpoint: Endpoint, notice: Notice) -> None:
        self.heard.append(notice)
