"""Work after the response, against an Extensions API that a test holds in its hands."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import pytest

from serin.serving.after_response import AfterResponse
from serin.serving.extension_poll import ExtensionPoll
from serin.serving.service import Service
from serin.serving.session import load


class ExtensionsApi:
    """Hands out the events that a test puts in; `asked` gets an entry whenever the extension asks for the next."""

    def __init__(self):
        self.events, self.asked, self.registered = Queue(), Queue(), {}
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.registered = {"path": self.path, "name": self.headers["Lambda-Extension-Name"], **json.loads(body)}
                self.answer(200, {}, {"Lambda-Extension-Identifier": "id-1"})

            def do_GET(self):
                api.asked.put((self.path, self.headers["Lambda-Extension-Identifier"]))
                self.answer(*api.events.get())

            def answer(self, status, document, headers=None):
                body = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    def invoke(self, request_id, seconds=10.0):
        deadline = int((time.time() + seconds) * 1000)
        self.events.put((200, {"eventType": "INVOKE", "requestId": request_id, "deadlineMs": deadline}))

    def wait_for_next(self):
        return self.asked.get(timeout=5)


@pytest.fixture
def api():
    api = ExtensionsApi()
    yield api
    for _ in range(3):
        api.events.put((500, {}))
    api.server.shutdown()


def test_it_registers_for_invoke_only(api):
    """An internal extension that asked for SHUTDOWN would be refused."""
    AfterResponse.start(api.address)
    assert api.registered == {
        "path": "/2020-01-01/extension/register", "name": "serin-after-response", "events": ["INVOKE"],
    }  # fmt: skip
    assert api.wait_for_next() == ("/2020-01-01/extension/event/next", "id-1")


def test_it_asks_for_the_next_only_when_the_work_is_done(api):
    """Until then Lambda keeps the sandbox awake."""
    after = AfterResponse.start(api.address)
    api.wait_for_next()
    gate, done = threading.Event(), Queue()
    api.invoke("r1")
    after.submit("r1", lambda: (gate.wait(5), done.put(threading.current_thread().name)))
    assert api.asked.empty()
    gate.set()
    assert done.get(timeout=5) == "after-response"
    api.wait_for_next()


def test_work_that_fails_does_not_end_the_thread(api, caplog):
    """The next invocation's work still runs, and the log says what failed."""
    after = AfterResponse.start(api.address)
    api.wait_for_next()
    done = Queue()
    for request_id, work in ("r1", lambda: 1 / 0), ("r2", lambda: done.put("ran")):
        api.invoke(request_id)
        after.submit(request_id, work)
        api.wait_for_next()
    assert done.get(timeout=5) == "ran"
    assert "ZeroDivisionError" in caplog.text


def test_a_handler_that_never_ran_holds_nobody_beyond_its_deadline(api):
    """The work of the invocation after it is not mistaken for its own."""
    after = AfterResponse.start(api.address)
    api.wait_for_next()
    api.invoke("lost", seconds=0.05)
    api.wait_for_next()
    done = Queue()
    after.submit("late", lambda: done.put("late"))
    after.submit("r2", lambda: done.put("r2"))
    api.invoke("r2")
    api.wait_for_next()
    assert [done.get(timeout=5), done.get(timeout=5)] == ["late", "r2"]


def test_an_api_that_stays_away_makes_work_inline(api):
    """After three failures in a row nothing waits in a queue that nobody reads."""
    after = AfterResponse.start(api.address)
    done = Queue()
    after.submit("r1", lambda: done.put("drained"))
    for _ in range(3):
        api.events.put((500, {}))
    assert done.get(timeout=5) == "drained"
    after.submit("r2", lambda: done.put(threading.current_thread().name))
    assert done.get(timeout=5) in {"MainThread", "after-response"}


def test_one_failure_is_survived(api):
    """A restored snapshot's first request on the old socket fails; the second gets through."""
    after = AfterResponse.start(api.address)
    api.events.put((500, {}))
    done = Queue()
    api.invoke("r1")
    after.submit("r1", lambda: done.put("ran"))
    assert done.get(timeout=5) == "ran"


def test_the_shutdown_runs_what_is_still_queued(api):
    """Work whose invocation the extension was never told of; then it is gone, and does not run again."""
    after, done = AfterResponse.start(api.address), []
    for number in range(3):
        after.submit("r", lambda number=number: done.append(number))
    after.finish()
    after.finish()
    assert done == [0, 1, 2]


def test_the_shutdown_waits_for_the_work_in_hand(api):
    """Up to a limit: what has begun on the extension's thread ends before the rest runs."""
    after, order, begun, gate = AfterResponse.start(api.address), Queue(), threading.Event(), threading.Event()
    api.wait_for_next()
    after.submit("r1", lambda: (begun.set(), gate.wait(5), order.put("in hand")))
    after.submit("r2", lambda: order.put("queued"))
    api.invoke("r1")
    assert begun.wait(5)
    ending = threading.Thread(target=after.finish, args=(20,))
    ending.start()
    gate.set()
    ending.join()
    assert [order.get(timeout=5), order.get(timeout=5)] == ["in hand", "queued"]


def test_the_shutdown_waits_no_longer_than_it_is_told(api):
    """Work that hangs keeps nobody: Lambda's SIGKILL is near."""
    after, begun, gate = AfterResponse.start(api.address), threading.Event(), threading.Event()
    api.wait_for_next()
    after.submit("r1", lambda: (begun.set(), gate.wait(5)))
    api.invoke("r1")
    assert begun.wait(5)
    began = time.monotonic()
    after.finish(0.02)
    assert time.monotonic() - began < 2
    gate.set()


def test_without_the_api_work_runs_inline():
    """A unit test sees its effects at once."""
    done = []
    AfterResponse.start(None).submit("", lambda: done.append(threading.current_thread()))
    assert done == [threading.current_thread()]


def test_the_handler_enqueues_whatever_happens(caplog):
    """Once per invocation: for an answer, for a refusal and for an error of ours."""
    from tests.unit.serving.small_models import matrix

    submitted = []
    service = Service.from_model(load(matrix()), name="m", submit=lambda rid, work: submitted.append(rid))
    context = type("Context", (), {"aws_request_id": "r"})()
    assert service.handle({"httpMethod": "GET", "path": "/v2"}, context)["statusCode"] == 200
    assert service.handle({"httpMethod": "GET", "path": "/x"}, context)["statusCode"] == 404
    broken = service.handle({"httpMethod": "GET", "path": 7}, context)
    assert (broken["statusCode"], submitted) == (500, ["r", "r", "r"])
    assert "see the function's log" in broken["body"]
    assert "Traceback" in caplog.text


def test_an_event_in_chunks_is_an_event():
    """HTTP leaves it to the server how it says where a body ends."""
    head, chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", (b'{"eventT', b'ype": "X"}')
    body = b"".join(b"%x;x=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nT: 1\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:
        poll = ExtensionPoll(f"127.0.0.1:{server.getsockname()[1]}", "id")
        answer = threading.Thread(target=_answer_twice, args=(server, head + body))
        answer.start()
        assert [poll.next(), poll.next()] == [{"eventType": "X"}] * 2
        answer.join()
        with pytest.raises(ConnectionError, match="ended"):
            poll.next()
        poll.close()


def _answer_twice(server, content):
    connection, _ = server.accept()
    with connection:
        for _ in range(2):
            assert b"Lambda-Extension-Identifier: id" in connection.recv(65536)
            connection.sendall(content)
