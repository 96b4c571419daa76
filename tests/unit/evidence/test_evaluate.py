"""From a file to an evaluation: what is measured, what is left out, and what is refused."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from serin.errors import BadRequest
from serin.evidence.evaluate import Question, evaluate
from serin.evidence.evaluation import Evaluation
from tests.unit.evidence import versions
from tests.unit.evidence.versions import classifier, regressor, several, subject

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def _evaluate(candidate, rival, path, label="late", **question):
    return evaluate(candidate, rival, Question(path, label, **question), by="ann", now=NOW)


@pytest.fixture(params=["csv", "parquet"])
def file(request, tmp_path):
    given = versions.rows(400)
    return versions.write(tmp_path / f"rows.{request.param}", given, late=versions.happened(given))


def test_a_version_is_measured_beside_its_rival(file):
    """Figures are those of the labelled rows; the whole survives storage."""
    found = _evaluate(subject(classifier(), 2), subject(classifier((0.2, 1.0)), 1), file).evaluation
    given = versions.rows(400)
    expected = roc_auc_score(versions.happened(given), given @ np.array([1.0, 0.5]))
    assert found.metrics["auc"].value == pytest.approx(expected, abs=1e-6)
    assert (found.model, found.version, found.task, found.rows, found.label) == ("churn", 2, "binary", 400, "late")
    assert found.rival is not None
    assert found.rival.version == 1
    assert found.rival.differences["auc"].value == pytest.approx(
        found.metrics["auc"].value - found.rival.metrics["auc"].value
    )
    assert found.metrics["auc"].low < expected < found.metrics["auc"].high
    for latency in (found.latency, found.rival.latency):
        assert latency is not None
        assert 0 < latency.p50 <= latency.p99
        assert (latency.batch, latency.runs >= 100) == (1, True)
    assert "onnxruntime" in found.machine
    assert Evaluation.from_dict(found.to_dict()) == found


def test_numbers_and_several_classes_have_figures_of_their_own(tmp_path):
    """At the quantile that a regression declares; per class for several."""
    given = versions.rows(300)
    path = versions.write(tmp_path / "r.csv", given, late=given.sum(axis=1), kind=list("abc") * 100)
    numbers = _evaluate(subject(regressor(), task="regression", hyperparameters={"quantile": 0.9}), None, path)
    assert numbers.evaluation.metrics.keys() == {"mae", "rmse", "pinball"}
    assert numbers.evaluation.metrics["pinball"].value != numbers.evaluation.metrics["mae"].value / 2
    assert (numbers.evaluation.rival, numbers.evaluation.threshold) == (None, None)
    kinds = _evaluate(subject(several()), None, path, "kind").evaluation
    assert kinds.metrics.keys() == {"accuracy", "log_loss", "accuracy:a", "accuracy:b", "accuracy:c"}
    assert kinds.metrics["accuracy:a"].n == 100


def test_rows_without_a_label_are_left_out_and_said(tmp_path):
    """As many as they are; so is a rare class."""
    given = versions.rows(200)
    late = versions.happened(given).astype(float)
    late[:150] = np.nan
    found = _evaluate(subject(classifier()), None, versions.write(tmp_path / "r.csv", given, late=late))
    assert found.evaluation.rows == 50
    assert found.warnings[0] == "150 of 200 rows have no late and are left out."
    assert "expect wide intervals" in found.warnings[1]


def test_more_rows_than_are_needed_are_drawn_from(tmp_path):
    """By chance, always the same ones, and it is said."""
    given = versions.rows(300)
    path = versions.write(tmp_path / "r.csv", given, late=versions.happened(given))
    found = _evaluate(subject(classifier()), None, path, most_rows=100)
    assert found.evaluation.rows == 100
    assert found.warnings[0] == "100 of 300 rows are used, drawn by chance."
    assert found.evaluation.metrics == _evaluate(subject(classifier()), None, path, most_rows=100).evaluation.metrics


def test_the_threshold_moves_decisions_and_no_probabilities(file):
    """Accuracy changes, log loss does not."""
    half, high = (_evaluate(subject(classifier()), None, file, threshold=at).evaluation for at in (0.5, 0.9))
    assert half.metrics["accuracy"] != high.metrics["accuracy"]
    assert half.metrics["log_loss"] == high.metrics["log_loss"]
    assert high.threshold == 0.9


@pytest.mark.parametrize(
    ("artifact", "task", "label", "figures"),
    [
        (classifier(), "classification", "late", {"selection_rate", "tpr", "fpr", "calibration", "error"}),
        (several(), "classification", "kind", {"error"}),
        (regressor(), "regression", "sum", {"calibration", "error"}),
    ],
)
def test_groups_are_those_declared_and_those_asked_for(tmp_path, artifact, task, label, figures):
    """Whoever asks for others can't leave the declared ones out."""
    given = versions.rows(300)
    path = versions.write(
        tmp_path / "r.parquet", given, late=versions.happened(given), kind=list("abc") * 100, sum=given.sum(axis=1),
        sex=["f", "m", None] * 100, region=["n", "s"] * 150,
    )  # fmt: skip
    asked = subject(artifact, task=task, fairness={"columns": ["sex"]})
    found = _evaluate(asked, None, path, label, groups=("region",)).evaluation.fairness
    assert [split["columns"] for split in found["splits"]] == [["sex"], ["region"], ["sex", "region"]]
    assert found["all"]["figures"].keys() == figures
    assert _evaluate(subject(artifact, task=task), None, path, label).evaluation.fairness is None


