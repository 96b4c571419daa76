"""Which benchmarks are there, what does each tell, and about how long does it take?

To add one: a function that prints its tables and returns its figures, with `lines` (a list of `Line`) for the last
table and for `--against`; and an entry here. It may take `quick`, for fewer rounds.
"""

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from inspect import signature

from tests.benchmarks.report import Benchmark

__all__ = ["ALL", "GROUPS", "Entry", "chosen"]


@dataclass(frozen=True)
class Entry:
    """`where` is module:function in this package, imported when it is run. `seconds` are those of two idle cores."""

    where: str
    about: str
    seconds: int

    def benchmark(self, *, quick: bool = False) -> Benchmark:
        module, _, name = self.where.partition(":")
        run: Benchmark = getattr(import_module(f"tests.benchmarks.{module}"), name)
        return partial(run, quick=quick) if "quick" in signature(run).parameters else run


_SPEED = {
    "hotpath": Entry("hotpath:requests", "a request, by rows and codec", 20),
    "coldstart": Entry("hotpath:cold_start", "a fresh sandbox, to its first answer", 30),
    "start": Entry("start:tables", "`serin up`, to its first answer", 120),
    "bundle": Entry("bundle_size:tables", "what is uploaded for inference", 30),
    "gateway": Entry("gateway:tables", "requests a second through the local cloud's gateway, beside FastAPI", 120),
    "watching": Entry("watching:tables", "receipts and sketches, at a client of the local cloud", 60),
    "sketching": Entry("sketching:tables", "what is kept of a row that was seen", 10),
    "receipts": Entry("receipts:tables", "signing, checking and counting what became of predictions", 10),
    "drift-speed": Entry("drift_speed:tables", "a drift run, by rows", 20),
    "looks": Entry("looks:tables", "the controller's sequential tests, at one look", 10),
    "registry": Entry("registry_calls:tables", "register, show, list, release, begin a rollout", 30),
}
_STUDIES = {
    "sequential": Entry("sequential:tables", "how often rollouts end wrongly, and how soon harm is found", 600),
    "drift-faults": Entry("drift:faults", "how often a fault is called by its name", 600),
    "drift-weeks": Entry("drift:weeks", "the same in real weeks against a year", 600),
    "drift-quiet": Entry("drift:quiet", "how often quiet data is an alarm", 3600),
}
GROUPS = {"speed": _SPEED, "studies": _STUDIES}
ALL = {**_SPEED, **_STUDIES}


def chosen(names: list[str]) -> dict[str, Entry]:
    """Those that are named alone or by their group, in the order of the catalog."""
    wanted = {one for name in names for one in GROUPS.get(name, (name,))}
    return {name: entry for name, entry in ALL.items() if name in wanted}
