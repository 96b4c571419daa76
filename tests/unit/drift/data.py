"""A small model's data: a matrix of three features, or an input for each of two and an image; and its probabilities."""

from functools import lru_cache

import numpy as np

from serin.drift.baseline import Baseline
from serin.drift.window import WindowSketch

LAYOUT = {"delay": ("x", 0), "hour": ("x", 1), "distance": ("x", 2)}
PIXELS = 6 * 7


def matrix(rows, seed=0):
    """Feeds and outputs as serving has them; some distances are missing."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.exponential(10, rows), rng.integers(0, 24, rows), rng.normal(500, 90, rows)])
    x[rng.random(rows) < 0.1, 2] = np.nan
    p = rng.beta(2, 5, rows)
    return {"x": x.astype(np.float32)}, {"p": np.column_stack([1 - p, p]).astype(np.float32)}


@lru_cache
def by_matrix():
    feeds, outputs = matrix(500)
    columns = {name: feeds[tensor][:, column] for name, (tensor, column) in LAYOUT.items()}
    return Baseline.of(columns, layout=LAYOUT, scores=outputs, confidence="p")


def inputs(rows, seed=0):
    rng = np.random.default_rng(seed)
    carrier = rng.choice(np.array(["AA", "UA", "DL"], object), (rows, 1))
    feeds = {"delay": rng.exponential(10, (rows, 1)), "carrier": carrier, "image": rng.random((rows, 6, 7))}
    return feeds, {"y": rng.normal(size=rows)}


@lru_cache
def by_inputs():
    feeds, outputs = inputs(300)
    return Baseline.of({**feeds, "image": feeds["image"].reshape(300, PIXELS)}, scores=outputs)


def window(baseline, feeds, outputs, rows, writer="w", sequence=1, at=1000.0):
    seen = WindowSketch.of(baseline, writer, sequence)
    seen.observe(feeds, outputs, rows, at)
    return seen
