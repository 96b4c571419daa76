"""`serin predict`: one request to an endpoint, from rows as people write them."""

import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from rich.table import Table

from infra.cli.ask import TIMEOUT, ask
from infra.cli.live import live_of
from infra.cli.session import Session
from serin.errors import InvalidInput, NotReady
from serin.registry.endpoints import Endpoint
from serin.registry.names import ModelRef
from serin.registry.rows import is_request, request_of_rows
from serin.registry.stored import read_document

__all__ = ["predict"]


def predict(
    session: Session,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.", show_default=False)],
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="JSON; '-' is stdin.")] = "-",
    plan: Annotated[str | None, typer.Option(help="Use this client plan's API key.", show_default="the first")] = None,
    key: Annotated[
        str | None, typer.Option(help="Use this API key.", envvar="SERIN_API_KEY", show_default=False)
    ] = None,
) -> None:
    """Send rows to an endpoint and print what it predicts.

    FILE holds a row {"feature": value, …}, a list of them, or a whole Open Inference Protocol request.
    """
    ref = ModelRef.parse(model)
    document = _read(file)
    with session.voice.progress(f"asking {ref}"):
        endpoint = session.directory.get(ref.model)
        request = document if is_request(document) else request_of_rows(document, _manifest(session, endpoint, ref))
        secret = key or session.key(endpoint, plan)
        with httpx.Client(timeout=TIMEOUT) as client:
            answer = ask(client, _url(endpoint, ref), secret, request)
    session.voice.result(answer, _picture(answer))


def _read(file: str) -> Any:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return orjson.loads(data)
    except OSError as error:
        raise InvalidInput(f"{file} can't be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"{'stdin' if file == '-' else file} is not JSON: {error}.") from error


def _manifest(session: Session, endpoint: Endpoint, ref: ModelRef) -> dict[str, Any]:
    version = ref.version or live_of(session, endpoint).model_version
    if version is None:
        raise NotReady(f"{endpoint.model} has no model live yet: run serin deploy {endpoint.model}@N.")
    record = session.versions(endpoint).get(endpoint.model, version)
    manifest: dict[str, Any] = read_document(session.bucket(endpoint).read, record.manifest)
    return manifest


def _url(endpoint: Endpoint, ref: ModelRef) -> str:
    version = f"/versions/{ref.version}" if ref.version else ""
    return f"{endpoint.api_url.rstrip('/')}/v2/models/{ref.model}{version}/infer"


def _picture(answer: dict[str, Any]) -> Table:
    outputs = answer.get("outputs", [])
    table = Table("row", *(output["name"] for output in outputs), box=None)
    rows = max((output["shape"][0] if output["shape"] else 1 for output in outputs), default=0)
    for row in range(rows):
        table.add_row(str(row + 1), *(_cell(output, row) for output in outputs))
    return table


def _cell(output: dict[str, Any], row: int) -> str:
    data, shape = output["data"], output["shape"]
    width = len(data) // shape[0] if shape and shape[0] else len(data)
    return ", ".join(
        f"{value:.6g}" if isinstance(value, float) else str(value) for value in data[row * width :][:width]
    )
