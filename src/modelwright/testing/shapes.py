"""Small pictures of round, square and striped things, with classes, masks and boxes: enough for a network to learn."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..kinds.arrays import objects

if TYPE_CHECKING:
    from ..interfaces import Array

FORMS = ("round", "square", "striped")


def drawn(form: int, side: int, rng: np.random.Generator) -> "tuple[Array, Array, Array]":
    """A noisy picture (side, side, 3) with one thing in it, its mask (side, side) and its box (4,)."""
    size = side / 4
    top, left = rng.uniform(size, side - size, 2)
    y, x = np.mgrid[:side, :side] + 0.5
    y, x = y - top, x - left
    shapes = (
        np.hypot(x, y) < size,
        (abs(x) < size * 0.9) & (abs(y) < size * 0.9),
        (abs(x) < size) & (abs(y) < size) & (x.astype(int) // 2 % 2 == 0),
    )
    mask = shapes[form]
    colour = np.array([(200, 80, 60), (70, 190, 90), (80, 90, 210)][form])
    picture = np.clip(50 + mask[..., None] * (colour - 50) + rng.normal(0, 12, (side, side, 3)), 0, 255)
    rows, columns = np.nonzero(mask)
    box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1], dtype=np.float64)
    return picture.astype(np.uint8), mask.astype(np.uint8), box


def pictures(folder: Path, rows: int, side: int = 24, seed: int = 0) -> "tuple[pd.DataFrame, dict[str, Array]]":
    """Files of such pictures: a table with their paths, and what there is to learn: classes, masks, codes and boxes."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    forms = rng.permutation(np.arange(rows) % len(FORMS))
    paths, found = [], [drawn(int(form), side, rng) for form in forms]
    for row, (picture, _, _) in enumerate(found):
        paths.append(str(folder / f"{row:04d}.png"))
        Image.fromarray(picture).save(paths[-1])
    known: dict[str, Any] = {
        "classes": forms.astype(np.int64),
        "masks": objects(mask for _, mask, _ in found),
        "codes": objects(
            np.where(mask > 0, form + 1, 0).astype(np.uint8) for form, (_, mask, _) in zip(forms, found, strict=True)
        ),
        "boxes": objects(np.array([[form, *box]]) for form, (_, _, box) in zip(forms, found, strict=True)),
    }
    return pd.DataFrame({"picture": paths}), known
