"""The estimators behind the recipes for pictures: a network from scratch, or a pretrained one that is fine-tuned.

What `fit` predicts of some of its rows is kept (`seen_`), so that a check can hold `predict` to it.
"""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import backbones, pictures
from ..grids import Grid
from . import frames
from .heads import ClassHead, Head, LabelHead, ValueHead
from .kept_network import KeptNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..interfaces import Array
    from .training import Loss

BELIEVED = 0.5  # what a softened target has of other networks' thoughts; the rest is its label
SEEN = 16  # rows whose predictions are kept
TOLERANCE, HALF_TOLERANCE = 1e-3, 3e-2  # of a prediction, computed once more


class Pictured(Head, KeptNetwork):
    """One network for the pictures that a column of paths names; the base of the three below.

    Args:
        column: of the paths; None: the first column of strings.
        grid: where the pixels stand instead, in columns of numbers; see `grids.Grid`.
        checkpoint: folder of a pretrained model; "" for a network that begins with nothing.
        width: of the first level of a network from scratch.
        side: to which pictures are shrunk, in pixels.
        epochs: how often each picture is seen.
        batch, learning_rate, weight_decay, smoothing: of training.
        decay: of the learning rate, from layer to layer downwards, of a pretrained network.
        smaller: share of the side at which training begins.
        flip: "none", "sides" (left and right) or "all" (upside down and quarter turns too), also when predicting.
        shift, zoom, rotate, colour, erase, mix: see `augment.Policy`.
        noise: what the loss does about wrong labels: "none", "bi-tempered", "early" or "correct".
        cleaning: what is done before about rows whose label confident learning holds to be wrong, by predictions of
            networks that have not seen them: "none", "drop" or "relabel"; or all rows learn half from their label and
            half from those predictions, "soften". It takes as long as the training itself.
        balanced: rare classes are seen more often, by the root of their share.
        precision: "auto" (half where the device gains by it) or "full".
        loss: for values, "squared" or "absolute".
        seed: of weights, order and changes.
    """

    def __init__(
        self,
        column: str | None = None,
        grid: "Mapping[str, Any] | None" = None,
        checkpoint: str = "",
        width: int = 16,
        side: int = 32,
        epochs: int = 20,
        batch: int = 64,
        learning_rate: float = 0.004,
        weight_decay: float = 0.05,
        decay: float = 1.0,
        smoothing: float = 0.1,
        smaller: float = 1.0,
        flip: str = "sides",
        shift: float = 0.125,
        zoom: float = 0.0,
        rotate: float = 0.0,
        colour: float = 0.0,
        erase: float = 0.25,
        mix: str = "none",
        noise: str = "none",
        cleaning: str = "none",
        balanced: bool = False,
        precision: str = "auto",
        loss: str = "squared",
        seed: int = 0,
    ) -> None:
        self.column = column
        self.grid = grid
        self.checkpoint = checkpoint
        self.width = width
        self.side = side
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.decay = decay
        self.smoothing = smoothing
        self.smaller = smaller
        self.flip = flip
        self.shift = shift
        self.zoom = zoom
        self.rotate = rotate
        self.colour = colour
        self.erase = erase
        self.mix = mix
        self.noise = noise
        self.cleaning = cleaning
        self.balanced = balanced
        self.precision = precision
        self.loss = loss
        self.seed = seed

    _believed: "Array | None" = None  # during a fit: what others think of its rows

    def _fit_rows(self, X: "pd.DataFrame", y: "Array", target: "Array", loss: "Loss", outputs: int) -> None:
        from .. import encoders
        from . import training

        self.loss_, self.outputs_ = loss, outputs
        self.column_ = "" if self.grid else self.column or frames.string_names(X)[0]
        pixels = self._pixels(X)
        self.scale_ = pictures.scale(pixels)
        self.config_ = backbones.config(self.checkpoint) if self.checkpoint else None
        where = encoders.where()
        rows = np.arange(len(pixels))
        taught = self._believed is not None
        if self._believed is not None:
            target = _softened(target, self._believed)
        with training.quiet(self.seed * 101):
            if not taught and self.cleaning != "none" and loss in ("classes", "binary") and y.ndim == 1:
                rows, target = self._cleaned(pixels, y, target, where)
            self._module: Any = self._trained(pixels[rows], target, self.epochs, where)
            self._settle(where, (TOLERANCE, HALF_TOLERANCE))
            seen = np.arange(min(SEEN, len(pixels)))
            self.seen_ = (seen, self._answers(pixels[seen], where))

    def _trained(self, pixels: "Array", target: "Array", epochs: int, where: str) -> Any:
        """A network trained on pictures and their targets."""
        from . import augment, visual

        flip: Any = self.flip
        mix: Any = self.mix
        noise: Any = self.noise
        policy = augment.Policy(flip, self.shift, self.zoom, self.rotate, self.colour, self.erase, mix)
        schedule = visual.Schedule(
            epochs=epochs,
            batch=self.batch,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            decay=self.decay,
            smoothing=self.smoothing,
            smaller=self.smaller,
            noise=noise,
            full=self.precision == "full",
        )
        module = self._made(pretrained=True).to(where)
        drawn = _chances(target) if self.balanced and target.ndim == 1 else None
        visual.train(module, visual.Feed(pixels, where), target, self.loss_, schedule, policy, self.seed * 101, drawn)
        return module

    def _cleaned(self, pixels: "Array", y: "Array", target: "Array", where: str) -> "tuple[Array, Array]":
        """The rows to learn from, and what to learn of them.

        Two networks, each trained on half of the rows, say what they think of the other half; confident learning
        (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset labels", 2021) counts from
        that which labels are wrong.
        """
        from cleanlab.filter import find_label_issues

        half = frames.deal(y, 2, self.seed, True)
        thought = np.empty((len(y), max(2, self.outputs_)))
        for part in (0, 1):
            self._module = self._trained(pixels[half != part], target[half != part], self.epochs, where)
            found = self._answers(pixels[half == part], where)
            thought[half == part] = found if self.outputs_ > 1 else np.column_stack([1 - found[:, 0], found[:, 0]])
        thought /= thought.sum(axis=1, keepdims=True)
        wrong = np.asarray(find_label_issues(y, thought, filter_by="prune_by_noise_rate", n_jobs=1))
        self.notes_ += (f"{int(wrong.sum())} of {len(y)} labels are held to be wrong: {self.cleaning}.",)
        if self.cleaning == "soften":
            return np.arange(len(y)), _softened(target, thought)
        if self.cleaning == "drop":
            rows = np.flatnonzero(~wrong)
            return rows, target[rows]
        changed = target.copy()
        believed = thought.argmax(axis=1)
        changed[wrong] = believed[wrong] if target.ndim == 1 else believed[wrong][:, None]
        return np.arange(len(y)), changed

    def _predict_rows(self, X: "pd.DataFrame") -> "Array":
        from .. import encoders
        from . import training

        where = encoders.where()
        with training.quiet(0):
            self._awake(where)
            return self._answers(self._pixels(X), where)

    def _answers(self, pixels: "Array", where: str) -> "Array":
        from . import visual

        flip: Any = self.flip
        noise: Any = self.noise
        return visual.predict(self._module, visual.Feed(pixels, where), self.loss_, flip, noise, self._half(where))

    def _pixels(self, X: "pd.DataFrame") -> "Array":
        if self.grid:
            return Grid(**self.grid).pixels(X, self.side)
        found, wrong = pictures.many([str(path) for path in X[self.column_]], (self.side, self.side))
        self.notes_: tuple[str, ...] = tuple(wrong[:5])
        return found

    def _made(self, *, pretrained: bool) -> Any:
        from torch import nn

        from .. import seeing
        from . import convnets, sizes

        if self.config_ is not None:
            module = seeing.Pretrained(self.config_, self.outputs_)
            if pretrained:
                seeing.load(module, self.checkpoint)
            return module
        scaled = seeing.Scaled(*self.scale_)
        net = convnets.Residual(3, self.width, sizes.stem_steps(self.side), self.outputs_)
        return nn.Sequential(scaled, net)


