"""Whatever is taken from what speaks for a version, no gate opens by it."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from serin.evidence.evaluation import Estimate, Latency
from serin.gates.answerable import fairness
from serin.gates.check import GATES
from serin.gates.dossier import Dossier
from serin.gates.gate import Result, Standing, worst
from tests.unit.gates.dossiers import NOW, RIVAL, endpoint, evaluated

JUDGED = [gate for gate in GATES["high"] if gate is not fairness]  # its own tests are in tests/unit/fairness

numbers = st.floats(-1, 1)
estimates = st.builds(
    lambda value, below, above, n: Estimate(value, value - below, value + above, n),
    numbers, st.floats(0, 0.1), st.floats(0, 0.1), st.integers(1, 10_000),
)  # fmt: skip


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    rival = replace(RIVAL, version=draw(st.integers(1, 3)), differences={"auc": draw(estimates)})
    whole = evaluated(
        metrics={"auc": draw(estimates)},
        rows=draw(st.integers(20, 10_000)),
        data_sha256=draw(st.sampled_from(["cafe", "ffee", "base"])),
        latency=Latency(1, 1.0, draw(st.floats(0, 200)), draw(st.integers(1, 2000))),
        rival=rival,
    )
    first = draw(st.booleans())
    return replace(whole, evaluations=whole.evaluations * (2 if first else 1), champion=draw(st.integers(1, 3)))


def _newest(dossier: Dossier, **changes: object) -> Dossier:
    return evaluated(dossier, **changes) if dossier.evaluations else dossier


REMOVALS = {
    "evaluations": lambda d: replace(d, evaluations=()),
    "the older evaluations": lambda d: replace(d, evaluations=d.evaluations[-1:]),
    "declared": lambda d: replace(d, declared=None),
    "manifest": lambda d: replace(d, manifest={}),
    "card": lambda d: replace(d, manifest={name: one for name, one in d.manifest.items() if name != "card"}),
    "approvals": lambda d: replace(d, approvals=()),
    "trail": lambda d: replace(d, trail=()),
    "golden": lambda d: replace(d, version=replace(d.version, golden="")),
    "metrics": lambda d: _newest(d, metrics={}),
    "latency": lambda d: _newest(d, latency=None),
    "rival": lambda d: _newest(d, rival=None),
    "differences": lambda d: _newest(d, rival=replace(RIVAL, version=d.champion or 1, differences={})),
}


@given(dossiers(), st.lists(st.sampled_from(sorted(REMOVALS)), min_size=1, max_size=4))
def test_removing_evidence_never_opens_a_gate(dossier, removed):
    """But for the version that is live: with nothing to compare with there is no comparison."""
    less = dossier
    for name in removed:
        less = REMOVALS[name](less)
    for gate in JUDGED:
        before, after = (gate(one, endpoint(), NOW) for one in (dossier, less))
        if before.standing is not Standing.PASS:
            assert after.standing is not Standing.PASS, (before, after)


@given(dossiers())
def test_no_gate_is_silent(dossier):
    """Each says why, and each that doesn't pass what to do."""
    for gate in JUDGED:
        result = gate(dossier, endpoint(), NOW)
        assert result.reason
        assert bool(result.next) is (result.standing is not Standing.PASS)


@given(st.lists(st.sampled_from(Standing), min_size=1, max_size=5), st.sampled_from(Standing))
def test_one_more_result_never_makes_it_better(standings, other):
    """worst() only ever rises."""
    order, results = list(Standing), [Result("g", one, "r") for one in standings]
    more = worst([*results, Result("g", other, "r")])
    assert order.index(more) >= order.index(worst(results))
