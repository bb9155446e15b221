"""How a network that draws maps is trained and asked: whole scenes or pieces of them, changed by chance."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from . import augment, unets
from .descent import Course, Descent
from .finetuning import autocast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Array

OVERLAP = 32  # pixels that neighbouring pieces of a scene share
MARKED = 0.5  # of the pieces cut from large scenes are laid over something marked


@dataclass(frozen=True)
class Schedule(Course):
    """One training."""

    warm: float = 0.15
    average: float = 0.995
    crop: int = 256
    loss: str = "mixed"


class Scenes:
    """Channels (height, width, channels), codes (height, width), and shares of annotators, scene by scene."""

    def __init__(self, seen: "Sequence[Array]", codes: "Sequence[Array]", soft: "Sequence[Array] | None") -> None:
        self.seen, self.codes, self.soft = seen, codes, soft

    def __len__(self) -> int:
        return len(self.seen)

    def cut(
        self, rows: "Array", side: tuple[int, int], rng: np.random.Generator
    ) -> "tuple[Array, Array, Array | None]":
        """Pieces of that height and width, one of each scene: (rows, channels, h, w), codes and shares (rows, h, w).

        What is smaller is mirrored at its edges, and does not count there.
        """
        pictures, codes, shares = [], [], []
        for row in rows:
            top, left = self._place(row, side, rng)
            window = slice(top, top + side[0]), slice(left, left + side[1])
            pictures.append(_filled(self.seen[row][window], side, mirrored=True))
            codes.append(_filled(self.codes[row][window], side, mirrored=False))
            if self.soft is not None:
                shares.append(_filled(self.soft[row][window], side, mirrored=True))
        stacked = np.stack(pictures).transpose(0, 3, 1, 2)
        return stacked, np.stack(codes), np.stack(shares) if shares else None

    def _place(self, row: int, side: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
        codes = self.codes[row]
        spare = [max(0, codes.shape[axis] - side[axis]) for axis in (0, 1)]
        if not any(spare):
            return 0, 0
        place = [int(rng.integers(0, s + 1)) for s in spare]
        marked = np.argwhere(codes > 0) if rng.random() < MARKED else np.empty((0, 2))
        if len(marked):
            point = marked[rng.integers(len(marked))]
            place = [int(np.clip(point[a] - rng.integers(0, side[a]), 0, spare[a])) for a in (0, 1)]
        return place[0], place[1]


def _filled(piece: "Array", side: tuple[int, int], *, mirrored: bool) -> "Array":
    """The piece brought to that height and width: mirrored, or with -1."""
    missing = [side[axis] - piece.shape[axis] for axis in (0, 1)]
    if not any(missing):
        return piece
    around = [(0, missing[0]), (0, missing[1]), *[(0, 0)] * (piece.ndim - 2)]
    return np.pad(piece, around, mode="symmetric") if mirrored else np.pad(piece, around, constant_values=-1)


def train(
    module: Any,
    data: Scenes,
    weights: "Array",
    schedule: Schedule,
    policy: augment.Policy,
    seed: int,
    where: str,
) -> None:
    """Train in place; what is kept at the end is the moving average of the weights.

    Args:
        module: channels in, answers (rows, outputs, height, width) out.
        data: the scenes.
        weights: of the classes, or of a marked pixel.
        schedule: how long and how fast.
        policy: how scenes are changed.
        seed: of order and changes.
        where: the device.
    """
    rng, dice = np.random.default_rng(seed), torch.Generator(where).manual_seed(seed)
    descent = Descent(module, schedule, len(data), where)
    side = piece(data, schedule.crop, _multiple(module))
    heavy = torch.from_numpy(weights).to(where)
    for _ in range(schedule.epochs):
        order = rng.permutation(len(data))
        for step in range(descent.steps):
            rows = order[step * descent.size : (step + 1) * descent.size]
            changed = _changed(_batch(data, rows, side, rng, where), policy, dice)
            descent.step(partial(_loss, module, changed, heavy, schedule.loss, where, descent.dtype), len(rows))
    descent.end()


@dataclass(frozen=True, eq=False)
class Batch:
    """Pieces on the device."""

    pictures: Any
    codes: Any
    soft: Any


def _batch(data: Scenes, rows: "Array", side: tuple[int, int], rng: np.random.Generator, where: str) -> Batch:
    pictures, codes, soft = data.cut(rows, side, rng)
    there = [
        None if a is None else torch.from_numpy(np.ascontiguousarray(a)).to(where) for a in (pictures, codes, soft)
    ]
    return Batch(there[0], there[1].long(), there[2])  # type: ignore[union-attr]


def _changed(batch: Batch, policy: augment.Policy, dice: torch.Generator) -> Batch:
    """The batch with every piece changed by chance; shares of annotators move with the pixels as a further channel."""
    if batch.soft is None:
        pictures, codes = augment.augmented(batch.pictures, policy, dice, batch.codes)
        return Batch(pictures, codes, None)
    joined = torch.cat([batch.pictures, batch.soft[:, None]], dim=1)
    pictures, codes = augment.augmented(joined, policy, dice, batch.codes)
    return Batch(pictures[:, :-1], codes, pictures[:, -1].clamp(0, 1))


def _loss(module: Any, batch: Batch, weights: Any, how: str, where: str, dtype: Any, part: slice) -> Any:
    with autocast(where, dtype):
        answers = module(batch.pictures[part].contiguous(memory_format=torch.channels_last))
    soft = None if batch.soft is None else batch.soft[part]
    return unets.mask_loss(answers.float(), batch.codes[part], how, weights, soft)


def _multiple(module: Any) -> int:
    return int(module[-1].multiple)


def piece(data: Scenes, crop: int, multiple: int) -> tuple[int, int]:
    """Height and width of the pieces that are learnt from: the usual size of a scene, at most `crop`, rounded up."""
    shapes = np.array([s.shape[:2] for s in data.seen])
    usual = np.minimum(np.median(shapes, axis=0), crop)
    height, width = (int(-(-side // multiple) * multiple) for side in usual)
    return height, width


def draw(module: Any, seen: "Array", crop: int, flip: augment.Flip, dtype: Any, where: str) -> "Array":
    """The map of one scene: float32 (height, width), or (height, width, classes); large ones piece by piece.

    Raises MemoryError where not even a small piece fits into the memory of the device.
    """
    height, width = seen.shape[:2]
    side = 2 * crop  # predicting takes less memory than training
    while True:
        try:
            if height <= side and width <= side:
                return _squeezed(_asked(module, seen, flip, dtype, where))
            return _squeezed(_pieced(module, seen, side, flip, dtype, where))
        except torch.OutOfMemoryError:
            side //= 2
            if side < 2 * OVERLAP:
                raise MemoryError("a small piece of a scene does not fit into the memory of the device") from None


def _squeezed(drawn: "Array") -> "Array":
    return drawn[:, :, 0] if drawn.shape[2] == 1 else drawn


def _asked(module: Any, seen: "Array", flip: augment.Flip, dtype: Any, where: str) -> "Array":
    """Probabilities (height, width, outputs) of a scene taken whole, the mean over the ways to look at it."""
    multiple = _multiple(module)
    height, width = seen.shape[:2]
    around = [(0, -height % multiple), (0, -width % multiple), (0, 0)]
    pictures = torch.from_numpy(np.pad(seen, around, mode="symmetric").transpose(2, 0, 1)[None].copy()).to(where)
    with torch.inference_mode(), autocast(where, dtype):
        looks = [_chances(module(look).float()) for look in augment.turned(pictures, flip)]
        found = torch.stack(augment.undone(looks)).mean(0)[0]
    return np.asarray(found.movedim(0, -1).cpu().numpy())[:height, :width]


def _chances(answers: Any) -> Any:
    return answers.sigmoid() if answers.shape[1] == 1 else functional.softmax(answers, dim=1)


def _pieced(module: Any, seen: "Array", side: int, flip: augment.Flip, dtype: Any, where: str) -> "Array":
    """Probabilities of a large scene: pieces that overlap, their middles counting most."""
    height, width = seen.shape[:2]
    tall, wide = min(side, height), min(side, width)
    total: Any = None
    weight = np.zeros((height, width, 1), dtype=np.float32)
    mask = np.minimum.outer(_ramp(tall), _ramp(wide))[:, :, None].astype(np.float32)
    for top in _starts(height, tall):
        for left in _starts(width, wide):
            window = slice(top, top + tall), slice(left, left + wide)
            drawn = _asked(module, seen[window], flip, dtype, where)
            total = np.zeros((height, width, drawn.shape[2]), dtype=np.float32) if total is None else total
            total[window] += mask * drawn
            weight[window] += mask
    return np.asarray(total / weight)


def _starts(whole: int, side: int) -> list[int]:
    step = max(1, side - OVERLAP)
    return [*range(0, max(1, whole - side), step), whole - side] if whole > side else [0]


def _ramp(side: int) -> "Array":
    """Weights that rise from the edges over OVERLAP pixels."""
    edge = np.minimum(np.arange(side) + 1, side - np.arange(side))
    return np.minimum(1.0, edge / OVERLAP)