def _chances(codes: "Array") -> "Array":
    """Chances by which rows are drawn: that of a class is the root of its share."""
    counts = np.bincount(codes)
    weights = 1 / np.sqrt(counts[codes])
    return np.asarray(weights / weights.sum())


def _softened(target: "Array", thought: "Array") -> "Array":
    """Targets half as they are labelled and half as networks think that have not seen the label.

    Codes (rows,) become shares of the classes (rows, classes); chances (rows, 1) stay chances. A row of which nothing
    is thought (NaN) keeps its label.
    """
    labelled = target if target.ndim > 1 else np.eye(thought.shape[1])[target]
    told = thought[:, 1:2] if target.ndim > 1 else thought
    mixed = BELIEVED * told + (1 - BELIEVED) * labelled
    return np.where(np.isfinite(thought).all(axis=1, keepdims=True), mixed, labelled).astype(np.float32)


class PictureClassifier(ClassHead, Pictured):
    """Probabilities of classes."""

    def fit(self, X: "pd.DataFrame", y: "Array", believed: "Array | None" = None) -> Self:
        """Fit on codes y (rows,), and half on what others think: probabilities (rows, classes), NaN where nothing.

        Then labels are not cleaned: what others think says more of them.
        """
        if believed is not None:
            classes = believed[:, np.unique(y)]
            total = classes.sum(axis=1, keepdims=True)
            self._believed = np.divide(classes, total, out=np.full(classes.shape, np.nan), where=total > 0)
        try:
            return super().fit(X, y)
        finally:
            self._believed = None


class PictureLabels(LabelHead, Pictured):
    """Probabilities of labels that do not exclude each other, from one network."""


class PictureRegressor(ValueHead, Pictured):
    """Values, of one target or several."""
