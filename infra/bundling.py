"""What lands in /var/task? The library, the handlers, and the locked dependencies of one kind of function, stripped.

Built by uv for the function's own architecture and Python, without Docker, and kept in `.bundles/` by its key.
"""

import fnmatch
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import uv

from serin.errors import InvalidSettings

__all__ = ["FUNCTIONS", "ROOT", "Bundle", "build_host_bundle", "has_interpreter", "install_here"]

ROOT = Path(__file__).resolve().parents[1]
FUNCTIONS = ROOT / "functions"
_CACHE = ROOT / ".bundles"
_TASK = "/var/task"
_NOT_CODE = ("__pycache__", "*.pyc", "*.egg-info")
_PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}

# Never loaded by a session in Python (tests/infra/test_bundle.py runs one without them).
_PACKAGES = ("sympy", "mpmath", "flatbuffers", "google", "bin", "share")
_NAMES = ("sympy", "mpmath", "flatbuffers", "protobuf")
_PATHS = (
    "onnxruntime/capi/libonnxruntime.so*",
    "onnxruntime/transformers",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/datasets",
    "onnxruntime/backend",
    "numpy/*/tests",
    "numpy/tests",
    "numpy/*/include",
    "numpy/_core/lib/*.a",
    "numpy/random/lib/*.a",
)
_WITHOUT_SCIPY = ("numpy/f2py",)  # scipy imports numpy by a star, which looks for it
# What an init loads that somebody waits for: the rest would only make the bundle larger.
_COMPILED = {"serving": ("numpy", "onnxruntime", "orjson", "httptools"), "control": (".",)}
_ANYWHERE = ("__pycache__", "tests", "*.pyi", "*.pyx", "*.pxd", "py.typed")


@dataclass(frozen=True, kw_only=True)
class _Target:
    extra: str
    python: str
    platform: str | None


@dataclass(frozen=True)
class Bundle:
    """For one architecture and runtime; the same two give the same bytes and the same asset.

    `extra` names the dependencies in pyproject.toml: `serving` for inference, `control` for what steers rollouts,
    `analysis` for what looks for drift.
    """

    architecture: str
    runtime: str
    salt: str = ""
    extra: str = "serving"

    def dependencies(self) -> Path:
        """The stripped dependencies for this target, from the cache when they were built before."""
        return _dependencies(self._target)

    def build(self, target: Path) -> Path:
        """Write the whole bundle into target; raises InvalidSettings when a dependency can't be had for it.

        With bytecode where this machine has the function's Python: Lambda can't keep what it compiles, so each cold
        start would compile anew.
        """
        return _assemble(self._target, target)

    @property
    def key(self) -> dict[str, str]:
        """What the asset's hash must follow beside the sources."""
        key = {"ARCHITECTURE": self.architecture, "RUNTIME": self.runtime, "LOCK": _recipe(self.extra)}
        compiled = {"BYTECODE": "yes"} if _interpreter(self._target.python) else {}
        return key | compiled | ({"SALT": self.salt} if self.salt else {})

    @property
    def _target(self) -> _Target:
        python, platform = self.runtime.removeprefix("python"), _PLATFORMS[self.architecture]
        return _Target(extra=self.extra, python=python, platform=platform)


def build_host_bundle(target: Path, extra: str = "serving") -> Path:
    """The same bundle for this machine's Python and processor: what the local cloud and CI run in its place."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return _assemble(_Target(extra=extra, python=version, platform=None), target)


def install_here(wanted: Iterable[str], into: Path) -> None:
    """These packages in their locked versions, as pip installs them for this machine. Raises InvalidSettings."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    _uv(_Target(extra=" and ".join(wanted), python=python, platform=None), wanted, into)


def _assemble(wanted: _Target, target: Path) -> Path:
    shutil.copytree(_dependencies(wanted), target, dirs_exist_ok=True, copy_function=_link)
    shutil.copytree(FUNCTIONS, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_NOT_CODE))
    _compile(wanted, target, [one.name for one in FUNCTIONS.iterdir()])
    return target


