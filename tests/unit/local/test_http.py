"""The servers of the local cloud: what comes over a connection, in whatever pieces, is answered whole and in order."""

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from infra.local.http import Later, Response, listen
from infra.local.http_connection import Connection, Service
from infra.local.http_wire import MAX_HEAD

LIMIT = 1000
ALL = (
    b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\nX-Key: k\r\n\r\n"
    b"POST /b%20c HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
    b"PUT /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
    b"HEAD /d HTTP/1.1\r\nHost: h\r\n\r\n"
    b"DELETE /e HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
)


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.out, self.closed, self.paused = b"", False, 0

    def write(self, data):
        assert not self.closed
        self.out += data

    def close(self):
        self.closed = True

    abort = write_eof = close

    def can_write_eof(self):
        return True

    def is_closing(self):
        return self.closed

    def pause_reading(self):
        self.paused += 1

    def resume_reading(self):
        self.paused -= 1


def echo(request):
    words = f"{request.method} {request.path} {request.query} {request.body.decode('latin-1')}"
    return Response(200, words.encode())


def run(work):
    """Within an event loop."""

    async def within():
        return work()

    return uvloop.run(within())


def connected(handle, limit=LIMIT):
    service = Service(handle, limit, lambda: Response(413, b"too long"))
    connection, wire = Connection(service), Wire()
    connection.connection_made(wire)
    return connection, wire


def said(*pieces, handle=echo, limit=LIMIT):
    """What the connection has written when it has these pieces."""

    def work():
        connection, wire = connected(handle, limit)
        for piece in pieces:
            connection.data_received(piece)
        return wire

    return run(work)


WHOLE = said(ALL).out


@asynccontextmanager
async def server(handle, **options):
    listener = await listen(handle, **options)
    yield listener.port
    listener.close()


def test_requests_that_come_together_are_answered_in_their_order():
    """Path as sent, query apart, bodies whole, no body for HEAD, and the end where it was asked for."""
    wire = said(ALL)
    assert wire.out.count(b"HTTP/1.1 200 OK\r\n") == 5
    first, second, third, head, last = wire.out.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert first.endswith(b"\r\n\r\nGET /a x=1 ")
    assert second.endswith(b"\r\n\r\nPOST /b%20c  hello")
    assert third.endswith(b"\r\n\r\nPUT /chunks  abcdefg")
    assert head == b"\r\n"
    assert last.startswith(b"connection: close\r\n")
    assert wire.closed


@given(st.lists(st.integers(1, len(ALL) - 1), max_size=12))
def test_it_does_not_matter_where_the_stream_is_cut(cuts):
    """TCP has no messages: any split gives the same answers."""
    edges = [0, *sorted(set(cuts)), len(ALL)]
    pieces = [ALL[start:end] for start, end in pairwise(edges)]
    assert said(*pieces).out == WHOLE


def test_byte_by_byte_is_a_stream_too():
    """The finest cut."""
    assert said(*[ALL[at : at + 1] for at in range(len(ALL))]).out == WHOLE


@given(st.binary(min_size=1, max_size=300), st.integers(0, 299))
def test_noise_is_answered_once_at_most_and_never_raises(noise, cut):
    """Whatever is no HTTP gets one 400, and the end."""
    wire = said(noise[:cut], noise[cut:])
    assert wire.out.count(b"HTTP/1.1 400") <= 1
    assert not wire.out or wire.closed or wire.out.startswith(b"HTTP/1.1 200")


def test_after_what_is_not_http_nothing_is_read():
    """The request before it has its answer, the one after it none."""
    wire = said(b"GET /1 HTTP/1.1\r\n\r\n\x00nonsense\r\n\r\n", b"GET /2 HTTP/1.1\r\n\r\n")
    assert (wire.out.count(b"HTTP/1.1 200"), wire.out.count(b"HTTP/1.1 400")) == (1, 1)
    assert wire.closed


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001,
    ],
    ids=["announced", "chunked"],
)
def test_a_body_over_the_limit_is_refused_before_it_is_all_there(request_):
    """413, and the connection ends; what still comes of the body is read and forgotten."""
    wire = said(request_, b"x" * 5000)
    assert wire.out.startswith(b"HTTP/1.1 413 ")
    assert wire.out.endswith(b"too long")
    assert b"connection: close" in wire.out
    assert wire.closed


