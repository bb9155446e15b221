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
def mae_log(truth: "Array", output: "Array") -> float:
    """Mean absolute error of log(value)."""
    if min(truth.min(), output.min()) <= 0:
        return np.nan
    return float(np.abs(np.log(output) - np.log(truth)).mean())


@columnwise
def mdape(truth: "Array", output: "Array") -> float:
    """Median of |error| / |truth|, as a share, over the rows whose truth is not 0."""
    kept = truth != 0
    return float(np.median(np.abs((output[kept] - truth[kept]) / truth[kept]))) if kept.any() else np.nan


@columnwise
def within(truth: "Array", output: "Array", tolerance: float = 0.1, absolute: float = 0.0) -> float:
    """Share of values off by at most `tolerance` times the truth, or, where it is not 0, by at most `absolute`."""
    allowed = absolute if absolute > 0 else tolerance * np.abs(truth)
    return float((np.abs(output - truth) <= allowed).mean())


@columnwise
def log_cosh(truth: "Array", output: "Array") -> float:
    """Mean of log(cosh(error)), written so that it does not overflow."""
    size = np.abs(output - truth)
    return float((size + np.log1p(np.exp(-2 * size)) - np.log(2)).mean())


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


def _tau(truth: "Array", output: "Array") -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(truth, output).statistic)


@columnwise
def kendall(truth: "Array", output: "Array") -> float:
    """Kendall's tau-b; 0 for constant predictions."""
    if not np.ptp(truth):
        return np.nan
    return _tau(truth, output) if np.ptp(output) else 0.0


@columnwise
def concordance_index(truth: "Array", output: "Array") -> float:
    """Share of pairs of different truth that the values put in the right order, ties half (Harrell 1982, uncensored).

    Worked out from Kendall's tau-b, which counts the same pairs over the root of those untied in each.
    """
    if not np.ptp(truth):
        return np.nan
    if not np.ptp(output):
        return 0.5
    return float((1 + _tau(truth, output) * np.sqrt(_untied(output) / _untied(truth))) / 2)


def _untied(values: "Array") -> float:
    """Number of pairs of different value."""
    _, sizes = np.unique(values, return_counts=True)
    return float(len(values) * (len(values) - 1) - (sizes * (sizes - 1)).sum()) / 2


@columnwise
def normalized_gini(truth: "Array", output: "Array") -> float:
    """Gini coefficient of amounts in the order of the values, over that in their own order.

    Both are proportional to the covariance of the amounts with ranks, ties at their mean rank (Lerman and Yitzhaki
    1984).
    """
    import pandas as pd

    amounts = truth - truth.mean()
    best = (amounts * pd.Series(truth).rank().to_numpy()).sum()
    return float((amounts * pd.Series(output).rank().to_numpy()).sum() / best) if best > 0 else np.nan


@columnwise
def tweedie_deviance(truth: "Array", output: "Array", power: float = 1.5) -> float:
    """Mean Tweedie deviance of that power: 0 squared error, 1 Poisson, 2 gamma, between them sums of gamma claims."""
    if power == 0:
        return float(np.square(output - truth).mean())
    if power == 1:
        return float(poisson_deviance(truth, output))
    if power == 2:
        return float(gamma_deviance(truth, output))
    if output.min() <= 0 or truth.min() < 0 or (power > 2 and truth.min() <= 0):
        return np.nan
    own = np.power(truth, 2 - power) / ((1 - power) * (2 - power))
    crossed = truth * np.power(output, 1 - power) / (1 - power)
    return float(2 * (own - crossed + np.power(output, 2 - power) / (2 - power)).mean())


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
