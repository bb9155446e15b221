"""Formulas on confusion counts (..., classes, classes), truth in rows; NaN where a score is undefined.

They agree with scikit-learn's functions of the same name (the tests compare them), and work on the counts of hundreds
of thresholds at once, which scikit-learn's do not.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array


def ratio(above: Any, below: Any, otherwise: float = np.nan) -> "Array":
    """The quotient, and `otherwise` where below is 0."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64))
    return np.asarray(np.divide(above, below, out=np.full(above.shape, otherwise), where=below != 0))


def parts(counts: "Array") -> "tuple[Array, Array, Array]":
    """Hits, truths and calls (..., classes) of each class."""
    return np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1), counts.sum(axis=-2)


def mean_present(values: "Array", present: "Array") -> "Array":
    """The mean over the classes that are present (..., classes)."""
    return ratio(np.where(present, values, 0.0).sum(axis=-1), present.sum(axis=-1))


def accuracy(counts: "Array") -> "Array":
    """Share of rows with the right label."""
    return ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))


def balanced_accuracy(counts: "Array") -> "Array":
    """Mean recall of the classes that occur."""
    hits, truths, _ = parts(counts)
    return mean_present(ratio(hits, truths, 0.0), truths > 0)


def fbeta_of_classes(counts: "Array", beta: float) -> "tuple[Array, Array]":
    """F-beta (..., classes) of each class, and whether the class occurs in truth or labels."""
    hits, truths, calls = parts(counts)
    weight = beta * beta
    return ratio((1 + weight) * hits, weight * truths + calls, 0.0), (truths + calls) > 0


def fbeta(counts: "Array", beta: float = 2.0) -> "Array":
    """F-beta of the positive class of two; of more classes, the mean over them."""
    values, present = fbeta_of_classes(counts, beta)
    if counts.shape[-1] == 2:
        return np.where(present[..., 1], values[..., 1], np.nan)
    return mean_present(values, present)


def f1(counts: "Array") -> "Array":
    """F1 of the positive class of two; of more classes, the mean over them."""
    return fbeta(counts, 1.0)


def f1_macro(counts: "Array") -> "Array":
    """Mean F1 of the classes."""
    return mean_present(*fbeta_of_classes(counts, 1.0))


def f1_weighted(counts: "Array") -> "Array":
    """Mean F1 of the classes, each weighted with its number of rows."""
    values, _ = fbeta_of_classes(counts, 1.0)
    truths = counts.sum(axis=-1)
    return ratio((values * truths).sum(axis=-1), truths.sum(axis=-1))


def precision(counts: "Array") -> "Array":
    """Share of the rows called positive that are; 0 where none is called."""
    hits, truths, calls = parts(counts)
    values = ratio(hits, calls, 0.0)
    return values[..., 1] if counts.shape[-1] == 2 else mean_present(values, (truths + calls) > 0)


def recall(counts: "Array") -> "Array":
    """Share of the positive rows that are called positive."""
    hits, truths, calls = parts(counts)
    if counts.shape[-1] == 2:
        return ratio(hits[..., 1], truths[..., 1])
    return mean_present(ratio(hits, truths, 0.0), (truths + calls) > 0)


def specificity(counts: "Array") -> "Array":
    """Share of the negative rows that are called negative (of more classes: the first is the negative one)."""
    return ratio(counts[..., 0, 0], counts[..., 0, :].sum(axis=-1))


def jaccard(counts: "Array") -> "Array":
    """Positive rows called positive, among the rows that are or are called positive."""
    hits, truths, calls = parts(counts)
    values = ratio(hits, truths + calls - hits)
    if counts.shape[-1] == 2:
        return values[..., 1]
    return mean_present(values, np.isfinite(values))


def mcc(counts: "Array") -> "Array":
    """Matthews correlation of truth and labels; 0 where one of them is constant (Gorodkin 2004 for more classes)."""
    hits, truths, calls = (p.astype(np.float64) for p in parts(counts))
    total = truths.sum(axis=-1)
    shared = hits.sum(axis=-1) * total - (truths * calls).sum(axis=-1)
    spread = (total**2 - (truths**2).sum(axis=-1)) * (total**2 - (calls**2).sum(axis=-1))
    return ratio(shared, np.sqrt(spread), 0.0)


