"""How a detector is trained and asked: pictures are mirrored, shown larger or smaller, and their boxes with them."""

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from . import augment
from .descent import Course, Descent
from .finetuning import autocast
from .visual import Feed

if TYPE_CHECKING:
    from ..interfaces import Array


@dataclass(frozen=True)
class Change:
    """How pictures are changed."""

    flip: str
    zoom: float
    colour: float
    visible: float  # share of a box that must be left for it to count


def train(
    module: Any,
    pixels: "Array",
    boxes: "list[Array]",
    course: Course,
    change: Change,
    seed: int,
    where: str,
) -> None:
    """Train in place; what is kept at the end is the moving average of the weights.

    Args:
        module: a `detectors.Detector`.
        pixels: (rows, height, width, 3) uint8.
        boxes: of each row (boxes, 5): class code and corners in pixels.
        course: how long and how fast.
        change: how pictures are changed.
        seed: of order and changes.
        where: the device.
    """
    rng, dice = np.random.default_rng(seed), torch.Generator(where).manual_seed(seed)
    descent, feed = Descent(module, course, len(pixels), where), Feed(pixels, where)
    recoloured = augment.Policy("none", 0.0, 0.0, 0.0, change.colour, 0.0, "none")
    for _ in range(course.epochs):
        order = rng.permutation(len(pixels))[: descent.steps * descent.size]
        for rows, pictures in feed.batches(order, descent.size):
            changed, left = changed_batch(pictures, [boxes[row] for row in rows], change, rng)
            changed = augment.augmented(changed, recoloured, dice)
            targets = [_target(each, where) for each in left]
            descent.step(partial(_loss, module, changed, targets, where, descent.dtype), len(rows))
    descent.end()


def _loss(module: Any, pictures: Any, targets: list[dict[str, Any]], where: str, dtype: Any, part: slice) -> Any:
    with autocast(where, dtype):
        return module.losses(pictures[part].contiguous(memory_format=torch.channels_last), targets[part])


def _target(boxes: "Array", where: str) -> dict[str, Any]:
    return {
        "boxes": torch.from_numpy(boxes[:, 1:].astype(np.float32)).to(where),
        "labels": torch.from_numpy(boxes[:, 0].astype(np.int64)).to(where),
    }


def changed_batch(
    pictures: Any, boxes: "list[Array]", change: Change, rng: np.random.Generator
) -> "tuple[Any, list[Array]]":
    """Pictures mirrored, and shown larger or smaller somewhere else, with their boxes.

    Args:
        pictures: (rows, 3, height, width).
        boxes: of each (boxes, 5).
        change: how.
        rng: of chance.
    """
    rows, _, height, width = pictures.shape
    sides = rng.random(rows) < 0.5 if change.flip != "none" else np.zeros(rows, dtype=bool)
    upside = rng.random(rows) < 0.5 if change.flip == "all" else np.zeros(rows, dtype=bool)
    scale = np.exp(rng.uniform(-change.zoom, change.zoom, rows))
    room = 1 - 1 / np.maximum(scale, 1.0) + (np.maximum(1 / scale, 1.0) - 1)  # how far the middle may be moved
    moved = rng.uniform(-1, 1, (rows, 2)) * room[:, None]
    matrix = np.zeros((rows, 2, 3), dtype=np.float32)
    matrix[:, 0, 0], matrix[:, 0, 2] = np.where(sides, -1, 1) / scale, moved[:, 0]
    matrix[:, 1, 1], matrix[:, 1, 2] = np.where(upside, -1, 1) / scale, moved[:, 1]
    grid = functional.affine_grid(
        torch.from_numpy(matrix).to(pictures.device), list(pictures.shape), align_corners=False
    )
    shown = functional.grid_sample(pictures, grid, padding_mode="zeros", align_corners=False)
    left = []
    for row, each in enumerate(boxes):
        found = each.copy()
        for axis, side, (low, high) in ((0, width, (1, 3)), (1, height, (2, 4))):
            before = 2 * each[:, [low, high]] / side - 1  # -1 to 1
            after = (before - matrix[row, axis, 2]) / matrix[row, axis, axis]
            after = np.sort((after + 1) / 2 * side, axis=1)
            found[:, low], found[:, high] = after[:, 0], after[:, 1]
        whole = (found[:, 3:] - found[:, 1:3]).prod(axis=1)
        found[:, [1, 3]] = np.clip(found[:, [1, 3]], 0, width)
        found[:, [2, 4]] = np.clip(found[:, [2, 4]], 0, height)
        sizes = found[:, 3:] - found[:, 1:3]
        left.append(found[(sizes.prod(axis=1) >= change.visible * whole) & (sizes.min(axis=1, initial=math.inf) > 1.0)])
    return shown, left


def find(module: Any, pixels: "Array", flip: str, dtype: Any, where: str) -> "list[list[Array]]":
    """For each way to look, the boxes (boxes, 6) of each picture: class code, confidence and corners.

    Raises MemoryError where a single picture does not fit into the memory of the device.
    """
    module.eval()
    width = pixels.shape[2]
    mirrors: list[tuple[int, ...]] = [()] if flip == "none" else [(), (-1,)]
    looks = []
    with torch.inference_mode(), autocast(where, dtype):
        pictures = Feed(pixels, where).batch(np.arange(len(pixels)))
        for axes in mirrors:
            seen = pictures.flip(axes) if axes else pictures
            try:
                found = module.boxes(seen.contiguous(memory_format=torch.channels_last))
            except torch.OutOfMemoryError:
                raise MemoryError("pictures do not fit into the memory of the device") from None
            looks.append([_read(each, width, bool(axes)) for each in found])
    return looks


def _read(found: dict[str, Any], width: int, mirrored: bool) -> "Array":
    boxes = found["boxes"].float().cpu().numpy().astype(np.float64)
    if mirrored and len(boxes):
        boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    scores, labels = (found[name].float().cpu().numpy().astype(np.float64) for name in ("scores", "labels"))
    return np.column_stack([labels, scores, boxes]).reshape(-1, 6)
