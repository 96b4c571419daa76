"""`serin review`: what waits is taken by one person at a time, decided once, and comes back as an outcome."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from serin.aws.audit_table import AuditTable
from serin.aws.dynamodb import Table
from serin.aws.review_table import ReviewTable
from serin.errors import Conflict
from serin.registry.records import timestamp
from serin.review.case import Case
from serin.review.desk import take
from serin.review.item import read
from tests.unit.cli.conftest import Serin
from tests.unit.review.shelves import message

ME = "arn:aws:sts::123456789012:user/moto"


class Outcomes(ThreadingHTTPServer):
    """`POST /outcomes` as the stage answers it: the first word on a receipt counts. `refuse` is its reason not to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.told: dict[str, Any] = {}
        self.refuse = ""

    def receive(self, item: dict[str, Any]) -> dict[str, Any]:
        if self.refuse:
            return {"accepted": 0, "repeated": 0, "rejected": [{"index": 0, "reason": self.refuse}]}
        new = item["receipt"] not in self.told
        self.told.setdefault(item["receipt"], item)
        return {"accepted": int(new), "repeated": int(not new), "rejected": []}


class _Answers(BaseHTTPRequestHandler):
    server: Outcomes

    def do_POST(self) -> None:
        assert self.path == "/dev/outcomes"
        (item,) = json.loads(self.rfile.read(int(self.headers["content-length"])))["outcomes"]
        body = json.dumps(self.server.receive(item)).encode()
        self.send_response(202)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


class Stage:
    """Three reviews of churn wait: 1 is late, 2 is due in an hour, 3 in two."""

    def __init__(self, serin: Serin, outcomes: Outcomes) -> None:
        self._serin, self.outcomes = serin, outcomes
        self.table = Table(boto3.client("dynamodb"), "table")
        self.shelf = ReviewTable(self.table)
        now = datetime.now(UTC)
        for number, hours in ((3, 2), (1, -1), (2, 1)):
            at, deadline = (timestamp(now + timedelta(hours=one)) for one in (-2, hours))
            text = message(number, at=at, deadline=deadline)
            self.shelf.add(read(text, "churn"), text)

    def serin(self, *words: object, code: int = 0) -> dict[str, Any]:
        done = self._serin("review", words[0], "--json", *words[1:])
        assert done.exit_code == code, done.stdout + done.stderr
        found = json.loads(done.stdout if code == 0 else done.stderr)
        assert isinstance(found, dict)
        return found

    def words(self, *words: object) -> str:
        """What a person reads."""
        done = self._serin("review", *words)
        return " ".join((done.stdout + done.stderr).split())

    def held_by_another(self, number: int) -> Case:
        (case,) = [one for one in self.shelf.open("churn") if one.id == ident(number)]
        return self.shelf.save(take(case, "arn:aws:sts::123456789012:user/ann", datetime.now(UTC)))


def ident(number: int) -> str:
    return f"{number:028x}-0"


@pytest.fixture
def stage(serin: Serin) -> Iterator[Stage]:
    outcomes = Outcomes()
    url = f"http://127.0.0.1:{outcomes.server_port}"
    ssm = boto3.client("ssm")
    value = json.loads(ssm.get_parameter(Name="/serin/dev/endpoints/churn")["Parameter"]["Value"])
    review = {"queue": "https://q", "confidence_limit": 0.7, "deadline_hours": 24}
    text = json.dumps(value | {"api_url": f"{url}/dev", "review": review})
    ssm.put_parameter(Name="/serin/dev/endpoints/churn", Value=text, Type="String", Overwrite=True)
    thread = threading.Thread(target=outcomes.serve_forever, daemon=True)
    thread.start()
    yield Stage(serin, outcomes)
    outcomes.shutdown()
    outcomes.server_close()
    thread.join()