def _compile(wanted: _Target, bundle: Path, names: Iterable[str]) -> None:
    """Never checked against its source: in a bundle nothing changes, and times don't survive the zip file."""
    interpreter = _interpreter(wanted.python)
    if interpreter is None:
        return
    paths = [str(bundle / name) for name in names if (bundle / name).exists()]
    command = [interpreter, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(bundle), "-p", _TASK, *paths]
    subprocess.run(command, capture_output=True, check=False)  # what can't be compiled stays source


def has_interpreter(version: str) -> bool:
    """Is this Python on this machine, so that its bytecode can be made?"""
    return _interpreter(version) is not None


@cache
def _interpreter(version: str) -> str | None:
    """Of this Python, on this machine: only its own bytecode is read."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    command = [uv.find_uv_bin(), "python", "find", "--no-python-downloads", "--no-project", version]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or None


def _link(source: str, target: str) -> None:
    """A hard link costs no room; across file systems it has to be a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _dependencies(target: _Target) -> Path:
    where = f"{target.extra}-{target.platform or f'{sys.platform}-{platform.machine()}'}"
    where += "-compiled" if _interpreter(target.python) else ""
    built = _CACHE / f"{where}-{target.python}-{_recipe(target.extra)[:16]}"
    if not built.exists():
        _CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as fresh:
            unpacked = Path(fresh) / "bundle"
            _install(target, unpacked)
            strip(unpacked)
            _compile(target, unpacked, _COMPILED.get(target.extra, ()))
            _keep(unpacked, built)
        for old in _CACHE.glob(f"{where}-{target.python}-*"):
            if old != built:
                shutil.rmtree(old, ignore_errors=True)
    return built


def _keep(unpacked: Path, built: Path) -> None:
    try:
        unpacked.rename(built)
    except OSError:
        if not built.exists():  # otherwise another synthesis was first, with the same bytes
            raise


def _install(target: _Target, into: Path) -> None:
    _uv(target, _wanted(target.extra), into)


def _uv(target: _Target, wanted: Iterable[str], into: Path) -> None:
    command = [uv.find_uv_bin(), "pip", "install", "--quiet", "--no-progress", "--target", str(into)]
    command += ["--python", sys.executable]
    command += ["--python-version", target.python, "--only-binary", ":all:", "-c", str(_lock()), "--link-mode", "copy"]
    command += ["--python-platform", target.platform] if target.platform else []
    command += wanted
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=os.environ | _index())
    if done.returncode:
        where = f"Python {target.python} on {target.platform or 'this machine'}"
        raise InvalidSettings(f"the {target.extra} dependencies can't be had for {where}:\n{done.stderr.strip()}")


def _index() -> dict[str, str]:
    """uv does not read pip's configuration: tell it of the index that pip uses, where there is one."""
    if {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & os.environ.keys():
        return {}
    ask = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    url = os.environ.get("PIP_INDEX_URL") or subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    return {"UV_DEFAULT_INDEX": url.strip()} if url.strip() else {}


def strip(bundle: Path) -> None:
    """Take away what a session never loads, and of each dist-info all but its name and version."""
    for name in _PACKAGES:
        _remove(bundle / name)
    more = () if (bundle / "scipy").exists() else _WITHOUT_SCIPY
    for pattern in (*_PATHS, *more, "isympy.py", *(f"{name}-*.dist-info" for name in _NAMES)):
        for found in list(bundle.glob(pattern)):
            _remove(found)
    for found in sorted(bundle.rglob("*"), reverse=True):
        unwanted = any(fnmatch.fnmatch(found.name, pattern) for pattern in _ANYWHERE)
        if unwanted or (found.parent.suffix == ".dist-info" and found.name != "METADATA"):
            _remove(found)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _wanted(extra: str) -> list[str]:
    extras: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    return extras[extra]


def _lock() -> Path:
    lock = ROOT / "requirements.lock"
    if not lock.is_file():
        raise InvalidSettings("requirements.lock is missing: a bundle is built from locked dependencies alone")
    return lock


def _recipe(extra: str) -> str:
    """A digest of everything that decides which dependencies are in the bundle, and what is stripped of them."""
    lock = ROOT / "requirements.lock"
    parts = [Path(__file__).read_bytes(), "\n".join(_wanted(extra)).encode()]
    parts.append(lock.read_bytes() if lock.is_file() else b"")
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
