"""Metrics of the best part of a ranking: what stands at the top of a list, or at one end of the ROC curve.

Truth is 0/1 (n,) with scores (n,): one list of all rows; or class codes (n,) with scores (n, classes): a list of
classes for each row; or a 0/1 matrix with scores of the same shape: a list of labels for each row. NaN where a score is
undefined. Rows with equal scores count as in the mean over all their orders, save where it is said.
"""

from typing import TYPE_CHECKING

import numpy as np

from .counts import ratio
from .entry import scores
from .ranks import curve, each_class

if TYPE_CHECKING:
    from ..interfaces import Array


def _relevance(truth: "Array", score: "Array") -> "Array":
    """Truth as a 0/1 matrix in the shape of the scores."""
    truth = np.asarray(truth)
    if truth.shape == score.shape:
        return truth
    return np.asarray(np.eye(score.shape[1], dtype=np.int64)[truth])


def _sorted(truth: "Array", score: "Array") -> "Array":
    """Relevance (n, places) from the highest score down; at a tie the later place wins, as in scikit-learn's top k."""
    order = np.argsort(score, axis=1, kind="stable")[:, ::-1]
    return np.asarray(np.take_along_axis(_relevance(truth, score), order, axis=1))


def _lists(truth: "Array", score: "Array") -> "Array":
    """One list or many, as rows of relevance."""
    score = np.asarray(score, dtype=np.float64)
    return _sorted(truth, score) if score.ndim == 2 else _sorted(np.asarray(truth)[None], score[None])


def map_at_k(truth: "Array", score: "Array", k: int = 0) -> float:
    """Mean average precision of the first `k` places (0: all); with one true class a row, the mean of 1 / its place."""
    hits = _lists(truth, score)
    if not hits.size:
        return np.nan
    most = min(int(k) or hits.shape[1], hits.shape[1])
    wanted = np.minimum(hits.sum(axis=1), most)
    first = hits[:, :most]
    precision = first.cumsum(axis=1) / np.arange(1, most + 1)
    found = ratio((precision * first).sum(axis=1), wanted)
    return float(np.nanmean(found)) if np.isfinite(found).any() else np.nan


def ndcg(truth: "Array", score: "Array", k: int = 0) -> float:
    """Discounted gain of the first `k` places (0: all) over that of the best order (Järvelin and Kekäläinen 2002)."""
    hits = _lists(truth, score)
    if not hits.size:
        return np.nan
    most = min(int(k) or hits.shape[1], hits.shape[1])
    discounts = 1 / np.log2(np.arange(2, most + 2))
    gained = (hits[:, :most] * discounts).sum(axis=1)
    best = (-np.sort(-hits, axis=1)[:, :most] * discounts).sum(axis=1)
    found = ratio(gained, best)
    return float(np.nanmean(found)) if np.isfinite(found).any() else np.nan


def _found_in_top(truth: "Array", score: "Array", k: int, share: float) -> tuple[float, int]:
    """Positives among the first rows, and how many rows those are: `k`, or else a share of all."""
    rows = min(int(k) or max(1, round(share * len(truth))), len(truth))
    positive = np.asarray(truth) == 1
    limit = np.partition(score, -rows)[-rows]
    above, tied = score > limit, score == limit
    return float(positive[above].sum() + (rows - above.sum()) * positive[tied].mean()), rows


def precision_at_top(truth: "Array", score: "Array", k: int = 0, share: float = 0.1) -> float:
    """Share of positives among the `k` rows of the highest score, or among that share of all rows."""

    def measure(t: "Array", s: "Array") -> float:
        found, rows = _found_in_top(t, s, k, share)
        return found / rows

    return each_class(truth, score, measure) if len(truth) else np.nan


def recall_at_top(truth: "Array", score: "Array", k: int = 0, share: float = 0.1) -> float:
    """Share of all positives that are among the `k` rows of the highest score, or among that share of all rows."""

    def measure(t: "Array", s: "Array") -> float:
        return float(ratio(_found_in_top(t, s, k, share)[0], (t == 1).sum()))

    return each_class(truth, score, measure) if len(truth) else np.nan


def lift(truth: "Array", score: "Array", share: float = 0.1) -> float:
    """Share of positives in the top `share` of the rows over their share in all rows."""

    def measure(t: "Array", s: "Array") -> float:
        found, rows = _found_in_top(t, s, 0, share)
        return float(ratio(found / rows, (t == 1).mean()))

    return each_class(truth, score, measure) if len(truth) else np.nan


