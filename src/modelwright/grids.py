"""Pictures that stand in the columns of a table, a number for each pixel: which columns, and how they are read."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from .interfaces import Array
    from .records.base import JsonValue

OPTION = "grid"  # of a problem


@dataclass(frozen=True)
class Grid:
    """Columns named after one form, row after row of a picture."""

    form: str  # "pixel{n}", or "{row}x{column}"
    start: int  # the first number
    height: int
    width: int
    channels: int = 1
    planar: bool = False  # one channel after the other, instead of the channels of each pixel
    highest: float = 255.0  # the value of white

    @classmethod
    def of(cls, options: "Mapping[str, JsonValue]") -> Self | None:
        """What the options of a problem tell; None where rows are no such pictures."""
        told: Any = options.get(OPTION)
        return cls(**told) if isinstance(told, Mapping) else None

    def told(self) -> "dict[str, JsonValue]":
        """The option that `of` reads."""
        return asdict(self)

    @property
    def names(self) -> list[str]:
        """The columns in the order of the pixels."""
        if "{n}" in self.form:
            return [
                self.form.replace("{n}", str(self.start + k)) for k in range(self.height * self.width * self.channels)
            ]
        return [
            self.form.replace("{row}", str(self.start + row)).replace("{column}", str(self.start + column))
            for row in range(self.height)
            for column in range(self.width)
        ]

    def block(self, table: "pd.DataFrame") -> "Array":
        """The pixels as they stand there (rows, height, width, channels) float32; 0 where a column or value is missing.

        A column that is the same in all training rows, as the corners of drawings are, never reaches a recipe.
        """
        flat = table.reindex(columns=self.names, fill_value=0).to_numpy(dtype=np.float32)
        flat = np.nan_to_num(flat, copy=False)
        if self.planar:
            flat = np.moveaxis(flat.reshape(-1, self.channels, self.height, self.width), 1, -1)
        return np.asarray(flat.reshape(-1, self.height, self.width, self.channels))

    def pixels(self, table: "pd.DataFrame", side: int) -> "Array":
        """Pictures (rows, side, side, 3) uint8, stretched or shrunk."""
        from PIL import Image

        bytes_ = np.rint(np.clip(self.block(table) * (255 / self.highest), 0, 255)).astype(np.uint8)
        coloured = np.repeat(bytes_, 3, axis=3) if self.channels == 1 else bytes_
        if (self.height, self.width) == (side, side):
            return np.ascontiguousarray(coloured)
        found = np.empty((len(coloured), side, side, 3), dtype=np.uint8)
        for row, picture in enumerate(coloured):
            found[row] = np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))
        return found

    def stamp(self, table: "pd.DataFrame") -> str:
        """A text that another table with other pixels does not have."""
        return hashlib.sha256(np.ascontiguousarray(self.block(table)).tobytes()).hexdigest()
