"""What do the numbers of a window come to? A table of rules: each looks at all evidence and gives a cause, or none.

What breaks comes first, since it explains all that follows from it; then what outcomes say, what inputs let expect, and
last what is quiet. Missing evidence is a cause of its own and never passes for stable.
"""

from collections.abc import Iterator

from serin.drift import wording
from serin.drift.diagnosis import Cause, Kind, Response, Role
from serin.drift.evidence import Evidence
from serin.drift.expectation import Expectation
from serin.drift.findings import Finding
from serin.drift.score_quality import harmful
from serin.drift.signatures import Fault
from serin.drift.worth import WorthJudged

__all__ = ["diagnose"]

_BLIND = 0.25
"""A window in which a difference of a quarter of all rows could go unseen is too small to be called stable."""
_LOST = 0.2


def diagnose(evidence: Evidence) -> tuple[Cause, ...]:
    """All causes that have evidence, ranked; at least one."""
    rules = (_broken, _labels, _concept, _harmful, _worth, _benign)
    found = [cause for rule in rules for cause in rule(evidence)]
    if not found:
        found = [*_insufficient(evidence), *_regime(evidence)] or [*_stable(evidence)]
        found.sort(key=lambda cause: cause.kind is not Kind.KNOWN_REGIME or _is_in_doubt(evidence))
    return tuple(found)


def _is_in_doubt(evidence: Evidence) -> bool:
    """A regime explains inputs; not what is missing, nor outcomes that are as bad as if something mattered."""
    overall = evidence.overall
    blind = evidence.detectable > _BLIND or evidence.lost > _LOST * (evidence.rows + evidence.lost)
    return blind or (overall is not None and overall.loss >= harmful(overall.task))


def _broken(evidence: Evidence) -> Iterator[Cause]:
    if evidence.signatures:
        features = tuple(dict.fromkeys(name for one in evidence.signatures for name in one.features))
        reasons = tuple(one.says for one in evidence.signatures)
        retire = (Response.RETIRE_FEATURE,) if evidence.signatures[0].fault is not Fault.EXCHANGED else ()
        lost = evidence.overall
        told = (wording.fallen(lost),) if lost is not None and lost.has_fallen else ()
        tell = (Role.COMMUNICATOR,) if told else ()
        yield Cause(
            Kind.BROKEN_INPUT, Response.FIX_PIPELINE, Role.WATCHER, (*reasons, *told), features, retire, tell
        )  # fmt: skip


def _labels(evidence: Evidence) -> Iterator[Cause]:
    overall, lone = evidence.overall, evidence.one_sided
    if overall is not None and overall.is_mirrored:
        yield Cause(Kind.LABEL_FAULT, Response.CHECK_LABELS, Role.WATCHER, (wording.mirrored(overall),))
    elif lone is not None:
        said = wording.one_sided(lone.n, lone.positive, lone.expected, lone.chance)
        yield Cause(Kind.LABEL_FAULT, Response.CHECK_LABELS, Role.WATCHER, (said,))


def _concept(evidence: Evidence) -> Iterator[Cause]:
    overall = evidence.overall
    if overall is not None and overall.is_mirrored:
        return
    worse = [one for one in evidence.realised if one.has_fallen]
    if worse and not evidence.signatures:
        reasons = (*map(wording.fallen, worse), *map(wording.worth, _fallen(evidence)))
        segments = tuple(one.group for one in worse if one.group)
        yield Cause(
            Kind.CONCEPT_DRIFT, Response.RETRAIN, Role.APPROVER, reasons, segments, (Response.UPDATE_POLICY,),
            (Role.WATCHER, Role.COMMUNICATOR),
        )  # fmt: skip


def _harmful(evidence: Evidence) -> Iterator[Cause]:
    """Also where outcomes are not known yet; and where no single series but only that of scores tells."""
    expected, moved = evidence.expected, _unexplained(evidence)
    if expected is not None and _is_harm(evidence, expected) and (moved or _is_unusual(evidence, expected)):
        reasons = (wording.expected(expected), *map(wording.moved, moved[:5]))
        yield Cause(
            Kind.HARMFUL_SHIFT, Response.RETRAIN, Role.APPROVER, reasons, _names(moved),
            tell=(Role.WATCHER, Role.COMMUNICATOR),
        )  # fmt: skip


