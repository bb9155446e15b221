"""Long vectors as a few columns: their main components, found on all rows without labels."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array


def axes_of(vectors: "Array", components: int) -> "tuple[Array, Array]":
    """The middle of vectors (rows, width) and their main directions (width, components), from the covariance."""
    middle = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - middle
    _, directions = np.linalg.eigh(centred.T @ centred / max(1, len(vectors)))
    axes = directions[:, ::-1][:, : min(components, max(1, len(vectors) - 1))]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return middle.astype(np.float32), (axes * signs).astype(np.float32)


def columns_of(stem: str, vectors: "Array", axes: "tuple[Array, Array]") -> "dict[str, Array]":
    """The components by name: the stem and a number from 1 on."""
    made = (vectors - axes[0]) @ axes[1]
    return {f"{stem}{k}": column for k, column in enumerate(made.T, start=1)}
