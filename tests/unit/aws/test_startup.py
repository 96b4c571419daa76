"""What an init reads is asked for ahead, and fails no other way for it."""

from threading import Event

import pytest

from serin import settings
from serin.aws.startup import ahead, begin
from serin.errors import AccessDenied

BOOTSTRAP = {"SERIN_STAGE": "dev", "SERIN_MODEL": "flights", "SERIN_BUCKET": "artifacts", "SERIN_RECEIPT_SECRET": "key"}


def test_work_ahead_begins_before_anybody_asks() -> None:
    """And whoever asks then gets what it gave."""
    begun = Event()

    def work() -> str:
        begun.set()
        return "content"

    result = ahead(work)
    assert begun.wait(10)
    assert result() == "content"


def test_what_failed_ahead_is_raised_to_whoever_asks() -> None:
    """As it was, and not in a thread that nobody looks at."""

    def work() -> str:
        raise AccessDenied("s3://artifacts/a can't be read: AccessDenied")

    result = ahead(work)
    with pytest.raises(AccessDenied, match="s3://artifacts/a"):
        result()


def test_whoever_asks_again_gets_what_is_there_by_then() -> None:
    """A secret is read anew each hour, also where the first reading failed."""
    answers = iter([OSError("away"), "old", "new"])

    def work() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return str(answer)

    result = ahead(work)
    with pytest.raises(OSError, match="away"):
        result()
    assert [result(), result()] == ["old", "new"]


def test_without_a_model_nothing_is_read() -> None:
    """The bootstrap release starts where there are neither objects nor keys."""
    assert begin(settings.inference(BOOTSTRAP))[1] is None
