"""Metrics that depend on counts alone: how many rows (or pixels) of each true class were given each label.

Such a metric can be worked out for hundreds of thresholds at once from cumulated counts. The catalogue writes it as a
formula on counts, the kinds use the same formula to learn thresholds: one definition for both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

Formula = Callable[..., Any]


@dataclass(frozen=True)
class ConfusionScore:
    """A metric of labels: `formula(counts, **params)`, counts (..., classes, classes) with the truth in rows.

    The formula works on any leading axes and gives NaN where the metric is undefined.
    """

    formula: Formula

    def __call__(self, truth: "Array", output: "Array", **params: Any) -> float:
        """The score of class codes (n,) against true class codes (n,)."""
        return float(self.formula(confusion(truth, output), **params))


@dataclass(frozen=True)
class MaskScore:
    """A metric of masks: `formula(counts)` of pixel counts (..., 2, 2), over all images together or image by image."""

    formula: Formula
    each: bool  # the mean over images, instead of one score for all pixels

    def __call__(self, truth: "Array", output: "Array", **params: Any) -> float:
        """The score of object arrays of n masks (0/1) against n true ones."""
        counts = np.array([mask_counts(t, o) for t, o in zip(truth, output, strict=True)]).reshape(-1, 2, 2)
        return float(self.combine(counts, **params))

    def combine(self, counts: "Array", **params: Any) -> Any:
        """From counts (images, ..., 2, 2) to scores (...)."""
        if self.each:
            return self.formula(counts, **params).mean(axis=0) if len(counts) else np.nan
        return self.formula(counts.sum(axis=0), **params)


def confusion(truth: "Array", output: "Array", classes: int = 0) -> "Array":
    """Counts (classes, classes), truth in rows; as many classes as the largest code needs, and at least two."""
    t, o = np.asarray(truth).astype(np.int64, copy=False), np.asarray(output).astype(np.int64, copy=False)
    if t.shape != o.shape:
        raise ValueError(f"truth has shape {t.shape}, the labels have {o.shape}")
    size = max(2, classes, int(t.max(initial=0)) + 1, int(o.max(initial=0)) + 1)
    return np.bincount(t * size + o, minlength=size * size).reshape(size, size)


def mask_counts(truth: "Array", output: "Array") -> "Array":
    """Pixel counts (2, 2) of one pair of masks."""
    t, o = np.asarray(truth).astype(bool, copy=False), np.asarray(output).astype(bool, copy=False)
    if t.shape != o.shape:
        raise ValueError(f"a true mask has shape {t.shape}, the predicted one {o.shape}")
    both, in_truth, in_output = (int(np.count_nonzero(m)) for m in (t & o, t, o))
    return np.array([[t.size - in_truth - in_output + both, in_output - both], [in_truth - both, both]])