def test_a_body_of_the_limit_passes():
    """The limit is the largest that is taken."""
    assert said(b"POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000).out.startswith(b"HTTP/1.1 200 ")


def test_who_asks_first_whether_to_send_is_told_to_go_on():
    """Expect: 100-continue; botocore would wait a second without it."""
    wire = said(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert wire.out == b"HTTP/1.1 100 Continue\r\n\r\n"
    too_long = said(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n")
    assert too_long.out.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("chunk", [1000, 1 << 20])
def test_endless_headers_are_refused(chunk):
    """431, however they come."""
    content = b"GET / HTTP/1.1\r\nX: " + b"a" * (MAX_HEAD + 3000) + b"\r\n\r\n"
    wire = said(*[content[at : at + chunk] for at in range(0, len(content), chunk)])
    assert wire.out.startswith(b"HTTP/1.1 431 ")
    assert wire.closed


def test_http_1_0_ends_unless_it_asks_to_stay():
    """And is told when it may stay."""
    assert said(b"GET / HTTP/1.0\r\n\r\n").closed
    stays = said(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert not stays.closed
    assert b"connection: keep-alive\r\n" in stays.out


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body_and_no_length(status):
    """As HTTP has it."""
    out = said(b"GET / HTTP/1.1\r\n\r\n", handle=lambda request: Response(status, b"never seen")).out
    assert b"content-length" not in out
    assert out.endswith(b"\r\n\r\n")


def test_an_upgrade_is_passed_over_and_with_a_body_refused():
    """Nothing but HTTP/1.1 is spoken here."""
    head = b" / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
    wire = said(b"GET" + head + b"\r\n")
    assert wire.out.startswith(b"HTTP/1.1 200 ")
    assert said(b"POST" + head + b"Content-Length: 2\r\n\r\n{}").out.startswith(b"HTTP/1.1 400 ")


def test_a_promised_answer_holds_back_those_behind_it():
    """The second request is handled only when the first has its answer."""

    def work():
        promises = []

        def promise(request):
            promises.append(Later())
            return promises[-1]

        connection, wire = connected(promise)
        connection.data_received(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
        assert (len(promises), wire.out) == (1, b"")
        promises[0].send(Response(200, b"one"))
        assert len(promises) == 2
        promises[1].send(Response(200, b"two"))
        return wire.out

    out = run(work)
    assert out.index(b"one") < out.index(b"two")


def test_who_sends_too_far_ahead_is_not_read_on():
    """And is again when the answers have caught up."""

    def work():
        first = Later()
        connection, wire = connected(lambda request: first if request.path == "/first" else Response(200))
        connection.data_received(b"GET /first HTTP/1.1\r\n\r\n" + b"GET / HTTP/1.1\r\n\r\n" * 40)
        assert wire.paused == 1
        first.send(Response(200))
        return wire

    wire = run(work)
    assert (wire.paused, wire.out.count(b"HTTP/1.1 200")) == (0, 41)


def test_who_does_not_read_gets_no_more_work_done():
    """Requests wait while the answers before them have not left."""

    def work():
        handled = []
        connection, _ = connected(lambda request: handled.append(request.path) or Response(200))
        connection.pause_writing()
        connection.data_received(b"GET /1 HTTP/1.1\r\n\r\n")
        assert handled == []
        connection.resume_writing()
        return handled

    assert run(work) == ["/1"]


def test_who_has_said_all_still_gets_the_answer():
    """A half-closed connection stays until then."""

    def work():
        promise = Later()
        connection, wire = connected(lambda request: promise)
        connection.data_received(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.eof_received()
        promise.send(Response(200, b"here"))
        return wire

    wire = run(work)
    assert (wire.out.endswith(b"here"), wire.closed) == (True, True)


def test_a_handler_that_breaks_is_a_500():
    """And the connection goes on."""

    def break_down(request):
        raise ValueError("broken")

    wire = said(b"GET /1 HTTP/1.1\r\n\r\n" * 2, handle=break_down)
    assert wire.out.count(b"HTTP/1.1 500 ") == 2
    assert not wire.closed


async def _answer(port, content):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(content)
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


def test_a_coroutine_is_awaited_and_holds_up_no_other_connection():
    """One waits for an event that another connection's request sets."""

    async def work():
        event = asyncio.Event()

        async def handle(request):
            if request.path == "/set":
                event.set()
            await event.wait()
            return Response(200)

        async with server(handle) as port:
            answers = asyncio.gather(*(_answer(port, b"GET / HTTP/1.1\r\n\r\n") for _ in range(20)))
            await _answer(port, b"GET /set HTTP/1.1\r\n\r\n")
            return await answers

    assert len(uvloop.run(work())) == 20


def test_connections_that_send_half_a_request_hold_up_nobody_and_end():
    """200 of them, while others are served; each is closed when nothing has come for the time that it has."""

    async def work():
        async with server(echo, stalled=0.2) as port:
            halves = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
            for _, writer in halves:
                writer.write(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
            served = [await _answer(port, b"GET / HTTP/1.1\r\n\r\n") for _ in range(20)]
            ends = [await asyncio.wait_for(_rest(reader), 20) for reader, _ in halves]
            return served, ends

    served, ends = uvloop.run(work())
    assert len(served) == 20
    assert set(ends) == {b""}


async def _rest(reader):
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_who_reads_nothing_holds_up_nobody():
    """A client that asks for a lot and never reads, while others are served."""

    async def work():
        async with server(lambda request: Response(200, b"x" * (4 << 20))) as port:
            _, silent = await asyncio.open_connection("127.0.0.1", port)
            silent.write(b"GET / HTTP/1.1\r\n\r\n" * 50)
            served = [await _answer(port, b"GET / HTTP/1.1\r\n\r\n") for _ in range(5)]
            silent.close()
            return served

    assert len(uvloop.run(work())) == 5
