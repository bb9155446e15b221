"""Metrics that depend on counts alone: how many rows (or pixels) of each true class were given each label.

Such a metric can be worked out for hundreds of thresholds at once from cumulated counts. The catalogue writes it as a
formula on counts, the kinds use the same formula to learn thresholds: one definition for both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

Formula = Callable[..., Any]


@dataclass(frozen=True)
class LabelScore:
    """How a score of two classes, `formula(counts, **params)` on (..., 2, 2), becomes one of several labels.

    `each` is the mean over the labels, `weighted` the mean weighted with the rows that have the label, `pooled` one
    score of all labels together. A label for which the formula is undefined counts 0, as in scikit-learn.
    """

    formula: Formula
    how: Literal["each", "weighted", "pooled"]
    half: bool = False  # whether one half is the right threshold for calibrated probabilities

    def combine(self, counts: "Array", **params: Any) -> "Array":
        """From counts (..., labels, 2, 2) to scores (...)."""
        if self.how == "pooled":
            return np.asarray(self.formula(counts.sum(axis=-3), **params))
        values = np.nan_to_num(self.formula(counts, **params))
        if self.how == "each":
            return np.asarray(values.mean(axis=-1))
        truths = counts[..., 1, :].sum(axis=-1)
        total = truths.sum(axis=-1)
        return np.asarray(np.where(total > 0, (values * truths).sum(axis=-1) / np.maximum(total, 1), np.nan))


@dataclass(frozen=True)
class ConfusionScore:
    """A metric of labels: `formula(counts, **params)`, counts (..., classes, classes) with the truth in rows.

    The formula works on any leading axes and gives NaN where the metric is undefined. `labels` says what the metric
    means for sets of labels, None where it means nothing.
    """

    formula: Formula
    labels: LabelScore | None = None

    def __call__(self, truth: "Array", output: "Array", **params: Any) -> float:
        """The score of class codes (n,) against true class codes (n,), or of 0/1 matrices (n, labels)."""
        if np.ndim(truth) == 2 and self.labels is not None:
            return float(self.labels.combine(label_counts(truth, output), **params))
        return float(self.formula(confusion(truth, output), **params))


@dataclass(frozen=True)
class SampleScore:
    """A metric of sets of labels, row by row: `formula(parts, **params)`, parts (n, 3): shared, true, answered labels.

    The score is the mean over the rows.
    """

    formula: Formula

    def __call__(self, truth: "Array", output: "Array", **params: Any) -> float:
        """The score of 0/1 matrices (n, labels)."""
        t, o = np.asarray(truth) > 0, np.asarray(output) > 0
        if t.shape != o.shape or t.ndim != 2:
            raise ValueError(f"truth has shape {t.shape}, the labels have {o.shape}")
        parts = np.column_stack([(t & o).sum(axis=1), t.sum(axis=1), o.sum(axis=1)])
        return float(np.mean(self.formula(parts, **params))) if len(parts) else np.nan


@dataclass(frozen=True)
class MaskScore:
    """A metric of masks: `formula(counts)` of pixel counts (..., 2, 2), over all images together or image by image."""

    formula: Formula
    each: bool  # the mean over images, instead of one score for all pixels

    def __call__(self, truth: "Array", output: "Array", **params: Any) -> float:
        """The score of object arrays of n masks (0/1) against n true ones."""
        return self.whole(self.parts(truth, output), **params)

    def parts(self, truth: "Array", output: "Array", **params: Any) -> "Array":  # noqa: ARG002
        """Pixel counts of each image (n, 2, 2)."""
        return np.array([mask_counts(t, o) for t, o in zip(truth, output, strict=True)]).reshape(-1, 2, 2)

    def whole(self, parts: "Array", **params: Any) -> float:
        """The score of images with these counts."""
        return float(self.combine(parts, **params))

    def combine(self, counts: "Array", **params: Any) -> Any:
        """From counts (images, ..., 2, 2) to scores (...)."""
        if self.each:
            return self.formula(counts, **params).mean(axis=0) if len(counts) else np.nan
        return self.formula(counts.sum(axis=0), **params)


@dataclass(frozen=True)
class ClassMaskScore:
    """A metric of masks of several classes: `formula` of counts (classes, 2, 2), each against the rest, averaged.

    Pixels of all images are counted together; a class counts where truth or output has it, unless its code is one of
    `without`. Pixels whose true code is below 0 are left out.
    """

    formula: Formula

    def __call__(self, truth: "Array", output: "Array", **params: Any) -> float:
        """The score of object arrays of n arrays of class codes against n true ones."""
        return self.whole(self.parts(truth, output), **params)

    def parts(self, truth: "Array", output: "Array", **params: Any) -> "Array":  # noqa: ARG002
        """For each image how many pixels of each true class were given each class (n, classes, classes)."""
        size = 1 + max((int(np.max(m, initial=0)) for m in (*truth, *output)), default=0)
        pixels = np.zeros((len(truth), size, size), dtype=np.int32)
        for k, (t, o) in enumerate(zip(truth, output, strict=True)):
            known, said = np.asarray(t).astype(np.int64), np.asarray(o).astype(np.int64)
            if known.shape != said.shape:
                raise ValueError(f"a true mask has shape {known.shape}, the predicted one {said.shape}")
            counted = known >= 0
            cells = known[counted] * size + said[counted]
            pixels[k] = np.bincount(cells, minlength=size * size).reshape(size, size)
        return pixels

    def whole(self, parts: "Array", without: Sequence[int] = (), **params: Any) -> float:
        """The score of images with these counts."""
        pixels = parts.sum(axis=0, dtype=np.int64)
        size = len(pixels)
        hits, truths, calls = np.diag(pixels), pixels.sum(axis=1), pixels.sum(axis=0)
        rest = pixels.sum() - truths - calls + hits
        counts = np.stack([rest, calls - hits, truths - hits, hits], axis=-1).reshape(size, 2, 2)
        present = (truths + calls > 0) & ~np.isin(np.arange(size), np.asarray(without, dtype=np.int64))
        return float(np.mean(self.formula(counts[present], **params))) if present.any() else np.nan


def confusion(truth: "Array", output: "Array", classes: int = 0) -> "Array":
    """Counts (classes, classes), truth in rows; as many classes as the largest code needs, and at least two."""
    t, o = np.asarray(truth).astype(np.int64, copy=False), np.asarray(output).astype(np.int64, copy=False)
    if t.shape != o.shape:
        raise ValueError(f"truth has shape {t.shape}, the labels have {o.shape}")
    size = max(2, classes, int(t.max(initial=0)) + 1, int(o.max(initial=0)) + 1)
    return np.bincount(t * size + o, minlength=size * size).reshape(size, size)


def label_counts(truth: "Array", output: "Array") -> "Array":
    """Counts (labels, 2, 2), truth in rows, of 0/1 matrices (n, labels)."""
    t, o = np.asarray(truth).astype(bool, copy=False), np.asarray(output).astype(bool, copy=False)
    if t.shape != o.shape or t.ndim != 2:
        raise ValueError(f"truth has shape {t.shape}, the labels have {o.shape}")
    both, in_truth, in_output = (m.sum(axis=0) for m in (t & o, t, o))
    cells = [len(t) - in_truth - in_output + both, in_output - both, in_truth - both, both]
    return np.stack(cells, axis=-1).reshape(-1, 2, 2)


def mask_counts(truth: "Array", output: "Array") -> "Array":
    """Pixel counts (2, 2) of one pair of masks."""
    t, o = np.asarray(truth).astype(bool, copy=False), np.asarray(output).astype(bool, copy=False)
    if t.shape != o.shape:
        raise ValueError(f"a true mask has shape {t.shape}, the predicted one {o.shape}")
    both, in_truth, in_output = (int(np.count_nonzero(m)) for m in (t & o, t, o))
    return np.array([[t.size - in_truth - in_output + both, in_output - both], [in_truth - both, both]])
