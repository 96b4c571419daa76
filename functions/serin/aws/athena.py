"""Questions in SQL to Athena: asked once, waited for with patience, and stopped when nobody waits any more."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from serin.aws.failures import call
from serin.errors import BadRequest, Unavailable

__all__ = ["Answer", "Athena"]

_PAGE = 1000
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
_NUMBERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint"), int),
    **dict.fromkeys(("float", "real", "double"), float),
    "boolean": lambda text: text == "true",
}


@dataclass(frozen=True)
class Answer:
    """`cut` says that there are more rows; `scanned_bytes` is what AWS charges for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool = False
    scanned_bytes: int = 0


class Athena:
    def __init__(self, client: Any, workgroup: str, database: str, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._workgroup, self._database, self._pause = client, workgroup, database, pause

    def ask(self, sql: str, most: int, patience_s: float = 300.0) -> Answer:
        """At most so many rows. Raises BadRequest with Athena's own words, Unavailable when it takes longer.

        Whoever is interrupted stops the query, which would cost on.
        """
        query = call(
            self._client.start_query_execution,
            QueryString=sql,
            ClientRequestToken=str(uuid4()),
            QueryExecutionContext={"Database": self._database},
            WorkGroup=self._workgroup,
        )["QueryExecutionId"]
        try:
            done = self._await(query, patience_s)
        except BaseException:
            call(self._client.stop_query_execution, QueryExecutionId=query)
            raise
        scanned = int(done.get("Statistics", {}).get("DataScannedInBytes", 0))
        columns, rows = self._results(query, most + 1)
        return Answer(columns, tuple(rows[:most]), len(rows) > most, scanned)

    def _await(self, query: str, patience_s: float) -> dict[str, Any]:
        waited, wait = 0.0, 0.25
        while waited < patience_s:
            execution: dict[str, Any] = call(self._client.get_query_execution, QueryExecutionId=query)["QueryExecution"]
            status = execution["Status"]
            if status["State"] == "SUCCEEDED":
                return execution
            if status["State"] in _ENDED:
                raise BadRequest(f"Athena: {status.get('StateChangeReason') or status['State'].lower()}")
            self._pause(wait)
            waited, wait = waited + wait, min(wait * 1.5, 3.0)
        raise Unavailable(
            f"Athena did not answer within {patience_s:.0f} s, so the query was stopped: narrow it by day."
        )

    def _results(self, query: str, most: int) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        names: tuple[str, ...] = ()
        rows: list[tuple[Any, ...]] = []
        for page in self._pages(query):
            about = page["ResultSetMetadata"]["ColumnInfo"]
            lines = page["Rows"] if names else page["Rows"][1:]  # the first line of all holds the names
            names = tuple(one["Name"] for one in about)
            rows += [_row(line["Data"], [one["Type"] for one in about]) for line in lines]
            if len(rows) >= most:
                break
        return names, rows[:most]

    def _pages(self, query: str) -> Iterator[dict[str, Any]]:
        arguments = {"QueryExecutionId": query, "MaxResults": _PAGE}
        while True:
            page = call(self._client.get_query_results, **arguments)
            yield page["ResultSet"]
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]


def _row(cells: Sequence[dict[str, str]], kinds: Sequence[str]) -> tuple[Any, ...]:
    """Athena writes all values as text, and leaves out what is null."""
    return tuple(
        None if "VarCharValue" not in cell else _NUMBERS.get(kind, str)(cell["VarCharValue"])
        for cell, kind in zip(cells, kinds, strict=True)
    )
