"""A few dozen boosted oblivious trees on binned columns (as in CatBoost, Prokhorenkova et al. 2018), in numpy.

A plan has to come within seconds, and importing a library of boosted trees takes two of them; on simulated shifts the
AUC of these lies near that of LightGBM's.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import binned

if TYPE_CHECKING:
    Array = np.ndarray[Any, np.dtype[Any]]

ROUNDS = 40
DEPTH = 3
RATE = 0.3
RIDGE = 10.0  # rows added to each leaf


def boost(bins: "Array", new: "Array", ordered: "Array", target: "Array") -> "Array":
    """Log odds of new rows, after ROUNDS trees of gradient boosting of the log loss.

    Args:
        bins: of the rows to fit on (rows, columns), in 0 .. binned.BINS - 1.
        new: of the rows to score.
        ordered: whether the bins of each column have an order.
        target: 0 or 1 for each row to fit on, with both among them.
    """
    share = target.mean()
    score, answer = np.full(len(bins), math.log(share / (1 - share))), np.zeros(len(new))
    width = bins.shape[1]
    column = np.arange(width) * binned.BINS
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-score))
        slope, weight = target - chance, chance * (1 - chance)
        leaf, place = np.zeros(len(bins), np.int64), np.zeros(len(new), np.int64)
        for level in range(DEPTH):
            cells = ((leaf * width * binned.BINS)[:, None] + column + bins).ravel()
            shape = (2**level, width, binned.BINS)
            slopes = np.bincount(cells, np.repeat(slope, width), np.prod(shape)).reshape(shape)
            weights = np.bincount(cells, np.repeat(weight, width), np.prod(shape)).reshape(shape)
            best, cut = np.unravel_index(_gains(slopes, weights, ordered).argmax(), shape[1:])
            leaf = 2 * leaf + _right(bins[:, best], int(cut), bool(ordered[best]))
            place = 2 * place + _right(new[:, best], int(cut), bool(ordered[best]))
        step = np.bincount(leaf, slope, 2**DEPTH) / (np.bincount(leaf, weight, 2**DEPTH) + RIDGE / 4)
        score += RATE * step[leaf]
        answer += RATE * step[place]
    return answer


def _gains(slopes: "Array", weights: "Array", ordered: "Array") -> "Array":
    """What splitting every leaf at each bin of each column gains, (columns, bins): up to it, or it against the rest."""
    left = np.where(ordered[None, :, None], slopes.cumsum(axis=2), slopes)
    held = np.where(ordered[None, :, None], weights.cumsum(axis=2), weights)
    right, rest = slopes.sum(axis=2, keepdims=True) - left, weights.sum(axis=2, keepdims=True) - held
    gains = left**2 / (held + RIDGE / 4) + right**2 / (np.maximum(rest, 0) + RIDGE / 4)
    return np.asarray(gains.sum(axis=0))


def _right(bins: "Array", cut: int, ordered: bool) -> "Array":
    return (bins > cut if ordered else bins == cut).astype(np.int64)
