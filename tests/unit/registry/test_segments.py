"""Which features may a manifest declare as segments of its receipts?"""

from pathlib import Path

import orjson
import pytest

from serin.errors import InvalidModel
from serin.registry.manifest import Manifest
from serin.registry.register import check_folder
from tests.unit.registry import folders


def _with(outcomes: str) -> bytes:
    return f"{folders.MANIFEST}\n[outcomes]\n{outcomes}\n".encode()


def test_declared_features_are_in_the_stored_manifest(tmp_path: Path) -> None:
    """In the order in which they are written."""
    text = _with('segments = ["delay", "distance"]')
    candidate = check_folder(folders.write_folder(tmp_path, model_toml=text))
    manifest = orjson.loads(candidate.content[f"documents/sha256/{candidate.record.manifest}"])
    assert manifest["outcomes"] == {"segments": ["delay", "distance"]}


@pytest.mark.parametrize("outcomes", [None, "", "segments = []"])
def test_without_segments_a_manifest_is_what_it_was(outcomes: str | None) -> None:
    """A folder that was registered before receipts keeps its digest, and so its number."""
    plain = Manifest.from_toml(folders.MANIFEST.encode())
    text = folders.MANIFEST.encode() if outcomes is None else _with(outcomes)
    assert Manifest.from_toml(text) == plain
    assert "outcomes" not in plain.document


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ('segments = ["carrier"]', "names 'carrier', which is no feature"),
        ('segments = ["delay", "delay"]', "twice"),
        ('segments = "delay"', "must be a list of feature names"),
        ("segments = [1]", "must be a list of feature names"),
        ('segment = ["delay"]', "unknown field 'segment'"),
    ],
)
def test_nonsense_is_refused_with_its_place(outcomes: str, words: str) -> None:
    """InvalidModel names [outcomes] and what is wrong there."""
    with pytest.raises(InvalidModel, match=words) as caught:
        Manifest.from_toml(_with(outcomes))
    assert "[outcomes]" in str(caught.value)


def test_four_segments_are_enough() -> None:
    """Each is carried by each receipt."""
    features = "".join(f'\n[[features]]\nname = "f{number}"\ntype = "float"\n' for number in range(5))
    segments = ", ".join(f'"f{number}"' for number in range(5))
    with pytest.raises(InvalidModel, match="has 5 features, 4 are allowed"):
        Manifest.from_toml(_with(f"segments = [{segments}]") + features.encode())


def test_outcomes_must_be_a_table() -> None:
    """As the other tables."""
    with pytest.raises(InvalidModel, match=r"write \[outcomes\]"):
        Manifest.from_toml(b'outcomes = ["delay"]\n' + folders.MANIFEST.encode())


@pytest.mark.parametrize("how", ["drop", "hash"])
def test_a_sensitive_feature_is_no_segment(how: str) -> None:
    """Whoever holds a receipt can read it."""
    sensitive = folders.MANIFEST.replace('name = "delay"', f'name = "delay"\nsensitive = "{how}"')
    assert 'sensitive = "' in sensitive
    with pytest.raises(InvalidModel, match="'delay', which is sensitive"):
        Manifest.from_toml(f'{sensitive}\n[outcomes]\nsegments = ["delay"]\n'.encode())
    features = {one["name"]: one for one in Manifest.from_toml(sensitive.encode()).document["features"]}
    assert (features["delay"]["sensitive"], "sensitive" in features["distance"]) == (how, False)
