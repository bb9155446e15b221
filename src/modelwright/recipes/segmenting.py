"""The estimators behind the recipes that draw maps of scenes: a U-Net from scratch, or a decoder over a known encoder.

What `fit` predicts of some of its rows is kept (`seen_`), so that a check can hold `predict` to it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import backbones
from . import scenes, views
from .kept_network import KeptNetwork

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array

SEEN = 2  # scenes whose maps are kept
TOLERANCE, HALF_TOLERANCE = 2e-3, 5e-2  # of a probability, computed once more


class Drawing(KeptNetwork):
    """One network that gives a map for each scene.

    Args:
        column: of the paths.
        inputs: files of a scene, where the path is a folder.
        classes: how many there are; 0 for marked pixels against others.
        checkpoint: folder of a pretrained encoder; "" for a network that begins with nothing.
        decoder: over a pretrained encoder: "unet", "fpn" or "deeplab".
        width: of the first level of a network from scratch.
        halvings: how often its stem makes scenes smaller.
        epochs: how often each scene is seen.
        crop: the longest side of what is seen at once, in pixels; larger scenes are cut into pieces.
        batch, learning_rate, weight_decay: of training.
        view: what the network sees of the bands: "raw", "scaled", "differences" or "ash" (see `views`).
        frames: "one" or "all", where scenes have several.
        loss: "mixed" (focal or cross-entropy, with Dice) or "cross-entropy".
        soft: learn the shares of annotators, where a file of theirs lies beside each mask.
        annotators: the name of that file.
        flip, zoom, rotate, colour: how scenes are changed, see `augment.Policy`.
        precision: "auto" (half where the device gains by it) or "full".
        seed: of weights, order and changes.
    """

    def __init__(
        self,
        column: str,
        inputs: tuple[str, ...] = (),
        classes: int = 0,
        checkpoint: str = "",
        decoder: str = "unet",
        width: int = 16,
        halvings: int = 0,
        epochs: int = 20,
        crop: int = 256,
        batch: int = 8,
        learning_rate: float = 0.003,
        weight_decay: float = 0.02,
        view: str = "raw",
        frames: str = "one",
        loss: str = "mixed",
        soft: bool = False,
        annotators: str = "",
        flip: str = "sides",
        zoom: float = 0.0,
        rotate: float = 0.0,
        colour: float = 0.0,
        precision: str = "auto",
        seed: int = 0,
    ) -> None:
        self.column = column
        self.inputs = inputs
        self.classes = classes
        self.checkpoint = checkpoint
        self.decoder = decoder
        self.width = width
        self.halvings = halvings
        self.epochs = epochs
        self.crop = crop
        self.batch = batch
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.view = view
        self.frames = frames
        self.loss = loss
        self.soft = soft
        self.annotators = annotators
        self.flip = flip
        self.zoom = zoom
        self.rotate = rotate
        self.colour = colour
        self.precision = precision
        self.seed = seed

    def fit(self, X: "pd.DataFrame", y: "Array") -> Self:
        """Learn from scenes and their masks (rows,): 0 and 1, or codes with 255 for what does not count."""
        from .. import encoders
        from . import augment, mapping, training

        paths = [str(path) for path in X[self.column]]
        seen = [self._channels(path) for path in paths]
        self._agree(paths, seen, y)
        masks = [np.asarray(mask) for mask in y]
        self.scale_ = _scale(seen)
        self.channels_ = seen[0].shape[2]
        self.weights_of_classes_ = _weights(masks, self.classes)
        self.config_ = backbones.config(self.checkpoint) if self.checkpoint else None
        soft = [self._shares(path, mask) for path, mask in zip(paths, masks, strict=True)] if self._softly() else None
        where = encoders.where()
        policy = augment.Policy(
            flip=self.flip,  # type: ignore[arg-type]
            shift=0.0,
            zoom=self.zoom,
            rotate=self.rotate,
            colour=self.colour,
            erase=0.0,
        )
        schedule = mapping.Schedule(
            epochs=self.epochs,
            batch=self.batch,
            crop=self.crop,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            loss=self.loss,
            full=self.precision == "full",
        )
        with training.quiet(self.seed * 101):
            self._module: Any = self._made(pretrained=True).to(where)
            codes = [_codes(mask, self.classes) for mask in masks]
            data = mapping.Scenes(seen, codes, soft)
            mapping.train(self._module, data, self.weights_of_classes_, schedule, policy, self.seed * 101, where)
            self._settle(where, (TOLERANCE, HALF_TOLERANCE))
            places = np.arange(min(SEEN, len(seen)))
            self.seen_ = (places, _means([self._draw(seen[k], where) for k in places]))
        return self

    def predict_proba(self, X: "pd.DataFrame") -> "Array":
        """A map for each row, an object array (rows,): float32 (height, width) from 0 to 1, or uint8 with classes."""
        from .. import encoders
        from . import training

        where = encoders.where()
        maps = np.empty(len(X), dtype=object)
        with training.quiet(0):
            self._awake(where)
            for row, path in enumerate(X[self.column]):
                drawn = self._draw(self._channels(str(path)), where)
                maps[row] = (drawn * 255 + 0.5).astype(np.uint8) if self.classes else drawn
        return maps

    def predict(self, X: "pd.DataFrame") -> "Array":
        """The same maps."""
        return self.predict_proba(X)

    def again(self, X: "pd.DataFrame") -> "Array":
        """Means of the maps over a coarse grid, for a check that holds them against what training saw (`seen_`)."""
        maps = [m / np.float32(255) if m.dtype == np.uint8 else m for m in self.predict_proba(X)]
        return _means(maps)

    def _draw(self, seen: "Array", where: str) -> "Array":
        """The map of one scene, float32."""
        from . import mapping

        flip: Any = self.flip
        return mapping.draw(self._module, seen, self.crop, flip, self._half(where), where)

    def _channels(self, path: str) -> "Array":
        """What the network sees of a scene, (height, width, channels) float32."""
        view: Any = self.view
        bands = scenes.read(path, self.inputs)
        found = views.channels(bands, view, self.frames, views.ash_bands(self.inputs))
        return found if scenes.files(path, self.inputs)[0].suffix == ".npy" else found / np.float32(255)

    def _agree(self, paths: list[str], seen: "list[Array]", y: "Array") -> None:
        for path, channels, mask in zip(paths, seen, y, strict=True):
            if channels.shape[:2] != np.shape(mask):
                raise ValueError(f"the mask of {path} has the shape {np.shape(mask)}, its inputs {channels.shape[:2]}")

    def _softly(self) -> bool:
        return self.soft and bool(self.annotators) and not self.classes

    def _shares(self, path: str, mask: "Array") -> "Array":
        """Which share of the annotators marked each pixel; the mask where they left no file."""
        file = Path(path) / self.annotators
        if not file.exists():
            return (mask > 0).astype(np.float32)
        each = np.load(file, allow_pickle=False)
        return np.asarray((each > 0).reshape(*mask.shape, -1).mean(axis=2), dtype=np.float32)

    def _made(self, *, pretrained: bool) -> Any:
        from torch import nn

        from .. import seeing
        from . import unets

        outputs = self.classes or 1
        scaled = seeing.Scaled(*self.scale_)
        if self.config_ is None:
            return nn.Sequential(scaled, unets.UNet(self.channels_, self.width, self.halvings, outputs))
        net = unets.Decoded(self.config_, self.decoder, self.channels_, outputs)
        if pretrained:
            unets.load_encoder(net, self.checkpoint)
        return nn.Sequential(scaled, net)


def _codes(mask: "Array", classes: int) -> "Array":
    """Codes int16, -1 where a pixel does not count."""
    if not classes:
        return (mask > 0).astype(np.int16)
    found = mask.astype(np.int16)
    found[(found < 0) | (found >= classes)] = -1
    return found


def _weights(masks: "list[Array]", classes: int) -> "Array":
    """Weights of the classes, by the root of their shares: the rarer, the heavier; or of a marked pixel."""
    if not classes:
        share = sum(int(np.count_nonzero(m)) for m in masks) / max(1, sum(m.size for m in masks))
        return np.array([min(10.0, max(1.0, (0.5 / max(share, 1e-6)) ** 0.5))], dtype=np.float32)
    counts = np.zeros(classes)
    for mask in masks:
        codes = _codes(mask, classes)
        counts += np.bincount(codes[codes >= 0].ravel(), minlength=classes)[:classes]
    weights = 1 / np.sqrt(np.maximum(counts, 1) / max(counts.sum(), 1))
    weights = np.minimum(weights / np.average(weights, weights=np.maximum(counts, 1)), 8.0)
    return np.asarray(weights, dtype=np.float32)


def _scale(seen: "list[Array]") -> tuple[list[float], list[float]]:
    """Mean and spread of each channel, from at most two hundred scenes."""
    some = seen[:: max(1, len(seen) // 200)]
    flat = np.concatenate([s.reshape(-1, s.shape[2])[::7] for s in some]).astype(np.float64)
    spread = flat.std(axis=0)
    return flat.mean(axis=0).tolist(), np.where(spread > 1e-6, spread, 1.0).tolist()


def _means(maps: "list[Array]") -> "Array":
    """What maps have in each of 4 by 4 parts, (scenes, parts, outputs)."""
    found = []
    for drawn in maps:
        layers = drawn.reshape(*drawn.shape[:2], -1)
        rows = np.array_split(np.arange(layers.shape[0]), 4)
        columns = np.array_split(np.arange(layers.shape[1]), 4)
        parts = [layers[np.ix_(r, c)].mean(axis=(0, 1)) for r in rows for c in columns if len(r) and len(c)]
        found.append(np.stack(parts))
    return np.stack(found)
