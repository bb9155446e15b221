"""Pictures: in classes by a table or by folders, with masks, with boxes."""

from pathlib import Path

import numpy as np
import pandas as pd

from ..case import Expect
from ..files import picture, run_lengths
from ..made import (
    Random,
    csv,
    say,
)
from .suite import SUITE


def _blob(rng: Random, label: int, size: int = 24) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """A noisy picture with a round (0), square (1) or striped (2) thing in it."""
    y, x = np.mgrid[:size, :size] - size / 2 + 0.5
    shapes = (np.hypot(x, y) < size / 4, (abs(x) < size / 5) & (abs(y) < size / 5), (x.astype(int) // 3) % 2 == 0)
    return np.asarray(60 + 120 * shapes[label][..., None] * rng.uniform(0.5, 1, 3) + rng.normal(0, 15, (size, size, 3)))


@SUITE.case(
    Expect(
        kind="multiclass",
        modality="image",
        targets=("form",),
        id="picture",
        metric="accuracy",
        output="labels",
        rows=60,
        classes=("round", "square", "striped"),
    )
)
def pictures_by_table(folder: Path, rng: Random) -> None:
    """Pictures with a table of labels beside them."""
    forms = ("round", "square", "striped")
    labels = rng.integers(0, 3, 300)
    table = pd.DataFrame(
        {"picture": [f"{k:04d}.png" for k in rng.permutation(300)], "form": [forms[k] for k in labels]}
    )
    for k, (name, label) in enumerate(zip(table["picture"], labels, strict=True)):
        picture(folder / ("train" if k < 240 else "test") / name, _blob(rng, int(label)))
    csv(folder, "train.csv", table[:240])
    csv(folder, "test.csv", table[240:][["picture"]])
    csv(folder, "sample_submission.csv", table[240:][["picture"]].assign(form="round"))
    say(folder, "Which form does a picture show? Scoring: accuracy of `form` on the pictures in test/.")


@SUITE.case(
    Expect(kind="binary", modality="image", targets=("label",), id="file", metric="auc", rows=50, positive="squares")
)
def pictures_by_folder(folder: Path, rng: Random) -> None:
    """Pictures sorted into a folder for each class, no table of labels."""
    for k in range(200):
        label = int(rng.random() < 0.5)
        picture(folder / "train" / ("circles", "squares")[label] / f"im{k:03d}.png", _blob(rng, label, 20))
    names = [f"q{k:03d}.png" for k in range(50)]
    for name in names:
        picture(folder / "test" / name, _blob(rng, int(rng.random() < 0.5), 20))
    csv(folder, "sample_submission.csv", pd.DataFrame({"file": names, "label": 0.5}))
    say(
        folder,
        """
        Sorting machine. train/ has a folder of circles and one of squares. For each file in test/ give in `label` the
        probability that it is a square; we look at the area under the ROC curve.
        """,
    )


@SUITE.case(
    Expect(
        kind="segmentation",
        modality="image",
        targets=("mask",),
        id="image_id",
        metric=("dice-mean", "dice-global"),
        output="masks",
        header=("image_id", "mask"),
        rows=30,
    )
)
def tiles_masks(folder: Path, rng: Random) -> None:
    """A mask for each picture, as run lengths."""
    rows = []
    for k in range(150):
        centre = rng.integers(8, 24, 2)
        y, x = np.mgrid[:32, :32]
        mask = np.hypot(x - centre[0], y - centre[1]) < rng.uniform(3, 8)
        name = f"tile{k:03d}"
        where = "train" if k < 120 else "test"
        pixels = 80 + 70 * mask[..., None] + rng.normal(0, 20, (32, 32, 3))
        picture(folder / where / "images" / f"{name}.png", pixels)
        if k < 120:
            picture(folder / where / "masks" / f"{name}.png", 255.0 * mask)
        rows.append((name, run_lengths(mask)))
    table = pd.DataFrame(rows, columns=["image_id", "mask"])
    csv(folder, "sample_submission.csv", table[120:].assign(mask="1 1"))
    say(
        folder,
        """
        # Ponds on aerial photographs

        train/images are tiles of 32 x 32 pixels, train/masks show with 255 where the pond is. Send a run-length
        encoded mask (pairs of start and length, down the columns, counted from 1) for each tile of test/images.

        Evaluation: the mean Dice coefficient.
        """,
    )


@SUITE.case(
    Expect(
        kind="detection",
        modality="image",
        id="image",
        metric=("map50", "map-50", "map", "mean-average-precision"),
        output="boxes",
        header=("image", "boxes"),
        rows=25,
    )
)
def shelves_boxes(folder: Path, rng: Random) -> None:
    """Boxes with classes: several rows for each picture."""
    rows = []
    for k in range(125):
        pixels = rng.normal(70, 15, (48, 48, 3))
        for _ in range(rng.integers(1, 4)):
            x, y = rng.integers(0, 34, 2)
            w, h = rng.integers(7, 14, 2)
            kind = int(rng.integers(0, 2))
            pixels[y : y + h, x : x + w, kind] += 120
            rows.append((f"s{k:03d}.png", ("can", "jar")[kind], x, y, x + w, y + h))
        picture(folder / ("train" if k < 100 else "test") / f"s{k:03d}.png", pixels)
    table = pd.DataFrame(rows, columns=["image", "label", "xmin", "ymin", "xmax", "ymax"])
    csv(folder, "train.csv", table[table["image"] < "s100"])
    names = [f"s{k:03d}.png" for k in range(100, 125)]
    csv(folder, "sample_submission.csv", pd.DataFrame({"image": names, "boxes": "can 0.9 1 1 10 10"}))
    say(
        folder,
        """
        # Find cans and jars on the shelf

        train.csv has a line for each box. For every picture of test/ write into `boxes` what you found: label,
        confidence, xmin, ymin, xmax, ymax, separated by blanks, one after the other.

        Metric: mean average precision at an IoU threshold of 0.5.
        """,
    )
