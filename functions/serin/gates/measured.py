"""Gates on what was measured. The newest evaluation counts, and no other: whoever may choose among many can choose the
one that pleases. None is ever removed, and each reason says how many there are."""

from collections.abc import Mapping
from datetime import datetime

from serin.evidence.answers import Task
from serin.evidence.evaluation import Evaluation
from serin.evidence.latency import FEWEST_RUNS
from serin.evidence.metrics import higher_is_better
from serin.gates.bound import Bound, at_least, at_most
from serin.gates.dossier import Dossier
from serin.gates.gate import Result, Standing, worst
from serin.gates.thresholds import Threshold, Thresholds
from serin.registry.endpoints import Endpoint
from serin.registry.lineage import UNRECORDED

__all__ = ["champion", "evaluate_again", "held_out", "latency", "newest", "thresholds"]

_WHERE_NOTHING_IS_SAID: Mapping[str, Mapping[str, Threshold]] = {
    Task.BINARY: {"auc": Threshold(margin=0.01)},
    Task.MULTICLASS: {"accuracy": Threshold(margin=0.01)},
}


def newest(dossier: Dossier) -> Evaluation | None:
    return dossier.evaluations[-1] if dossier.evaluations else None


def evaluate_again(dossier: Dossier, options: str = "") -> str:
    """The command, typed as it would be."""
    last = newest(dossier)
    label = last.label if last else "COLUMN"
    return f"serin evaluate {dossier.version} --data FILE --label {label}{options}"