def _roc(truth: "Array", score: "Array") -> "tuple[Array, Array] | None":
    """False and true positive rates, ascending; None where one of the classes does not occur."""
    if not len(truth):
        return None
    positives, negatives = curve(truth, score)
    return (negatives / negatives[-1], positives / positives[-1]) if positives[-1] and negatives[-1] else None


def partial_auc(truth: "Array", score: "Array", max_fpr: float = 0.1, min_tpr: float = 0.0) -> float:
    """Area under the ROC curve at its left end up to `max_fpr`, or, where given, at its upper end above `min_tpr`.

    Up to `max_fpr` it is scaled so that chance is 0.5 and the best is 1 (McClish 1989), as scikit-learn does. Above
    `min_tpr` it is the plain area, at most 1 - min_tpr.
    """

    def measure(t: "Array", s: "Array") -> float:
        if min_tpr > 0:
            t, s = 1 - t, -s  # the curve of the negatives, mirrored
        rates = _roc(t, s)
        if rates is None:
            return np.nan
        false, true = rates
        limit = 1 - min_tpr if min_tpr > 0 else max_fpr
        inside = false <= limit
        x, y = np.append(false[inside], limit), np.append(true[inside], np.interp(limit, false, true))
        area = float((np.diff(x) * (y[1:] + y[:-1])).sum() / 2)
        if min_tpr > 0 or limit >= 1:
            return area
        chance = limit**2 / 2
        return 0.5 * (1 + (area - chance) / (limit - chance))

    return each_class(truth, score, measure)


def ks(truth: "Array", score: "Array") -> float:
    """Largest distance of the score distributions of positives and negatives (Kolmogorov and Smirnov)."""

    def measure(t: "Array", s: "Array") -> float:
        rates = _roc(t, s)
        return np.nan if rates is None else float((rates[1] - rates[0]).max())

    return each_class(truth, score, measure)


def recall_at_fpr(truth: "Array", score: "Array", fpr: float = 0.05) -> float:
    """Largest share of positives found with at most the false positive rate `fpr`."""

    def measure(t: "Array", s: "Array") -> float:
        rates = _roc(t, s)
        return np.nan if rates is None else float(rates[1][rates[0] <= fpr].max())

    return each_class(truth, score, measure)


def recall_at_precision(truth: "Array", score: "Array", precision: float = 0.9) -> float:
    """Largest share of positives found while at least `precision` of the rows called positive are; 0 where none."""

    def measure(t: "Array", s: "Array") -> float:
        if not len(t) or not (t == 1).any():
            return np.nan
        positives, negatives = (counts[1:] for counts in curve(t, s))
        kept = positives >= precision * (positives + negatives)
        return float(positives[kept].max(initial=0) / positives[-1])

    return each_class(truth, score, measure)


TOPS = (
    scores(
        "map-at-k", map_at_k, "Mean average precision of the first `k` places; with one true class, of 1 / place.",
        "map@k", "mapk", "mean average precision at k", "mean reciprocal rank", "mrr",
    ),
    scores(
        "ndcg", ndcg, "Discounted gain of the first `k` places (0: all) over that of the best order.",
        "ndcg@k", "ndcg score", "normalized discounted cumulative gain", "normalised discounted cumulative gain",
        "discounted cumulative gain",
    ),
    scores(
        "precision-at-top", precision_at_top, "Share of positives in the top `k` rows, or the top `share` (0.1).",
        "precision at k", "precision@k", "p@k",
    ),
    scores(
        "recall-at-top", recall_at_top, "Share of all positives in the top `k` rows, or the top `share` (0.1).",
        "recall at k", "recall@k", "capture rate", "cumulative gain",
    ),
    scores(
        "lift", lift, "Share of positives in the top `share` (0.1) over their share in all rows.",
        "lift at k", "lift@k", "top decile lift",
    ),
    scores(
        "partial-auc", partial_auc, "Area under the ROC curve up to `max_fpr` (0.1) or above `min_tpr`.",
        "pauc", "partial area under the curve", "partial roc auc", "partial area under the roc curve",
    ),
    scores(
        "ks", ks, "Largest distance between the score distributions of the two classes.",
        "ks statistic", "kolmogorov-smirnov statistic", "kolmogorov smirnov",
    ),
    scores("recall-at-fpr", recall_at_fpr, "Recall at a false positive rate of at most `fpr` (0.05).",
           "tpr at fpr", "sensitivity at fixed specificity"),
    scores("recall-at-precision", recall_at_precision, "Recall at a precision of at least `precision` (0.9)."),
)  # fmt: skip
