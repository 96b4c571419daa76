"""What came of a version's predictions: the outcomes so far, realised quality, calibration and what they were worth."""

from collections.abc import Iterable
from typing import Any

from rich.table import Table

from infra.cli.session import Session
from serin.outcomes.quality import Quality
from serin.registry.endpoints import Endpoint

__all__ = ["quality_table", "realised"]

_ALL = "all"


def realised(session: Session, endpoint: Endpoint, versions: Iterable[int]) -> list[dict[str, Any]]:
    """By version, over all windows that were counted; versions without outcomes are not there."""
    found = []
    for version in sorted(versions):
        windows = session.outcomes(endpoint).qualities(endpoint.model, version)
        if windows:
            whole = sum((segments[_ALL] for segments in windows.values()), Quality())
            found.append({"version": version, "windows": len(windows), **whole.summary()})
    return found


def quality_table(rows: Iterable[tuple[str, dict[str, Any]]]) -> Table:
    table = Table("version", "outcomes", "realised", "calibration error", "worth per prediction", box=None)
    for model, row in rows:
        table.add_row(
            f"{model}@{row['version']}",
            f"{row['n']:,}",
            _figures(row, ("auc", "brier", "rmse", "mae", "rate")),
            f"{row['calibration_error']:.3f}" if "calibration_error" in row else "",
            _figures(row, [name for name in row if name.startswith("kpi_")]),
        )
    return table


def _figures(row: dict[str, Any], names: Iterable[str]) -> str:
    return ", ".join(f"{name.removeprefix('kpi_')} {row[name]:.4g}" for name in names if row.get(name) is not None)
