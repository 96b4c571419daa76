"""`serin outcomes import`: outcomes from a file, sent as any client would send them."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.progress import Progress

from infra.cli.ask import TIMEOUT, ask
from infra.cli.outcome_file import rows
from infra.cli.session import Session
from serin.errors import InvalidInput
from serin.registry.endpoints import Endpoint
from serin.registry.names import check_name

__all__ = ["import_outcomes"]

_BATCH, _AT_ONCE = 100, 4
_SHOWN = 5


def import_outcomes(
    session: Session,
    file: Annotated[Path, typer.Argument(help="A csv, parquet or jsonl file.", show_default=False)],
    model: Annotated[
        str | None, typer.Option(help="Whose client plan to use.", show_default="the stage's first endpoint")
    ] = None,
    plan: Annotated[str | None, typer.Option(help="The client plan.", show_default="the endpoint's first")] = None,
) -> None:
    """Send the outcomes of a file to the endpoint's stage, with progress.

    Columns are receipt, row (0 where it is missing), outcome, observed_at, and kpi or kpi_NAME. It can be stopped and
    run again: it goes on where it was, and what was counted already changes nothing. Refused rows end it with exit code
    2, after all the others were sent.
    """
    endpoint = session.directory.get(check_name(model)) if model else _first(session)
    items, mark = list(rows(file)), file.with_name(file.name + ".sent")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    begin = _done(mark, digest)
    totals = {"accepted": 0, "repeated": 0, "skipped": min(begin, len(items))}
    rejected: list[dict[str, Any]] = []
    key, url = session.key(endpoint, plan), f"{endpoint.api_url.rstrip('/')}/outcomes"
    with httpx.Client(timeout=TIMEOUT) as client, Progress(console=session.voice.err, transient=True) as bar:
        task = bar.add_task("sending outcomes", total=len(items), completed=begin)
        send = partial(ask, client, url, key)
        for start, batch, answer in _sent(send, items, begin):
            totals["accepted"] += answer["accepted"]
            totals["repeated"] += answer["repeated"]
            rejected += [{**one, "index": one["index"] + start} for one in answer["rejected"]]
            mark.write_bytes(orjson.dumps({"sha256": digest, "sent": start + len(batch)}))
            bar.advance(task, len(batch))
    mark.unlink(missing_ok=True)
    sentence = f"{totals['accepted']:,} accepted, {totals['repeated']:,} known before, {len(rejected):,} refused"
    session.voice.result({**totals, "rejected": rejected}, sentence)
    if rejected:
        first = "; ".join(f"row {one['index']}: {one['reason']}" for one in rejected[:_SHOWN])
        raise InvalidInput(f"{len(rejected)} of {len(items)} outcomes were refused: {first}.")


def _first(session: Session) -> Endpoint:
    endpoints = session.directory.all()
    if not endpoints:
        raise InvalidInput("This stage has no endpoint: add one to cdk.json and deploy the stack.")
    return endpoints[0]


def _sent(
    send: Callable[[dict[str, Any]], dict[str, Any]], items: list[dict[str, Any]], begin: int
) -> Iterator[tuple[int, list[dict[str, Any]], dict[str, Any]]]:
    """Each batch with its answer, in their order, several of them under way at a time: what was yielded is safe."""
    waiting: deque[tuple[int, list[dict[str, Any]], Future[dict[str, Any]]]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start, batch in _batches(items, begin):
            waiting.append((start, batch, pool.submit(send, {"outcomes": batch})))
            if len(waiting) == _AT_ONCE:
                first, sent, answer = waiting.popleft()
                yield first, sent, answer.result()
        for first, sent, answer in waiting:
            yield first, sent, answer.result()


def _batches(items: list[dict[str, Any]], begin: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    for start in range(begin, len(items), _BATCH):
        yield start, items[start : start + _BATCH]


def _done(mark: Path, digest: str) -> int:
    """How many were sent by a run that was stopped; 0 where the file is another one by now."""
    try:
        known = orjson.loads(mark.read_bytes())
        return int(known["sent"]) if known["sha256"] == digest else 0
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return 0
