"""Where is the code of a release on disk, and with which Python does it run?"""

import os
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path

from infra.local.release import Release

__all__ = ["CodeStore"]

LAUNCHER = Path(__file__).with_name("launcher.py")
IN_LAMBDA_RUNTIME = ("awslambdaric", "simplejson", "snapshot-restore-py", "boto3", "botocore", "jmespath",
                     "s3transfer", "python-dateutil", "six", "urllib3")  # fmt: skip


@dataclass(frozen=True)
class CodeStore:
    """Unzipped releases under `home`, each once, by the hash of its zip."""

    home: Path
    bundled: bool = False

    def folder(self, release: Release) -> Path:
        """Unzips on first use; safe to call from several threads and processes at once."""
        target = self.home / "code" / sha256(release.code).hexdigest()[:32]
        if not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(dir=target.parent))
            _unzip(release.code, staging)
            _settle(staging, target)
        return target

    def command(self, folder: Path, handler: str) -> tuple[list[str], str]:
        """The command line and its PYTHONPATH. A bundle sees itself and Lambda's runtime, and nothing else."""
        start = [str(LAUNCHER), str(os.getpid()), handler]
        if self.bundled or (folder / "numpy").is_dir():
            base = getattr(sys, "_base_executable", None) or sys.executable
            return [base, "-S", "-s", "-P", *start], f"{folder}{os.pathsep}{self._runtime()}"
        return [sys.executable, "-s", "-P", *start], str(folder)

    def _runtime(self) -> Path:
        """What Lambda has in /var/runtime (awslambdaric, boto3), copied from the packages installed here."""
        versions = [f"{name}=={distribution(name).version}" for name in IN_LAMBDA_RUNTIME]
        target = self.home / "runtime" / sha256(" ".join(versions).encode()).hexdigest()[:16]
        if not target.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(dir=target.parent))
            for name in IN_LAMBDA_RUNTIME:
                _copy_package(name, staging)
            _settle(staging, target)
        return target


def _settle(staging: Path, target: Path) -> None:
    try:
        staging.rename(target)
    except OSError:  # somebody else was first
        shutil.rmtree(staging)


def _copy_package(name: str, target: Path) -> None:
    package = distribution(name)
    for file in package.files or []:
        if not file.parts[0].startswith((".", "__pycache__")):
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(package.locate_file(file)), target / file)


def _unzip(content: bytes, target: Path) -> None:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        archive.extractall(target)
        for entry in archive.infolist():
            if mode := entry.external_attr >> 16 & 0o777:
                (target / entry.filename).chmod(mode | 0o600)
