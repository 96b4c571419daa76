"""Do the commands record from which code and which model a version comes, and give it back as it was?"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from infra.cli.code_state import code_state
from infra.cli.export import write
from serin.errors import BadRequest, Conflict
from serin.registry.training_code import CodeState
from tests.unit.cli.conftest import Serin
from tests.unit.registry import folders, mlflow_folders

_WITHOUT_COMMIT = folders.MANIFEST.replace('commit = "0123abc"', 'source = "train.py"')


def _said(result: Result, code: int = 0) -> dict[str, Any]:
    assert result.exit_code == code, result.stderr
    document: dict[str, Any] = json.loads(result.stdout if code == 0 else result.stderr)
    return document


def _git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A git work tree with one commit."""
    folder = tmp_path / "code"
    (folder / "sub").mkdir(parents=True)
    _git(folder, "init", "--quiet")
    (folder / "train.py").write_text("print(1)\n")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message", "Train")
    return folder


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A model folder without a commit in its manifest."""
    return folders.write_folder(tmp_path / "m", model_toml=_WITHOUT_COMMIT)


def _training(serin: Serin, version: str = "churn@1") -> dict[str, Any]:
    found: dict[str, Any] = _said(serin("show", version, "--json"))["manifest_document"]["training"]
    return found


def test_the_commit_is_that_of_the_work_tree(
    serin: Serin, code: Path, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the one that is named, also by a folder in it, or else of the one where the command is typed."""
    _said(serin("register", plain, "--code", code / "sub", "--json"))
    assert _training(serin) == {"commit": _git(code, "rev-parse", "HEAD"), "source": "train.py"}
    monkeypatch.chdir(code / "sub")
    assert _said(serin("register", plain, "--json"))["created"] is False


def test_uncommitted_code_is_refused_unless_that_is_recorded(serin: Serin, code: Path, plain: Path) -> None:
    """The refusal names changed and new files."""
    (code / "train.py").write_text("print(2)\n")
    (code / "new.py").write_text("")
    error = _said(serin("register", plain, "--code", code, "--json"), 3)
    assert "train.py, new.py" in error["error"]
    _said(serin("register", plain, "--code", code, "--allow-dirty", "--json"))
    assert _training(serin)["dirty"] is True


def test_each_state_of_the_code_has_a_hash_of_its_own(code: Path) -> None:
    """Seen from any folder in the work tree. What git ignores is no code, nor is the model folder itself."""
    clean = code_state(code)
    assert clean == CodeState(_git(code, "rev-parse", "HEAD"), (), clean.diff_sha256 if clean else "")
    folder = folders.write_folder(code / "out" / "model", model_toml=_WITHOUT_COMMIT)
    (code / ".git" / "info" / "exclude").write_text("*.log\n")
    (code / "run.log").write_text("noise")
    assert code_state(code, leave_out=folder) == clean
    states = []
    for text in ("print(2)\n", "print(3)\n", "print(1)\n"):
        (code / "train.py").write_text(text)
        states.append(code_state(code / "sub", leave_out=folder))
    assert [state.changed for state in states if state] == [("train.py",), ("train.py",), ()]
    assert len({state.diff_sha256 for state in states if state}) == 3
    assert states[2] == clean
    new = set()
    for text in ("print(4)", "print(5)"):
        (code / "new.py").write_text(text)
        state = code_state(code, leave_out=folder)
        new.add(state and (state.changed, state.diff_sha256))
    assert len(new) == 2


