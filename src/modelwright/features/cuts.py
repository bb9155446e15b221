"""Where to cut a column so that three levels explain as much as they can of what is left."""

from typing import TYPE_CHECKING

import numpy as np

from .combinations import rounded
from .evidence import Coded, Residual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..interfaces import Array

ROWS = 15_000  # rows on which cuts are sought at first
GRID = 16  # quantiles among which they are sought at first
FINEST = 0.001  # of the rows that a cut is moved by at last
NEAR = 0.002  # of the rows that a cut may be moved by so that its number is a short one


def best_cuts(values: "Array", residual: Residual, beside: "Sequence[Coded]") -> tuple[float, tuple[float, float]]:
    """The share that three levels explain with the best two cuts, and the cuts; both are the same for two levels.

    Cuts are sought among a few quantiles, on some rows first, and then moved in smaller and smaller steps on all rows.

    Args:
        values: (rows,) of the column to cut; a missing value is in none of the outer levels.
        residual: what is to be explained.
        beside: bins of the columns it is made of, whose effects may change with the cuts.
    """
    ordered = np.sort(values[~np.isnan(values)])
    if not len(ordered):
        return 0.0, (0.0, 0.0)
    step = max(1, len(residual) // ROWS)
    some = residual.some(np.arange(0, len(residual), step))
    first = _Levels(values[::step], ordered, some, [(codes[::step], size) for codes, size in beside])
    grid = [k / GRID for k in range(1, GRID)]
    best = max(((a, b) for k, a in enumerate(grid) for b in grid[k:]), key=lambda pair: first.explain(*pair))
    every = _Levels(values, ordered, residual, beside)
    width = 1 / GRID
    while width > max(FINEST, 4 / len(ordered)):
        width /= 2
        moved = [(best[0] + i * width, best[1] + j * width) for i in (0, -1, 1) for j in (0, -1, 1)]
        best = max(((a, b) for a, b in moved if 0 < a <= b < 1), key=lambda pair: every.explain(*pair), default=best)
    return every.explain(*best), (_short(ordered, best[0]), _short(ordered, best[1]))


class _Levels:
    """What three levels explain, for cuts at quantiles; the outer levels of each cut are made once."""

    def __init__(self, values: "Array", ordered: "Array", residual: Residual, beside: "Sequence[Coded]") -> None:
        self.values, self.ordered, self.residual, self.beside = values, ordered, residual, beside
        self.made: dict[tuple[float, bool], Array] = {}

    def explain(self, low: float, high: float) -> float:
        """The share explained by the levels below the one and above the other quantile."""
        return self.residual.spanned(np.column_stack([self._outer(low, False), self._outer(high, True)]))

    def _outer(self, place: float, above: bool) -> "Array":
        if (place, above) not in self.made:
            cut = _at(self.ordered, place)
            there = self.values > cut if above else self.values < cut
            self.made[place, above] = self.residual.aside(there.astype(np.float64), self.beside)
        return self.made[place, above]


def _at(ordered: "Array", place: float) -> float:
    return float(ordered[min(len(ordered) - 1, int(place * len(ordered)))])


def _short(ordered: "Array", place: float) -> float:
    """The value at a quantile with few digits, where that moves it past few rows."""
    edge = _at(ordered, place)
    short = rounded(edge)
    return short if _at(ordered, max(0.0, place - NEAR)) < short < _at(ordered, place + NEAR) else edge
