"""Run-length strings: `start length start length ...` for the marked pixels of a mask."""

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

Order = Literal["columns", "rows"]
EMPTY = ("", "-")  # what stands for an empty mask when reading, besides the marker given


def encode(mask: "Array", *, order: Order = "columns", start: int = 1, empty: str = "-") -> str:
    """A mask (H, W) as text.

    Args:
        mask: anything but 0 is marked.
        order: "columns" numbers pixels top to bottom, then left to right; "rows" left to right, then top to bottom.
        start: the number of the first pixel.
        empty: what stands for a mask without marked pixels.
    """
    flat = np.asarray(mask).astype(bool).ravel(order="F" if order == "columns" else "C")
    edges = np.flatnonzero(np.diff(flat.astype(np.int8), prepend=0, append=0))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return empty
    return " ".join(map(str, np.column_stack([begins + start, ends - begins]).ravel().tolist()))


def decode(text: str, shape: tuple[int, int], *, order: Order = "columns", start: int = 1, empty: str = "-") -> "Array":
    """The mask (H, W), uint8 0/1, that `encode` wrote.

    Raises:
        ValueError: for an odd number of words, a word that is no whole number, or a run outside the image.
    """
    flat = np.zeros(shape[0] * shape[1], dtype=np.uint8)
    words = [] if text.strip() in (*EMPTY, empty.strip()) else text.split()
    runs = np.array(words, dtype=np.int64).reshape(-1, 2)  # reshape refuses an odd number of words
    begins, lengths = runs[:, 0] - start, runs[:, 1]
    if (begins < 0).any() or (lengths < 1).any() or (begins + lengths > flat.size).any():
        raise ValueError(f"a run lies outside an image of {shape[0]} x {shape[1]} pixels: {text!r:.60}")
    steps = np.zeros(flat.size + 1, dtype=np.int32)  # runs may overlap
    np.add.at(steps, begins, 1)
    np.add.at(steps, begins + lengths, -1)
    flat[:] = steps[:-1].cumsum() > 0
    return flat.reshape(shape, order="F" if order == "columns" else "C")
