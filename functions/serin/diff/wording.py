"""How are differences said? One sentence for all of it, short ones for each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from serin.diff.behaviour import Behaviour
from serin.diff.change import Change, Kind
from serin.diff.difference import Difference
from serin.diff.figures import Figure
from serin.diff.graph import Graph
from serin.diff.weights import Weight, by_distance
from serin.registry.canonical import canonical_json
from serin.stats.rates import Interval

__all__ = ["behaviour", "between", "both", "count", "figure", "flips", "share", "summary", "weights"]

_LONGEST = 60


def summary(found: Difference) -> str:
    """The first thing to read."""
    names = f"{found.after} {{}} {found.before}"
    if not found.differs:
        return f"{names.format('is identical to')}."
    what = list(_parts(found)) or ["no field, in the way its files are written only"]
    sentence = f"{names.format('differs from')} in {_listed(what)}"
    spoken = next(iter(found.behaviours), None)
    return f"{sentence}; {flips(spoken)}." if spoken else f"{sentence}."


def flips(one: Behaviour) -> str:
    """Of golden examples only the number: a rate would say nothing of other rows."""
    counts = one.flips
    if one.interval is None:
        return f"{counts.bad:,} of {counts.total:,} predictions on {one.source} flip"
    if not counts.bad:
        return f"no prediction of {counts.total:,} flips (under {share(one.interval.high)} do)"
    where = f", most in {one.stands_out.name}" if one.stands_out else ""
    return f"{share(counts.rate or 0.0)} of predictions flip ({between(one.interval)}){where}"


def behaviour(one: Behaviour) -> Iterator[str]:
    """How many flip and by which rule, which way, and how far scores moved."""
    rate = "" if one.interval is None else f", {share(one.flips.rate or 0.0)} ({between(one.interval)})"
    yield f"{one.flips.bad:,} of {one.flips.total:,} flip{rate}: a prediction flips when it {one.rule}."
    if one.turns:
        yield "Of them " + ", ".join(f"{rows:,} from {was} to {now}" for was, now, rows in one.turns) + "."
    if one.mean_absolute is not None:
        mean = f"{one.mean:+.4g} on average, " if one.mean is not None else ""
        yield f"Scores move by {mean}{one.mean_absolute:.4g} on average either way, {one.largest:.4g} at most."
    if one.looked_at:
        stands = f"{one.stands_out.name} surely flips more often than all" if one.stands_out else "none stands out"
        yield f"Of {one.looked_at:,} slices {stands}; their intervals hold together with 95 %."


def between(interval: Interval) -> str:
    """
    >>> between(Interval(0.0151, 0.0212))
    '1.5–2.1 %'
    """
    return f"{share(interval.low, unit=False)}–{share(interval.high)}"


def weights(found: Iterable[Weight]) -> list[tuple[str, str]]:
    """Where, and how far it moved: what has another size first. Arrays of one node that have grown alike, as those of
    a forest of trees, are said together."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for one in by_distance(found):
        owner, _, name = one.path.rpartition("[")
        grouped.setdefault((one.path if one.distance else owner, _weight(one)), []).append(name.removesuffix("]"))
    return [
        (path if path.endswith("]") else f"{path}[{', '.join(names)}]", said) for (path, said), names in grouped.items()
    ]


def _weight(one: Weight) -> str:
    sizes = [" × ".join(f"{size:,}" for size in shape) or "1" for shape in one.shapes]
    retyped = f"{one.types[0]} → {one.types[1]}, " if one.types[0] != one.types[1] else ""
    if one.distance is None:
        return f"{retyped}{sizes[0]} → {sizes[1]} entries"
    moved = one.distance
    said = f"{retyped}{moved.changed:,} of {moved.total:,} changed"
    if not moved.norm:
        return said
    far = f"{moved.relative:.2%} of its norm" if moved.relative is not None else "from zero"
    return f"{said}, by {far}, at most {moved.largest:.4g}"


def both(change: Change) -> tuple[str, str]:
    """Before and after, short enough for a table; in full precision only where they would look the same."""
    short = _text(_rounded(change.before)), _text(_rounded(change.after))
    return short if short[0] != short[1] else (_text(change.before), _text(change.after))


def _text(found: Any) -> str:
    if found is None:
        return "–"
    text = found if isinstance(found, str) else canonical_json(found).decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _rounded(found: Any) -> Any:
    if isinstance(found, float):
        return float(f"{found:.5g}")
    if isinstance(found, Mapping):
        return {key: _rounded(part) for key, part in found.items()}
    return list(map(_rounded, found)) if isinstance(found, list | tuple) else found


def figure(one: Figure | None) -> str:
    if one is None:
        return "–"
    text = f"{one.value:,}" if isinstance(one.value, int) else f"{one.value:.4g}"
    return text if one.low is None or one.high is None else f"{text} ({one.low:.4g} to {one.high:.4g})"


def share(rate: float, *, unit: bool = True) -> str:
    """
    >>> share(0.01834), share(0.00021), share(0.3)
    ('1.8 %', '0.02 %', '30 %')
    """
    percent = 100 * rate
    text = (
        f"{percent:.0f}" if percent >= 10 or not percent else f"{percent:.1f}" if percent >= 0.1 else f"{percent:.1g}"
    )
    return f"{text} %" if unit else text


def count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _parts(found: Difference) -> Iterator[str]:
    for changes, what in ((found.manifest, "manifest field"), (found.signature, "signature field")):
        yield from _fields(changes, what)
    yield from _graph(found.graph)
    if found.golden:
        yield "golden examples"
    for part, changes in (("evidence", found.evidence), ("baseline", ())):
        if changes or part in found.parts:
            yield part


def _fields(changes: tuple[Change, ...], what: str) -> Iterator[str]:
    moved = sum(one.kind is Kind.MOVED for one in changes)
    if len(changes) > moved:
        yield count(len(changes) - moved, what)
    if moved:
        yield f"the order of {moved:,}"


def _graph(graph: Graph) -> Iterator[str]:
    if graph.changes:
        yield count(len(graph.changes), "graph field")
    moved = [one.distance.changed for one in graph.weights if one.distance]
    if moved:
        yield count(sum(moved), "weight")
    resized = sum(one.distance is None for one in graph.weights)
    if resized:
        yield f"{count(resized, 'array')} of another size"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