def test_the_list_shows_the_most_urgent_first(stage: Stage) -> None:
    """With what is overdue, and who has what."""
    stage.held_by_another(2)
    reviews = stage.serin("list", "churn")["reviews"]
    assert [(one["id"], one["state"], one["overdue"]) for one in reviews] == [
        (ident(1), "open", True), (ident(2), "taken", False), (ident(3), "open", False),
    ]  # fmt: skip
    said = stage.words("list", "churn")
    assert re.search(rf"{ident(1)} 6\d min ago 3 0.550 open", said)
    assert "taken ann" in said


def test_take_gives_what_is_free_and_shows_what_was_asked(stage: Stage) -> None:
    """The most urgent, then the next one that nobody has."""
    stage.held_by_another(2)
    first = stage.serin("take", "churn")
    assert (first["id"], first["holder"], first["inputs"]) == (ident(1), ME, {"age": 44.0, "name": None})
    assert datetime.fromisoformat(first["until"]) - datetime.now(UTC) > timedelta(minutes=29)
    said = stage.words("take", "churn")
    assert ident(3) in said
    assert "confidence 0.550" in said
    assert "age 44 name missing" in said
    assert f"serin review decide churn {ident(3)} OUTCOME" in said
    assert "3 in the hands" in stage.serin("take", "churn", code=5)["error"]


def test_one_that_somebody_else_has_is_refused(stage: Stage) -> None:
    """To take and to decide; my own I may take again."""
    stage.held_by_another(2)
    for words in (("take", "churn", ident(2)), ("decide", "churn", ident(2), "true")):
        assert "is in the hands of arn:aws:sts::123456789012:user/ann" in stage.serin(*words, code=6)["error"]
    assert stage.serin("take", "churn", ident(3))["id"] == stage.serin("take", "churn", ident(3))["id"]
    assert stage.outcomes.told == {}


def test_a_decision_comes_back_as_an_outcome_and_is_on_the_audit_trail(stage: Stage) -> None:
    """Once, however often it is said; it waits no more, and --all shows it."""
    words = ("decide", "churn", ident(1), "true", "--kpi", "dollars=-2.5", "--reason", "called them")
    done = stage.serin(*words)
    assert (done["outcome"], done["decision"]["outcome"], done["decision"]["by"]) == ("counted", True, ME)
    told = {"receipt": "receipt-1", "row": 0, "outcome": True, "kpi": {"dollars": -2.5}}
    assert stage.outcomes.told == {"receipt-1": told}
    (audit,) = AuditTable(stage.table).of("churn", ("review",))
    assert audit.actor == ME
    assert audit.details == {
        "review": ident(1), "version": 3, "said": "true", "kpi": '{"dollars":-2.5}', "decided_by": ME,
        "outcome": "counted", "reason": "called them",
    }  # fmt: skip
    assert ident(1) not in [one["id"] for one in stage.serin("list", "churn")["reviews"]]
    everything = stage.serin("list", "churn", "--all")["reviews"]
    assert (everything[0]["id"], everything[0]["state"]) == (ident(1), "decided")
    assert stage.serin(*words)["outcome"] == "closed before"
    assert "The first word on" in stage.serin("decide", "churn", ident(1), "false", code=6)["error"]
    assert len(AuditTable(stage.table).of("churn", ("review",))) == 1


@pytest.mark.parametrize("outcome", ["True", "maybe", "2", "0.5", '"1"'])
def test_a_word_that_no_probability_is_held_against_is_refused(stage: Stage, outcome: str) -> None:
    """Else a slip of the hand would be the first word, and keep the true one out for good."""
    found = stage.serin("decide", "churn", ident(1), outcome, code=2)
    assert "true or false (1 or 0), not" in found["error"]
    assert stage.outcomes.told == {}
    assert stage.serin("decide", "churn", ident(1), "true")["outcome"] == "counted"


def test_a_reason_is_one_line(stage: Stage) -> None:
    """As with every other command; one that is too long is refused before anything is written."""
    assert "at most 500" in stage.serin("decide", "churn", ident(1), "true", "--reason", "x" * 501, code=2)["error"]
    assert stage.serin("decide", "churn", ident(1), "true", "--reason", "a\n b")["decision"]["reason"] == "a b"


