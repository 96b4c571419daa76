"""How long does a fresh sandbox take to its first answer? The bundle alone in a new Python, which reads its release
over HTTP from moto's S3 and Secrets Manager; beside it what numpy, ONNX Runtime and the model's loading take alone.

The clock starts when a function's does: Lambda's runtime is there already, and has imported what awslambdaric needs."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import boto3
import numpy as np
import orjson
from moto.server import ThreadedMotoServer

from serin.outcomes.keys import Key, Keyring
from tests.benchmarks.blocks import Block, Floats
from tests.benchmarks.hotpath_release import Event, Released

__all__ = ["cold_blocks"]

_RUNTIME = "importlib, json, logging, os, sys, time, traceback"
"""awslambdaric's own imports (its bootstrap.py)."""
_BEGIN = f"import {_RUNTIME}; began = time.perf_counter(); sys.path[:0] = [{{bundle!r}}]\n"
_END = "print('took', (time.perf_counter() - began) * 1000, file=sys.stderr)\n"
_RELEASE = """
import inference, orjson
event = orjson.loads(open({event!r}).read())
began += 0 if inference.handler(event, None)["statusCode"] == 200 else float("nan")
"""
_FLOOR = """
import numpy, onnxruntime, orjson
onnxruntime.InferenceSession({model!r}, providers=["CPUExecutionProvider"])
"""
_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}


@contextmanager
def cold_blocks(release: Released, event: Event, bundle: Path, folder: Path) -> Iterator[tuple[Block, Block]]:
    """The release's and the floor's, in milliseconds; moto answers while the context lasts."""
    (folder / "event.json").write_bytes(orjson.dumps(event))
    (folder / "model.onnx").write_bytes(release.artifact)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    environment = {**release.environment, **_KEYS, "AWS_ENDPOINT_URL": url}
    environment["SERIN_RECEIPT_SECRET"] = _filled(release, url)
    begin = _BEGIN.format(bundle=str(bundle))
    work = begin + _RELEASE.format(event=str(folder / "event.json")) + _END
    least = begin + _FLOOR.format(model=str(folder / "model.onnx")) + _END
    try:
        yield (lambda times: _run(work, environment, times)), (lambda times: _run(least, environment, times))
    finally:
        server.stop()


def _filled(release: Released, url: str) -> str:
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    s3, vault = (session.client(name, endpoint_url=url) for name in ("s3", "secretsmanager"))
    s3.create_bucket(Bucket=release.environment["SERIN_BUCKET"])
    for key, content in release.content.items():
        s3.put_object(Bucket=release.environment["SERIN_BUCKET"], Key=key, Body=content)
    return str(vault.create_secret(Name="key", SecretString=Keyring(Key.new()).to_json())["ARN"])


def _run(program: str, environment: Mapping[str, str], times: int) -> Floats:
    """As Lambda runs it: no bytecode is written, and nothing is on the path but the bundle."""
    command = [sys.executable, "-I", "-S", "-B", "-c", program]
    env = {"PATH": os.environ.get("PATH", ""), **environment}
    taken = np.empty(times)
    for number in range(times):
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        taken[number] = float(done.stderr.rsplit("took", 1)[1])
    return taken
