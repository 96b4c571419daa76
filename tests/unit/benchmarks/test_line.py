"""Does a line of the table say what was measured, and no more?"""

import numpy as np
import orjson
import pytest

from tests.benchmarks.blocks import Ratio, ratio
from tests.benchmarks.line import HEAD, Line, Measured
from tests.unit.benchmarks.lines import line

ROUNDS = [np.array([10.0, 20.0, 30.0]), np.array([20.0, 40.0, 60.0])]
FLOOR = [np.array([5.0, 10.0, 15.0])] * 2


def test_a_line_comes_back_from_json_as_it_was() -> None:
    """Files are read again months later, by `--against`."""
    made = line(aim=2.0)
    assert Line.from_dict(orjson.loads(orjson.dumps(made.to_dict()))) == made


@pytest.mark.parametrize("broken", [{}, {"name": "a"}, {**line().to_dict(), "colour": "red"}])
def test_what_is_no_line_is_refused(broken: dict[str, object]) -> None:
    """Not read as something else."""
    with pytest.raises((TypeError, ValueError, KeyError)):
        Line.from_dict(broken)


def test_both_figures_are_medians_for_one_thing_with_their_rounds_beside() -> None:
    """A time for ten rows is told for a row."""
    made = Line.of("sketching", "µs", "numpy", ROUNDS, FLOOR, ratio(ROUNDS, FLOOR, resamples=10), per=10)
    assert (made.figure, made.floor) == (Measured(2.5, 2.0, 4.0), Measured(1.0, 1.0, 1.0))


def test_what_does_not_vary_has_no_interval() -> None:
    """A size is what it is."""
    made = Line.exact("bundle", "MB", "pip", 30.0, 40.0)
    assert dict(zip(HEAD, made.cells(), strict=True))["figure / floor"] == "0.750"


@pytest.mark.parametrize(
    ("found", "higher", "verdict"),
    [
        ((1.5, 1.4, 1.6), False, "PASS"), ((1.5, 1.4, 2.1), False, "UNDECIDED"), ((2.5, 2.1, 2.6), False, "MISSED"),
        ((2.5, 2.1, 2.6), True, "PASS"), ((1.9, 1.8, 2.1), True, "UNDECIDED"), ((1.5, 1.4, 1.6), True, "MISSED"),
    ],
)  # fmt: skip
def test_an_aim_of_two_is_reached_only_by_the_whole_interval(
    found: tuple[float, float, float], higher: bool, verdict: str
) -> None:
    """Whichever side of it is the good one."""
    assert line(*found, aim=2.0, higher=higher).verdict == verdict


def test_without_an_aim_there_is_no_verdict() -> None:
    """Nothing is called a pass that nobody aimed at."""
    assert line().verdict == ""
    assert Ratio(1.0, 1.0, 1.0).verdict(1.0) == "MISSED"
