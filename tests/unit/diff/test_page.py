"""What a person reads first, and that nothing that was registered can change the page."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np

from serin.diff.behaviour import Behaviour
from serin.diff.change import Change, Kind
from serin.diff.difference import compare_versions
from serin.diff.graph import Graph
from serin.diff.html import page
from serin.diff.version import Version
from serin.diff.weights import moved
from serin.diff.wording import both, share, summary, weights
from serin.evidence.evaluation import Estimate, Evaluation, Latency, Rival
from serin.stats.counts import Counts
from serin.stats.rates import Interval
from tests.unit.diff.models import linear, version

_EVIL = "<script>alert(1)</script>"


def _two() -> tuple[Version, Version]:
    return tuple(version(n, linear([n, 2.0]), ["a", _EVIL], "regression") for n in (1, 2))  # type: ignore[return-value]


def _evaluation(number: int, data: str, rival: Rival | None = None) -> Evaluation:
    metrics = {"auc": Estimate(0.7 + number / 100, 0.6, 0.8, 1000)}
    return Evaluation(f"e{number}", "m", number, "2026-01-01", "me", "classification", "d.csv", data, 1000, "late",
                      metrics, Latency(1, 0.1, 0.2, 100), "here", rival)  # fmt: skip


def test_the_summary_says_it_in_a_sentence() -> None:
    """How much differs, how many predictions flip, and where."""
    one, two = _two()
    found = compare_versions(one, replace(two, manifest={**two.manifest, "seed": 7}))
    assert summary(found) == "m@2 differs from m@1 in 1 manifest field and 1 weight."
    flips = Behaviour("captured rows", 1000, "has another label", Counts(18, 1000), Interval(0.0114, 0.0283), 0, 0, 0.1)
    assert summary(replace(found, behaviours=(flips,))).endswith("; 1.8 % of predictions flip (1.1–2.8 %).")
    none = replace(flips, flips=Counts(0, 1000), interval=Interval(0, 0.0038))
    assert summary(replace(found, behaviours=(none,))).endswith("; no prediction of 1,000 flips (under 0.4 % do).")
    assert summary(compare_versions(one, one)) == "m@1 is identical to m@1."
    unordered = replace(found, manifest=(), graph=Graph(), parts=("artifact",))
    assert "in the way its files are written only" in summary(unordered)


def test_numbers_are_short_unless_they_would_look_the_same() -> None:
    """Two values that differ in their last digits are shown in full."""
    assert both(Change("a", Kind.CHANGED, [0.8795141577720642], None)) == ("[0.87951]", "–")
    assert both(Change("a", Kind.CHANGED, 0.123456789, 0.123456788)) == ("0.123456789", "0.123456788")
    assert [share(rate) for rate in (0.0, 0.00021, 0.01834, 0.3)] == ["0 %", "0.02 %", "1.8 %", "30 %"]


def test_arrays_that_grew_alike_are_said_together() -> None:
    """A forest has a dozen of them; what moved stays alone, the farthest first."""
    found = [moved(f"n.attribute[{name}]", np.zeros(2), np.zeros(3), ("ints", "ints")) for name in ("ids", "modes")]
    found += [moved(f"initializer[{step}]", np.ones(4), np.ones(4) + step, ("FLOAT", "FLOAT")) for step in (0.1, 0.5)]
    assert [path for path, _ in weights(one for one in found if one)] == [
        "n.attribute[ids, modes]", "initializer[0.5]", "initializer[0.1]"
    ]  # fmt: skip


def test_evaluations_stand_side_by_side_only_on_the_same_data() -> None:
    """Of several the newest that share their data; the paired difference where one was the other's rival."""
    one, two = _two()
    rival = Rival(1, {}, {"auc": Estimate(0.01, -0.01, 0.03, 1000)})
    before = replace(one, evaluations=(_evaluation(1, "same"), _evaluation(1, "newer")))
    found = compare_versions(before, replace(two, evaluations=(_evaluation(2, "same", rival),))).figures
    assert found.same_data is True
    assert found.evaluated[0].difference is not None
    assert (found.evaluated[0].name, found.evaluated[0].difference.value) == ("auc", 0.01)
    assert [row.name for row in found.latency] == ["p50 ms, batch 1", "p99 ms, batch 1"]
    other = compare_versions(before, replace(two, evaluations=(_evaluation(2, "other", rival),)))
    assert other.figures.same_data is False
    assert other.figures.evaluated[0].difference is None
    assert "figures can't be compared" in " ".join(page(other).split()).replace("&#39;", "'")


class _Balance(HTMLParser):
    """Every tag that was opened is closed, in order, and there is no script."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag != "script"
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_html(text: str) -> None:
    """Raises AssertionError for a page that is not well-formed, holds a script, or asks another machine."""
    parser = _Balance()
    parser.feed(text)
    assert not parser.open
    assert "http:" not in text
    assert "https:" not in text


def test_the_page_is_whole_and_runs_nothing() -> None:
    """Names come from whoever registers: they are text, whatever they hold."""
    one, two = _two()
    described = replace(two, manifest={**two.manifest, "description": _EVIL})
    check_html(page(compare_versions(one, described, unseen=[_EVIL])))
