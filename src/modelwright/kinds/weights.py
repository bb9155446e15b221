"""Learning weights of classes: the label is the class whose weighted probability is largest.

First one number for all classes, the power of the class shares by which probabilities are divided (0: the most likely
class; 1: what is right for balanced accuracy). Then each class on its own, as far as that is more than noise.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

Goodness = Callable[["Array"], "Array"]

POWERS = np.linspace(0.0, 1.2, 13)
STEPS = np.linspace(-1.5, 1.5, 31)  # in units of the logarithm of a weight
ROUNDS = 2
ROWS = 20_000  # more only cost time


def tune_weights(truth: "Array", prediction: "Array", goodness: Goodness) -> "Array":
    """Weights (classes,) with mean logarithm 0.

    Args:
        truth: codes (n,).
        prediction: probabilities (n, classes).
        goodness: from counts (..., classes, classes), truth in rows, to scores (...), higher is better.
    """
    if len(truth) > ROWS:
        kept = np.random.default_rng(0).choice(len(truth), ROWS, replace=False)
        truth, prediction = truth[kept], prediction[kept]
    logs = np.log(np.clip(prediction, 1e-12, None))
    classes = logs.shape[1]
    sizes = np.bincount(truth, minlength=classes)
    shares = np.log((sizes + 1) / (len(truth) + classes))
    tried = np.array([goodness(_counts(truth, (logs - power * shares).argmax(axis=1), classes)) for power in POWERS])
    if not np.isfinite(tried).any():
        return np.ones(classes)
    noise = 0.5 / np.sqrt(len(truth))  # about the standard error of a share
    tried = np.where(np.isfinite(tried), tried, -np.inf) - 0.1 * noise * POWERS
    offsets = -POWERS[int(tried.argmax())] * shares
    for _ in range(ROUNDS):
        before = offsets.copy()
        for c in np.flatnonzero(sizes):
            offsets[c] += _step(truth, logs + offsets, int(c), goodness, noise)
        if np.array_equal(before, offsets):
            break
    return np.asarray(np.exp(offsets - offsets.mean()))


def _step(truth: "Array", weighted: "Array", c: int, goodness: Goodness, noise: float) -> float:
    """By how much to raise or lower the logarithm of one class's weight; 0 unless that pays clearly."""
    classes = weighted.shape[1]
    others = weighted.copy()
    others[:, c] = -np.inf
    rival = others.argmax(axis=1)
    needed = others[np.arange(len(truth)), rival] - weighted[:, c]  # the row is called c when the step is larger
    bins = np.searchsorted(STEPS, needed, side="left")  # ... that is, for the steps from this place on
    shape = (len(STEPS) + 1, classes, classes)
    moved = np.bincount(np.ravel_multi_index((bins, truth, rival), shape), minlength=int(np.prod(shape))).reshape(shape)
    taken = moved.cumsum(axis=0)[:-1]  # (steps, truth, rival): rows that each step calls c
    counts = moved.sum(axis=0) - taken
    counts[:, :, c] += taken.sum(axis=2)
    tried = goodness(counts)
    tried = np.where(np.isfinite(tried), tried, -np.inf) - noise * STEPS**2
    still = int(np.abs(STEPS).argmin())
    best = int(tried.argmax())
    return float(STEPS[best]) if tried[best] > tried[still] + 0.25 * noise else 0.0


def _counts(truth: "Array", output: "Array", classes: int) -> "Array":
    return np.bincount(truth * classes + output, minlength=classes**2).reshape(classes, classes)
