"""Wide rows are watched by a few figures, the same in every process."""

import numpy as np
import pytest
from scipy import stats

from serin.stats.row_summaries import SUMMARIES, row_summaries


@pytest.fixture
def images():
    return np.random.default_rng(6).random((400, 3 * 32 * 32)).astype(np.float32)


def test_norm_mean_and_spread_are_numpys(images):
    """In double precision, whatever comes in; integers too."""
    norm, mean, spread = row_summaries(images)[:3]
    rows = images.astype(float)
    assert norm == pytest.approx(np.linalg.norm(rows, axis=1))
    assert (mean, spread) == (pytest.approx(rows.mean(axis=1)), pytest.approx(rows.std(axis=1)))
    assert row_summaries(np.array([[3, 4]], np.uint8))[0, 0] == 5


def test_projections_are_the_same_everywhere():
    """The numbers are written here: another numpy must draw the same places and signs."""
    row = np.arange(1000.0)[None]
    assert row_summaries(row)[3:5, 0] == pytest.approx([866.5625, 1799.75])
    assert not np.array_equal(row_summaries(row, seed=1)[3:], row_summaries(row)[3:])


def test_projections_see_what_the_moments_do_not(images):
    """Each row with its values in another order: norm, mean and spread are as before, most shadows are not."""
    bright = images * np.linspace(0.2, 1.8, images.shape[1], dtype=np.float32)
    before, after = row_summaries(bright), row_summaries(bright[:, ::-1])
    assert before[:3] == pytest.approx(after[:3])
    p_values = [stats.ks_2samp(one, two).pvalue for one, two in zip(before[3:], after[3:], strict=True)]
    assert sum(p < 1e-3 for p in p_values) >= 4


def test_rows_in_pieces_give_the_same(images):
    """Memory is bounded by taking a few rows at a time."""
    many = np.tile(images, (3, 1))
    assert np.array_equal(row_summaries(many), np.tile(row_summaries(images), 3))


def test_missing_values_show(images):
    """As missing summaries, without a warning."""
    images[0, 5] = np.nan
    found = row_summaries(images[:2])
    assert np.isnan(found[:3, 0]).all()
    assert np.isfinite(found[:, 1]).all()
    assert row_summaries(images[:0]).shape == (len(SUMMARIES), 0)
