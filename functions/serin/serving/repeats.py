"""Was the model asked exactly this before? Then its outputs are given again, without running it.

Remembered are outputs, not responses: each request has its own checks, receipt and counts. They live and die with the
process, and a process serves one release: what another release or a rollback answers comes from other sandboxes, whose
models are read by their digests. So the release's digest is in the key by where the key is, and no hit can be stale.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf
from time import perf_counter
from typing import Protocol, TypeAlias

from serin.serving.signature import Signature
from serin.serving.tensors import Array

__all__ = ["Repeats", "Runs"]

Feeds: TypeAlias = Mapping[str, Array]
Run: TypeAlias = Callable[[Sequence[str], Feeds], Sequence[Array]]
Key: TypeAlias = tuple[tuple[str, ...], tuple[tuple[str, tuple[int, ...], bytes], ...]]
_WORTH_S = 50e-6
_LONG_S = 20e-3
_RUNS = 20


class Runs(Protocol):
    """A model, or one that remembers."""

    @property
    def signature(self) -> Signature: ...
    @property
    def run(self) -> Run: ...


class Repeats:
    """At most `entries` and `size` bytes, inputs and outputs together; what was asked for longest ago goes first.

    It remembers from `decide` on, and then only if that saves time: a fast model's `run` is the model's own from then
    on, at no cost. Arrays that it gives must not be changed.
    """

    def __init__(
        self, model: Runs, *, entries: int = 1024, size: int = 8 * 2**20, clock: Callable[[], float] = perf_counter
    ) -> None:
        self.signature = model.signature
        self.run: Run = self._timed
        self._model, self._entries, self._size, self._clock = model, entries, size, clock
        self._known: dict[Key, tuple[Sequence[Array], int]] = {}
        self._held = 0
        self._times: list[float] = []
        self._last: tuple[Sequence[str], Feeds] | None = None

    def decide(self) -> bool:
        """After a warm-up, whose runs were timed: is this model slow, and a hit quicker than it? For the last inputs,
        with more runs where the first ones, which are slow for their allocations, are all there is."""
        while self._last and min(self._times) >= _WORTH_S and len(self._times) < _RUNS and sum(self._times) < _LONG_S:
            self._timed(*self._last)
        worth = bool(self._last) and min(self._times) >= _WORTH_S and self._hit() < min(self._times)
        self.run = self._remembered if worth else self._model.run
        self._known, self._held, self._last = {}, 0, None
        return worth

    def _timed(self, names: Sequence[str], feeds: Feeds) -> Sequence[Array]:
        began = self._clock()
        arrays = self._model.run(names, feeds)
        self._times.append(self._clock() - began)
        self._last = names, feeds
        return arrays

    def _hit(self) -> float:
        if self._last is None or not self._remembered(*self._last) or not self._known:
            return inf
        began = self._clock()
        self._remembered(*self._last)
        return self._clock() - began

    def _remembered(self, names: Sequence[str], feeds: Feeds) -> Sequence[Array]:
        key = self._key(names, feeds)
        if key is None:
            return self._model.run(names, feeds)
        known = self._known.pop(key, None)
        if known is not None:
            self._known[key] = known  # as the youngest
            return known[0]
        arrays = self._model.run(names, feeds)
        self._keep(key, arrays, feeds)
        return arrays

    def _key(self, names: Sequence[str], feeds: Feeds) -> Key | None:
        """The bytes themselves, no digest of them: equal keys are equal inputs. None for strings, which numpy holds as
        pointers, and for inputs that would push out too much."""
        arrays = feeds.values()
        if sum(array.nbytes for array in arrays) > self._size // 8 or any(array.dtype.hasobject for array in arrays):
            return None
        return tuple(names), tuple((name, feeds[name].shape, feeds[name].tobytes()) for name in sorted(feeds))

    def _keep(self, key: Key, arrays: Sequence[Array], feeds: Feeds) -> None:
        size = sum(array.nbytes for array in (*feeds.values(), *arrays))
        if size > self._size // 4 or any(array.dtype.hasobject for array in arrays):
            return
        for array in arrays:
            array.flags.writeable = False
        self._known[key] = arrays, size
        self._held += size
        while self._held > self._size or len(self._known) > self._entries:
            self._held -= self._known.pop(next(iter(self._known)))[1]
