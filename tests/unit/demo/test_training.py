"""What a training pipeline's own step reaches, and what it does not."""

import numpy as np
import orjson
import pandas as pd

from infra.demo import faults, flights, training
from serin.drift.baseline import Baseline
from serin.drift.seasons import Seasons
from serin.registry.register import check_folder

HOURS_IN_A_DAY = 24


def test_a_preparation_is_all_that_differs():
    """It is applied to all flights before they are split: the same rows are held out, the labels are the same."""
    features, late = flights.month(2)
    trained = training.train([2], prepare=faults.mixed_units)
    kept = np.random.default_rng(training.SEED).random(len(late)) >= 0.2
    np.testing.assert_array_equal(trained.features, faults.mixed_units(features[kept]))
    np.testing.assert_array_equal(trained.late, late[kept])
    assert trained.held_out == (~kept).sum()


def test_golden_examples_and_baseline_are_what_the_pipeline_saw(folders):
    """A faulty pipeline doesn't know that it is one: it writes down its own units."""
    golden = orjson.loads((folders["mixed"] / "golden.json").read_bytes())
    departures = [example["inputs"][0]["data"][0] for example in golden["examples"]]
    assert max(departures) < HOURS_IN_A_DAY
    assert pd.read_parquet(folders["mixed"] / "baseline.parquet")["sched_dep_minute"].max() < HOURS_IN_A_DAY


def test_the_manifest_does_not_know_of_a_fault(folders):
    """Nothing but the content tells the versions apart."""
    assert len({(folder / "model.toml").read_bytes() for folder in folders.values()}) == 1


def test_the_baseline_knows_its_weeks_and_how_good_the_model_was(folders, better):
    """From held-out flights alone: what the model was fitted on has no outcome in it."""
    candidate = check_folder(folders["better"])
    sketch, seasons = (
        candidate.content[f"documents/sha256/{digest}"]
        for digest in (candidate.record.sketch, candidate.record.seasons)
    )
    found = Seasons.from_bytes(seasons, Baseline.from_bytes(sketch))
    assert {one.label for one in found.stretches} >= {"the week of 2013-01-07", "Mondays", "April"}
    assert found.quality.outcomes == better.held_out
    assert abs(found.quality.quality.value - better.auc) < 0.01
    assert found.quality.groups.keys() == {"", "origin_code=0", "origin_code=1", "origin_code=2"}