def _worth(evidence: Evidence) -> Iterator[Cause]:
    """A KPI falls while the model is as good as it was, and its inputs are what they were."""
    overall, fallen = evidence.overall, _fallen(evidence)
    worse = any(one.has_fallen for one in evidence.realised)
    if fallen and not worse and not evidence.signatures and not evidence.moved:
        held = wording.held(overall) if overall is not None else "whether the quality holds is not known"
        yield Cause(
            Kind.LABEL_FAULT, Response.CHECK_LABELS, Role.WATCHER, (*map(wording.worth, fallen), held),
            also=(Response.UPDATE_POLICY,), tell=(Role.APPROVER,),
        )  # fmt: skip


def _benign(evidence: Evidence) -> Iterator[Cause]:
    moved, expected, overall = _unexplained(evidence), evidence.expected, evidence.overall
    if moved and not (expected is not None and _is_harm(evidence, expected)):
        quality = "what it means for the quality can't be expected" if expected is None else wording.expected(expected)
        held = (wording.held(overall),) if overall is not None and not overall.has_fallen else ()
        kpis = map(wording.worth, _fallen(evidence))
        reasons = (*map(wording.moved, moved[:5]), quality, *held, *kpis)
        yield Cause(Kind.BENIGN_SHIFT, Response.WATCH, Role.WATCHER, reasons, _names(moved))


def _insufficient(evidence: Evidence) -> Iterator[Cause]:
    reasons = tuple(_missing(evidence))
    if reasons:
        yield Cause(Kind.INSUFFICIENT, Response.LOG, Role.WATCHER, reasons)


def _missing(evidence: Evidence) -> Iterator[str]:
    overall, lost = evidence.overall, evidence.lost
    if not evidence.rows:
        yield "the window has no rows"
        return
    if lost > _LOST * (evidence.rows + lost):
        yield f"{lost:,} of {evidence.rows + lost:,} rows that were served are in no window"
    if evidence.detectable > _BLIND:
        yield f"{evidence.rows:,} rows can't show a difference below {evidence.detectable:.0%} of them"
    if evidence.outcomes and overall is None:
        yield f"{evidence.outcomes:,} outcomes are too few, or too much alike, to tell how good the model is"
    alike = evidence.regime is not None and evidence.regime.is_alike
    if not alike and evidence.expected is not None and _is_harm(evidence, evidence.expected):
        yield f"{wording.expected(evidence.expected)}: the baseline's own stretches do not rule out that this is usual"
    for one in evidence.realised:
        if not one.holds and not one.group:
            yield wording.open_loss(one)


def _regime(evidence: Evidence) -> Iterator[Cause]:
    regime = evidence.regime
    if evidence.findings and regime is not None and regime.is_alike:
        reasons = (wording.regime(regime), *map(wording.moved, evidence.findings[:3]))
        yield Cause(Kind.KNOWN_REGIME, Response.LOG, Role.WATCHER, reasons, _names(evidence.findings))


def _stable(evidence: Evidence) -> Iterator[Cause]:
    near = f"{evidence.rows:,} rows are within the baseline's own variation"
    first = near if evidence.findings else f"{evidence.rows:,} rows look as the baseline does"
    overall = evidence.overall
    quality = "whether the quality holds is not known: no outcomes" if overall is None else wording.held(overall)
    yield Cause(Kind.STABLE, Response.NONE, Role.WATCHER, (first, quality))


def _is_harm(evidence: Evidence, expected: Expectation) -> bool:
    """Outcomes that show the baseline's own quality are believed rather than what scores let expect."""
    overall = evidence.overall
    return expected.has_fallen and not (overall is not None and overall.is_as_good_as(expected.baseline))


def _is_unusual(evidence: Evidence, expected: Expectation) -> bool:
    """A fall that the baseline's own stretches don't have, on scores that look like none of them."""
    return expected.fall > expected.usual and not evidence.signatures and not evidence.is_known


def _unexplained(evidence: Evidence) -> tuple[Finding, ...]:
    """What has moved, without what is broken; scores are no news where inputs have explained them."""
    broken = {name for one in evidence.signatures for name in one.features}
    inputs = tuple(one for one in evidence.moved if one.is_input and one.name not in broken)
    return inputs if inputs or broken else evidence.moved


def _fallen(evidence: Evidence) -> tuple[WorthJudged, ...]:
    return tuple(one for one in evidence.worth if one.has_fallen)


def _names(found: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in found))
