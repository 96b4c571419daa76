"""Which chapters the demo has, and what is said of them."""

from pathlib import Path

import pytest

from infra.demo.command import CHAPTERS, run
from serin.errors import BadRequest

README = (Path(__file__).parents[3] / "README.md").read_text()


def test_the_readme_names_every_chapter_in_its_order():
    """As one types it."""
    names = ", ".join(f"`{name}`" for name in CHAPTERS).replace("`serve`", "`serin demo serve`")
    assert names in " ".join(README.split())


def test_a_chapter_that_does_not_exist_is_refused_before_anything_is_made(tmp_path):
    """With the names of those that do."""
    with pytest.raises(BadRequest, match=r"no chapter named 'spent': the demo has serve, .*, spend"):
        run(as_json=False, home=tmp_path / "home", chapters=["serve", "spent"])
    assert not (tmp_path / "home").exists()
