"""Combinations of columns as keys of their own: what cells they have, and how much more they tell than what is known.

Columns come as codes (rows, columns): whole numbers from 0 below `sizes`, a missing or new value having one too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from .interfaces import Array

Loss = Literal["logistic", "squared"]

ALIKE = 0.98  # share of a combination's cells from which a part of it says the same
FAR = 3.0  # the largest step that one combination may suggest, in logits or standard deviations
SINGLES, PAIRED, TRIPLED = 40, 12, 9  # columns that are tried alone, in pairs and in triples, at most
LARGEST = 2**62  # keys
PARTS = 5  # of the rows
ROUNDS, RATE = 60, 0.3  # of boosting
SURE = 3.0  # standard errors
SHRINK: dict[Loss, float] = {"logistic": 1.0, "squared": 5.0}  # weight of rows that would not move


@dataclass(frozen=True, eq=False)
class Cross:
    """One combination of columns, and its cells that are not rare in the rows of fit."""

    columns: tuple[int, ...]
    sizes: tuple[int, ...]  # codes that each of these columns may have
    known: "Array"  # keys of the cells, sorted
    counts: "Array"  # rows of fit in each cell, then of all rare cells together

    @classmethod
    def of(cls, codes: "Array", columns: Sequence[int], sizes: Sequence[int], least: int) -> "Cross":
        """Learn the cells that hold at least so many rows."""
        chosen = tuple(columns)
        known, counts = np.unique(_keys(codes, chosen, tuple(sizes[k] for k in chosen)), return_counts=True)
        common = counts >= least
        rare = counts[~common].sum()
        return cls(chosen, tuple(sizes[k] for k in chosen), known[common], np.append(counts[common], rare))

    @property
    def size(self) -> int:
        """Cells, the one for rare and new combinations included."""
        return len(self.known) + 1

    def cells(self, codes: "Array") -> "Array":
        """The cell of each row (rows,); the last one for combinations that are rare or new."""
        if not len(self.known):
            return np.zeros(len(codes), dtype=np.int64)
        keys = _keys(codes, self.columns, self.sizes)
        place = np.minimum(np.searchsorted(self.known, keys), len(self.known) - 1)
        return np.where(self.known[place] == keys, place, len(self.known))


def _keys(codes: "Array", columns: tuple[int, ...], sizes: tuple[int, ...]) -> "Array":
    """One whole number for each combination (rows,)."""
    keys = np.zeros(len(codes), dtype=np.int64)
    for column, size in zip(columns, sizes, strict=True):
        keys = keys * size + codes[:, column]
    return keys


def candidates(codes: "Array", sizes: Sequence[int], order: Sequence[int], degree: int) -> list[tuple[int, ...]]:
    """Combinations of at most `degree` columns that tell rows apart which none of their parts does.

    `order` lists the columns, the most telling first: all are taken alone, the first twelve in pairs, the first nine in
    triples, so there are at most 190.
    """
    reach = (SINGLES, PAIRED, TRIPLED)
    count: dict[tuple[int, ...], int] = {}
    for width in range(1, degree + 1):
        for columns in combinations(sorted(order[: reach[min(width, 3) - 1]]), width):
            parts = tuple(sizes[k] for k in columns)
            if float(np.prod([float(s) for s in parts])) > LARGEST:
                continue
            cells = len(np.unique(_keys(codes, columns, parts)))
            below = [count.get(part, 0) for part in combinations(columns, width - 1)] if width > 1 else [1]
            if cells > 1 and max(below) < ALIKE * cells and (width == 1 or min(below) > 0):
                count[columns] = cells
    return list(count)


def slopes(known: "Array", target: "Array", loss: Loss) -> "tuple[Array, Array]":
    """First and second derivative of what is left to explain (rows,): target minus expectation, and its weight."""
    if loss == "squared":
        return target - known, np.ones(len(target))
    chance = 1 / (1 + np.exp(-known))
    return target - chance, np.maximum(chance * (1 - chance), 1e-6)


def losses(known: "Array", target: "Array", loss: Loss) -> "Array":
    """The loss of each row (rows,): half the squared error, or the negative log likelihood of 0 or 1."""
    if loss == "squared":
        return np.asarray((target - known) ** 2 / 2)
    return np.asarray(np.logaddexp(0, known) - target * known)


class Known:
    """What is known of the targets: predictions so far, and what is computed of them once for all combinations.

    Args:
        predictions: of each target (rows,): logits or values.
        targets: of each (rows,).
        loss: what for.
    """

    def __init__(self, predictions: Sequence["Array"], targets: Sequence["Array"], loss: Loss) -> None:
        self.predictions, self.targets, self.loss = predictions, targets, loss
        together = list(zip(predictions, targets, strict=True))
        self.slopes = [slopes(f, t, loss) for f, t in together]
        self.losses = [losses(f, t, loss) for f, t in together]

    def mean_loss(self) -> float:
        """Summed over the targets."""
        return sum(float(lost.mean()) for lost in self.losses)

    def moved(self, cells: "Array", size: int) -> "list[Array]":
        """How each row's predictions move (rows,) as other rows of its cell suggest."""
        return [steps(cells, size, first, second, SHRINK[self.loss]) for first, second in self.slopes]


