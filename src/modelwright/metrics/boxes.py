"""Metrics of boxes: mean average precision, with greedy matching and all-point interpolation, and hits of all.

Truth is an object array of arrays (m, 5), class code and corners xmin, ymin, xmax, ymax; output one of arrays (k, 6),
class code, confidence and corners. The rules are those of Pascal VOC (Everingham et al. 2010) with one of COCO (Lin et
al. 2014): detections of a class, the most confident of all pictures first, each take the true box of their picture
that they overlap most among those still free; what overlaps none by enough is wrong. Precision is made to fall with
recall, and the area under it is exact, not sampled at 11 or 101 recalls. The mean is over the classes that occur.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .counts import iou as overlap
from .counts import ratio

if TYPE_CHECKING:
    from ..interfaces import Array

COCO = tuple(0.5 + 0.05 * k for k in range(10))  # thresholds of the overlap


def overlaps(first: "Array", second: "Array") -> "Array":
    """Intersection over union (n, m) of boxes (n, 4) and (m, 4), corners xmin, ymin, xmax, ymax; no pixel is added."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(b[:, 2:] - b[:, :2], 0, None).prod(axis=1) for b in (first, second)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


@dataclass(frozen=True)
class Found:
    """What was said of one class in one picture: how many boxes it has, and which detections are right."""

    total: int
    sureness: "Array"  # (k,), in the order in which they were said
    right: "Array"  # (thresholds, k)