def kappa(counts: "Array", power: int = 0) -> "Array":
    """Cohen's kappa: disagreement beside what chance would give; power 1 and 2 weight it with the distance of codes."""
    places = np.arange(counts.shape[-1])
    distance = np.abs(places[:, None] - places[None, :])
    weights = (distance > 0).astype(np.float64) if power == 0 else distance.astype(np.float64) ** power
    _, truths, calls = parts(counts)
    total = counts.sum(axis=(-2, -1))
    seen = (weights * counts).sum(axis=(-2, -1))
    expected = ((truths @ weights) * calls).sum(axis=-1)
    return 1 - ratio(seen * total, expected)


def linear_kappa(counts: "Array") -> "Array":
    """Kappa with the distance of grades as weight."""
    return kappa(counts, 1)


def quadratic_kappa(counts: "Array") -> "Array":
    """Kappa with the squared distance of grades as weight."""
    return kappa(counts, 2)


def error_rate(counts: "Array") -> "Array":
    """Share of rows with a wrong label."""
    return 1 - accuracy(counts)


def g_mean(counts: "Array") -> "Array":
    """Geometric mean of the recalls of the classes that occur (Kubat and Matwin 1997)."""
    hits, truths, _ = parts(counts)
    recalls, present = ratio(hits, truths, 1.0), truths > 0
    return ratio(np.prod(recalls, axis=-1) ** ratio(1.0, present.sum(axis=-1), 1.0), present.any(axis=-1))


def cost(counts: "Array", false_negative: float = 1.0, false_positive: float = 1.0, matrix: Any = None) -> "Array":
    """Mean cost per row of decisions between two classes, or by a matrix of prices (truth in rows, labels in columns).

    Of more than two classes without a matrix, every wrong label costs 1.
    """
    if matrix is None and counts.shape[-1] > 2:
        return error_rate(counts)
    return _priced(counts, matrix if matrix is not None else [[0.0, false_positive], [false_negative, 0.0]])


def profit(
    counts: "Array",
    true_positive: float = 1.0,
    false_positive: float = -1.0,
    true_negative: float = 0.0,
    false_negative: float = 0.0,
    matrix: Any = None,
) -> "Array":
    """Mean gain per row of decisions between two classes, or by a matrix of gains (truth in rows, labels in columns).

    Raises ValueError for more than two classes without a matrix.
    """
    return _priced(
        counts, matrix if matrix is not None else [[true_negative, false_positive], [false_negative, true_positive]]
    )


def _priced(counts: "Array", matrix: Any) -> "Array":
    """The mean price per row; a matrix may have more classes than occur."""
    prices, classes = np.asarray(matrix, dtype=np.float64), counts.shape[-1]
    if prices.ndim != 2 or prices.shape[0] != prices.shape[1] or len(prices) < classes:
        raise ValueError(f"the matrix of prices has shape {prices.shape}, but there are {classes} classes")
    return ratio((counts * prices[:classes, :classes]).sum(axis=(-2, -1)), counts.sum(axis=(-2, -1)))


def dice(counts: "Array") -> "Array":
    """Twice the shared pixels over the sum of both masks; 1 where both are empty."""
    return ratio(2 * counts[..., 1, 1], 2 * counts[..., 1, 1] + counts[..., 0, 1] + counts[..., 1, 0], 1.0)


def iou(counts: "Array") -> "Array":
    """Shared pixels over those of either mask; 1 where both are empty."""
    return ratio(counts[..., 1, 1], counts[..., 1, 1] + counts[..., 0, 1] + counts[..., 1, 0], 1.0)


def set_fbeta(parts: "Array", beta: float = 1.0) -> "Array":
    """F-beta of each row; 0 where nothing is true and nothing answered, as in scikit-learn."""
    weight = beta * beta
    return ratio((1 + weight) * parts[:, 0], weight * parts[:, 1] + parts[:, 2], 0.0)


def set_jaccard(parts: "Array") -> "Array":
    """Shared labels over those in either set; 0 where both are empty, as in scikit-learn."""
    return ratio(parts[:, 0], parts[:, 1] + parts[:, 2] - parts[:, 0], 0.0)


def set_equal(parts: "Array") -> "Array":
    """Whether both sets are the same."""
    return np.asarray((parts[:, 0] == parts[:, 1]) & (parts[:, 0] == parts[:, 2])).astype(np.float64)
