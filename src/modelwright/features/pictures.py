"""Pictures as a few dozen numbers: size, colours, a coarse histogram and thumbnail, edges.

A modest baseline that any recipe on tables can read; it knows nothing of shapes.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from .. import pictures
from ..records.problem import Modality
from ..records.profile import Role
from .base import Step, distinct_strings, is_category, put_together

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

SIDE = 64  # pixels to which a picture is shrunk before it is measured
GRID = 4  # cells along each side of the thumbnail
BINS = 8  # of brightness
HUES = 8
ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".ppm", ".pgm")
CHANNELS = ("red", "green", "blue")


class PictureStatistics(Step):
    """Columns of paths become what is measured of the pictures, named `picture.width` and so on; the paths are dropped.

    Width, height, their ratio and the bytes of the file; mean and standard deviation of each channel, and how colours
    differ from grey; histograms of brightness and, weighted with how colourful a pixel is, of hue; the mean of each
    channel in each cell of a 4 x 4 grid; the energy of edges along and across, in all and by quarter. A picture that
    is missing or cannot be read is missing in all columns.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when rows are pictures of which something is to be said as a whole."""
        if problem.modality is not Modality.IMAGE or problem.kind in ("segmentation", "detection"):
            return "the rows are no pictures that get one answer"
        return None if profile.names(Role.PATH) else "no column names pictures"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Find the columns of paths."""
        self.names_ = [name for name in table.columns if names_pictures(table[name])]
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with what was measured in place of the paths."""
        added: dict[str, Any] = {}
        for name in self.names_:
            measured = _measure_all(table[name])
            added.update({f"{name}.{what}": measured[:, k] for k, what in enumerate(_measures())})
        return put_together(table, added, drop=self.names_)


def names_pictures(column: "pd.Series[Any]") -> bool:
    """Whether a column holds absolute paths of files of pictures."""
    if is_category(column) or column.dtype.kind != "O":
        return False
    some = distinct_strings(column)[:20]
    return bool(some) and all(Path(text).is_absolute() and text.lower().endswith(ENDINGS) for text in some)


def _measures() -> list[str]:
    """Names of what `_measure` gives, in its order."""
    grid = [f"{channel}.{row}{column}" for channel in CHANNELS for row in range(GRID) for column in range(GRID)]
    return [
        *("width", "height", "ratio", "bytes"),
        *(f"{channel}.mean" for channel in CHANNELS),
        *(f"{channel}.deviation" for channel in CHANNELS),
        *("colourful.mean", "colourful.deviation"),
        *(f"bright.{k}" for k in range(BINS)),
        *(f"hue.{k}" for k in range(HUES)),
        *grid,
        *("edges.across", "edges.along"),
        *(f"edges.{row}{column}" for row in range(2) for column in range(2)),
    ]


def _measure_all(column: "pd.Series[Any]") -> "Array":
    """(rows, measures) float32; decoding runs beside itself, as many at a time as threads are allowed."""
    threads = int(os.environ.get("OMP_NUM_THREADS", "0")) or 1
    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(_measure, [text if isinstance(text, str) else "" for text in column]))
    return np.array(found, dtype=np.float32).reshape(len(column), len(_measures()))


def _measure(path: str) -> "Array":
    from PIL import Image

    try:
        with pictures.opened(path) as picture:
            width, height = picture.size
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a fraction of its size
            coloured = pictures.coloured(picture)
            pixels = np.asarray(coloured.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64) / 255
        size = Path(path).stat().st_size
    except (pictures.PictureError, OSError):
        return np.full(len(_measures()), np.nan)
    grey = pixels.mean(axis=2)
    highest = pixels.max(axis=2)
    colourful = highest - pixels.min(axis=2)
    across, along = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0))
    cell, half = SIDE // GRID, SIDE // 2
    energy = across[:-1] + along[:, :-1]
    grid = pixels.reshape(GRID, cell, GRID, cell, 3).mean(axis=(1, 3))
    return np.concatenate(
        [
            [width, height, width / height, size],
            pixels.mean(axis=(0, 1)),
            pixels.std(axis=(0, 1)),
            [colourful.mean(), colourful.std()],
            np.histogram(grey, bins=BINS, range=(0, 1))[0] / grey.size,
            np.histogram(_hue(pixels, highest, colourful), bins=HUES, range=(0, 1), weights=colourful)[0] / grey.size,
            np.moveaxis(grid, -1, 0).ravel(),
            [across.mean(), along.mean()],
            [energy[r * half : (r + 1) * half, c * half : (c + 1) * half].mean() for r in (0, 1) for c in (0, 1)],
        ]
    )


def _hue(pixels: "Array", highest: "Array", colourful: "Array") -> "Array":
    """The place of each pixel on the wheel of colours, 0 to 1; 0 for grey."""
    red, green, blue = np.moveaxis(pixels, -1, 0)
    spread = np.where(colourful > 0, colourful, 1)
    sixth = np.where(
        highest == red,
        ((green - blue) / spread) % 6,
        np.where(highest == green, (blue - red) / spread + 2, (red - green) / spread + 4),
    )
    return np.asarray(np.where(colourful > 0, sixth / 6, 0.0))
