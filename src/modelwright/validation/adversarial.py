"""Adversarial validation: how well a small model tells test rows from training rows, and by which columns.

The model is a few dozen small boosted trees on binned columns, fitted out of fold, see `trees`.
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.profile import Drift
from . import binned, trees
from .entities import feature_names
from .structure import spread

if TYPE_CHECKING:
    import pandas as pd

    from ..records.problem import Problem

    Array = np.ndarray[Any, np.dtype[Any]]

ROWS = 4_000  # of each table
CELLS = 400_000  # rows by columns, at most
LEAST = 50  # rows of each table below which nothing is said
COLUMNS = 400  # looked at, spread evenly
FOLDS = 3
TELLING = 3.0  # standard errors from 0.5 from which a column is said to give rows away


def measure(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame | None") -> Drift | None:
    """How well test rows are told from training rows; None without a test table, or where rows or columns are few.

    Ids are left out: their numbers tell which table a row stands in, and nothing else.
    """
    if test is None or min(len(train), len(test)) < LEAST:
        return None
    names = feature_names(problem, train, test)
    names = names[:: -(-len(names) // COLUMNS)] if names else []
    if not names:
        return None
    most = min(ROWS, max(LEAST, CELLS // (2 * len(names))))
    table, asked = _both(train, test, names, most)
    views = [(name, *view) for name in names for view in binned.of(table[name])]
    bins = np.stack([view[2] for view in views], axis=1)
    ordered = np.array([view[1] for view in views])
    fold = _folds(asked)
    told = _boosted(bins, ordered, asked, fold)
    alone: dict[str, float] = {}
    for k, (name, _, _) in enumerate(views):
        alone[name] = max(alone.get(name, 0.5), auc(_by_bin(bins[:, k], asked, fold), asked))
    noise = error_of(0.5, asked)
    strongest = sorted((c for c in alone.items() if c[1] > 0.5 + TELLING * noise), key=lambda c: -c[1])
    found = auc(told, asked)
    return Drift(
        auc=round(found, 4),
        error=round(error_of(found, asked), 4),
        columns=tuple((name, round(value, 4)) for name, value in strongest),
        rows=len(asked),
        how=f"{trees.ROUNDS} boosted trees on {len(names)} columns, out of fold, ids left out",
    )


def auc(score: "Array", asked: "Array") -> float:
    """The share of pairs of a test row and a training row in which the test row has the higher score; ties half."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positive = int(asked.sum())
    return float((ranks[asked].sum() - positive * (positive + 1) / 2) / (positive * (len(asked) - positive)))


def error_of(area: float, asked: "Array") -> float:
    """The standard error of an AUC (Hanley and McNeil 1982)."""
    positive = int(asked.sum())
    negative = len(asked) - positive
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positive - 1) * (first - area**2) + (negative - 1) * (second - area**2)
    return math.sqrt(max(variance, 0.0) / (positive * negative))


def _both(train: "pd.DataFrame", test: "pd.DataFrame", names: list[str], most: int) -> "tuple[pd.DataFrame, Array]":
    """A sample of both tables, one below the other, and which rows are of the test table."""
    import pandas as pd

    parts = [table[names].iloc[spread(len(table), most)] for table in (train, test)]
    different = {name: object for name in names if parts[0][name].dtype != parts[1][name].dtype}
    both = pd.concat([part.astype(different) for part in parts], ignore_index=True).infer_objects()
    return both, np.arange(len(both)) >= len(parts[0])


def _folds(asked: "Array") -> "Array":
    """A fold for each row, even in both tables."""
    random = np.random.default_rng(1)
    fold = np.empty(len(asked), np.int64)
    for side in (False, True):
        rows = random.permutation(np.flatnonzero(asked == side))
        fold[rows] = np.arange(len(rows)) % FOLDS
    return fold


def _by_bin(bins: "Array", asked: "Array", fold: "Array") -> "Array":
    """The share of test rows of each row's bin in the other folds."""
    shape = (FOLDS, binned.BINS)
    place = fold * binned.BINS + bins
    test = np.bincount(place, asked, FOLDS * binned.BINS).reshape(shape)
    rows = np.bincount(place, minlength=FOLDS * binned.BINS).reshape(shape)
    others, all_others = test.sum(axis=0) - test, rows.sum(axis=0) - rows
    return np.asarray(((others + asked.mean()) / (all_others + 1))[fold, bins])


def _boosted(bins: "Array", ordered: "Array", asked: "Array", fold: "Array") -> "Array":
    """Log odds of being a test row, out of fold, (rows,)."""
    found = np.zeros(len(bins))
    for k in range(FOLDS):
        fit = fold != k
        found[~fit] = trees.boost(bins[fit].astype(np.int64), bins[~fit], ordered, asked[fit].astype(float))
    return found
