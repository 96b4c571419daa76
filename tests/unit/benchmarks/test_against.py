"""Is a run called slower than another exactly when that is sure?"""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.against import Change, NotComparable, compare, read
from tests.benchmarks.line import Line
from tests.benchmarks.report import FORMAT
from tests.unit.benchmarks.lines import line, lines

OPPOSITE = {Change.BETTER: Change.WORSE, Change.WORSE: Change.BETTER, Change.ALIKE: Change.ALIKE}


def written(path: Path, **changed: Any) -> Path:
    """A file with one benchmark in it, `quick`."""
    document = {"format": FORMAT, "benchmarks": {"quick": {"lines": [line().to_dict()]}}, **changed}
    path.write_bytes(orjson.dumps(document))
    return path


@given(lines())
def test_a_run_against_itself_has_no_change(some: list[Line]) -> None:
    """Whatever was measured."""
    found = compare(some, some)
    assert found.those(Change.ALIKE) == [one.name for one in some]
    assert (found.gone, found.fresh, found.those(Change.WORSE)) == ((), (), [])


@given(lines(), lines(), st.floats(1.0, 1.5))
def test_what_got_worse_gets_better_the_other_way_round(one: list[Line], other: list[Line], tolerance: float) -> None:
    """And what only one of them has is never compared."""
    there, back = compare(one, other, tolerance), compare(other, one, tolerance)
    back_by_name = {found.new.name: found.change for found in back.lines}
    assert {found.new.name: OPPOSITE[found.change] for found in there.lines} == back_by_name
    assert (set(there.gone), set(there.fresh)) == (set(back.fresh), set(back.gone))
    assert {found.new.name for found in there.lines} == {line.name for line in one} & {line.name for line in other}


@pytest.mark.parametrize(
    ("new", "change"),
    [
        ((2.2, 2.0, 2.4), Change.ALIKE),
        ((2.4, 2.2, 2.6), Change.WORSE),
        ((1.7, 1.6, 1.8), Change.BETTER),
        ((2.0, 1.0, 9.0), Change.ALIKE),
    ],
)
def test_only_what_lies_beyond_both_intervals_is_a_change(new: tuple[float, float, float], change: Change) -> None:
    """The old ratio is 2.0 (1.9 to 2.1)."""
    (found,) = compare([line()], [line(*new)]).lines
    assert found.change is change


def test_what_is_tolerated_is_no_change() -> None:
    """Runs of the same code differ by more than their rounds; a size does not."""
    old, new = line(2.0, 1.99, 2.01), line(2.2, 2.19, 2.21)
    assert [compare([old], [new], by).lines[0].change for by in (1.05, 1.15)] == [Change.WORSE, Change.ALIKE]
    old, new = (Line.exact("bundle", "MB", "pip", size, 40.0) for size in (30.0, 31.0))
    assert compare([old], [new], 1.15).lines[0].change is Change.WORSE


def test_where_more_is_better_more_is_called_better() -> None:
    """Such as requests a second."""
    (found,) = compare([line(higher=True)], [line(2.4, 2.2, 2.6, higher=True)]).lines
    assert found.change is Change.BETTER


def test_the_lines_of_the_benchmarks_asked_for_are_read(tmp_path: Path) -> None:
    """And no others."""
    many = {"quick": {"lines": [line().to_dict()]}, "slow": {"lines": [line(name="slow").to_dict()]}}
    assert read(written(tmp_path / "old.json", benchmarks=many), ["quick"]) == [line()]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": FORMAT + 1}, f"format {FORMAT + 1}, and {FORMAT} is read here"),
        ({"benchmarks": {}}, "no figures of quick"),
        ({"benchmarks": {"quick": {"left out": "no network"}}}, "no figures of quick"),
        ({"benchmarks": [1]}, "no benchmarks in it"),
        ({"benchmarks": {"quick": {"lines": [{"name": "request"}]}}}, "can't be read"),
        ({"benchmarks": {"quick": {"lines": 7}}}, "can't be read"),
    ],
)
def test_a_file_that_says_less_is_refused_with_the_reason(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    """Before anything is measured."""
    with pytest.raises(NotComparable, match=said):
        read(written(tmp_path / "old.json", **changed), ["quick"])


@pytest.mark.parametrize(("content", "said"), [(b"{", "no JSON"), (b"[]", "not written by"), (b"{}", "not written by")])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Whatever it is."""
    (tmp_path / "old.json").write_bytes(content)
    with pytest.raises(NotComparable, match=said):
        read(tmp_path / "old.json", ["quick"])


def test_no_file_is_refused(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(NotComparable, match=r"old\.json can't be read"):
        read(tmp_path / "old.json", ["quick"])
