"""Pictures as how often, and where, they look like patches cut out of training pictures.

Coates, Ng and Lee ("An analysis of single-layer networks in unsupervised feature learning", 2011): small patches on a
common contrast, whitened; filters that are such patches themselves; how strongly each place of a picture agrees or
disagrees with each filter, in quarters of the picture. No label is used, so wrong ones do no harm here, and few rows
are enough.
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.base import BaseEstimator, TransformerMixin
from threadpoolctl import threadpool_limits

from .. import pictures, vectors
from ..grids import Grid
from . import frames

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..interfaces import Array

PATCH = 6  # pixels, along each side
LEARNT = 40_000  # patches that the whitening is learnt from
CONTRAST = 10.0  # added to the variance of a patch (of bytes), so that what is flat stays so
LEVEL = 0.1  # added to the variances of whitened directions
APART = 1.0  # agreement with a filter that counts for nothing, in standard deviations, about
AT_ONCE = 16  # pictures
QUARTERS = 4


class Patches(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A table with a column of paths to a matrix: the main components of how pictures agree with filters.

    Args:
        column: of paths; None: the first of strings. A picture that cannot be read counts as grey.
        grid: where the pixels stand instead, in columns of numbers; see `grids.Grid`.
        side: pixels to which pictures are stretched or shrunk, along each side.
        filters: patches that pictures are held against.
        mirrored: a picture counts as the mean of itself and its mirror image.
        components: columns of the matrix, at most; 0: a tenth of the rows, from 50 to 400.
        seed: of what is drawn.
    """

    def __init__(
        self,
        column: str | None = None,
        grid: "Mapping[str, Any] | None" = None,
        side: int = 32,
        filters: int = 200,
        mirrored: bool = True,
        components: int = 0,
        seed: int = 0,
    ) -> None:
        self.column = column
        self.grid = grid
        self.side = side
        self.filters = filters
        self.mirrored = mirrored
        self.components = components
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array | None" = None) -> Self:
        """Learn the filters and the components; no label is looked at."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: "pd.DataFrame", y: "Array | None" = None, **_: Any) -> "Array":  # noqa: ARG002
        """The matrix of the rows fitted on."""
        from sklearn.utils.extmath import randomized_svd

        self.column_ = "" if self.grid else self.column or frames.string_names(X)[0]
        pixels = self._pixels(X)
        self._learn(pixels)
        seen = vectors.once(lambda: self._key(X), lambda: self._seen(pixels))
        # in place from here on: the matrix is the largest thing there is, and nobody else has it
        self.middle_ = seen.mean(axis=0, dtype=np.float64).astype(np.float32)
        seen -= self.middle_
        spread = np.sqrt(np.einsum("ij,ij->j", seen, seen, dtype=np.float64) / len(seen))
        self.spread_ = np.where(spread > 1e-6, spread, 1.0).astype(np.float32)
        seen /= self.spread_
        if not seen.any():  # all pictures look the same
            self.axes_ = np.zeros((seen.shape[1], 1), dtype=np.float32)
            return np.zeros((len(X), 1))
        some = self.components or min(400, max(50, len(X) // 10))
        wanted = max(1, min(some, len(X) - 1, seen.shape[1]))
        # principal components as scikit-learn has them, without its copy (and what it leaves of a matrix it may use)
        _, singular, directions = randomized_svd(seen, wanted, random_state=self.seed)
        self.axes_ = (directions.T * (np.sqrt(max(1, len(seen) - 1)) / singular[0])).astype(np.float32)
        return np.asarray(seen @ self.axes_, dtype=np.float64)

    def transform(self, X: "pd.DataFrame") -> "Array":
        """The matrix (rows, components): on a common scale, the first with a standard deviation of 1."""
        seen = vectors.once(lambda: self._key(X), lambda: self._seen(self._pixels(X)))
        seen -= self.middle_
        seen /= self.spread_
        return np.asarray(seen @ self.axes_, dtype=np.float64)

    def _paths(self, X: "pd.DataFrame") -> list[str]:
        return ["" if not isinstance(path, str) else path for path in X[self.column_]]

    def _pixels(self, X: "pd.DataFrame") -> "Array":
        if self.grid:
            return Grid(**self.grid).pixels(X, self.side)
        found, _ = pictures.many(self._paths(X), (self.side, self.side), few=True)
        return found

    def _key(self, X: "pd.DataFrame") -> str:
        """What agreement depends on: the filters, how pictures are looked at, and the files (or pixels) in order."""
        made = hashlib.sha256(
            f"{self.side} {self.mirrored}".encode() + self.kernels_.tobytes() + self.offsets_.tobytes()
        )
        stamps = [Grid(**self.grid).stamp(X)] if self.grid else map(pictures.stamp, self._paths(X))
        made.update("\n".join(stamps).encode("utf-8", "surrogatepass"))
        return made.hexdigest()

    def _learn(self, pixels: "Array") -> None:
        """Draw patches, learn how to whiten them, and take some as filters; both at once is a matrix."""
        random = np.random.default_rng(self.seed)
        most = self.side - PATCH + 1
        picture = random.integers(0, len(pixels), LEARNT)
        top, left = random.integers(0, most, (2, LEARNT))
        cut = sliding_window_view(pixels, (PATCH, PATCH), axis=(1, 2))[picture, top, left]
        patches = cut.reshape(LEARNT, -1).astype(np.float32)
        contrast = patches.std(axis=1)
        patches = (patches - patches.mean(axis=1, keepdims=True)) / np.sqrt(contrast**2 + CONTRAST)[:, None]
        middle = patches.mean(axis=0)
        values, directions = np.linalg.eigh(np.cov(patches - middle, rowvar=False))
        whiten = ((directions / np.sqrt(np.maximum(values, 0) + LEVEL)) @ directions.T).astype(np.float32)
        some = np.argsort(contrast < np.sqrt(CONTRAST), kind="stable")[: self.filters]  # flat ones only if need be
        chosen = (patches[some] - middle) @ whiten
        chosen /= np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-6)
        self.kernels_ = np.ascontiguousarray(whiten @ chosen.T)
        self.offsets_ = middle @ self.kernels_

    def _seen(self, pixels: "Array") -> "Array":
        """How pictures agree with the filters (rows, 2 x filters x quarters) float32."""
        found = np.empty((len(pixels), 2 * self.kernels_.shape[1] * QUARTERS), dtype=np.float32)

        def fill(start: int) -> None:
            found[start : start + AT_ONCE] = self._of_some(pixels[start : start + AT_ONCE])

        with threadpool_limits(1), ThreadPoolExecutor(int(os.environ.get("OMP_NUM_THREADS", "0")) or 1) as pool:
            for _ in pool.map(fill, range(0, len(pixels), AT_ONCE)):  # an error in one of them is raised here
                pass
        return found

    def _of_some(self, pixels: "Array") -> "Array":
        seen = self._agreement(pixels)
        return (seen + self._agreement(pixels[:, :, ::-1])) / 2 if self.mirrored else seen

    def _agreement(self, pixels: "Array") -> "Array":
        cut = sliding_window_view(pixels, (PATCH, PATCH), axis=(1, 2))
        rows, height, width = cut.shape[:3]
        patches = cut.reshape(rows * height * width, -1).astype(np.float32)
        middle = patches.mean(axis=1, keepdims=True)
        patches -= middle
        patches /= np.sqrt(np.einsum("ij,ij->i", patches, patches) / patches.shape[1] + CONTRAST)[:, None]
        agreement = (patches @ self.kernels_ - self.offsets_).reshape(rows, height, width, -1)
        seen = []
        for signed in (agreement, -agreement):
            above = np.maximum(signed - APART, 0)
            across = above[:, : height // 2].mean(axis=1), above[:, height // 2 :].mean(axis=1)
            seen += [part.mean(axis=1) for half in across for part in (half[:, : width // 2], half[:, width // 2 :])]
        return np.concatenate(seen, axis=1)
