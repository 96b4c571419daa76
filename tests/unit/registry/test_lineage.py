"""Does a manifest say where its model comes from, refuse what can't be, and stay what it was where it says nothing?"""

from dataclasses import replace
from pathlib import Path

import pytest

from serin.errors import InvalidModel
from serin.registry.canonical import sha256
from serin.registry.manifest import Feature, Manifest, features_of
from serin.registry.register import check_folder, store_candidate
from serin.registry.training_code import CodeState, with_code
from tests.unit.registry import folders
from tests.unit.registry.conftest import Cloud

_BEFORE = """
[hyperparameters]
missing = nan
rate = 1e-3
at = 2013-01-01T00:00:00Z

[outcomes]
segments = ["distance"]

[baseline]
time = "at"
"""
_ALL = """
[parent]
version = "flights@2"
relation = "distilled"

[libraries]
scikit-learn = "1.9.1"

[fairness]
columns = ["sex", "age_band"]

[card]
intended_use = "Warn passengers."
limitations = "New York only."
"""


def _parsed(more: str = "", *change: str) -> Manifest:
    return Manifest.from_toml(
        (folders.MANIFEST.replace(*change) if change else folders.MANIFEST).encode() + more.encode()
    )


def _folder(path: Path, more: str) -> Path:
    return folders.write_folder(path, model_toml=folders.MANIFEST + more)


def test_a_manifest_without_lineage_has_the_hash_that_it_always_had() -> None:
    """Both hashes are from before there were these fields: a folder registered then keeps its number."""
    plain, more = _parsed(), _parsed(_BEFORE, "rows = 10", 'rows = 10\nstart = 2013-01-01\nend = "2013-02"')
    assert sha256(plain.with_signature({})) == "4e53c6bba72034cdca4f8e66f2d1c01b80b97243cac7849a9282f0f804608561"
    assert sha256(more.with_signature({})) == "40de18647a190b575dfeec2635061e82e107621fe8ac7f17e473dcdf74a6c470"


@pytest.mark.parametrize("empty", ["[libraries]", "[card]", "[fairness]", "[fairness]\ncolumns = []"])
def test_an_empty_table_says_nothing(empty: str) -> None:
    """And so is not in the document."""
    assert _parsed(f"\n{empty}\n") == _parsed()


def test_lineage_is_in_the_document_as_it_is_written() -> None:
    """Under the names that it has in model.toml."""
    document = _parsed(_ALL).document
    assert document["parent"] == {"version": "flights@2", "relation": "distilled"}
    assert document["libraries"] == {"scikit-learn": "1.9.1"}
    assert document["fairness"] == {"columns": ["sex", "age_band"]}
    assert document["card"]["limitations"] == "New York only."


def test_a_feature_may_say_what_it_means() -> None:
    """The stored document gives the same features again."""
    manifest = _parsed("", 'name = "delay"', 'name = "delay"\ndefinition = "arrival minus schedule"\nunit = "min"')
    assert manifest.features[1] == Feature("delay", "float", True, "", "arrival minus schedule", "min")
    assert features_of(manifest.document) == manifest.features
    assert manifest.document["features"][0].keys() == {"name", "type", "nullable"}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ('"2013"', '"2013"'),
        ('"2013-06"', '"2013"'),
        ('"2013"', '"2013-06-30"'),
        ("2013-01-01", "2013-01-01T00:00:00Z"),
        ('"2013-01-01T01:00:00+02:00"', '"2013-01-01T00:00:00"'),
    ],
)
def test_a_time_span_may_be_as_exact_as_one_knows_it(start: str, end: str) -> None:
    """Years, months, days and moments compare with each other; a moment without a zone is in UTC."""
    _parsed("", "rows = 10", f"start = {start}\nend = {end}")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('commit = "0123abc"', 'commit = "0123abc"\ndirty = "yes"'), r"\[training\] dirty must be true or false"),
        (('commit = "0123abc"', 'commit = "0123abc"\nsource = 3'), r"\[training\] source must be text"),
        (("rows = 10", "rows = 0"), r"\[data\] rows must be a whole number"),
        (("rows = 10", "rows = 1.5"), r"\[data\] rows"),
        (("rows = 10", "rows = true"), r"\[data\] rows"),
        (("rows = 10", "start = 2013"), r"\[data\] start is 2013"),
        (("rows = 10", 'start = "2013-13"'), r"\[data\] start is '2013-13', which is no date"),
        (("rows = 10", 'end = "last year"'), r"\[data\] end is 'last year'"),
        (("rows = 10", 'start = "2013-02"\nend = "2013-01-31"'), r"start, 2013-02, is after end"),
        (("seed = 7", 'seed = 7\nparent = "flights@2"'), r"parent must be a table"),
        (("[data]", '[parent]\nversion = "flights"\nrelation = "distilled"\n[data]'), r"\[parent\] version.*names no"),
        (("[data]", '[parent]\nversion = "flights@2"\n[data]'), r"\[parent\] relation is missing"),
        (("[data]", '[parent]\nversion = "flights@2"\nrelation = "copied"\n[data]'), "'copied': use one of distilled"),
        (("[data]", "[libraries]\nnumpy = 2\n[data]"), r"\[libraries\] numpy is missing or no text"),
        (("[data]", "[card]\nlimitations = []\n[data]"), r"\[card\] limitations"),
        (("[data]", '[fairness]\ncolumns = "sex"\n[data]'), r"\[fairness\] columns must be a list"),
        (("[data]", '[fairness]\ncolumns = ["sex", "sex"]\n[data]'), r"\[fairness\] columns names 'sex' twice"),
        (("[data]", '[fairness]\ngroups = ["sex"]\n[data]'), r"\[fairness\] has an unknown field 'groups'"),
        (('name = "delay"', 'name = "delay"\nunit = 3'), r"features\[1\]\.unit must be text"),
    ],
)
def test_what_can_not_be_is_refused(change: tuple[str, str], said: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidModel, match=said):
        _parsed("", *change)


