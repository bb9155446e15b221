"""Learning cut points: values between neighbouring cuts become one grade.

Rows are counted in bins of the prediction, so that moving a cut costs one difference of cumulated counts. Each cut is
moved in turn to its best place, from a start at which as many rows get a grade as have it, or from rounding. All of
this is done for several bootstrap samples of the rows at once, and the cuts are averaged over the samples (Breiman
1996) and drawn towards the start: on a few hundred rows the best cuts of one sample are mostly luck.
"""

from typing import TYPE_CHECKING

import numpy as np

from .thresholds import KEEN, SURE, resample

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..interfaces import Array

BINS = 80
SAMPLES = 8
ROUNDS = 4
PRIOR = 300  # rows for which the start stands: with so many of them, learnt cuts lie halfway between it and the best


def tune_cuts(
    truth: "Array", value: "Array", halfway: "Array", goodness: "Callable[[Array], Array]", *, sure: bool
) -> "Array | None":
    """Cut points (classes - 1,), ascending; None where rounding is as good, noise considered.

    Args:
        truth: codes (n,).
        value: predictions (n,).
        halfway: the cuts (classes - 1,) that mean rounding.
        goodness: from counts (..., classes, classes), truth in rows, to scores (...), higher is better.
        sure: whether cuts must be clearly better than rounding to be used.
    """
    classes = len(halfway) + 1
    by_share = marginal_cuts(truth, value, classes)
    edges = np.unique(np.concatenate([_grid(value), halfway, by_share]))
    heights = np.zeros((len(edges) + 1, classes), dtype=np.int64)
    np.add.at(heights, (np.searchsorted(edges, value, side="right"), truth), 1)
    samples = np.concatenate([heights[None], resample(heights, SAMPLES)])
    below = np.concatenate([np.zeros_like(samples[:, :1]), samples.cumsum(axis=1)], axis=1)  # (samples, bins + 1, C)

    def score(places: "Array") -> "Array":
        found = goodness(_confusion(below, places))
        return np.where(np.isfinite(found), found, -np.inf)

    plain = np.tile(np.searchsorted(edges, halfway), (len(samples), 1))
    shared = np.tile(np.searchsorted(edges, by_share), (len(samples), 1))
    start = shared if score(shared).mean() > score(plain).mean() else plain
    climbed = np.sort(edges[_climb(below, start, goodness)[1:]], axis=1).mean(axis=0)
    cuts = (len(truth) * climbed + PRIOR * edges[start[0]]) / (len(truth) + PRIOR)
    chosen = np.tile(np.searchsorted(edges, cuts).clip(max=len(edges) - 1), (len(samples), 1))
    gains = score(chosen) - score(plain)
    if not np.isfinite(gains).all() or gains[0] <= (SURE if sure else KEEN) * gains[1:].std():
        return None
    return np.asarray(cuts)


def marginal_cuts(truth: "Array", value: "Array", classes: int) -> "Array":
    """Cuts (classes - 1,) that give each grade as many rows as have it."""
    shares = np.bincount(truth, minlength=classes).cumsum()[:-1] / len(truth)
    return np.asarray(np.quantile(value, shares))


def _grid(value: "Array") -> "Array":
    """Values between which cuts are moved: quantiles for the many, even steps for the rare grades at the ends."""
    return np.concatenate(
        [np.quantile(value, np.linspace(0, 1, BINS)), np.linspace(value.min(), value.max(), BINS // 4)]
    )


def _confusion(below: "Array", places: "Array") -> "Array":
    """Counts (samples, C, C) when cuts lie at these edges (samples, C - 1); `below` as in `tune_cuts`."""
    rows = np.arange(len(below))[:, None]
    inner = below[rows, places + 1]  # rows with a value below each cut
    bounds = np.concatenate([below[:, :1], inner, below[:, -1:]], axis=1)
    return np.swapaxes(np.diff(bounds, axis=1), -1, -2)


def _climb(below: "Array", start: "Array", goodness: "Callable[[Array], Array]") -> "Array":
    """Move one cut after another to its best edge, in every sample on its own, until nothing moves."""
    places, edges = start.copy(), below.shape[1] - 2
    positions = np.arange(edges)
    for _ in range(ROUNDS):
        before = places.copy()
        for cut in range(places.shape[1]):
            places[:, cut] = _best_place(below, places, cut, positions, goodness)
        if np.array_equal(before, places):
            break
    return places


def _best_place(
    below: "Array", places: "Array", cut: int, positions: "Array", goodness: "Callable[[Array], Array]"
) -> "Array":
    """The best edge (samples,) of one cut between its neighbours, the others staying where they are."""
    samples = np.arange(len(below))
    counts = np.repeat(_confusion(below, places)[:, None], len(positions), axis=1)  # (samples, edges, truth, grade)
    low = below[samples, places[:, cut - 1] + 1] if cut else below[:, 0]
    high = below[samples, places[:, cut + 1] + 1] if cut + 1 < places.shape[1] else below[:, -1]
    at = below[:, 1:-1]
    counts[..., cut] = at - low[:, None]
    counts[..., cut + 1] = high[:, None] - at
    found = goodness(counts)
    allowed = (counts[..., cut] >= 0).all(axis=-1) & (counts[..., cut + 1] >= 0).all(axis=-1) & np.isfinite(found)
    found = np.where(allowed, found, -np.inf)
    here = np.take_along_axis(found, places[:, [cut]], axis=1)[:, 0]
    best = found.argmax(axis=1)
    return np.where(found[samples, best] > here + 1e-12, best, places[:, cut])
