"""The demo's background clients, against a server that answers as a release does."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import orjson
import pytest

from infra.demo.live_traffic import CLIENTS, PER_SECOND, flowing
from infra.demo.traffic import Endpoint

BROKEN = 2.0
ROWS = np.array([[0.0], [1.0], [BROKEN], [np.nan]], np.float32)


class Release(BaseHTTPRequestHandler):
    """Answers what it was asked, and fails where the row is 2."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        length = int(self.headers.get("Inference-Header-Content-Length", len(body)))
        asked = orjson.loads(body[:length])
        tail = np.frombuffer(body[length:], np.float32)
        value = float(tail[0]) if len(tail) else asked["inputs"][0]["data"][0]
        if value == BROKEN:
            self._say(500, {"error": "no memory"})
        else:
            self._say(200, _outputs(0.0 if np.isnan(value) else value))

    def _say(self, status, document):
        content = orjson.dumps(document)
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Nothing on the console of a test."""


def _outputs(value):
    label = {"name": "label", "datatype": "INT64", "shape": [1], "data": [int(value)]}
    probabilities = {"name": "probabilities", "datatype": "FP32", "shape": [1, 2], "data": [1 - value, value]}
    return {"parameters": {"release": "7"}, "outputs": [label, probabilities]}


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Release)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Endpoint(f"127.0.0.1:{server.server_port}", "key", "flights", "X")
    server.shutdown()
    server.server_close()


def test_every_request_has_a_fate(endpoint):
    """Answers with their release, failures with their status, in JSON and in binary, and nothing is left open."""
    with flowing(endpoint, ROWS) as live:
        live.await_answers(20, others_than=6, or_else=lambda: False)
    assert live.sent == len(live.fates) >= 20
    for fate in live.fates:
        assert fate.answered >= fate.sent
        if fate.row == BROKEN:
            assert (fate.status, fate.release) == ("500", None)
            assert "no memory" in fate.error
        else:
            assert (fate.release, fate.label, fate.error) == (7, int(fate.row == 1), None)


def test_a_server_that_is_gone_is_a_fate_too():
    """The connection is refused, the clients go on, at their pace."""
    gone = Endpoint("127.0.0.1:9", "key", "flights", "X")
    with flowing(gone, ROWS) as live:
        threading.Event().wait(0.2)
    assert CLIENTS <= live.sent == len(live.fates) <= 0.2 * PER_SECOND * 2
    assert all(fate.error and fate.status is None for fate in live.fates)


def test_waiting_ends_where_no_other_release_answers(endpoint):
    """Answers of the release that was live before do not count."""
    looks = iter([False, True])
    with flowing(endpoint, ROWS) as live:
        live.await_answers(1, others_than=7, or_else=lambda: next(looks))
    assert next(looks, None) is None
