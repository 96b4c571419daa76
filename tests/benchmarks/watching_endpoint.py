"""One model version behind the local cloud's gateway, released with watching and without, and a client of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter_ns

import numpy as np
import orjson
from rich.console import Console

from infra import app
from infra.demo import flights, training
from infra.demo.stage import MODEL, Stage
from infra.local.running import Running, launch
from serin.aws.clients import Clients
from serin.aws.lambda_ import Functions
from serin.aws.s3 import Bucket
from serin.aws.ssm import Directory
from serin.registry.endpoints import Endpoint
from serin.rollout.release import Alias
from tests.benchmarks.blocks import Floats

__all__ = ["INPUT", "PATH", "PLAIN", "PLAIN_AGAIN", "WATCHED", "Served", "bodies", "served"]

WATCHED, PLAIN, PLAIN_AGAIN = "with watching", "without", "without, again"
INPUT, PATH = "X", f"/v2/models/{MODEL}/infer"
_ROWS = 6_000
_WARM_UP = 50
_HOUR_S = 3600.0
_WATCHING = ("SERIN_RECEIPT_SECRET", "SERIN_SKETCH_SHA256", "SERIN_CAPTURE_STREAM")


@dataclass(frozen=True)
class Served:
    """`releases` gives for each way its Lambda version."""

    running: Running
    endpoint: Endpoint
    functions: Functions
    bucket: Bucket
    releases: dict[str, str]
    bodies: list[bytes]

    def block(self, way: str, requests: int) -> Floats:
        """Microseconds at the client, one request after the other over one connection, the first 50 left out."""
        release = self.releases[way]
        self.functions.move_alias(self.endpoint.function, self.endpoint.alias, Alias(release))
        host = self.running.gateway.removeprefix("http://")
        connection = HTTPConnection(host, timeout=60)
        path, headers = f"/{self.endpoint.stage}{PATH}", {"x-api-key": next(iter(self.running.keys.values()))}
        headers |= {"Content-Type": "application/json"}
        taken = np.empty(requests + _WARM_UP)
        for number in range(requests + _WARM_UP):
            body = self.bodies[number % len(self.bodies)]
            began = perf_counter_ns()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            taken[number] = perf_counter_ns() - began
            _check(answer.status, content, release, watched=way == WATCHED)
        connection.close()
        return taken[_WARM_UP:] / 1000

    def environment(self, way: str) -> dict[str, str]:
        return self.functions.configuration(self.endpoint.function, self.releases[way]).environment


@contextmanager
def served(folder: Path, sandboxes: int = 1) -> Iterator[Served]:
    """A local cloud of one's own, with one sandbox a release: what is still done after a response delays the next.

    Its schedules rest: they would wake other functions in some blocks and not in others.
    """
    assembly, home = app.build(folder / "cdk.out"), folder / "home"
    with launch(assembly, home, max_sandboxes=sandboxes, tick=_HOUR_S) as running:
        stage = Stage(folder, home, Console(quiet=True), running)
        features, late = flights.month(1)
        trained = training.fit((1,), features[:_ROWS], late[:_ROWS], flights.times(1)[:_ROWS])
        stage.serin("register", str(training.write_folder(trained, folder / "model")), "--model", MODEL)
        watched = str(stage.serin("deploy", f"{MODEL}@1")["release"])
        clients = Clients(running.region, endpoint_url=running.aws_endpoint, key=("local", "local"))
        endpoint = Directory(clients.client("ssm"), running.stage).get(MODEL)
        functions, bucket = Functions(clients.client("lambda")), Bucket(clients.client("s3"), endpoint.bucket)
        plain = {way: _publish_plain(functions, endpoint, way) for way in (PLAIN, PLAIN_AGAIN)}
        yield Served(running, endpoint, functions, bucket, {WATCHED: watched, **plain}, bodies(features[_ROWS:]))


def bodies(features: Floats, most: int = 500) -> list[bytes]:
    """Requests of one row, as JSON; rows without a gap, for JSON has no NaN."""
    rows = features[~np.isnan(features).any(axis=1)][:most]
    tensor = {"name": INPUT, "datatype": "FP32", "shape": [1, rows.shape[1]]}
    return [orjson.dumps({"inputs": [tensor | {"data": row.tolist()}]}) for row in rows]


def _publish_plain(functions: Functions, endpoint: Endpoint, way: str) -> str:
    """The same but for what watching needs. PublishVersion makes nothing new of the same, hence the name in it."""
    latest = functions.configuration(endpoint.function)
    environment = {name: value for name, value in latest.environment.items() if name not in _WATCHING}
    functions.set_environment(endpoint.function, {**environment, "SERIN_TEAM": way}, latest.revision)
    return functions.publish(endpoint.function, functions.configuration(endpoint.function), way)


def _check(status: int, content: bytes, release: str, *, watched: bool) -> None:
    said = orjson.loads(content).get("parameters", {})
    if status != 200 or said.get("release") != release or ("receipt" in said) is not watched:
        raise AssertionError(f"release {release} should have answered: {status} {content[:300]!r}")
