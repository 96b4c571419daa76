"""Which rows were captured that two versions can both be asked about?"""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.cli.query import ask
from infra.cli.session import Session
from serin.diff.version import Version
from serin.errors import BadRequest
from serin.registry.endpoints import Captured, Endpoint
from serin.registry.manifest import Feature

__all__ = ["captured"]

_MOST = 10_000


def captured(session: Session, endpoints: Sequence[Endpoint], *versions: Version) -> list[dict[str, Any]]:
    """The newest rows by feature, None for what is missing, of those versions that have the features of both.

    Raises BadRequest where there is none, with the reason.
    """
    features = {feature.name: feature for version in versions for feature in version.features}
    if hidden := sorted(name for name, feature in features.items() if feature.sensitive):
        raise BadRequest(f"{', '.join(hidden)} can't be captured as it is: give rows with --data.")
    if not any(endpoint.captured for endpoint in endpoints):
        raise BadRequest("the stack does not say where predictions are captured.")
    asked = list(_asked(endpoints, versions, features))
    if not asked:
        raise BadRequest("neither version reads all features of both: give rows with --data.")
    rows = [row for where, number in asked for row in _rows(session, where, number, features, _MOST // len(asked))]
    if not rows:
        raise BadRequest("none were captured of these versions.")
    return rows


def _asked(
    endpoints: Sequence[Endpoint], versions: Sequence[Version], features: dict[str, Feature]
) -> Iterator[tuple[Captured, int]]:
    """Each version once: where its rows are."""
    found = {}
    for endpoint, version in zip(endpoints, versions, strict=True):
        if endpoint.captured and {feature.name for feature in version.features} == features.keys():
            found[endpoint.captured.table, version.record.number] = endpoint.captured
    for (_, number), where in found.items():
        yield where, number


def _rows(
    session: Session, where: Captured, number: int, features: dict[str, Feature], most: int
) -> list[dict[str, Any]]:
    """Every feature is a column, as maps are written differently by everyone who answers."""
    picked = ", ".join(f"{_element(feature)} as f{place}" for place, feature in enumerate(features.values()))
    chosen = f"where version = {number} order by predicted_at desc limit {most}"
    sql = f'select {picked} from "{where.table}" {chosen}'  # noqa: S608 - table and features are checked, and quoted
    return [dict(zip(features, row, strict=True)) for row in ask(session, where, sql, most).rows]


def _element(feature: Feature) -> str:
    """Null where the map has no such key: a subscript alone fails on Athena, and element_at gives DuckDB a list."""
    name = feature.name.replace("'", "''")
    return f"try({'texts' if feature.type == 'string' else 'numbers'}['{name}'])"
