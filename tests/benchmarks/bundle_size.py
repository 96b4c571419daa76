"""How large is what Lambda loads for inference, beside its three packages as pip installs them?

    python -m tests.benchmarks bundle [--json FILE]

For this machine's Python and processor. It needs a package index, or what uv has kept of one.
"""

import tempfile
import zipfile
from pathlib import Path

from infra.bundling import build_host_bundle, install_here
from serin.errors import InvalidSettings
from tests.benchmarks.line import Line
from tests.benchmarks.report import Figures, LeftOut, parser, run, table

__all__ = ["tables"]

_PACKAGES = ("numpy", "onnxruntime", "orjson")
_MB = 1_000_000
_FLOOR = f"{', '.join(_PACKAGES)} with what they need, as pip installs them"


def tables() -> Figures:
    with tempfile.TemporaryDirectory(prefix="serin-bundle-") as name:
        folder = Path(name)
        try:
            bundle = build_host_bundle(folder / "bundle")
            install_here(_PACKAGES, folder / "plain")
        except InvalidSettings as error:
            raise LeftOut(f"no packages to be had. {error}") from error
        folders = {"ours": bundle, "floor": folder / "plain"}
        sizes = {way: (_unzipped(where), _zipped(where)) for way, where in folders.items()}
    print("The inference bundle: our code, Powertools, and bytecode on top, and without what a session never loads\n")
    lines = [
        Line.exact(f"inference bundle, {form}", "MB", _FLOOR, sizes["ours"][place] / _MB, sizes["floor"][place] / _MB)
        for place, form in enumerate(("unzipped", "zipped"))
    ]
    table(("", "MB", "floor", "MB / floor"), [(o.name, o.figure.value, o.floor.value, o.ratio.value) for o in lines])
    return {"bytes": sizes, "lines": lines}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _unzipped(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _zipped(folder: Path) -> int:
    """Deflated, as it is uploaded."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder):
                archive.write(path, path.relative_to(folder))
        return file.tell()


if __name__ == "__main__":
    run({"bundle": tables}, parser(__doc__).parse_args().json)