def steps(cells: "Array", size: int, first: "Array", second: "Array", shrink: float) -> "Array":
    """What other rows of its cell suggest to add to each row's prediction (rows,): a shrunk Newton step.

    Others are those in four of five parts, each row being in the fifth: its own target says nothing. (Were it left out
    alone, then each row of a cell would be moved away from its own target, and the next combination find that.)
    """
    place = cells * PARTS + np.arange(len(cells)) * 7919 % 10_007 % PARTS
    up, down = (
        (found.sum(axis=1, keepdims=True) - found).ravel()[place]
        for found in (np.bincount(place, d, minlength=size * PARTS).reshape(size, PARTS) for d in (first, second))
    )
    return np.asarray(np.clip(up / (np.maximum(down, 0) + shrink), -FAR, FAR))


def gains(cells: "Array", size: int, known: Known) -> "Array":
    """How much each row's loss falls (rows,) if its prediction is moved as other rows of its cell suggest.

    Summed over the targets.
    """
    total = np.zeros(len(cells))
    moved = known.moved(cells, size)
    for f, t, lost, step in zip(known.predictions, known.targets, known.losses, moved, strict=True):
        total += lost - losses(f + step, t, known.loss)
    return total


def gain(cells: "Array", size: int, known: Known) -> float:
    """The mean of `gains`: below zero for combinations whose cells are too small to tell anything."""
    return float(gains(cells, size, known).mean())


def aims(y: "Array", most: int = 5) -> "tuple[list[Array], Loss]":
    """A target as a few that can be learnt one by one, as floats (rows,), and their loss.

    Class codes: one of 0 and 1 for each class (the largest `most`; of two, the second), label sets: one for each label,
    numbers: standardised, one for each column.
    """
    columns = [y] if y.ndim == 1 else list(y.T)
    if y.dtype.kind == "f":
        wide = [(c - c.mean()) / (c.std() or 1.0) for c in columns[:most]]
        return [np.asarray(c, dtype=np.float64) for c in wide], "squared"
    if y.ndim == 2:
        shares = np.asarray(y.mean(axis=0))
        chosen = sorted(np.argsort(-shares * (1 - shares), kind="stable")[:most])
        return [np.asarray(y[:, k], dtype=np.float64) for k in chosen], "logistic"
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) <= 2:
        return [(y == classes[-1]).astype(np.float64)], "logistic"
    largest = np.sort(np.argsort(-counts, kind="stable")[:most])
    return [(y == classes[k]).astype(np.float64) for k in largest], "logistic"


def start(target: "Array", loss: Loss) -> "Array":
    """The best prediction without any column (rows,)."""
    mean = float(np.clip(target.mean(), 1e-4, 1 - 1e-4)) if loss == "logistic" else float(target.mean())
    return np.full(len(target), np.log(mean / (1 - mean)) if loss == "logistic" else mean)


def choose(
    codes: "Array",
    sizes: Sequence[int],
    targets: Sequence["Array"],
    loss: Loss,
    degree: int,
    most: int,
    least: int,
    enough: float,
) -> list[tuple[int, ...]]:
    """Combinations of two columns or more that tell more than their parts, the most telling first.

    Found by componentwise boosting (Buehlmann and Yu, 2003): predictions are moved a little by whichever column or
    combination tells most of what is left, again and again. `enough` is the share of the loss without any column that
    one has to take away to be taken; what is first taken has to gain more than three standard errors, too.
    """
    known = Known([start(t, loss) for t in targets], targets, loss)
    before = known.mean_loss()
    worth = [gain(codes[:, k], size, known) for k, size in enumerate(sizes)]
    order = sorted(range(len(sizes)), key=lambda k: (-worth[k], k))
    crosses = {c: Cross.of(codes, c, sizes, least) for c in candidates(codes, sizes, order, degree)}
    cells = {columns: cross.cells(codes) for columns, cross in crosses.items()}

    def now(columns: tuple[int, ...]) -> float:
        return gain(cells[columns], crosses[columns].size, known)

    left, brought = {columns: now(columns) for columns in crosses}, dict.fromkeys(crosses, 0.0)
    for _ in range(ROUNDS if crosses else 0):
        fresh: set[tuple[int, ...]] = set()
        while (best := max(left, key=lambda c: (left[c], -len(c)))) not in fresh:  # what is left to gain falls
            left[best] = now(best)
            fresh.add(best)
        if left[best] < enough * before:
            break
        if not brought[best]:
            rows = gains(cells[best], crosses[best].size, known)
            if rows.mean() < SURE * rows.std() / np.sqrt(len(rows)):
                left[best] = -np.inf
                continue
        brought[best] += left[best]
        moved = known.moved(cells[best], crosses[best].size)
        predictions = [f + RATE * step for f, step in zip(known.predictions, moved, strict=True)]
        known = Known(predictions, targets, loss)
    chosen = [columns for columns in brought if len(columns) > 1 and brought[columns] > 0]
    return sorted(chosen, key=lambda c: (-brought[c], c))[:most]
