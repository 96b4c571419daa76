"""How much CPU time does a request take, and how much memory the process that answers it? Asked of a fresh process
(`python -m serin.optimize.probe FOLDER`), as the one that asks has loaded much more than the function does."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from serin.errors import BadRequest
from serin.serving import session
from serin.serving.limits import Limits
from serin.serving.service import Service

__all__ = ["Probed", "probe"]

_WARM_UP, _FEWEST, _MOST, _PATIENCE_S = 50, 200, 3000, 10.0
_TIMEOUT_S = 300


@dataclass(frozen=True)
class Probed:
    """Of each request, from event to response, and of the process at its largest."""

    cpu_ns: tuple[int, ...]
    process_mb: float


def probe(model: str, artifact: bytes, manifest: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> Probed:
    """Raises BadRequest where the model does not answer these requests."""
    with TemporaryDirectory(prefix="serin-probe-") as name:
        folder = Path(name)
        (folder / "model.onnx").write_bytes(artifact)
        for file, content in (("manifest", manifest), ("events", events), ("model", model)):
            (folder / f"{file}.json").write_text(json.dumps(content))
        done = subprocess.run(
            [sys.executable, "-m", "serin.optimize.probe", name],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1][:300]
        raise BadRequest(f"{model} can't be measured on these rows: {why}")
    found = json.loads(done.stdout)
    return Probed(tuple(found["cpu_ns"]), found["process_mb"])


def _main(folder: Path) -> None:
    manifest, events, model = (
        json.loads((folder / f"{file}.json").read_text()) for file in ("manifest", "events", "model")
    )
    loaded = session.load((folder / "model.onnx").read_bytes())
    service = Service.from_model(loaded, Limits.from_manifest(manifest), name=model)
    for event in events:
        answer = service.handle(event)
        if answer["statusCode"] != 200:
            raise SystemExit(f"it answers {answer['statusCode']}: {answer['body'][:200]}")
    print(json.dumps({"cpu_ns": _taken(service, events), "process_mb": round(_process_mb(), 1)}))


def _taken(service: Service, events: Sequence[Mapping[str, Any]]) -> list[int]:
    for number in range(_WARM_UP):
        service.handle(events[number % len(events)])
    taken: list[int] = []
    began = time.monotonic()
    while len(taken) < _FEWEST or (len(taken) < _MOST and time.monotonic() - began < _PATIENCE_S):
        start = time.process_time_ns()
        service.handle(events[len(taken) % len(events)])
        taken.append(time.process_time_ns() - start)
    return taken


def _process_mb() -> float:
    """On Linux ru_maxrss begins with what the process that started this one had: VmHWM is its own."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