@pytest.mark.parametrize("where", ["save", "receive", "close"])
def test_who_dies_in_between_says_it_again(stage: Stage, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """After any of the three steps: the same words end it, other words are refused once it is written down."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as short:
        short.setattr(stage.outcomes if where == "receive" else ReviewTable, where, dies)
        if where == "receive":
            short.setattr("infra.cli.review.ask", dies)
        stage._serin("review", "decide", "churn", ident(1), "true")
    if where != "save":
        assert "decided, not told" in stage.words("list", "churn")
        assert "counts" in stage.serin("decide", "churn", ident(1), "false", code=6)["error"]
    done = stage.serin("decide", "churn", ident(1), "true")
    assert done["outcome"] == ("known before" if where == "close" else "counted")
    assert stage.outcomes.told["receipt-1"]["outcome"] is True
    assert ident(1) not in [one["id"] for one in stage.serin("list", "churn")["reviews"]]


def test_somebody_who_is_faster_at_the_same_moment_is_no_failure(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is taken instead; and one that keeps changing is given up."""
    save, times = ReviewTable.save, []

    def second(shelf: ReviewTable, case: Case) -> Case:
        times.append(case)
        if len(times) == 1:
            stage.held_by_another(1)
        return save(shelf, case)

    with monkeypatch.context() as short:
        short.setattr(ReviewTable, "save", second)
        assert stage.serin("take", "churn")["id"] == ident(2)

    def never(_shelf: ReviewTable, _case: Case) -> Case:
        raise Conflict("not of this revision")

    monkeypatch.setattr(ReviewTable, "save", never)
    for words in (("take", "churn"), ("decide", "churn", ident(3), "true")):
        assert "5 times: try again" in stage.serin(*words, code=6)["error"]


def test_an_outcome_that_is_refused_can_be_closed_without_one(stage: Stage) -> None:
    """A receipt that has expired, say: the reason and the way out are told."""
    stage.outcomes.refuse = "the receipt has expired"
    said = stage.serin("decide", "churn", ident(1), "true", code=2)["error"]
    assert "refused as an outcome: the receipt has expired" in said
    assert "--no-outcome" in said
    assert stage.serin("decide", "churn", ident(1), "true", "--no-outcome")["outcome"] == "not told"
    assert stage.outcomes.told == {}
    assert ident(1) not in [one["id"] for one in stage.serin("list", "churn")["reviews"]]


def test_an_outcome_is_what_it_looks_like(stage: Stage) -> None:
    """As JSON has it, and else a text, where a model of several classes gives no score."""
    for number, (text, value) in enumerate((("-1.5", -1.5), ("late", "late"), ('"3"', "3")), 7):
        stage.shelf.add(read(message(number, score=None), "churn"), message(number, score=None))
        stage.serin("decide", "churn", ident(number), "--", text)
        assert stage.outcomes.told[f"receipt-{number}"]["outcome"] == value


def test_what_can_not_be_done_is_said_with_the_next_step(stage: Stage) -> None:
    """Nothing is written down for it."""
    for words, code, said in (
        (("take", "churn", "nonsense"), 5, "churn has no review nonsense"),
        (("decide", "churn", "nonsense", "true"), 5, "serin review list churn --all"),
        (("decide", "churn", ident(1), "true", "--kpi", "dollars"), 2, "write NAME=VALUE"),
        (("decide", "churn", ident(1), "x" * 300), 2, "a text of 1 to 200 characters"),
        (("list", "flights"), 5, "flights"),
    ):
        assert said in stage.serin(*words, code=code)["error"]
    assert [one.decision for one in stage.shelf.open("churn")] == [None] * 3


def test_where_nobody_is_asked_it_says_so(serin: Serin) -> None:
    """With what to do about it."""
    done = serin("review", "list", "churn")
    assert "churn asks no person: give it a review in cdk.json" in " ".join(done.stdout.split())
    assert serin("review", "take", "churn").exit_code == 5
