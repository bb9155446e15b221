"""Metrics of values, in natural units. Several targets (n, targets) are averaged column by column.

NaN where a score is undefined: a log of what has none, or a truth that is constant.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

Measure = Callable[..., float]


def columnwise(measure: Measure) -> Measure:
    """The mean of the measure over the columns of truth and output, for one target the measure itself."""

    @wraps(measure)
    def over_columns(truth: "Array", output: "Array", **params: Any) -> float:
        truth, output = np.asarray(truth, dtype=np.float64), np.asarray(output, dtype=np.float64)
        if truth.shape != output.shape:
            raise ValueError(f"truth has shape {truth.shape}, the values have {output.shape}")
        if not len(truth):
            return np.nan
        if truth.ndim == 1:
            return float(measure(truth, output, **params))
        return float(np.mean([measure(truth[:, k], output[:, k], **params) for k in range(truth.shape[1])]))

    return over_columns


@columnwise
def mse(truth: "Array", output: "Array") -> float:
    """Mean squared error."""
    return float(np.square(output - truth).mean())


@columnwise
def rmse(truth: "Array", output: "Array") -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.square(output - truth).mean()))


@columnwise
def nrmse(truth: "Array", output: "Array") -> float:
    """RMSE over the standard deviation of the truth: 1 is what its mean would give."""
    return float(np.sqrt(1 - _r2(truth, output)))


@columnwise
def mae(truth: "Array", output: "Array") -> float:
    """Mean absolute error."""
    return float(np.abs(output - truth).mean())


@columnwise
def median_absolute_error(truth: "Array", output: "Array") -> float:
    """Median absolute error."""
    return float(np.median(np.abs(output - truth)))


@columnwise
def max_error(truth: "Array", output: "Array") -> float:
    """The largest absolute error."""
    return float(np.abs(output - truth).max())


@columnwise
def msle(truth: "Array", output: "Array") -> float:
    """Mean squared error of log(1 + value)."""
    if min(truth.min(), output.min()) <= -1:
        return np.nan
    return float(np.square(np.log1p(output) - np.log1p(truth)).mean())


@columnwise
def rmsle(truth: "Array", output: "Array") -> float:
    """Root of the mean squared error of log(1 + value)."""
    return float(np.sqrt(msle(truth, output)))


@columnwise
def rmse_log(truth: "Array", output: "Array") -> float:
    """Root of the mean squared error of log(value)."""
    if min(truth.min(), output.min()) <= 0:
        return np.nan
    return float(np.sqrt(np.square(np.log(output) - np.log(truth)).mean()))


@columnwise
def mape(truth: "Array", output: "Array") -> float:
    """Mean of |error| / |truth|, as a share; a truth of 0 counts as the smallest float, as in scikit-learn."""
    return float((np.abs(output - truth) / np.maximum(np.abs(truth), np.finfo(np.float64).eps)).mean())


@columnwise
def rmspe(truth: "Array", output: "Array") -> float:
    """Root of the mean squared relative error, over the rows whose truth is not 0."""
    kept = truth != 0
    return float(np.sqrt(np.square((output[kept] - truth[kept]) / truth[kept]).mean())) if kept.any() else np.nan


@columnwise
def smape(truth: "Array", output: "Array") -> float:
    """Mean of 2 |error| / (|truth| + |output|) in percent, 0 to 200; a row where both are 0 counts as 0."""
    size = np.abs(truth) + np.abs(output)
    return float(100 * np.divide(2 * np.abs(output - truth), size, out=np.zeros_like(size), where=size > 0).mean())


@columnwise
def wape(truth: "Array", output: "Array") -> float:
    """Sum of absolute errors over the sum of absolute truths."""
    total = np.abs(truth).sum()
    return float(np.abs(output - truth).sum() / total) if total else np.nan


def _r2(truth: "Array", output: "Array") -> float:
    spread = np.square(truth - truth.mean()).sum()
    return float(1 - np.square(output - truth).sum() / spread) if spread > 0 else np.nan


@columnwise
def r2(truth: "Array", output: "Array") -> float:
    """Share of the variance explained: 1 is perfect, 0 what the mean would give."""
    return _r2(truth, output)


@columnwise
def explained_variance(truth: "Array", output: "Array") -> float:
    """As R2, but blind to a constant offset."""
    return _r2(truth, output + (truth - output).mean())


@columnwise
def pearson(truth: "Array", output: "Array") -> float:
    """Linear correlation; 0 for constant predictions, which carry no information."""
    return _correlation(truth, output)


@columnwise
def spearman(truth: "Array", output: "Array") -> float:
    """Correlation of ranks; 0 for constant predictions."""
    import pandas as pd

    return _correlation(pd.Series(truth).rank().to_numpy(), pd.Series(output).rank().to_numpy())


def _correlation(truth: "Array", output: "Array") -> float:
    t, o = truth - truth.mean(), output - output.mean()
    if not np.ptp(truth):
        return np.nan
    size = np.sqrt(np.square(t).sum() * np.square(o).sum())
    return float((t * o).sum() / size) if np.ptp(output) and size > 0 else 0.0


@columnwise
def concordance(truth: "Array", output: "Array") -> float:
    """Lin's concordance: correlation that also asks for the same mean and spread (Lin 1989)."""
    t, o = truth - truth.mean(), output - output.mean()
    size = np.square(t).mean() + np.square(o).mean() + (truth.mean() - output.mean()) ** 2
    return float(2 * (t * o).mean() / size) if np.ptp(truth) else np.nan


@columnwise
def poisson_deviance(truth: "Array", output: "Array") -> float:
    """Mean Poisson deviance; predictions must be positive and truth not negative."""
    if truth.min() < 0 or output.min() <= 0:
        return np.nan
    logs = np.log(np.where(truth > 0, truth, output) / output)  # 0 log 0 is 0
    return float(2 * (truth * logs - truth + output).mean())


@columnwise
def gamma_deviance(truth: "Array", output: "Array") -> float:
    """Mean gamma deviance; truth and predictions must be positive."""
    if min(truth.min(), output.min()) <= 0:
        return np.nan
    return float(2 * (np.log(output / truth) + truth / output - 1).mean())


@columnwise
def quantile_loss(truth: "Array", output: "Array", alpha: float = 0.5) -> float:
    """Pinball loss of the quantile `alpha`."""
    error = truth - output
    return float(np.maximum(alpha * error, (alpha - 1) * error).mean())


@columnwise
def huber(truth: "Array", output: "Array", delta: float = 1.0) -> float:
    """Half the squared error up to `delta`, linear beyond (Huber 1964)."""
    size = np.abs(output - truth)
    return float(np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)).mean())
