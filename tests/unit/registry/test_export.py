"""Does what was registered come out as a folder that registers to the same digest?"""

import string
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.errors import Unavailable
from serin.registry.export import folder_of
from serin.registry.manifest import Manifest
from serin.registry.register import check_folder, register_folder, store_candidate
from serin.registry.toml_file import model_toml
from tests.unit.registry import folders
from tests.unit.registry.conftest import Cloud

_word = st.text(string.ascii_lowercase, min_size=1, max_size=6)
_said = st.text(min_size=1, max_size=20).filter(str.strip)
_moments = st.datetimes(datetime(1900, 1, 1), timezones=st.none() | st.just(timezone.utc))  # noqa: UP017
_scalar = st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text() | st.dates(date(1900, 1, 1)) | _moments
_value = st.recursive(
    _scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=6
)
_table = st.dictionaries(st.text(), _value, max_size=3)
_feature = st.fixed_dictionaries(
    {"name": _said, "type": st.just("float")},
    optional={
        "nullable": st.booleans(),
        "sensitive": st.sampled_from(["drop", "hash"]),
        "definition": st.text(),
        "unit": st.text(),
    },
)
_parent = st.fixed_dictionaries(
    {"version": st.just("flights@2"), "relation": st.sampled_from(["distilled", "retrained"])}
)
_data = st.fixed_dictionaries(
    {"sha256": _said}, optional={"rows": st.integers(1, 10**9), "start": st.dates(), "more": _value}
)
_manifest = st.fixed_dictionaries(
    {
        "task": _said,
        "features": st.lists(_feature, min_size=1, max_size=3, unique_by=lambda one: one["name"]),
        "training": _table.map(
            lambda table: (
                {k: v for k, v in table.items() if k not in ("dirty", "source", "diff_sha256")} | {"commit": "c"}
            )
        ),
        "data": _data,
    },
    optional={
        "name": _word,
        "description": st.text(),
        "seed": st.integers(-(2**63), 2**63),
        "parent": _parent,
        "libraries": st.dictionaries(st.text(), _said, max_size=2),
        "preprocessing": _table,
        "hyperparameters": _table,
        "serving": st.fixed_dictionaries({}, optional={"max_rows": st.integers(1, 9), "deterministic": st.booleans()}),
        "baseline": st.fixed_dictionaries({}, optional={"time": _said, "outcome": _said}),
        "fairness": st.fixed_dictionaries({}, optional={"columns": st.lists(_said, unique=True, max_size=3)}),
        "card": st.dictionaries(st.text(), _said, max_size=2),
    },
)


@settings(max_examples=150)
@given(_manifest)
def test_a_manifest_survives_the_way_to_toml_and_back(raw: dict[str, Any]) -> None:
    """To the byte, whatever texts, numbers, dates and tables it holds; NaN and infinities are null ever after."""
    manifest = Manifest.from_toml(tomli_w.dumps(raw).encode())
    again = Manifest.from_toml(model_toml(manifest.document, "churn"))
    assert again.document == manifest.document
    assert again.with_signature({"inputs": []}) == manifest.with_signature({"inputs": []})
    assert again.features == manifest.features
    assert again.name == "churn"


def test_an_exported_folder_registers_to_the_same_digest(cloud: Cloud, tmp_path: Path) -> None:
    """With all that a folder may hold, and as the very same version."""
    toml = folders.MANIFEST + '\n[hyperparameters]\nmissing = nan\n\n[card]\nlimitations = "Small."\n'
    folder = folders.write_folder(
        tmp_path / "m", model_toml=toml, evidence_json='{"auc": 0.9}', baseline_csv="distance,delay\n1,2\n"
    )
    ports = {"artifacts": cloud.bucket, "versions": cloud.versions, "actor": "me"}
    record = register_folder(folder, "churn", **ports).record  # type: ignore[arg-type]
    files = folder_of(record, cloud.bucket.read)
    assert sorted(files) == ["baseline.csv", "evidence.json", "golden.json", "model.onnx", "model.toml"]
    names = {name.replace(".", "_", 1): data for name, data in files.items()}
    candidate = check_folder(folders.write_folder(tmp_path / "again", **names))
    assert (candidate.name, candidate.record.digest) == ("churn", record.digest)
    assert not store_candidate(candidate, "churn", **ports).created  # type: ignore[arg-type]
    assert store_candidate(candidate, "other", **ports).record.digest == record.digest  # type: ignore[arg-type]


def test_content_that_is_not_what_its_hash_says_is_not_exported(cloud: Cloud, tmp_path: Path) -> None:
    """Nor is a version whose parts don't add up to its digest."""
    record = register_folder(
        folders.write_folder(tmp_path), "churn", artifacts=cloud.bucket, versions=cloud.versions, actor="me"
    ).record
    with pytest.raises(Unavailable, match="holds other content than its hash says"):
        folder_of(record, lambda _: b"something else")
    with pytest.raises(Unavailable, match=r"churn@1: its model.toml can't be written"):
        folder_of(replace(record, digest="0" * 64), cloud.bucket.read)