def held_out(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """Measured on enough rows, which are not those it was trained on."""
    evaluation, least = newest(dossier), Thresholds.from_dict(endpoint.gates).min_rows
    if evaluation is None:
        return Result("held-out", Standing.INSUFFICIENT, "it was never evaluated", evaluate_again(dossier))
    snapshot = str((dossier.manifest.get("data") or {}).get("sha256", UNRECORDED)).lower()
    if evaluation.data_sha256 in {snapshot, dossier.version.baseline}:
        reason = f"it was evaluated on {evaluation.data}, which is what it was trained on"
        return Result("held-out", Standing.FAIL, reason, f"take rows it has not seen: {evaluate_again(dossier)}")
    if snapshot in {"", UNRECORDED}:
        reason = "nobody knows what it was trained on, so these rows may be the same"
        return Result("held-out", Standing.INSUFFICIENT, reason, "name the data in [data] sha256 and register it anew")
    if evaluation.rows < least:
        reason = f"{evaluation.data} has {evaluation.rows:,} rows with a label, and {least:,} are asked for"
        return Result("held-out", Standing.INSUFFICIENT, reason, evaluate_again(dossier))
    others = f", the newest of {len(dossier.evaluations)} evaluations" if len(dossier.evaluations) > 1 else ""
    return Result("held-out", Standing.PASS, f"evaluated on {evaluation.rows:,} rows of {evaluation.data}{others}")


def thresholds(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """Each metric that has a `min` or `max` lies within it, with its whole interval."""
    wanted = Thresholds.from_dict(endpoint.gates).metrics
    limits = {name: one for name, one in wanted.items() if one.limit is not None}
    if not limits:
        return Result("thresholds", Standing.PASS, "cdk.json sets none")
    evaluation = newest(dossier)
    if evaluation is None:
        reason = f"{', '.join(limits)} has a limit, and nothing was measured"
        return Result("thresholds", Standing.INSUFFICIENT, reason, evaluate_again(dossier))
    return _joined("thresholds", dossier, [_limited(evaluation, name, one) for name, one in limits.items()])


def champion(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """No worse than the version that is live by more than a margin, on the same rows.

    All metrics have to pass, so the chance to let a worse one pass is that of one interval: 2.5 %.
    """
    live, version, evaluation = dossier.champion, dossier.version, newest(dossier)
    if live is None:
        return Result("champion", Standing.PASS, "no version is live: there is nothing to compare it with")
    if live == version.number:
        return Result("champion", Standing.PASS, "it is the version that is live")
    against = f"{version.model}@{live}"
    again = evaluate_again(dossier, f" --against {against}")
    if evaluation is None or evaluation.rival is None:
        return Result("champion", Standing.INSUFFICIENT, f"it was not compared with {against}, which is live", again)
    if evaluation.rival.version != live:
        was = f"it was compared with {version.model}@{evaluation.rival.version}, and {against} is live now"
        return Result("champion", Standing.INSUFFICIENT, was, again)
    wanted = Thresholds.from_dict(endpoint.gates).metrics
    margins: Mapping[str, Threshold] = {name: one for name, one in wanted.items() if one.margin is not None}
    margins = margins or _WHERE_NOTHING_IS_SAID.get(evaluation.task, {})
    if not margins:
        reason = f"by how much it may be worse than {against} is said nowhere: only the owner knows what its units mean"
        example = '"gates": {"metrics": {"mae": {"margin": …}}}'
        return Result("champion", Standing.INSUFFICIENT, reason, f"set {example} in cdk.json and deploy the stack")
    return _joined("champion", dossier, [_compared(evaluation, n, one, against) for n, one in margins.items()])


def latency(dossier: Dossier, endpoint: Endpoint, _now: datetime) -> Result:
    """The 99th percentile of a single request, without the network, on the machine that measured."""
    evaluation = newest(dossier)
    found = evaluation.latency if evaluation else None
    if evaluation is None or found is None or found.runs < FEWEST_RUNS:
        return Result("latency", Standing.INSUFFICIENT, "its latency was not measured", evaluate_again(dossier))
    limit = Thresholds.from_dict(endpoint.gates).latency_ms or endpoint.latency_budget_ms
    said = f"p99 at batch {found.batch} is {found.p99:.3g} ms of {limit:g} ms, in {found.runs:,} runs on"
    said = f"{said} {evaluation.machine or 'a machine unknown'}"
    if found.p99 <= limit:
        return Result("latency", Standing.PASS, said)
    return Result("latency", Standing.FAIL, said, "make the model smaller, or raise gates.latency_ms in cdk.json")


def _limited(evaluation: Evaluation, name: str, threshold: Threshold) -> Result:
    estimate, limit = evaluation.metrics.get(name), threshold.limit
    if estimate is None or limit is None:
        return Result(name, Standing.INSUFFICIENT, f"{name} was not measured: its answers are {evaluation.task}")
    better = higher_is_better(name)
    bound = at_least(estimate, limit) if better else at_most(estimate, limit)
    asked = f"at {'least' if better else 'most'} {limit:g}"
    said = f"{name} {estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g}), {asked} asked for"
    return Result(name, bound.standing, said, _more(bound))


def _compared(evaluation: Evaluation, name: str, threshold: Threshold, against: str) -> Result:
    difference, margin = evaluation.rival.differences.get(name) if evaluation.rival else None, threshold.margin
    if difference is None or margin is None:
        return Result(name, Standing.INSUFFICIENT, f"{name} was not compared: its answers are {evaluation.task}")
    bound = at_least(difference, -margin) if higher_is_better(name) else at_most(difference, margin)
    said = f"{name} {difference.value:+.4g} ({difference.low:+.4g} to {difference.high:+.4g}) against {against}"
    return Result(name, bound.standing, f"{said}, {margin:g} worse allowed", _more(bound))


def _more(bound: Bound) -> str:
    if bound.standing is not Standing.INSUFFICIENT:
        return ""
    return f"about {bound.rows:,} rows would tell" if bound.rows else "more rows than anybody has would be needed"


def _joined(gate: str, dossier: Dossier, results: list[Result]) -> Result:
    """The open ones alone where there are some; how many rows the hungriest needs."""
    standing = worst(results)
    shown = [one for one in results if one.standing is standing]
    reason = "; ".join(one.reason for one in shown)
    if standing is Standing.PASS:
        return Result(gate, standing, reason)
    if standing is Standing.FAIL:
        return Result(gate, standing, reason, "train a better one, or change gates in cdk.json, which is reviewed")
    needs = "; ".join(dict.fromkeys(one.next for one in shown if one.next))
    return Result(gate, standing, reason, f"{needs}: {evaluate_again(dossier)}" if needs else evaluate_again(dossier))
