"""The page says what its owner must know, is whole in itself, and holds what others wrote as text."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import numpy as np
import pytest

from serin.watch.figures import emf
from serin.watch.record import Figures, Record
from serin.watch.report import page
from serin.watch.span import Span
from tests.unit.watch.world import ENDPOINT, START, World


class Reader(HTMLParser):
    """Texts, links and whether each tag is closed in its place."""

    VOID = ("meta", "br", "rect", "line", "circle", "polyline")

    def __init__(self, content):
        super().__init__()
        self.texts, self.outside, self.open = [], [], []
        self.feed(content)
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts += [] if self.open and self.open[-1] == "style" else [data]


def looked(world):
    world.run()
    return list(world.pages.values())[-1]


@pytest.fixture(scope="module")
def broken():
    world = World()
    world.see(2000)
    world.run()
    world.now += timedelta(days=1)
    world.see(2000, day=1, b=lambda values: np.where(values > 0, np.nan, values))
    return looked(world)


def test_the_page_says_what_is_wrong_what_to_do_and_whose_it_is(broken):
    """In its first lines."""
    found = Reader(page(broken[0], ENDPOINT, broken[1]))
    head = found.text[:800]
    for words in ("m@1 · stage dev · team team", "2026-03-03 00:00", "broken input", "of b is missing",
                  "What to do: fix the pipeline", "Whose it is: the watcher, w@example.com"):  # fmt: skip
        assert words in head
    assert found.open == []


def test_the_page_needs_nothing_from_elsewhere(broken):
    """No script, no link, no font: it works on a plane and in ten years."""
    content = page(broken[0], ENDPOINT, broken[1])
    assert Reader(content).outside == []
    assert not re.search(r"<script|@import|url\(|https?://", content)
    assert "prefers-color-scheme: dark" in content
    assert "@media print" in content


def test_every_change_has_a_picture_with_its_numbers(broken):
    """The feature that the verdict names comes first."""
    content = page(broken[0], ENDPOINT, broken[1])
    captions = re.findall(r"<figcaption><b>([^<]+)</b>", content)
    assert captions[0] == "b"
    missing = re.search(r"<title>missing: 0.0% then, ([\d.]+)% now</title>", content)
    assert missing
    assert 45 < float(missing[1]) < 55


def test_what_others_named_is_only_text():
    """A feature, a model or an object may be called anything."""
    world = World()
    world.see(2000)
    world.objects["windows/m/1/2026/03/02/09/<img src=x onerror=alert(1)>"] = b"spoiled"
    content = page(looked(world)[0], replace(ENDPOINT, team="<b>team</b>"), ())
    assert "<img" not in content
    assert "&lt;img src=x" in content
    assert "&lt;b&gt;team" in content


def test_figures_over_time_are_drawn_where_they_are_known(broken):
    """A window without outcomes leaves a gap."""
    record = broken[0].record
    figures = [Figures(0.7, 0.68, 0.6, 0.75, {"dollars": -3.0}), Figures(0.71), Figures(0.7, 0.5, 0.4, 0.6)]
    spans = [Span(START - timedelta(days=days), 24) for days in (3, 2, 1)]
    history = [replace(record, span=span, figures=one) for span, one in zip(spans, figures, strict=True)]
    content = page(broken[0], ENDPOINT, history)
    assert content.count('aria-label="AUC over time"') == content.count('aria-label="dollars over time"') == 1
    lines = re.findall(r'<polyline points="([^"]*)"', content)
    assert [len(line.split()) for line in lines] == [3, 2, 0, 1]
    assert all(0 <= float(y) <= 160 for line in lines for _, y in (pair.split(",") for pair in line.split()))


def test_a_record_survives_its_table(broken):
    """And a form that knows more than this one."""
    record = replace(broken[0].record, figures=Figures(0.5, worth={"dollars": 1.0}), tell=("approver",), was="stable")
    assert Record.from_dict({**record.to_dict(), "invented_later": 1}) == record


def test_metrics_tell_people_only_of_windows_that_are_new(broken):
    """What late data says of an old window is no state of the model: the alarm does not hear of it."""
    line = emf("dev", broken[0].record, 5)
    assert (line["DriftAlarm"], line["DriftRows"], line["Model"], line["ModelVersion"]) == (1, 2000, "m", "1")
    assert [one["Dimensions"] for one in line["_aws"]["CloudWatchMetrics"]] == [
        [["Model", "ModelVersion"]],
        [["Model"]],
    ]
    again = emf("dev", replace(broken[0].record, number=2), 5)
    assert [one["Dimensions"] for one in again["_aws"]["CloudWatchMetrics"]] == [[["Model", "ModelVersion"]]]
