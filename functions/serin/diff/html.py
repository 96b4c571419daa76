"""The differences of two versions as one page, which works without a network and prints."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from serin.diff import wording
from serin.diff.difference import Difference

__all__ = ["page"]

_MOST = 300
"""Lines of a table: whoever wants all of a hundred thousand reads the JSON."""


def page(found: Difference) -> str:
    figures = found.figures
    changes = {
        "Manifest": found.manifest, "Signature": found.signature, "Graph": found.graph.changes,
        "Golden examples": found.golden, "Declared evidence": found.evidence,
    }  # fmt: skip
    rendered: str = _template().render(
        found=found,
        summary=wording.summary(found),
        changes={title: list_ for title, list_ in changes.items() if list_},
        weights=wording.weights(found.graph.weights),
        rows=(*figures.evaluated, *figures.declared, *figures.latency, figures.size),
        most=_MOST,
        say=wording,
    )
    return rendered


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("serin.diff", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("diff.html.j2")
