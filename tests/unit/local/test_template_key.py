"""Does the key of a template change with everything that the template depends on?"""

import ast
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import endpoint_settings, settings
from infra.template_key import Inputs, here, key

ROOT = Path(__file__).parents[3]
_TEXT = st.text(max_size=8)
_NAMED = st.dictionaries(_TEXT, _TEXT, max_size=3)
_INPUTS = st.builds(
    Inputs,
    root=_TEXT,
    bundle=st.booleans(),
    python=_TEXT,
    files=_NAMED,
    packages=st.lists(_TEXT, max_size=3).map(tuple),
    variables=_NAMED,
    interpreters=st.dictionaries(_TEXT, st.booleans(), max_size=3),
)
_CHANGES = {
    "root": "/elsewhere", "bundle": True, "python": "3.14.0", "files": {"cdk.json": "b"},
    "packages": ("aws_cdk_lib-2.276.0.dist-info",), "variables": {"CDK_CONTEXT_JSON": "{}"},
    "interpreters": {"3.13": True},
}  # fmt: skip
_BEFORE = Inputs(
    root="/here", bundle=False, python="3.13.0", files={"cdk.json": "a"}, packages=("aws_cdk_lib-2.275.0.dist-info",),
    variables={}, interpreters={"3.13": False},
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As little as there can be of one."""
    for name, text in {
        "cdk.json": '{"runtime": "python3.12"}', "pyproject.toml": "p", "requirements.lock": "l", "README.md": "r",
        "infra/app.py": "a", "infra/local/cloud.py": "c", "functions/inference.py": "i",
        "functions/serin/cost/prices.json": "{}",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _key(project: Path, environment: Mapping[str, str] = MappingProxyType({})) -> str:
    return key(here(bundle=False, environment=environment, root=project))


@given(_INPUTS, _INPUTS)
def test_only_the_same_inputs_have_the_same_key(one: Inputs, other: Inputs) -> None:
    """No two differ in a way that the digest does not see, whatever the texts are."""
    assert (key(one) == key(other)) == (one == other)


@pytest.mark.parametrize("name", _CHANGES)
def test_a_change_of_any_one_input_changes_the_key(name: str) -> None:
    """Of every field that there is."""
    assert set(_CHANGES) == set(Inputs.__dataclass_fields__)
    assert key(replace(_BEFORE, **{name: _CHANGES[name]})) != key(_BEFORE)


@pytest.mark.parametrize(
    "name",
    [
        "cdk.json", "pyproject.toml", "requirements.lock", "infra/app.py", "infra/local/cloud.py",
        "functions/inference.py", "functions/serin/cost/prices.json", "functions/serin/new.py", "infra/new.json",
    ],
)  # fmt: skip
def test_a_change_of_any_file_changes_the_key(project: Path, name: str) -> None:
    """Also of one that is new, and back to the old key with the old content."""
    before, path = _key(project), project / name
    old = path.read_bytes() if path.exists() else None
    path.write_text("changed python3.12")
    assert _key(project) != before
    path.unlink() if old is None else path.write_bytes(old)
    assert _key(project) == before


def test_bytecode_and_other_files_do_not_change_the_key(project: Path) -> None:
    """A second start finds what the first one kept."""
    before = _key(project)
    for name in ("infra/__pycache__/app.cpython-313.pyc", "README.md", "tests/test_x.py"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("changed")
    assert _key(project) == before


@pytest.mark.parametrize("name", ["CDK_DEFAULT_REGION", "CDK_CONTEXT_JSON", "JSII_NODE", "CDK_VALIDATION"])
def test_a_variable_that_the_cdk_reads_changes_the_key(project: Path, name: str) -> None:
    """Set, and set to something else."""
    assert len({_key(project), *(_key(project, {name: value}) for value in ("one", "two"))}) == 3


def test_a_variable_that_the_cdk_does_not_read_changes_nothing(project: Path) -> None:
    """Each terminal has others."""
    assert _key(project, {"TERM_SESSION_ID": "7"}) == _key(project)


def test_an_installed_package_changes_the_key(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name and version, wherever Python would find it."""
    before = _key(project)
    (tmp_path / "site" / "constructs-99.dist-info").mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site")])
    assert _key(project) != before


def test_the_pythons_of_the_settings_and_of_the_defaults_are_looked_for(project: Path) -> None:
    """Their bytecode is part of a bundle, and so of its asset's name."""
    defaults = {
        settings.Settings.model_fields["runtime"].default,
        endpoint_settings.Endpoint.model_fields["runtime"].default,
    }
    looked_for = {f"python{version}" for version in here(bundle=False, environment={}, root=project).interpreters}
    assert looked_for == defaults | {"python3.12"}


def test_no_module_of_the_stack_reads_a_file_or_a_variable_that_the_key_does_not_know() -> None:
    """Whoever adds a module that does thinks of infra/template_key.py, and adds its name here."""
    known = {"app.py", "bundling.py", "jsii_node.py", "template_key.py", "template_cache.py"}
    reads = {path.name for path in (ROOT / "infra").glob("*.py") if _READS & _names(path)}
    assert reads == known


_READS = {"environ", "getenv", "read_text", "read_bytes", "open", "now", "today", "uuid4", "token_hex"}


def _names(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    return {node.attr for node in nodes if isinstance(node, ast.Attribute)} | {
        node.id for node in nodes if isinstance(node, ast.Name)
    }
