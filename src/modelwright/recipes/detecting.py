"""The estimators behind the recipes that find boxes in pictures, and how they are trained.

What `fit` finds in some of its rows is kept (`seen_`), so that a check can hold `predict` to it.
"""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import backbones, pictures
from ..kinds.detection import fuse
from .kept_network import KeptNetwork

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

SEEN = 4  # pictures whose boxes are kept
TOLERANCE, HALF_TOLERANCE = 5e-3, 0.1  # of confidences and of shares of a side, computed once more
VISIBLE = 0.35  # share of a box that must be left in a changed picture for it to count
SMALL = 14.0  # pixels of a box, as it is seen, below which the finest features are needed
AT_ONCE = 8  # pictures looked at at once
TOLD = 8  # of the surest boxes that are compared


class BoxFinder(KeptNetwork):
    """One detector for the pictures that a column of paths names.

    Args:
        column: of the paths.
        classes: how many there are.
        shares: whether boxes are told as shares of a picture, not in pixels.
        checkpoint: folder of a pretrained model; "" for a network that begins with nothing.
        width: of the first level of a network from scratch.
        height, length: to which pictures are shrunk, in pixels: multiples of 32.
        epochs: how often each picture is seen.
        batch, learning_rate, weight_decay: of training.
        flip: "none", "sides" or "all", also when predicting.
        zoom: pictures are shown at most by so much larger or smaller, as a logarithm.
        colour: changes of brightness, contrast and saturation.
        precision: "auto" (half where the device gains by it) or "full".
        seed: of weights, order and changes.
    """

    def __init__(
        self,
        column: str,
        classes: int,
        shares: bool = False,
        checkpoint: str = "",
        width: int = 16,
        height: int = 224,
        length: int = 224,
        epochs: int = 30,
        batch: int = 8,
        learning_rate: float = 0.002,
        weight_decay: float = 0.02,
        flip: str = "sides",
        zoom: float = 0.3,
        colour: float = 0.2,
        precision: str = "auto",
        seed: int = 0,
    ) -> None:
        self.column = column
        self.classes = classes
        self.shares = shares
        self.checkpoint = checkpoint
        self.width = width
        self.height = height
        self.length = length
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.flip = flip
        self.zoom = zoom
        self.colour = colour
        self.precision = precision
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Learn from pictures and their boxes: y (rows,) of arrays (boxes, 5), class code and corners."""
        from .. import encoders
        from . import boxing, descent, training

        pixels, sizes = self._pixels(X)
        boxes = [self._inside(np.asarray(b, dtype=np.float64), size) for b, size in zip(y, sizes, strict=True)]
        self.scale_ = pictures.scale(pixels)
        self.config_ = backbones.config(self.checkpoint) if self.checkpoint else None
        sides = np.concatenate([np.minimum(*(b[:, 3:] - b[:, 1:3]).T) for b in boxes if len(b)] or [np.array([32.0])])
        self.fine_ = bool(np.quantile(sides, 0.1) < SMALL)
        where = encoders.where()
        with training.quiet(self.seed * 101):
            self._module: Any = self._made(pretrained=True).to(where)
            course = descent.Course(
                epochs=self.epochs,
                batch=self.batch,
                learning_rate=self.learning_rate,
                weight_decay=self.weight_decay,
                full=self.precision == "full",
                warm=0.1,
                average=0.995,
            )
            change = boxing.Change(flip=self.flip, zoom=self.zoom, colour=self.colour, visible=VISIBLE)
            boxing.train(self._module, pixels, boxes, course, change, self.seed * 101, where)
            self._settle(where, (TOLERANCE, HALF_TOLERANCE))
            places = np.arange(min(SEEN, len(pixels)))
            self.seen_ = (places, self._told(self._find(pixels[places], [sizes[k] for k in places], where)))
        return self

    def predict(self, X: "pd.DataFrame") -> "Array":
        """Boxes of each row: an object array (rows,) of arrays (boxes, 6), class code, confidence and corners."""
        from .. import encoders
        from . import training

        where = encoders.where()
        with training.quiet(0):
            self._awake(where)
            found = np.empty(len(X), dtype=object)
            for start in range(0, len(X), AT_ONCE):
                pixels, sizes = self._pixels(X.iloc[start : start + AT_ONCE])
                for k, boxes in enumerate(self._find(pixels, sizes, where), start):
                    found[k] = boxes
        return found

    def again(self, X: "pd.DataFrame") -> "Array":
        """Confidences of the surest boxes, for a check that holds them against what training saw (`seen_`)."""
        return self._told(list(self.predict(X)))

    def _told(self, found: "list[Array]") -> "Array":
        told = np.zeros((len(found), TOLD))
        for row, boxes in enumerate(found):
            sure = np.sort(boxes[:, 1])[::-1][:TOLD]
            told[row, : len(sure)] = sure
        return told

    def _pixels(self, X: "pd.DataFrame") -> "tuple[Array, list[tuple[int, int]]]":
        """Pictures in one size, (rows, height, length, 3) uint8, and the sizes they have."""
        paths = [str(path) for path in X[self.column]]
        pixels, wrong = pictures.many(paths, (self.height, self.length))
        self.notes_ = tuple(wrong[:5])
        return pixels, [_size(path, (self.height, self.length)) for path in paths]

    def _inside(self, boxes: "Array", size: tuple[int, int]) -> "Array":
        """Boxes as the network sees them, in pixels of its size; those outside or without area are dropped."""
        boxes = boxes.reshape(-1, 5).copy()
        tall, wide = (1, 1) if self.shares else size
        boxes[:, [1, 3]] = np.clip(boxes[:, [1, 3]] / wide, 0, 1) * self.length
        boxes[:, [2, 4]] = np.clip(boxes[:, [2, 4]] / tall, 0, 1) * self.height
        there = (boxes[:, 3:] - boxes[:, 1:3]).min(axis=1, initial=np.inf) > 1.0
        return np.asarray(boxes[there])

    def _outside(self, boxes: "Array", size: tuple[int, int]) -> "Array":
        """Boxes (boxes, 6) found by the network, as they are told."""
        tall, wide = (1, 1) if self.shares else size
        boxes = boxes.copy()
        boxes[:, [2, 4]] *= wide / self.length
        boxes[:, [3, 5]] *= tall / self.height
        return boxes

    def _find(self, pixels: "Array", sizes: list[tuple[int, int]], where: str) -> "list[Array]":
        """The boxes of pictures, those of mirrored looks fused."""
        from . import boxing

        found = []
        for start in range(0, len(pixels), AT_ONCE):
            looks = boxing.find(self._module, pixels[start : start + AT_ONCE], self.flip, self._half(where), where)
            found += [_fused(each) for each in zip(*looks, strict=True)]
        return [self._outside(boxes, size) for boxes, size in zip(found, sizes, strict=True)]

    def _made(self, *, pretrained: bool) -> Any:
        from . import detectors

        if self.config_ is None:
            return detectors.from_nothing(self.width, self.classes, self.fine_, self.scale_)
        module = detectors.over(self.config_, self.classes, self.fine_)
        if pretrained:
            detectors.load_body(module.net.backbone.body, self.checkpoint)
        return module


def _fused(looks: "tuple[Array, ...]") -> "Array":
    """What several looks at one picture found together."""
    fused = looks[0] if len(looks) == 1 else fuse(looks, [1 / len(looks)] * len(looks))
    assert fused is not None, "each look has its boxes"
    return fused


def _size(path: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    """Height and width of a picture; what is given where it cannot be read."""
    try:
        return pictures.size(path)
    except pictures.PictureError:
        return otherwise
