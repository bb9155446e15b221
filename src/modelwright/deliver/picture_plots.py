"""The report's pictures of masks of several classes, and of boxes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..metrics import boxes
from .canvas import INK, PALETTE, Plot, canvas

if TYPE_CHECKING:
    from ..interfaces import Array

MOST = 12  # classes that are drawn


def class_overlaps(truth: "Array", masks: "Array", classes: Sequence[str]) -> Plot:
    """Intersection over union of each class over the pixels of all scenes; truth of -1 does not count."""
    size = len(classes)
    pixels = np.zeros((size, size), dtype=np.int64)
    for true, said in zip(truth, masks, strict=True):
        counted = np.asarray(true) >= 0
        cells = np.asarray(true)[counted].astype(np.int64) * size + np.asarray(said)[counted].astype(np.int64)
        pixels += np.bincount(cells, minlength=size * size).reshape(size, size)
    hits, truths, calls = np.diag(pixels), pixels.sum(axis=1), pixels.sum(axis=0)
    shares = hits / np.maximum(truths + calls - hits, 1)
    order = np.argsort(-truths, kind="stable")[:MOST]
    with canvas(5.4, 0.9 + 0.27 * len(order)) as (axes, svg):
        axes.barh(range(len(order)), shares[order], color=PALETTE[0], alpha=0.85)
        for place, code in enumerate(order):
            axes.text(shares[code] + 0.01, place, f"{shares[code]:.2f}", va="center", color=INK, fontsize=8.5)
        labels = [f"{classes[code]} ({truths[code] / max(1, truths.sum()):.1%})" for code in order]
        axes.set_yticks(range(len(order)), labels)
        axes.invert_yaxis()
        axes.set(xlabel="intersection over union", xlim=(0, 1.08))
        return Plot(
            "Class by class",
            svg("overlaps", "Intersection over union of each class"),
            "Over the pixels of all scenes, the commonest class first; in brackets its share of the pixels.",
        )


def precision_recall(truth: "Array", found: "Array", classes: Sequence[str], overlap: float = 0.5) -> Plot:
    """Precision against recall of each class as confidence falls; boxes (m, 5) and (k, 6), object arrays."""
    parts = boxes.mean_average_precision.parts(truth, found, overlap)
    with canvas() as (axes, svg):
        for code, name in list(enumerate(classes))[:MOST]:
            mine = [picture[float(code)] for picture in parts if code in picture]
            curve = boxes.precision_recall(mine) if mine else None
            if curve is None or not curve.total or not curve.right.size:
                continue
            recall = np.cumsum(curve.right[0]) / curve.total
            label = f"{name} ({curve.average[0]:.2f}; {curve.total:,})"
            axes.plot(recall, curve.precision[0], color=PALETTE[code % len(PALETTE)], lw=1.6, label=label)
        axes.set(xlabel="share of the boxes that are found", ylabel="share of the answers that are right")
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.legend(loc="lower left")
        return Plot(
            "What is found",
            svg("boxes", "Precision against recall of each class"),
            f"A box is right where it overlaps a true one by {overlap:g} or more. In brackets the average precision of "
            "the class, and how many boxes it has.",
        )
