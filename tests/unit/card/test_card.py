"""A model card says what is known, says what is not declared, and stays a card whatever is written into it."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from serin.card.document import TEXTS, card_document
from serin.card.escape import escaped, paragraphs
from serin.card.groups import groups_of
from serin.card.render import html, markdown
from serin.evidence.evaluation import Estimate, Evaluation, Latency, Rival
from serin.gates.dossier import Approval, Dossier
from serin.gates.gate import Result, Standing
from serin.registry.endpoints import Endpoint
from serin.registry.records import VersionRecord
from tests.unit.diff.test_page import check_html

ENDPOINT = Endpoint(
    "churn", "dev", "growth", "f", "live", "b", "t", "url", tier="high", latency_budget_ms=100,
    owners={"watcher": "w@x", "approver": "a@x", "communicator": "c@x"}, gates={"metrics": {"auc": {"min": 0.7}}},
)  # fmt: skip
RECORD = VersionRecord("churn", 2, "d1", "a1", 1234, "m1", "g1", {}, "classification", "2026-01-01T00:00:00Z", "me",
                       "Who leaves?")  # fmt: skip
MANIFEST: dict[str, Any] = {
    "features": [
        {"name": "age", "type": "float", "nullable": True, "unit": "years", "definition": "at the day of asking"},
        {"name": "plan", "type": "string", "sensitive": "hash"},
    ],
    "signature": {"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}], "outputs": []},
    "training": {"commit": "abc", "dirty": True}, "data": {"sha256": "ff", "rows": 10},
    "parent": {"version": "churn@1", "relation": "retrained"}, "fairness": {"columns": ["sex"]},
    "outcomes": {"segments": ["plan"]}, "serving": {"max_rows": 100}, "seed": 7, "libraries": {"scikit-learn": "1.9.1"},
    "card": {"intended_use": "To ask who leaves.", "limitations": "Not for minors.", "licence": "ours"},
}  # fmt: skip
GROUPS = {
    "splits": [
        {"columns": ["sex"], "groups": {
            "f": {"counts": {"rows": 60}, "figures": {"tpr": 0.8, "fpr": None}},
            "m": {"counts": {"rows": 40}, "figures": {"tpr": 0.75, "fpr": 0.1}},
        }}
    ]
}  # fmt: skip
EVALUATION = Evaluation(
    "e1", "churn", 2, "2026-02-01T00:00:00Z", "you", "classification", "held.csv", "ee", 100, "left",
    {"auc": Estimate(0.8, 0.75, 0.85, 100)}, Latency(1, 0.01, 0.02, 500), "two cores",
    Rival(1, {}, {"auc": Estimate(0.02, 0.01, 0.03, 100)}), GROUPS,
)  # fmt: skip


def _dossier(**changes: Any) -> Dossier:
    return replace(Dossier(RECORD, MANIFEST, None, (EVALUATION,), champion=1), **changes)


def _card(dossier: Dossier, *results: Result) -> str:
    return markdown(card_document(dossier, ENDPOINT, results))


def test_the_sections_are_those_of_the_paper() -> None:
    """Mitchell et al. 2019, in their order; the release comes last."""
    assert re.findall(r"^## (.*)$", _card(_dossier()), re.MULTILINE) == [
        "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
        "Quantitative analyses", "Ethical considerations", "Caveats and recommendations", "Release",
    ]  # fmt: skip


def test_what_is_known_is_told() -> None:
    """Owners, lineage, features, figures with intervals and rows, groups, latency, gates, approvals."""
    approval = Approval("churn", 2, "boss", "2026-03-01", "looks right")
    card = _card(_dossier(approvals=(approval,)), Result("metric", Standing.PASS, "auc on 100 rows"))
    for said in (
        "| approver | a@x |", "| parent | retrained from churn@1 |", "commit abc, dirty yes", "scikit-learn 1.9.1",
        "| age | float | yes | years | at the day of asking |", "| plan | string, sensitive (hash) |",
        "To ask who leaves.", "Not for minors.", "**Licence.** ours",
        "| auc | 0.8 | 0.75 to 0.85 | 100 | 0.02 (0.01 to 0.03) |",
        "| metric | value | 95 % interval | rows | minus churn@1 |", "| f | 60 | 0.8 | – |",
        "0.02 ms at p99 (500 runs, two cores)",
        "| metric | pass | auc on 100 rows |", "- approved 2026-03-01 by boss: looks right", "By sex, on held.csv:",
    ):  # fmt: skip
        assert said in card, said


def test_what_is_not_declared_is_said_to_be_so() -> None:
    """A section is never simply empty: the reader sees whose word is missing, and where it belongs."""
    bare = {name: MANIFEST[name] for name in ("features", "signature")}
    card = markdown(card_document(Dossier(RECORD, bare), replace(ENDPOINT, gates={})))
    for section, (first, *_) in TEXTS.items():
        if section != "training_data":
            assert f"*Not declared in model.toml: [card] {first}.*" in card
    for said in ("never evaluated here", "Nobody has approved", "Not evaluated by groups", "drift can't be seen",
                 "Nothing was measured, and nothing declared"):  # fmt: skip
        assert said in card, said
    for body in re.split(r"^## .*$", card, flags=re.MULTILINE):
        assert body.strip()


def test_declared_figures_are_told_as_such() -> None:
    """Nobody takes them for measured ones; what has no name or number is left out."""
    declared = {"evaluations": [{"metric": "auc", "value": 0.7, "sample_size": 50}, {"metric": "f1"}, "odd"]}
    card = _card(_dossier(declared=declared, evaluations=()))
    assert "not measured here" in card
    assert "| auc | 0.7 | 50 |" in card
    assert "f1" not in card


def _rendered(text: str) -> str:
    return MarkdownIt("commonmark", {"html": False}).enable("table").render(text)


@example("__0__")  # an underscore beside another is none within a word
@given(st.text() | st.text("`*_[]()<>#+-=.!|~&\\:1 \na\"'", max_size=40))
def test_a_text_stays_a_text(text: str) -> None:
    """Whatever it holds: no mark-up comes of it, alone or in a table, and its words are all there."""
    words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    alone = _rendered(escaped(text))
    assert set(re.findall(r"</?(\w+)", alone)) <= {"p"}
    assert unescape(re.sub(r"<.*?>", "", alone)).strip() == words
    cells = re.findall(r"<td>(.*?)</td>", _rendered(f"| a | b |\n|---|---|\n| {escaped(text)} | end |"))
    assert [unescape(cell) for cell in cells] == [words, "end"]
    assert set(re.findall(r"</?(\w+)", _rendered(paragraphs(text)))) <= {"p"}


@pytest.mark.parametrize(
    "evil", ["</style><script>x</script>", "[a](javascript:x)", "# title\n\n## title", "| a |\n|---|", "![x](//h)"]
)
def test_no_text_of_the_registry_changes_the_page(evil: str) -> None:
    """In every place where somebody's word is put: the same headings, no link, no image, no script."""
    manifest = {
        **MANIFEST, "features": [{"name": evil, "type": evil, "definition": evil}],
        "card": {name: evil for names in TEXTS.values() for name in names} | {evil: evil},
        "training": {evil: evil}, "data": {evil: evil}, "preprocessing": {evil: evil}, "libraries": {evil: evil},
        "outcomes": {"segments": [evil]}, "fairness": {"columns": [evil]},
        "parent": {"version": evil, "relation": evil},
    }  # fmt: skip
    fairness = {"splits": [{"columns": [evil], "groups": {evil: {"figures": {evil: 1.0}}}}]}
    metrics = {evil: Estimate(1, 1, 1, 1)}
    evaluation = replace(EVALUATION, data=evil, label=evil, by=evil, machine=evil, metrics=metrics, fairness=fairness)
    record = replace(RECORD, description=evil, created_by=evil, task=evil)
    approvals = (Approval("churn", 2, evil, evil, evil),)
    page = html(card_document(Dossier(record, manifest, None, (evaluation,), approvals), ENDPOINT))
    check_html(page)
    assert len(re.findall("<h[1-6]", page)) == 11
    assert not re.findall("<(a|img|script|iframe)", page)


def test_groups_that_can_not_be_read_are_left_out() -> None:
    """The card is written whatever an old document holds."""
    assert groups_of(None) == groups_of({"splits": "x"}) == groups_of({"splits": [3]}) == []
    assert groups_of({"splits": [{"columns": ["a"], "groups": {"x": 3, "y": {"figures": {"tpr": "?"}}}}]}) == [
        {"columns": ["a"], "metrics": [], "groups": [{"group": "y", "rows": None, "figures": {}}]}
    ]
