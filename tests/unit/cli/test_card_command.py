"""`serin card`: to stdout or to a file, as Markdown, a page or a document."""

import json
from pathlib import Path

from tests.unit.cli.conftest import Serin
from tests.unit.diff.test_page import check_html
from tests.unit.registry.folders import write_folder


def test_a_card_is_markdown_a_page_or_a_document(serin: Serin, tmp_path: Path) -> None:
    """The end of the file's name tells a page; what does not exist has its exit code."""
    assert serin("register", write_folder(tmp_path / "m"), "--model", "churn").exit_code == 0
    done = serin("card", "churn@1")
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("# churn@1\n")
    assert "team growth, tier low" in done.stdout
    assert serin("card", "churn@1", "--output", tmp_path / "card.html").stdout == ""
    check_html((tmp_path / "card.html").read_text())
    assert serin("card", "churn@1", "--html").stdout == (tmp_path / "card.html").read_text()
    document = json.loads(serin("card", "churn@1", "--json", "--output", tmp_path / "card.md").stdout)
    assert (document["model"], document["live"], document["evaluation"]) == ("churn", False, None)
    assert (tmp_path / "card.md").read_text() == done.stdout
    assert (serin("card", "churn@2").exit_code, serin("card", "churn").exit_code) == (5, 2)
