"""`serin export`: write a version as the folder that registers again to the same digest."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer
from rich.markup import escape

from infra.cli.session import Session
from serin.errors import BadRequest, Conflict
from serin.registry.export import folder_of
from serin.registry.folder import FILES
from serin.registry.names import ModelRef

__all__ = ["export", "write"]


def export(
    session: Session,
    version: Annotated[str, typer.Argument(metavar="MODEL@N", help="The version.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it; is created.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Write into a DIR that holds something already.")] = False,
) -> None:
    """Write a version as the model folder that it came from.

    It registers again to the same digest, also in another stage. What was found out of the version after its
    registration is not in it. Nothing in DIR is ever deleted; --force replaces files of the same names.
    """
    model, number = ModelRef.parse_version(version)
    with session.voice.progress(f"reading {version}"):
        endpoint = session.directory.get(model)
        record = session.versions(endpoint).get(model, number)
        session.voice.step(f"reading {record} ({record.artifact_bytes:,} bytes and its documents)")
        files = folder_of(record, session.bucket(endpoint).read)
        write(files, folder, force=force)
    document = {"model": model, "version": number, "digest": record.digest, "folder": str(folder), "files": [*files]}
    session.voice.result(document, escape(f"{record} is in {folder}.  Next: serin register {folder}"))


def write(files: Mapping[str, bytes], folder: Path, *, force: bool) -> None:
    """All of the files or none of them; with `force` each of them whole. Raises Conflict for what is in the way."""
    folder = folder.resolve()
    try:
        _check_room(files, folder, force=force)
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            made = beside / folder.name
            made.mkdir()
            for name, data in files.items():
                (made / name).write_bytes(data)
            _move(made, folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise BadRequest(f"{folder} can't be written: {error.strerror}. Choose another folder.") from error


def _check_room(files: Mapping[str, bytes], folder: Path, *, force: bool) -> None:
    there = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if there and not force:
        raise Conflict(f"{folder} is not empty: choose another folder, or add --force to write into it.")
    if others := sorted(there & FILES - files.keys()):
        raise Conflict(f"{folder} holds {others[0]}, which this version does not have: remove it, or choose another.")


def _move(made: Path, folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        made.rename(folder)
        return
    for file in made.iterdir():
        file.replace(folder / file.name)
