"""A model card as Markdown, which goes into any repository, and as a page made from it."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markupsafe import Markup

from serin.card.document import TEXTS
from serin.card.escape import escaped, paragraphs

__all__ = ["html", "markdown"]

_GAP = re.compile(r"\n{3,}")


def markdown(document: Mapping[str, Any]) -> str:
    """Of what `card_document` gives. Every text in it is escaped."""
    rendered: str = _environment().get_template("card.md.j2").render(card=document, expected=TEXTS)
    return _GAP.sub("\n\n", "\n".join(line.rstrip() for line in rendered.strip().split("\n"))) + "\n"


def html(document: Mapping[str, Any]) -> str:
    """The same on a page that runs nothing and asks no network."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown(document))
    title = f"{document['model']}@{document['version']}: model card"
    return _page().render(title=title, body=Markup(body))


@cache
def _environment() -> Environment:
    """Jinja's autoescape knows HTML only: `finalize` does the same for Markdown."""
    environment = Environment(
        loader=PackageLoader("serin.card", ""), autoescape=False, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_finalized,
    )  # fmt: skip
    environment.filters["paragraphs"] = lambda text: Plain(paragraphs(text))
    environment.filters["title"] = lambda name: name.replace("_", " ").capitalize()
    environment.filters["figure"] = _figure
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["interval"] = lambda one: f"{_figure(one['low'])} to {_figure(one['high'])}"
    environment.filters["shape"] = lambda sizes: " × ".join("any" if one < 0 else str(one) for one in sizes) or "one"
    environment.filters["words"] = _words
    return environment


class Plain(str):
    """Markdown already."""

    __slots__ = ()


def _finalized(value: Any) -> Any:
    """Escaped wherever it is put out, so that no template can forget it."""
    return value if isinstance(value, Plain) else escaped(value)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _words(value: Any) -> str:
    """A table or a list of a manifest on a line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


@cache
def _page() -> Template:
    loader = ChoiceLoader([PackageLoader("serin.card", ""), PackageLoader("serin.diff", "")])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("card.html.j2")
