"""Metrics of boxes: mean average precision, with greedy matching and all-point interpolation.

Truth is an object array of arrays (m, 5), class code and corners xmin, ymin, xmax, ymax; output one of arrays (k, 6),
class code, confidence and corners. The rules are those of Pascal VOC (Everingham et al. 2010) with one of COCO (Lin et
al. 2014): detections of a class, the most confident of all pictures first, each take the true box of their picture
that they overlap most among those still free; what overlaps none by enough is wrong. Precision is made to fall with
recall, and the area under it is exact, not sampled at 11 or 101 recalls. The mean is over the classes that occur.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

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


def matched(truth: "Sequence[Array]", output: "Sequence[Array]", iou: float) -> "tuple[int, Array]":
    """How many boxes there are, and whether each detection is right, the most confident first.

    Args:
        truth: of one class, (m, 4) for each picture.
        output: of the same class, (k, 5), confidence first. Those as confident as one another keep the order of
            pictures and of their lists.
        iou: the least overlap.
    """
    total = sum(len(boxes) for boxes in truth)
    picture = np.repeat(np.arange(len(output)), [len(boxes) for boxes in output])
    if not len(picture):
        return total, np.zeros(0, dtype=bool)
    found = np.concatenate([boxes for boxes in output if len(boxes)])
    alike = [overlaps(o[:, 1:], t) if len(o) and len(t) else None for o, t in zip(output, truth, strict=True)]
    place = np.concatenate([np.arange(len(boxes)) for boxes in output])
    free = [np.ones(len(boxes), dtype=bool) for boxes in truth]
    order = np.argsort(-found[:, 0], kind="stable")
    right = np.zeros(len(order), dtype=bool)
    for rank, k in enumerate(order):
        table = alike[picture[k]]
        if table is None:
            continue
        able = np.where(free[picture[k]], table[place[k]], -1.0)
        best = int(able.argmax())
        if able[best] >= iou:
            right[rank], free[picture[k]][best] = True, False
    return total, right


def average_precision(truth: "Sequence[Array]", output: "Sequence[Array]", iou: float) -> float:
    """Average precision of one class, as `matched` takes it; NaN where there is no box of it."""
    total, right = matched(truth, output, iou)
    if not total:
        return np.nan
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float(falling[right].sum() / total)


def mean_average_precision(truth: "Array", output: "Array", iou: float | Sequence[float] = 0.5) -> float:
    """Mean over the classes that occur in truth, and over the thresholds where several are given.

    Args:
        truth: object array of arrays (m, 5): class code, corners.
        output: object array of arrays (k, 6): class code, confidence, corners.
        iou: the least overlap, or several.
    """
    if len(truth) != len(output):
        raise ValueError(f"truth has {len(truth)} pictures, the boxes have {len(output)}")
    known = [np.asarray(t, dtype=np.float64).reshape(-1, 5) for t in truth]
    said = [np.asarray(o, dtype=np.float64).reshape(-1, 6) for o in output]
    codes = np.unique(np.concatenate([t[:, 0] for t in known])) if known else np.empty(0)
    thresholds = [float(iou)] if isinstance(iou, int | float) else [float(level) for level in iou]
    found = [
        average_precision([t[t[:, 0] == c, 1:] for t in known], [o[o[:, 0] == c, 1:] for o in said], level)
        for c in codes
        for level in thresholds
    ]
    return float(np.mean(found)) if found else np.nan


def mean_average_precision_coco(truth: "Array", output: "Array") -> float:
    """The same, averaged over the overlaps 0.5, 0.55 ... 0.95."""
    return mean_average_precision(truth, output, COCO)
