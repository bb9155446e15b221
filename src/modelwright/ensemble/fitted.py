"""Weights that are fitted: a linear model of the members' logits or values, and the scale and shift of a blend.

Breiman, "Stacked regressions", Machine Learning 24, 1996: weights are not negative, or models that are much alike would
be played off against each other. Chances are fitted by log loss, values by squared error, both with a pull towards
equal weights that weighs as much as one row. With one member this is the scaling of Platt (1999), or of temperature
(Guo et al. 2017) where there are more than two classes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..interfaces import Kind
from ..kinds import mixing
from ..kinds.losses import losses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Array

NUMBERS = 4_000_000  # more (rows times columns times members) are thinned
LEAST = 0.01  # smaller weights are dropped
PULL = 1.0


@dataclass(frozen=True)
class Fit:
    """Weights (members,) that sum to one, and what the weighted mean's numbers are multiplied with and moved by."""

    weights: tuple[float, ...]
    scale: float
    shift: tuple[float, ...]


def fit(kind: Kind, predictions: "Sequence[Array]", target: "Array") -> Fit:
    """The weights, scale and shift under which the members together lose least.

    Args:
        kind: says what numbers the predictions are made of; not chances, each for itself.
        predictions: of the members, for the same rows, finite.
        target: what estimators fit, for those rows: class codes, or values.
    """
    thin = _thinned(len(target), len(predictions) * max(1, predictions[0][:1].size))
    target = target[thin]
    table = np.stack([mixing.numbers(kind, p[thin]) for p in predictions])  # (members, n, columns)
    if mixing.form_of(kind) == "values":
        weights, shift = _squares(table, target.reshape(len(target), -1))
    else:
        weights, shift = _log_loss(table, target)
    weights = np.where(weights < LEAST * weights.sum(), 0.0, weights)
    scale = float(weights.sum())
    if not scale > 0 or not np.isfinite(scale):  # no member is of any use: their plain mean
        return Fit((1 / len(weights),) * len(weights), 1.0, ())
    return Fit(tuple((weights / scale).tolist()), scale, tuple(np.asarray(shift).tolist()))


def loss(kind: Kind, prediction: "Array", target: "Array") -> float:
    """What a prediction loses per row: minus the log of what it gives to the truth, or the squared error of values."""
    return float(losses(kind, prediction, target).mean())


def _thinned(rows: int, width: int) -> "Array":
    """Places of the rows that are looked at: all, or evenly spaced ones."""
    kept = max(1, min(rows, NUMBERS // width))
    return np.linspace(0, rows - 1, kept).astype(np.int64) if kept < rows else np.arange(rows)


def _squares(table: "Array", target: "Array") -> "tuple[Array, Array]":
    """Weights and shifts of least squares, the weights not negative."""
    from scipy.optimize import nnls

    members = len(table)
    centre = table.mean(axis=1, keepdims=True)
    middle = target.mean(axis=0)
    matrix = (table - centre).reshape(members, -1).T
    spread = np.sqrt(PULL * max(float(matrix.var()), 1e-300))
    matrix = np.vstack([matrix, spread * np.eye(members)])
    wanted = np.concatenate([(target - middle).ravel(), np.full(members, spread / members)])
    # the normal equations have few rows, and the same solution
    lower = np.linalg.cholesky(matrix.T @ matrix + 1e-12 * np.trace(matrix.T @ matrix) * np.eye(members))
    weights, _ = nnls(lower.T, np.linalg.solve(lower, matrix.T @ wanted))
    return weights, middle - np.tensordot(weights, centre[:, 0], axes=1)


def _log_loss(table: "Array", codes: "Array") -> "tuple[Array, Array]":
    """Weights and shifts of least log loss, the weights not negative."""
    from scipy.optimize import minimize

    members, rows, columns = table.shape
    binary = columns == 1
    true = codes[:, None].astype(np.float64) if binary else np.eye(columns)[codes.astype(np.int64)]

    def loss(point: "Array") -> "tuple[float, Array]":
        weights, shift = point[:members], point[members:]
        found = np.tensordot(weights, table, axes=1) + shift
        if binary:
            value = float(np.logaddexp(0.0, found).sum() - (found * true).sum())
            chance = 1.0 / (1.0 + np.exp(-found))
        else:
            top = found.max(axis=1, keepdims=True)
            raised = np.exp(found - top)
            total = raised.sum(axis=1, keepdims=True)
            value = float((np.log(total) + top).sum() - (found * true).sum())
            chance = raised / total
        off = chance - true
        pulled, moved = weights - 1 / members, shift
        gradient = np.concatenate([np.tensordot(table, off, axes=2) + PULL * pulled, off.sum(axis=0) + PULL * moved])
        return (value + 0.5 * PULL * float(pulled @ pulled + moved @ moved)) / rows, gradient / rows

    begin = np.concatenate([np.full(members, 1 / members), np.zeros(columns)])
    bounds: Any = [(0.0, None)] * members + [(None, None)] * columns
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100})
    return found.x[:members], found.x[members:]
