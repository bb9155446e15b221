"""Average precision against the reference implementation of COCO, which samples recalls: here at those that occur."""

import contextlib
import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from modelwright.metrics.boxes import mean_average_precision

CLASSES = 3


def scene(seed: int, pictures: int) -> tuple[Any, Any]:
    """True boxes, and boxes that are said: some near true ones, some of another class, some anywhere."""
    rng = np.random.default_rng(seed)
    truth, output = np.empty(pictures, dtype=object), np.empty(pictures, dtype=object)
    for k in range(pictures):
        corner = rng.uniform(0, 60, (rng.integers(0, 5), 2))
        size = 10 + 30 * rng.random(corner.shape)  # each its own, or one could be overlapped exactly as much as another
        known = np.column_stack([rng.integers(0, CLASSES, len(corner)), corner, corner + size])
        again = known[rng.random(len(known)) < 0.8].repeat(2, axis=0)[: rng.integers(0, 9)]
        near = again[:, 1:] + rng.normal(0, 3, (len(again), 4))
        near[:, 2:] = np.maximum(near[:, 2:], near[:, :2] + 1)  # the reference gives an area to boxes turned inside out
        anywhere = rng.uniform(0, 60, (2, 2))
        boxes = np.vstack([near, np.column_stack([anywhere, anywhere + 20])])
        codes = np.concatenate([again[:, 0], rng.integers(0, CLASSES, 2)])
        codes = np.where(rng.random(len(codes)) < 0.1, (codes + 1) % CLASSES, codes)
        truth[k], output[k] = known, np.column_stack([codes, rng.random(len(codes)), boxes])
    return truth, output


def reference(truth: Any, output: Any, iou: float) -> float:
    """The mean over classes of COCO's average precision, of precision at all recalls that can be."""
    counts = [sum(int((t[:, 0] == c).sum()) for t in truth) for c in range(CLASSES)]
    known = COCO()
    marks, said = [], []
    for k, (true, found) in enumerate(zip(truth, output, strict=True)):
        for code, *corners in true:
            marks.append({"id": len(marks) + 1, "iscrowd": 0, **mark(k, code, corners)})
        said += [{"score": chance, **mark(k, code, corners)} for code, chance, *corners in found]
    known.dataset = {
        "info": {},
        "images": [{"id": k} for k in range(len(truth))],
        "categories": [{"id": c} for c in range(CLASSES)],
        "annotations": marks,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        known.createIndex()
        found = COCOeval(known, known.loadRes(said), "bbox")
        found.params.iouThrs, found.params.areaRng, found.params.areaRngLbl = np.array([iou]), [[0, 1e10]], ["all"]
        whole = math.lcm(*(c for c in counts if c))
        found.params.recThrs = (
            np.arange(whole) + 0.5
        ) / whole  # between the recalls: as many in each step as it is long
        found.evaluate()
        found.accumulate()
    precision = found.eval["precision"][0, :, :, 0, -1]  # (recalls, classes)
    return float(np.mean([precision[:, c].mean() for c in range(CLASSES) if counts[c]]))


def mark(picture: int, code: float, corners: list[float]) -> dict[str, Any]:
    """A box as COCO writes it."""
    left, top, right, bottom = (float(x) for x in corners)
    width, height = right - left, bottom - top
    return {
        "image_id": picture, "category_id": int(code), "bbox": [left, top, width, height], "area": width * height,
    }  # fmt: skip


@given(seed=st.integers(0, 10_000), iou=st.sampled_from([0.3, 0.5, 0.75]))
@settings(max_examples=60, deadline=None)
def test_mean_average_precision_agrees_with_the_reference_of_coco(seed: int, iou: float) -> None:
    truth, output = scene(seed, pictures=4)
    if not sum(map(len, truth)):
        return
    assert mean_average_precision(truth, output, iou) == pytest.approx(reference(truth, output, iou), abs=1e-9)
