"""Metrics of scores and probabilities. NaN where a score is undefined, such as the AUC of one class."""

from typing import TYPE_CHECKING

import numpy as np

from .counts import ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..interfaces import Array

SMALL = 1e-15  # probabilities are clipped to [SMALL, 1 - SMALL] before a log is taken


def curve(truth: "Array", score: "Array") -> "tuple[Array, Array]":
    """Positives and negatives (distinct scores + 1,) found down to each distinct score, from the highest on."""
    order = np.argsort(score, kind="stable")[::-1]  # quick where the scores lie in order already
    ordered, positive = score[order], truth[order] == 1
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    found = np.cumsum(positive)[ends]
    return np.append(0, found), np.append(0, ends + 1 - found)


def auc_binary(truth: "Array", score: "Array") -> float:
    """Area under the ROC curve; ties count half."""
    if not len(truth):
        return np.nan
    positives, negatives = curve(truth, score)
    area = (np.diff(negatives) * (positives[1:] + positives[:-1])).sum() / 2
    return float(ratio(area, float(positives[-1]) * float(negatives[-1])))


def average_precision_binary(truth: "Array", score: "Array") -> float:
    """Precision at each score, weighted with the recall gained there."""
    if not len(truth):
        return np.nan
    positives, negatives = curve(truth, score)
    gained = ratio(np.diff(positives), positives[-1])
    return float((gained * positives[1:] / (positives[1:] + negatives[1:])).sum())


def each_class(truth: "Array", score: "Array", measure: "Callable[[Array, Array], float]") -> float:
    """A score of two classes; of more, the mean of one against the rest over the classes that occur.

    Of sets of labels, truth (n, labels), the mean over the labels for which it is defined.
    """
    if truth.ndim == 2:
        each = np.array([measure(truth[:, k], score[:, k]) for k in range(truth.shape[1])])
        return float(each[np.isfinite(each)].mean()) if np.isfinite(each).any() else np.nan
    if score.ndim == 1:
        return measure(truth, score)
    found = [measure((truth == c).astype(np.int64), score[:, c]) for c in range(score.shape[1]) if (truth == c).any()]
    return float(np.mean(found)) if found else np.nan


def auc(truth: "Array", score: "Array") -> float:
    """Area under the ROC curve; of more than two classes, the mean of one against the rest."""
    return each_class(truth, score, auc_binary)


def gini(truth: "Array", score: "Array") -> float:
    """Twice the AUC, less one."""
    return 2 * auc(truth, score) - 1


def average_precision(truth: "Array", score: "Array") -> float:
    """Average precision; of more than two classes, the mean of one against the rest."""
    return each_class(truth, score, average_precision_binary)


def log_losses(truth: "Array", probabilities: "Array") -> "Array":
    """Minus the log of the probability given to the true class (n,); of sets of labels, the mean over the labels."""
    if truth.ndim == 2:
        sure = np.clip(probabilities, SMALL, 1 - SMALL)
        return np.asarray(-np.where(truth > 0, np.log(sure), np.log1p(-sure)).mean(axis=1))
    given = probabilities[np.arange(len(truth)), truth]
    return np.asarray(-np.log(np.clip(given, SMALL, 1 - SMALL)))


def log_loss(truth: "Array", probabilities: "Array") -> float:
    """Mean log loss."""
    return float(log_losses(truth, probabilities).mean()) if len(truth) else np.nan


def balanced_log_loss(truth: "Array", probabilities: "Array") -> float:
    """Log loss averaged within each class, then over the classes that occur; NaN where only one does."""
    losses, sizes = log_losses(truth, probabilities), np.bincount(truth)
    means = (np.bincount(truth, weights=losses) / np.maximum(sizes, 1))[sizes > 0]
    return float(means.mean()) if len(means) > 1 else np.nan


def brier(truth: "Array", probabilities: "Array") -> float:
    """Two classes: mean squared error of the probability; more: the sum of the squared errors of all classes.

    Of sets of labels, the mean over the labels.
    """
    if truth.ndim == 2:
        return float(np.square(probabilities - truth).mean()) if len(truth) else np.nan
    errors = probabilities - np.eye(probabilities.shape[1])[truth]
    if not len(truth):
        return np.nan
    return float((errors[:, 1] ** 2).mean() if errors.shape[1] == 2 else (errors**2).sum(axis=1).mean())


def top_k_accuracy(truth: "Array", probabilities: "Array", k: int = 3) -> float:
    """Share of rows whose true class is among the k most likely; at a tie the later class wins, as in scikit-learn."""
    order = np.argsort(probabilities, axis=1, kind="stable")[:, ::-1][:, : int(k)]
    return float((order == truth[:, None]).any(axis=1).mean()) if len(truth) else np.nan


def ranking_precision(truth: "Array", score: "Array") -> float:
    """Mean over rows and true labels of the share of true labels among those ranked as high (LRAP); ties count.

    Tsoumakas, Katakis and Vlahavas, "Mining multi-label data", 2010. A row without a label, or with all, counts 1.
    """
    if not len(truth):
        return np.nan
    found = np.ones(len(truth))
    for row, (labels, scores) in enumerate(zip(truth > 0, score, strict=True)):
        if 0 < labels.sum() < len(labels):
            higher = scores[None, :] >= scores[labels][:, None]  # (true labels, labels)
            found[row] = float((higher[:, labels].sum(axis=1) / higher.sum(axis=1)).mean())
    return float(found.mean())


def calibration_error(truth: "Array", probabilities: "Array", bins: int = 10) -> float:
    """How far the confidence in the likeliest class is from how often it is right, in even bins (Guo et al. 2017)."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights=right - sure, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth)) if len(truth) else np.nan
