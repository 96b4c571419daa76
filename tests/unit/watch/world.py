"""A small model whose windows, outcomes, records and owners are the test's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch
from serin.errors import Conflict, NotFound, Unavailable
from serin.outcomes.quality import Quality
from serin.registry.endpoints import Endpoint
from serin.watch.look import Known, Subject
from serin.watch.run import Job, run
from serin.watch.span import Span

NAMES = ("a", "b", "c", "d", "e")
LAYOUT = {name: ("x", column) for column, name in enumerate(NAMES)}
START = datetime(2026, 3, 2, tzinfo=UTC)
OWNERS = {"watcher": "w@example.com", "approver": "a@example.com", "communicator": "c@example.com"}
ENDPOINT = Endpoint("m", "dev", "team", "f", "live", "bucket", "table", "url", owners=OWNERS)


def rows(number, seed, **changes):
    """Feeds and outputs of so many rows; `changes` are functions of a feature's values."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(number, len(NAMES)))
    score = 1 / (1 + np.exp(-x[:, 0] - rng.normal(size=number)))
    for name, change in changes.items():
        x[:, NAMES.index(name)] = change(x[:, NAMES.index(name)])
    return {"x": x.astype(np.float32)}, {"p": score[:, None].astype(np.float32)}


@lru_cache
def baseline() -> Baseline:
    feeds, outputs = rows(4000, 1)
    columns = {name: feeds["x"][:, column] for name, (_, column) in LAYOUT.items()}
    return Baseline.of(columns, layout=LAYOUT, scores=outputs, confidence="p")


class World:
    """Implements all that a drift job asks for. `fails` makes the next call of that name fail."""

    def __init__(self):
        self.objects: dict[str, bytes] = {}
        self.qualities: dict[str, dict[str, Quality]] = {}
        self.kept, self.pages, self.told = {}, {}, []
        self.now = START + timedelta(days=1, minutes=10)
        self.fails: str | None = None
        self._sequence = 0

    def see(self, number, *, day=0, hour=8, seed=7, **changes):
        """A sandbox writes what it saw of so many rows."""
        self._sequence += 1
        at = START + timedelta(days=day, hours=hour)
        seen = WindowSketch.of(baseline(), "w", self._sequence)
        seen.observe(*rows(number, seed + self._sequence, **changes), number, at.timestamp())
        self.objects[f"windows/m/1/{at:%Y/%m/%d/%H}/{self._sequence:04d}.z"] = seen.to_bytes()

    def outcome(self, score, positive, *, day=0, hour=8):
        hours = self.qualities.setdefault(f"{START + timedelta(days=day, hours=hour):%Y-%m-%dT%H}", {})
        hours["all"] = hours.get("all", Quality()) + Quality.binary(score, positive)

    def run(self):
        job = Job(lambda _model: [1], lambda *_: self.subject(), self, self, self)
        return list(run(job, ENDPOINT, self.now))

    def subject(self) -> Subject:
        return Subject("m", 1, Known(baseline(), None), self, self.qualities)

    # windows
    def days(self, _model, _version):
        names = sorted({name[len("windows/m/1/") :][:10] for name in self.objects})
        return [datetime.strptime(name, "%Y/%m/%d").replace(tzinfo=UTC) for name in names]

    def stamp(self, _model, _version, span):
        hours = tuple(self.hours("m", 1, span))
        found = sorted((name, hash(data)) for name, data in self.objects.items() if name.startswith(hours))
        return str(hash(tuple(found))) if found else ""

    def hours(self, model, version, span):
        return [f"windows/{model}/{version}/{at:%Y/%m/%d/%H}" for at in span.each_hour]

    def loose(self, hour):
        return [name for name in self.objects if name.startswith(f"{hour}/")]

    def whole(self, hour):
        return f"{hour}.z"

    def fetch(self, name):
        if name not in self.objects:
            raise NotFound(name)
        return self.objects[name]

    # records
    def of_version(self, _model, _version):
        return [self.kept[span] for span in sorted(self.kept)]

    def save(self, record):
        self._may("save")
        known = self.kept.get(record.span)
        if (known.revision if known else 0) != record.revision:
            raise Conflict("another run was first")
        self.kept[record.span] = replace(record, revision=record.revision + 1)
        return self.kept[record.span]

    # reports and owners
    def put(self, looked, endpoint, history: Sequence):
        self._may("put")
        self.pages[looked.record.key] = (looked, tuple(history))

    def tell(self, _endpoint, notice):
        self._may("tell")
        self.told.append(notice)

    def _may(self, name):
        if self.fails == name:
            self.fails = None
            raise Unavailable(f"{name} did not answer")

    def record(self, day=0):
        return self.kept[Span(START + timedelta(days=day), 24)]
