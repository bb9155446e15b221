"""Masks from single pixels: boosted trees that see a pixel, its neighbourhood and its bands' differences."""

import zlib
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..parameters import Parameters
from ..records.space import Choice, Real, Space, Whole
from .base import number

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from ..records.experiment import Params
    from ..records.problem import Problem
    from ..records.profile import Profile
    from .scenes import Shelf

NEAR = 3  # pixels around a marked one that count as near
KEPT = 256 * 2**20  # bytes of scenes kept in a process, and a quarter of that for samples of them
_shelves: "dict[str, Shelf]" = {}  # filled when the first scene is read


class Pixels:
    """A probability for each pixel, from gradient-boosted trees on what is known of it."""

    name = "pixels"
    family = "pixels"

    def applies(self, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG002
        """Only tasks that ask for masks of scenes."""
        if problem.kind != "segmentation":
            return f"it draws masks, and the kind {problem.kind} asks for none"
        if problem.classes:
            return f"it tells marked pixels from others, and {len(problem.classes)} classes of pixels are asked for"
        return None if problem.options.get("path_column") else "no column names the scenes"

    def build(self, problem: "Problem", params: "Params") -> "PixelModel":
        """Params: those of PixelModel, without the first two."""
        known: Any = dict(params)
        inputs: Any = problem.options.get("inputs") or ()
        return PixelModel(column=str(problem.options["path_column"]), inputs=tuple(inputs), **known)

    def space(self, problem: "Problem", profile: "Profile") -> Space:  # noqa: ARG002
        """Size of the trees, and how many pixels are looked at."""
        return {
            "num_leaves": Whole(low=8, high=64, log=True),
            "learning_rate": Real(low=0.03, high=0.15, log=True),
            "n_estimators": Choice(values=(100, 200, 300)),
            "negatives": Choice(values=(300, 600, 1500)),
        }

    def effort(self, problem: "Problem", profile: "Profile", params: "Params", rows: int) -> float:  # noqa: ARG002
        """Reading the scenes, fitting on samples of them, and drawing about as many maps."""
        trees = number(params, "n_estimators", 150)
        sample = 300 + number(params, "negatives", 600)
        return 0.3 + rows * (0.08 + 2e-4 * trees + 1.5e-7 * sample * trees) + 0.03 * profile.test_rows


class PixelModel(Parameters):
    """Boosted trees on pixels: all marked ones, half of those near them, and some of the others of each scene.

    Weights make up for what is left out, so that probabilities keep their meaning. X has a column of paths, y is an
    object array of masks (height, width).
    """

    def __init__(
        self,
        column: str,
        inputs: tuple[str, ...] = (),
        negatives: int = 600,
        n_estimators: int = 150,
        learning_rate: float = 0.06,
        num_leaves: int = 31,
        frame: int | None = None,
        seed: int = 0,
    ) -> None:
        self.column = column
        self.inputs = inputs
        self.negatives = negatives
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.frame = frame
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Learn from the scenes named in X and their masks."""
        import lightgbm

        self.share_ = sum(int(np.count_nonzero(m)) for m in y) / max(1, sum(m.size for m in y))
        self.model_: Any = None
        if not 0 < self.share_ < 1:
            return self
        parts = [self._sample(str(path), mask) for path, mask in zip(X[self.column], y, strict=True)]
        sample = np.concatenate(parts)
        params = {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_child_samples": 50,
            "feature_fraction": 0.5,
            "max_bin": 127,
            "lambda_l2": 1.0,
            "seed": self.seed,
            "num_threads": 0,  # as many as OMP_NUM_THREADS allows
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        marked, weight = np.ascontiguousarray(sample[:, :2].T)
        data = lightgbm.Dataset(sample[:, 2:], marked, weight=weight, params=params)
        self.model_ = lightgbm.train(params, data, int(self.n_estimators))
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """A map for each row: an object array (rows,) of float32 (height, width) within 0 and 1."""
        maps = np.empty(len(X), dtype=object)
        for row, path in enumerate(X[self.column]):
            maps[row] = self._draw(str(path))
        return maps

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The same maps."""
        return self.predict_proba(X)

    def _draw(self, path: str) -> "Array":
        from . import scenes

        height, width = scenes.size(path, self.inputs)
        if self.model_ is None:
            return np.full((height, width), self.share_, dtype=np.float32)
        # trees are left once a pixel is as good as certain, which nearly all are
        found = self.model_.predict(
            self._columns(path), pred_early_stop=True, pred_early_stop_freq=10, pred_early_stop_margin=14.0
        )
        return np.asarray(found, dtype=np.float32).reshape(height, width)

    def _columns(self, path: str) -> "Array":
        from . import scenes

        key = (scenes.stamp(path, self.inputs), self.frame)
        return _shelf("scenes", KEPT).get(key, lambda: scenes.columns(scenes.read(path, self.inputs), self.frame))

    def _sample(self, path: str, mask: "Array") -> "Array":
        """Pixels of one scene, (pixels, 2 + columns): marked or not, weight, what is known."""
        from scipy import ndimage

        from . import scenes

        mask = np.asarray(mask) > 0
        state = zlib.crc32(np.packbits(mask).tobytes())
        key = (scenes.stamp(path, self.inputs), self.frame, self.negatives, self.seed, mask.shape, state)

        def draw() -> "Array":
            rng = np.random.default_rng((self.seed, state))
            near = ndimage.binary_dilation(mask, iterations=NEAR) & ~mask if mask.any() else np.zeros_like(mask)
            marked, close, far = (np.flatnonzero(m.ravel()) for m in (mask, near, ~mask & ~near))
            groups = [
                marked,
                *(_some(rows, most, rng) for rows, most in ((close, len(close) // 2), (far, self.negatives))),
            ]
            weights = [len(all_) / max(1, len(some)) for all_, some in zip((marked, close, far), groups, strict=True)]
            known = self._columns(path)
            if len(known) != mask.size:
                raise ValueError(f"the mask of {path} has {mask.size} pixels, its inputs have {len(known)}")
            rows = np.concatenate(groups)
            sizes = [len(g) for g in groups]
            lead = np.column_stack([np.repeat([1.0, 0.0, 0.0], sizes), np.repeat(weights, sizes)])
            return np.hstack([lead.astype(np.float32), known[rows]])

        return _shelf("samples", KEPT // 4).get(key, draw)


def _some(rows: "Array", most: int, rng: np.random.Generator) -> "Array":
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))


def _shelf(name: str, size: int) -> "Shelf":
    from .scenes import Shelf

    return _shelves.setdefault(name, Shelf(size))