def test_rows_of_the_training_are_called_so(tmp_path):
    """Before the gates refuse it."""
    given = versions.rows(200)
    path = versions.write(tmp_path / "r.csv", given, late=versions.happened(given))
    digest = _evaluate(subject(classifier()), None, path).evaluation.data_sha256
    trained = _evaluate(subject(classifier(), data={"sha256": digest}), None, path)
    assert "is what churn@1 was trained on" in trained.warnings[0]


def test_a_model_of_a_fixed_batch_is_timed_at_it(tmp_path):
    """And the rows that don't fill a batch are left out."""
    given = versions.rows(100)
    path = versions.write(tmp_path / "r.csv", given, late=given.sum(axis=1))
    found = _evaluate(subject(regressor(rows=32), task="regression"), None, path).evaluation
    assert (found.rows, found.latency.batch) == (96, 32)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "r.csv is empty: its first row names the columns"),
        ("a,b,late,a\n" + "1,2,1,5\n" * 60, "r.csv has the column 'a' 2 times"),
    ],
)
def test_a_file_whose_columns_are_unclear_is_refused(tmp_path, text, sentence):
    """Nobody knows which of two columns was meant."""
    path = tmp_path / "r.csv"
    path.write_text(text)
    with pytest.raises(BadRequest, match=sentence):
        _evaluate(subject(classifier()), None, path)


@pytest.mark.parametrize(
    ("columns", "label", "candidate", "rival", "sentence"),
    [
        ({"late": [0, 1] * 30}, "lateness", classifier(), None, "r.csv has no column 'lateness': it has a, b, late."),
        ({"late": [0, 1] * 30}, "late", regressor(), None, "churn@1 has no output with probabilities"),
        ({"late": [1] * 60}, "late", classifier(), None, "The label 'late' is 1 in every row"),
        ({"late": [None] * 60}, "late", classifier(), None, "0 rows of r.csv have a late"),
        ({"late": [0, 1] * 5 + [None] * 50}, "late", classifier(), None, "10 rows of r.csv have a late"),
        ({"late": [0, 1] * 30}, "late", classifier(), several(), "churn@2 multiclass on 60"),
        ({"late": [0.0, 1.0] * 30}, "late", classifier((1e30, 1e30)), None, None),
    ],
)  # fmt: skip
def test_what_tells_nothing_is_refused(tmp_path, columns, label, candidate, rival, sentence):
    """In a sentence; extreme scores are no reason."""
    path = versions.write(tmp_path / "r.csv", versions.rows(60), **columns)
    rivals = subject(rival, 2) if rival else None
    if sentence is None:
        assert _evaluate(subject(candidate), rivals, path, label).evaluation.rows == 60
        return
    with pytest.raises(BadRequest) as refused:
        _evaluate(subject(candidate), rivals, path, label)
    assert sentence in str(refused.value)


def test_answers_that_are_no_numbers_are_refused(tmp_path):
    """A figure of the other rows alone would flatter the model."""
    given = versions.rows(60)
    given[7, 0] = np.nan
    path = versions.write(tmp_path / "r.parquet", given, late=versions.happened(versions.rows(60)))
    with pytest.raises(BadRequest, match=r"churn@1 answers 1 of 60 rows with NaN .* row 8 "):
        _evaluate(subject(classifier()), None, path)


def test_probabilities_beyond_one_are_refused(tmp_path):
    """A model that gives logits has no log loss."""
    path = versions.write(tmp_path / "r.csv", versions.rows(60), late=[0, 1] * 30)
    with pytest.raises(BadRequest, match=r"gives 'y_score' from .* probabilities lie between 0 and 1"):
        _evaluate(subject(regressor((5, 5), output="y_score")), None, path)


def test_a_quantile_that_is_none_is_refused(tmp_path):
    """It lies between 0 and 1."""
    path = versions.write(tmp_path / "r.csv", versions.rows(60), late=[0, 1] * 30)
    with pytest.raises(BadRequest, match="declares the quantile 2"):
        _evaluate(subject(regressor(), task="regression", hyperparameters={"quantile": 2}), None, path)