def test_a_parent_must_be_registered_first(cloud: Cloud, tmp_path: Path) -> None:
    """The sentence names it and the next step; once it is there, the record keeps it."""
    ports = {"artifacts": cloud.bucket, "versions": cloud.versions, "actor": "me"}
    child = check_folder(_folder(tmp_path / "child", '[parent]\nversion = "flights@1"\nrelation = "quantized"\n'))
    with pytest.raises(InvalidModel, match=r"flights@1 does not exist.*Register the parent first"):
        store_candidate(child, "small", **ports)  # type: ignore[arg-type]
    assert cloud.items() == []
    store_candidate(check_folder(_folder(tmp_path / "parent", "")), "flights", **ports)  # type: ignore[arg-type]
    store_candidate(child, "small", **ports)  # type: ignore[arg-type]
    record = cloud.versions.get("small", 1)
    assert (record.parent, record.relation) == ("flights@1", "quantized")
    assert cloud.versions.get("flights", 1).parent is None


_CLEAN = CodeState("0123abcd" * 5)
_DIRTY = replace(_CLEAN, changed=tuple(f"f{n}.py" for n in range(7)), diff_sha256="d" * 64)
_WITHOUT = folders.MANIFEST.replace('commit = "0123abc"', 'source = "train.py"').encode()


def test_the_commit_is_filled_in_from_the_code() -> None:
    """What the manifest says itself stays."""
    training = Manifest.from_toml(with_code(_WITHOUT, _CLEAN, allow_dirty=False)).document["training"]
    assert training == {"source": "train.py", "commit": _CLEAN.commit}


def test_a_stated_commit_must_be_the_codes() -> None:
    """It may be short; where they agree, not a byte is changed."""
    stated = folders.MANIFEST.encode()
    assert with_code(stated, _CLEAN, allow_dirty=False) is stated
    assert with_code(stated, None, allow_dirty=False) is stated
    with pytest.raises(InvalidModel, match=r"says \[training\] commit = '0123abc', but the work tree is at fff"):
        with_code(stated, CodeState("f" * 40), allow_dirty=False)
    with pytest.raises(InvalidModel, match="commit = '0', but"):
        with_code(stated.replace(b"0123abc", b"0"), _CLEAN, allow_dirty=False)


def test_uncommitted_code_is_refused_unless_that_is_recorded() -> None:
    """The first changed files are named."""
    with pytest.raises(InvalidModel, match=r"f0.py, f1.py, f2.py, f3.py, f4.py and 2 more.*--allow-dirty"):
        with_code(_WITHOUT, _DIRTY, allow_dirty=False)
    training = Manifest.from_toml(with_code(_WITHOUT, _DIRTY, allow_dirty=True)).document["training"]
    assert (training["dirty"], training["diff_sha256"]) == (True, "d" * 64)


def test_a_manifest_that_calls_itself_dirty_is_refused_as_well() -> None:
    """Without a work tree to look at."""
    dirty = folders.MANIFEST.replace('commit = "0123abc"', 'commit = "0123abc"\ndirty = true').encode()
    with pytest.raises(InvalidModel, match=r"model.toml says \[training\] dirty = true"):
        with_code(dirty, None, allow_dirty=False)
    assert with_code(dirty, None, allow_dirty=True) is dirty
