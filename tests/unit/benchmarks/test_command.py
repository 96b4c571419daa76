"""Does `python -m tests.benchmarks` measure, write, and compare with what it wrote?"""

import ast
from pathlib import Path

import orjson
import pytest

from tests import benchmarks
from tests.benchmarks.__main__ import main
from tests.benchmarks.catalog import ALL, GROUPS, chosen
from tests.benchmarks.report import FORMAT, LeftOut, run


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the quickest benchmark wrote."""
    path = tmp_path_factory.mktemp("benchmarks") / "old.json"
    assert main(["looks", "--quick", "--json", str(path)]) == 0
    return path


def test_a_run_is_written_and_compared_with(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """End to end: exit code 1 exactly where the table says WORSE."""
    document = orjson.loads(old.read_bytes())
    names = [line["name"] for line in document["benchmarks"]["looks"]["lines"]]
    command = "python -m tests.benchmarks looks --quick"
    assert (document["format"], document["command"], len(names)) == (FORMAT, command, 3)
    assert {"cores", "processor", "numpy", "date", "load before", "load after"} <= document["machine"].keys()
    code = main(["looks", "--quick", "--against", str(old)])
    told = capsys.readouterr().out.partition(f"## Against {old}")[2]
    assert all(f"| {name} |" in told for name in names)
    assert code == ("| WORSE |" in told)


def test_what_got_surely_worse_ends_with_one(old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As when the old run had been a thousand times as fast."""
    document = orjson.loads(old.read_bytes())
    for line in document["benchmarks"]["looks"]["lines"]:
        line["ratio"] = {part: value / 1000 for part, value in line["ratio"].items()}
    faster = tmp_path / "faster.json"
    faster.write_bytes(orjson.dumps(document))
    assert main(["looks", "--quick", "--against", str(faster)]) == 1
    assert "3 WORSE" in capsys.readouterr().out


def test_a_file_that_lacks_a_benchmark_is_told_before_any_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With those that it lacks, and what can be asked instead."""
    old = tmp_path / "old.json"
    old.write_bytes(orjson.dumps({"format": FORMAT, "benchmarks": {"looks": {"lines": []}}}))
    with pytest.raises(SystemExit, match="2"):
        main(["looks", "registry", "--against", str(old)])
    told = capsys.readouterr()
    assert "no figures of registry: compare the rest alone: looks" in told.err
    assert not told.out


def test_what_can_not_run_here_is_left_out_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others run, and the file says why it is missing."""

    def unreachable() -> dict[str, object]:
        raise LeftOut("no packages to be had")

    report = run({"bundle": unreachable, "other": lambda: {"figure": 1}}, tmp_path / "new.json")
    assert report.left_out == {"bundle": "no packages to be had"}
    assert "**bundle was left out**: no packages to be had" in capsys.readouterr().out
    assert orjson.loads((tmp_path / "new.json").read_bytes())["benchmarks"]["other"] == {"figure": 1}


@pytest.mark.parametrize("name", ALL)
def test_every_benchmark_of_the_catalog_is_there(name: str) -> None:
    """Where the catalog says. It is imported only to be run, for some load half of the world."""
    module, _, function = ALL[name].where.partition(":")
    tree = ast.parse((Path(benchmarks.__file__).parent / f"{module}.py").read_text())
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_studies_run_only_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """They take an hour, and tell nothing of speed."""
    assert not chosen(["speed"]).keys() & GROUPS["studies"].keys()
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {name} " in listed for name in ALL)


def test_an_unknown_name_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error must not run everything."""
    with pytest.raises(SystemExit, match="2"):
        main(["hotpaths"])
    assert "hotpath, coldstart" in capsys.readouterr().err
