"""Do guardrails say harm, safe or undecided as they should, with a control and without?"""

import json

import pytest

from serin.errors import InvalidSettings
from serin.rollout.evidence import Arms
from serin.rollout.guardrails import ERRORS, guardrails, parse_guardrail
from serin.rollout.verdict import Verdict, worst
from serin.rollout.watch import Watch
from serin.stats.counts import Counts


def _after(watch: Watch, looks: int, control: tuple[int, int], candidate: tuple[int, int]) -> Watch:
    for _ in range(looks):
        watch = watch.update(Arms(Counts(*control), Counts(*candidate)), this_step=True)
    return watch


def test_the_worst_verdict_decides() -> None:
    """HARM before UNDECIDED before SAFE; nothing is UNDECIDED."""
    assert worst(Verdict.SAFE, Verdict.UNDECIDED) is Verdict.UNDECIDED
    assert worst(*Verdict) is Verdict.HARM
    assert worst() is Verdict.UNDECIDED


@pytest.mark.parametrize("text", ["speed", "errors:0", "errors:x", "errors:100%", "errors:nan"])
def test_unknown_guardrails_and_impossible_margins_are_refused(text: str) -> None:
    """With a sentence."""
    with pytest.raises(InvalidSettings):
        guardrails([text])


def test_defaults_need_not_be_touched() -> None:
    """Four, and no low confidence for a model that has none."""
    assert len(guardrails()) == 4
    assert "low_confidence" not in {one.name for one in guardrails(confidence=False)}
    assert parse_guardrail("errors:3%").margin == 0.03
    with pytest.raises(InvalidSettings, match="twice"):
        guardrails(["errors", "errors:2%"])


def test_no_traffic_is_undecided() -> None:
    """Neither a pass nor a fail."""
    assert Watch.start(ERRORS).finding.verdict is Verdict.UNDECIDED
    assert Watch.start(ERRORS).alone().finding.verdict is Verdict.UNDECIDED


def test_beside_a_control_it_tells_harm_from_safe() -> None:
    """Far more errors are harm, as few are safe."""
    assert _after(Watch.start(ERRORS), 2, (9, 900), (20, 100)).finding.verdict is Verdict.HARM
    assert _after(Watch.start(ERRORS), 20, (0, 900), (0, 100)).finding.verdict is Verdict.SAFE


def test_an_outage_of_both_is_not_harm() -> None:
    """Half of all requests fail on both."""
    assert _after(Watch.start(ERRORS), 5, (450, 900), (50, 100)).finding.verdict is not Verdict.HARM


def test_alone_it_is_held_against_what_control_was() -> None:
    """The limit is control's rate and the margin, or the ceiling where no control was seen."""
    alone = _after(Watch.start(ERRORS), 5, (50, 1000), (5, 100)).alone()
    assert alone.limit_ppm is not None
    assert 60_000 < alone.limit_ppm < 90_000
    assert _after(alone, 5, (0, 0), (10, 1000)).finding.verdict is Verdict.SAFE
    assert _after(alone, 5, (0, 0), (200, 1000)).finding.verdict is Verdict.HARM
    assert Watch.start(ERRORS).alone().limit_ppm == 50_000


def test_a_watch_comes_back_from_its_record() -> None:
    """Through JSON, and without a float in it."""
    watch = _after(Watch.start(ERRORS), 3, (9, 900), (2, 100)).alone()
    record = json.dumps(watch.to_dict())
    assert Watch.from_dict(json.loads(record, parse_float=_no_float)) == watch


def _no_float(text: str) -> float:
    raise AssertionError(f"{text} is a float, which DynamoDB does not take")