def matched(truth: "Array", output: "Array", thresholds: Sequence[float]) -> Found:
    """The detections of a picture, each with the true box that it overlaps most of those that surer ones left free.

    Args:
        truth: of one class, (m, 4).
        output: of the same class, (k, 5), confidence first. Those as confident as one another keep their order.
        thresholds: the least overlap, one or several.
    """
    right = np.zeros((len(thresholds), len(output)), dtype=bool)
    if len(truth) and len(output):
        table = overlaps(output[:, 1:], truth)
        order = np.argsort(-output[:, 0], kind="stable")
        near = table.max(axis=1)[order]
        for row, least in zip(right, thresholds, strict=True):
            free = np.ones(len(truth), dtype=bool)
            for k in order[near >= least]:  # what lies near no box is wrong, whichever are free
                able = np.where(free, table[k], -1.0)
                best = int(able.argmax())
                if able[best] >= least:
                    row[k], free[best] = True, False
    return Found(len(truth), output[:, 0], right)


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision of one class as it is made to fall with recall, and whether each detection is right, the surest first.

    Both are (thresholds, k); `total` is the number of boxes.
    """

    total: int
    precision: "Array"
    right: "Array"

    @property
    def average(self) -> "Array":
        """Average precision at each threshold (thresholds,); NaN where the class has no box."""
        if not self.total:
            return np.full(len(self.right), np.nan)
        return np.asarray((self.precision * self.right).sum(axis=1) / self.total)


def precision_recall(found: Sequence[Found]) -> PrecisionRecall:
    """Of one class, from what was found in all pictures."""
    order = np.argsort(-np.concatenate([one.sureness for one in found]), kind="stable")
    right = np.concatenate([one.right for one in found], axis=1)[:, order]
    precision = np.cumsum(right, axis=1) / np.arange(1, right.shape[1] + 1)
    falling = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    return PrecisionRecall(sum(one.total for one in found), falling, right)


class MeanAveragePrecision:
    """Mean over the classes that occur in truth, and over the thresholds where several are given.

    A picture's matches depend on no other one, so that leaving pictures out is cheap (see `interfaces.Parted`).

    Truth is an object array of arrays (m, 5): class code, corners; output one of arrays (k, 6): class code,
    confidence, corners. `iou` is the least overlap, or several.
    """

    def __call__(self, truth: "Array", output: "Array", iou: float | Sequence[float] = 0.5) -> float:
        """The score."""
        return self.whole(self.parts(truth, output, iou))

    def parts(self, truth: "Array", output: "Array", iou: float | Sequence[float] = 0.5) -> "Array":
        """For each picture what was found of each class, by its code (n,)."""
        if len(truth) != len(output):
            raise ValueError(f"truth has {len(truth)} pictures, the boxes have {len(output)}")
        thresholds = [float(iou)] if isinstance(iou, int | float) else [float(level) for level in iou]
        found = np.empty(len(truth), dtype=object)
        for k, (known, said) in enumerate(zip(truth, output, strict=True)):
            t, o = np.asarray(known, dtype=np.float64).reshape(-1, 5), np.asarray(said, dtype=np.float64).reshape(-1, 6)
            codes = np.unique(np.concatenate([t[:, 0], o[:, 0]]))
            found[k] = {c: matched(t[t[:, 0] == c, 1:], o[o[:, 0] == c, 1:], thresholds) for c in codes.tolist()}
        return found

    def whole(self, parts: "Array", iou: float | Sequence[float] = 0.5) -> float:  # noqa: ARG002
        """The score of pictures with these parts."""
        codes = sorted({c for picture in parts for c, one in picture.items() if one.total})
        values = [precision_recall([picture[c] for picture in parts if c in picture]).average for c in codes]
        return float(np.mean(values)) if values else np.nan


class CocoAveragePrecision(MeanAveragePrecision):
    """The same, averaged over the overlaps 0.5, 0.55 ... 0.95."""

    def __call__(self, truth: "Array", output: "Array") -> float:  # type: ignore[override]
        """The score."""
        return self.whole(self.parts(truth, output))

    def parts(self, truth: "Array", output: "Array") -> "Array":  # type: ignore[override]
        """For each picture what was found of each class, by its code (n,)."""
        return super().parts(truth, output, COCO)


class BoxHits:
    """Hits over hits, false alarms and misses of each picture at each overlap, averaged over both.

    All boxes that are handed in count alike, so those that are not sure enough are left out before (see `at`). Boxes
    of all classes are counted together, each held against those of its own. A picture without boxes counts 1 where
    none are found in it, else 0. Truth and output as for average precision.
    """

    def __call__(self, truth: "Array", output: "Array", iou: float | Sequence[float] = COCO) -> float:
        """The score."""
        return self.whole(self.parts(truth, output, iou))

    def parts(self, truth: "Array", output: "Array", iou: float | Sequence[float] = COCO) -> "Array":
        """The score of each picture (n,)."""
        return self._scores(truth, output, np.array([-np.inf]), iou)[:, 0]

    def whole(self, parts: "Array", iou: float | Sequence[float] = COCO) -> float:  # noqa: ARG002
        """The score of pictures with these parts."""
        return float(np.mean(parts)) if len(parts) else np.nan

    def at(self, truth: "Array", output: "Array", least: "Array", iou: float | Sequence[float] = COCO) -> "Array":
        """The scores (k,) where boxes count that are as confident as each of `least` (k,), or more."""
        return np.asarray(self._scores(truth, output, least, iou).mean(axis=0))

    @staticmethod
    def _scores(truth: "Array", output: "Array", least: "Array", iou: float | Sequence[float]) -> "Array":
        """Of each picture at each confidence (n, k). What surer boxes take does not depend on those less sure."""
        scores = np.empty((len(truth), len(least)))
        for k, picture in enumerate(MeanAveragePrecision().parts(truth, output, iou)):
            levels = len(np.atleast_1d(np.asarray(iou)))
            right, said, total = np.zeros((levels, len(least))), np.zeros(len(least)), 0
            for one in picture.values():
                counted = one.sureness[:, None] >= least  # (boxes, k)
                right += one.right.astype(float) @ counted
                said += counted.sum(axis=0)
                total += one.total
            scores[k] = ratio(right, total + said - right, 1.0).mean(axis=0)
        return scores


def mask_hits(counts: "Array", iou: float | Sequence[float] = COCO) -> "Array":
    """The same of masks, each one thing, by pixel counts (..., 2, 2): the share of the overlaps that is exceeded.

    1 where both masks are empty.
    """
    found = overlap(counts)
    return np.asarray(np.mean([found > level for level in np.atleast_1d(np.asarray(iou))], axis=0))


mean_average_precision = MeanAveragePrecision()
box_hits = BoxHits()
mean_average_precision_coco = CocoAveragePrecision()