def test_outside_any_work_tree_the_manifest_must_say_it(
    serin: Serin, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As before; a --code that is none is an error of its own, and so it is without git."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert "[training] commit is missing" in _said(serin("register", plain, "--json"), 3)["error"]
    assert "no git work tree" in _said(serin("register", plain, "--code", ".", "--json"), 2)["error"]
    monkeypatch.setenv("PATH", "")
    assert code_state(Path.cwd()) is None


def test_a_work_tree_without_a_commit_has_no_state(tmp_path: Path) -> None:
    """There is nothing to name yet."""
    _git(tmp_path, "init", "--quiet")
    assert code_state(tmp_path) is None


def test_show_tells_parent_and_children(serin: Serin, tmp_path: Path) -> None:
    """Both ways."""
    serin("register", folders.write_folder(tmp_path / "parent"))
    toml = folders.MANIFEST + '\n[parent]\nversion = "churn@1"\nrelation = "quantized"\n'
    child = _said(serin("register", folders.write_folder(tmp_path / "child", model_toml=toml), "--json"))
    assert (child["parent"], child["relation"]) == ("churn@1", "quantized")
    assert _said(serin("show", "churn@1", "--json"))["children"] == [{"version": "churn@2", "relation": "quantized"}]
    assert "churn@1 (quantized)" in serin("show", "churn@2").stdout


def test_an_export_registers_to_the_same_version(serin: Serin, tmp_path: Path) -> None:
    """Without naming the model: the exported manifest does."""
    first = _said(serin("register", folders.write_folder(tmp_path / "m"), "--json"))
    exported = _said(serin("export", "churn@1", tmp_path / "deep" / "out", "--json"))
    assert exported["files"] == ["model.onnx", "model.toml", "golden.json", "evidence.json"]
    again = _said(serin("register", tmp_path / "deep" / "out", "--json"))
    assert (again["created"], again["digest"]) == (False, first["digest"])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


def test_an_export_never_writes_over_what_is_there_unasked(tmp_path: Path) -> None:
    """With --force it replaces its own files, and deletes none; what would belong to another version is in its way."""
    out, files = tmp_path / "out", {"model.onnx": b"new", "baseline.parquet": b"x"}
    out.mkdir()
    write(files, out, force=False)
    (out / "notes.md").write_text("mine")
    (out / "model.onnx").write_text("old")
    with pytest.raises(Conflict, match=r"is not empty.*--force"):
        write(files, out, force=False)
    write(files, out, force=True)
    assert ((out / "notes.md").read_text(), (out / "model.onnx").read_text()) == ("mine", "new")
    (out / "baseline.csv").write_text("")
    with pytest.raises(Conflict, match=r"baseline\.csv, which this version does not have"):
        write(files, out, force=True)
    with pytest.raises(BadRequest, match="can't be written: Not a directory"):
        write(files, out / "notes.md", force=True)


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither half a folder nor the one that it was made in."""
    with pytest.raises(TypeError):
        write({"model.onnx": b"x", "golden.json": None}, tmp_path / "out", force=False)  # type: ignore[dict-item]
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_mlflow_is_registered_as_it_is(serin: Serin, tmp_path: Path) -> None:
    """With a warning of what its golden examples are; the evidence is MLflow's metrics."""
    result = serin("register", "--from-mlflow", mlflow_folders.mlflow_2(tmp_path, external=True))
    assert "the model's own answers" in result.stderr
    found = _said(serin("show", "churn@1", "--json"))
    assert found["evidence_document"] == {"evaluations": [{"metric": "auc", "value": 0.91}]}
    assert found["manifest_document"]["training"]["commit"] == mlflow_folders.COMMIT


def test_a_model_of_mlflow_takes_no_commit_by_guess(serin: Serin, code: Path, tmp_path: Path) -> None:
    """It may have been trained long ago and elsewhere: only what is named counts."""
    lone = mlflow_folders.artifacts(tmp_path / "lone")
    assert "[training] commit is missing" in _said(serin("register", "--from-mlflow", lone, "--json"), 3)["error"]
    _said(serin("register", "--from-mlflow", lone, "--code", code, "--json"))
    assert _training(serin)["commit"] == _git(code, "rev-parse", "HEAD")


def test_what_mlflow_calls_dirty_is_refused_too(serin: Serin, tmp_path: Path) -> None:
    """By the tag that it has for it."""
    found = _said(serin("register", "--from-mlflow", mlflow_folders.mlflow_3(tmp_path), "--json"), 3)
    assert "--allow-dirty" in found["error"]


@pytest.mark.parametrize(
    "words", [("register",), ("register", "m", "--from-mlflow", "m"), ("register", "m", "--golden", "g.json")]
)
def test_a_folder_is_of_one_kind(serin: Serin, words: tuple[str, ...]) -> None:
    """A model folder, or MLflow's with what may go over it."""
    assert "--from-mlflow" in _said(serin(*words, "--json"), 2)["error"]
