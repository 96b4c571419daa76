"""Hours add up to a window, each row once, whatever else lies there and whoever puts them together meanwhile."""

import pytest

from serin.drift.gather import gather
from serin.drift.hours import compact_hour
from serin.errors import NotFound, Unavailable
from tests.unit.drift.data import by_inputs, by_matrix, inputs, matrix, window

HOURS = ["w/m/1/08", "w/m/1/09", "w/m/1/10"]


class Store:
    """Objects by name. `meanwhile` is called once, before the first small object is read."""

    def __init__(self, meanwhile=None):
        self.objects, self.meanwhile = {}, meanwhile

    def loose(self, hour):
        return [name for name in self.objects if name.startswith(f"{hour}/")]

    def whole(self, hour):
        return f"{hour}.z"

    def fetch(self, name):
        if self.meanwhile and "/0" in name[len(HOURS[0]) :]:
            self.meanwhile, act = None, self.meanwhile
            act(self)
        if name not in self.objects:
            raise NotFound(name)
        return self.objects[name]

    def read(self, hour):
        from serin.drift.hours import Hour

        return Hour({name: self.objects[name] for name in self.loose(hour)}, self.objects.get(self.whole(hour)), "t")

    def put(self, hour, data, tag):
        self.objects[self.whole(hour)] = data

    def delete(self, names):
        for name in names:
            del self.objects[name]


def filled(meanwhile=None):
    """Two hours of six objects each, of which the first is one already; the third hour is empty."""
    store = Store(meanwhile)
    for number in range(12):
        data = window(by_matrix(), *matrix(5, seed=number), 5, f"s{number}", 1, at=float(number)).to_bytes()
        store.objects[f"{HOURS[number // 6]}/{number:02d}-s{number}-1.z"] = data
    compact_hour(store, HOURS[0], by_matrix())
    return store


@pytest.fixture
def truth():
    whole = window(by_matrix(), *matrix(5, seed=0), 5, "s0", 1, at=0.0)
    for number in range(1, 12):
        whole += window(by_matrix(), *matrix(5, seed=number), 5, f"s{number}", 1, at=float(number))
    return whole.to_bytes()


def test_hours_add_up(truth):
    """Those that are one object, those that are many, and those in which nothing was seen."""
    found = gather(filled(), HOURS, by_matrix())
    assert (found.window.to_bytes(), found.objects, found.skipped) == (truth, 7, {})
    assert gather(filled(), HOURS[2:], by_matrix()).window is None


def test_what_is_spoiled_foreign_or_there_twice_is_named_and_changes_nothing(truth):
    """Parts that the hour's own object holds already, left by who died in between, are no news."""
    store = filled()
    left = window(by_matrix(), *matrix(5, seed=2), 5, "s2", 1, at=2.0)
    store.objects[f"{HOURS[0]}/02-s2-1.z"] = left.to_bytes()
    mixed = left + window(by_matrix(), *matrix(5, seed=99), 5, "s99", 1, at=2.0)
    store.objects[f"{HOURS[0]}/03-mixed.z"] = mixed.to_bytes()
    store.objects[f"{HOURS[1]}/corrupt"] = store.objects[f"{HOURS[1]}/06-s6-1.z"][:-5]
    store.objects[f"{HOURS[1]}/foreign"] = window(by_inputs(), *inputs(3), 3).to_bytes()
    found = gather(store, HOURS, by_matrix())
    assert found.window.to_bytes() == truth
    assert {name.rpartition("/")[2] for name in found.skipped} == {"03-mixed.z", "corrupt", "foreign"}


def test_an_hour_that_is_put_together_meanwhile_is_read_anew(truth):
    """Its small objects go while they are looked for: none is missed, none counts twice."""
    store = filled(lambda one: compact_hour(one, HOURS[1], by_matrix()))
    found = gather(store, HOURS, by_matrix())
    assert (found.window.to_bytes(), store.loose(HOURS[1])) == (truth, [])


def test_an_hour_that_never_holds_still_is_no_window():
    """Rather no answer than one from a part."""

    class Restless(Store):
        def loose(self, hour):
            return [f"{hour}/00-gone"]

    with pytest.raises(Unavailable, match="change while they are read"):
        gather(Restless(), HOURS, by_matrix())
