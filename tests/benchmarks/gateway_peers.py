"""Servers to measure the gateway against, each a process of its own: `python -m tests.benchmarks.gateway_peers NAME`.

`floor` reads requests with httptools on uvloop and writes the same bytes each time. `fastapi MODEL` is FastAPI,
onnxruntime and orjson with one uvicorn worker: at /bare it parses the body itself and checks nothing, at /typed
pydantic does, as FastAPI's manual has it. Neither has keys, limits, metering, receipts, watching, or more than one
process.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import httptools
import uvloop

from infra.local.running import environment

__all__ = ["peer"]

_ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 15\r\ncontent-type: application/json\r\n\r\n{"outputs": []}'


@contextmanager
def peer(*words: str) -> Iterator[str]:
    """Its URL, while it runs."""
    command = [sys.executable, "-m", "tests.benchmarks.gateway_peers", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class _Floor(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.transport.write(_ANSWER)


async def _floor() -> None:
    server = await asyncio.get_running_loop().create_server(_Floor, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _fastapi(model: str) -> None:
    import socket

    import numpy as np
    import onnxruntime as ort
    import orjson
    import uvicorn
    from fastapi import FastAPI, Request, Response
    from pydantic import BaseModel

    class Tensor(BaseModel):
        name: str
        datatype: str
        shape: list[int]
        data: list[float]

    class Inference(BaseModel):
        inputs: list[Tensor]

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names, app = [output.name for output in session.get_outputs()], FastAPI()

    def answer(name: str, data: list[float], shape: list[int]) -> Response:
        arrays = session.run(names, {name: np.array(data, np.float32).reshape(shape)})
        outputs = [
            {"name": one, "shape": array.shape, "data": array.ravel()} for one, array in zip(names, arrays, strict=True)
        ]
        content = orjson.dumps({"outputs": outputs}, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(content, media_type="application/json")

    @app.post("/bare")
    async def bare(request: Request) -> Response:
        (given,) = orjson.loads(await request.body())["inputs"]
        return answer(given["name"], given["data"], given["shape"])

    @app.post("/typed")
    async def typed(inference: Inference) -> Response:
        (given,) = inference.inputs
        return answer(given.name, given.data, given.shape)

    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    config = uvicorn.Config(app, access_log=False, log_level="warning", loop="uvloop", http="httptools")
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    name, *more = sys.argv[1:]
    if name == "floor":
        uvloop.run(_floor())
    else:
        _fastapi(*more)
