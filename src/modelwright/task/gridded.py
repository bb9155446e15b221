"""Columns of a table that are the pixels of pictures: told by their names, and by neighbours that are alike."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ..grids import Grid
from .prose import Prose

NUMBERED = re.compile(r"^(.*?)(\d+)$")
IN_ROWS = re.compile(r"^(.*?)(\d+)(\D+)(\d+)$")
SPEAKS = re.compile(r"\b(?:images?|pictures?|pixels?|photos?|photographs?|drawings?|handwrit\w*|gr[ae]y ?scale)\b")
LEAST = 8  # pixels along a side
MOST = 0.8  # share of the features that the pixels must be: of less, what else is measured says more
LOOK_AT = 500  # rows
ALIKE = 0.85  # times the difference of any two pixels of a picture that neighbours differ by, at most


def find_grid(table: pd.DataFrame, names: Sequence[str], prose: Prose) -> Grid | None:
    """Where the pixels of a picture stand in each row; None where rows hold no picture.

    Args:
        table: training rows.
        names: their features.
        prose: the description; where it does not speak of pictures, the columns must be called after pixels.
    """
    spoken = any(SPEAKS.search(s.plain) for s in prose.sentences)
    numbers = [str(n) for n in names if table[n].dtype.kind in "iuf"]
    for grid in _grids(numbers):
        if (not spoken and "pix" not in grid.form.lower()) or len(grid.names) < MOST * len(names):
            continue
        some = table[grid.names].iloc[:: max(1, len(table) // LOOK_AT)]
        high = float(table[grid.names].to_numpy().max())
        if not len(some) or some.isna().any(axis=None) or float(some.to_numpy().min()) < 0 or not 0 < high <= 255:
            continue
        whole = next(white for white in (1.0, 16.0, 255.0) if high <= white)
        shapes = [grid] if grid.channels == 1 else [grid, replace(grid, planar=True)]
        rough, best = min(((_roughness(g.block(some)), k) for k, g in enumerate(shapes)), default=(1.0, 0))
        if rough <= ALIKE:
            return replace(shapes[best], highest=whole)
    return None


def _grids(names: Sequence[str]) -> Iterator[Grid]:
    """Sets of columns as many as a picture has pixels, numbered without a gap."""
    placed: dict[tuple[str, str], set[tuple[int, int]]] = {}
    counted: dict[str, list[int]] = {}
    for name in names:
        if m := IN_ROWS.match(name):
            placed.setdefault((m[1], m[3]), set()).add((int(m[2]), int(m[4])))
        if m := NUMBERED.match(name):
            counted.setdefault(m[1], []).append(int(m[2]))
    for (before, between), places in placed.items():
        low, high = min(places), max(places)
        height, width = high[0] - low[0] + 1, high[1] - low[1] + 1
        plain = all(f"{before}{r}{between}{c}" in set(names) for r, c in places)
        if low[0] == low[1] and len(places) == height * width and min(height, width) >= LEAST and plain:
            yield Grid(f"{before}{{row}}{between}{{column}}", low[0], height, width)
    for before, numbers in counted.items():
        start, count = min(numbers), len(numbers)
        if sorted(numbers) != list(range(start, start + count)) or f"{before}{start}" not in names:
            continue
        for channels in (1, 3):
            side = round((count / channels) ** 0.5)
            if side >= LEAST and side * side * channels == count:
                yield Grid(f"{before}{{n}}", start, side, side, channels)


def _roughness(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> float:
    """How much neighbours differ, along and across, against any two pixels of a picture; 1 for noise."""
    rng = np.random.default_rng(0)
    flat = pixels.reshape(len(pixels), -1)
    any_two = float(np.abs(flat - flat[:, rng.permutation(flat.shape[1])]).mean())
    if any_two == 0:
        return 1.0
    across = float(np.abs(np.diff(pixels, axis=2)).mean())
    along = float(np.abs(np.diff(pixels, axis=1)).mean())
    return max(across, along) / any_two
