"""Blocks of rows for the jackknife: the same for every experiment of a run, so that two can be compared in pairs."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..interfaces import Array

MOST = 20
FEWER = 10  # below this many rows per block of MOST, this many blocks are enough
ROWS = 10


def deal(
    folds: "Array", strata: "Array | None", groups: "Array | None", seed: int, *, in_order: bool = False
) -> "Array":
    """A block per row, (n,) int64 from 0 on.

    Args:
        folds: fold of each row; each fold is spread evenly over the blocks.
        strata: class of each row, spread evenly too, or None.
        groups: a group of each row; whole groups lie in one block, unless that leaves a fold with one block only.
            Wins over strata.
        seed: of the dealing.
        in_order: cut each fold into stretches of neighbouring rows instead, for rows that depend on their neighbours.
    """
    rows = len(folds)
    blocks = max(2, min(MOST if rows >= MOST * ROWS else FEWER, rows))
    generator = np.random.default_rng([seed, 20])
    if groups is not None and len(np.unique(groups)) > 1:
        dealt = _deal_groups(np.asarray(groups), blocks, generator)
        if all(len(np.unique(dealt[folds == fold])) > 1 for fold in np.unique(folds)):
            return dealt
        in_order = True  # a fold of a single group would have no error at all: too small a one is better than none
    if in_order:
        block = np.zeros(rows, dtype=np.int64)
        for fold in np.unique(folds):
            own = np.flatnonzero(folds == fold)
            block[own] = np.arange(len(own)) * blocks // len(own)
        return block
    stratum = np.zeros(rows) if strata is None else np.asarray(strata)
    order = np.lexsort((generator.random(rows), stratum, folds))
    block = np.empty(rows, dtype=np.int64)
    block[order] = np.arange(rows) % blocks
    return block


def _deal_groups(groups: "Array", blocks: int, generator: Any) -> "Array":
    """Whole groups, the largest first, each to the block with the fewest rows so far."""
    _, places, sizes = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    filled = np.zeros(min(blocks, len(sizes)))
    block_of = np.empty(len(sizes), dtype=np.int64)
    shuffled = generator.permutation(len(sizes))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        block_of[group] = filled.argmin()
        filled[block_of[group]] += sizes[group]
    return block_of[places]
