"""Learning a threshold on a score: the one that a metric of labels likes best, without chasing noise.

Rows are counted in a few hundred bins of the score, so that all thresholds are tried at once. The whole search is
repeated on bootstrap samples of the rows: the median of their best thresholds is steadier than the best threshold of
the one sample at hand, and the spread of the gain over the default says whether the gain is more than noise.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..interfaces import Array

BINS = 256
SAMPLES = 24
SURE = 2.0  # standard errors by which a tuned threshold must beat one that is right in theory
KEEN = 0.25  # and by which it must beat a default that is just a habit


def tune(
    truth: "Array",
    score: "Array",
    goodness: "Callable[[Array], Array]",
    default: float,
    *,
    sure: bool,
) -> float:
    """The threshold t for which calling rows with score >= t positive is best.

    Args:
        truth: 0/1 (n,).
        score: (n,), larger means more likely 1.
        goodness: from counts (..., 2, 2), truth in rows, to scores (...), higher is better, NaN where undefined.
        default: what is returned unless another threshold is better by more than noise.
        sure: whether "more than noise" means clearly so.
    """
    edges = candidates(score, default)
    heights = np.array(
        [np.bincount(np.searchsorted(edges, score[truth == c], side="right"), minlength=len(edges) + 1) for c in (0, 1)]
    )
    samples = np.concatenate([heights[None], resample(heights, SAMPLES)])
    values = goodness(counts_above(samples))  # (samples, edges)
    values = np.where(np.isfinite(values), values, -np.inf)
    at_default = int(np.searchsorted(edges, default))
    if not np.isfinite(values[:, at_default]).all():
        return default
    chosen = int(np.median(values[1:].argmax(axis=1)))
    gains = values[:, chosen] - values[:, at_default]
    limit = SURE if sure else KEEN
    return float(edges[chosen]) if np.isfinite(gains).all() and gains[0] > limit * gains[1:].std() else default


def candidates(score: "Array", default: float) -> "Array":
    """Thresholds worth trying, ascending: the default, and halfway between neighbouring scores; some hundreds."""
    distinct = np.unique(score)
    middles = (distinct[1:] + distinct[:-1]) / 2
    if len(middles) > BINS:
        ranks = np.sort(score)[np.linspace(0, len(score) - 1, BINS).astype(np.int64)]
        middles = np.unique(middles[np.searchsorted(distinct, ranks).clip(max=len(middles) - 1)])
    return np.unique(np.append(middles, default))


def counts_above(heights: "Array") -> "Array":
    """From rows per class and bin (..., 2, edges + 1) to confusion counts (..., edges, 2, 2) for each edge."""
    below = np.cumsum(heights, axis=-1)[..., :-1]
    above = heights.sum(axis=-1, keepdims=True) - below
    return np.moveaxis(np.stack([below, above], axis=-1), -3, -2)


def resample(heights: "Array", samples: int) -> "Array":
    """Bootstrap samples of binned rows: each count becomes a Poisson number of that mean (Oza and Russell 2001)."""
    return np.random.default_rng(0).poisson(heights, size=(samples, *heights.shape))


def from_calls(
    truth: "Array", score: "Array", call: "Callable[[Array, Array], Any]", default: float, higher_is_better: bool
) -> float:
    """The best of some thirty thresholds for a metric about which nothing is known; the default at a tie."""
    tried = np.unique(np.quantile(score, np.linspace(0.02, 0.98, 33)))
    sign = 1.0 if higher_is_better else -1.0
    best, best_value = default, sign * call(truth, (score >= default).astype(np.int64))
    for threshold in tried:
        value = sign * call(truth, (score >= threshold).astype(np.int64))
        if value > best_value:
            best, best_value = float(threshold), value
    return best
