"""What is recorded comes back as it was sent."""

import asyncio

import pytest

from infra.local.http import Request, Response
from infra.local.state import Recorder, changes, replay


def _target(name):
    return Request("POST", "/", "", [(b"x-amz-target", f"Service.{name}".encode())], b"{}")


@pytest.mark.parametrize("name", ["PutItem", "TransactWriteItems", "DeleteParameter", "CreateTable"])
def test_changes_are_recorded(name):
    """By the operation's name."""
    assert changes(_target(name))


@pytest.mark.parametrize("name", ["GetItem", "Query", "ListTables", "TransactGetItems", "PutMetricData", "SendMessage"])
def test_reads_and_fleeting_calls_are_not(name):
    """Metrics and messages belong to their hour."""
    assert not changes(_target(name))


def test_a_torn_last_line_is_dropped_and_writing_goes_on(tmp_path):
    """Replay gives whole lines only, also after the file has been appended to again."""
    path, seen = tmp_path / "state", []

    async def send(request):
        seen.append(request)
        return Response(200)

    first = Request("PUT", "/b/k", "a=1", [(b"x-amz-meta-a", b"1"), (b"user-agent", b"u")], b"\x00\xff")
    recorder = Recorder(path)
    recorder.write(first)
    recorder.close()
    with path.open("ab") as file:
        file.write(b'{"torn')
    assert asyncio.run(replay(path, send)) == (1, 0)
    recorder = Recorder(path)
    recorder.write(_target("PutItem"))
    recorder.close()
    assert asyncio.run(replay(path, send)) == (2, 0)
    assert (seen[0].method, seen[0].path, seen[0].query, seen[0].body) == ("PUT", "/b/k", "a=1", b"\x00\xff")
    assert seen[0].headers == [(b"x-amz-meta-a", b"1")]


def test_revision_ids_are_not_replayed(tmp_path):
    """They are drawn anew at each start."""
    seen = []

    async def send(request):
        seen.append(request.body)
        return Response(200)

    recorder = Recorder(tmp_path / "state")
    body = b'{"RevisionId":"x","Description":"d"}'
    recorder.write(Request("PUT", "/2015-03-31/functions/f/aliases/live", "", [], body))
    recorder.close()
    asyncio.run(replay(tmp_path / "state", send))
    assert seen == [b'{"Description":"d"}']
