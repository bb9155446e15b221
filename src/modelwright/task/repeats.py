"""Rows that repeat each other: in train, between train and test, and with another answer.

Rows are compared by a 64-bit hash of their features: of a million rows, two that differ are taken for the same with a
probability of one in forty million.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ..interfaces import Array

FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, its bits well mixed: 2**64 over the golden ratio


class Rows:
    """A hash of each row, made column by column."""

    def __init__(self, rows: int) -> None:
        self.hashes: Array = np.zeros(rows, dtype=np.uint64)
        self.columns = 0

    def add(self, column: "Array") -> None:
        """Mix the hashes of one column (rows,) into those of the rows."""
        self.hashes = (self.hashes ^ column) * FACTOR
        self.hashes ^= self.hashes >> np.uint64(29)
        self.columns += 1


def counts(train: Rows, test: Rows | None, target: pd.DataFrame) -> dict[str, int]:
    """The fields `duplicates`, `conflicts` and `shared` of Profile; all 0 where rows have no features.

    Args:
        train: training rows.
        test: the rows wanted; made of the same columns.
        target: the target columns of the training rows.
    """
    if not train.columns or not len(train.hashes):
        return {"duplicates": 0, "conflicts": 0, "shared": 0}
    codes, known = pd.factorize(train.hashes)
    first = np.full(len(known), len(codes), dtype=np.int64)
    np.minimum.at(first, codes, np.arange(len(codes)))
    repeated = first[codes] < np.arange(len(codes))
    differs = np.zeros(len(codes), dtype=bool)
    if repeated.any():
        mine, theirs = np.flatnonzero(repeated), first[codes[repeated]]
        for name in target.columns:
            answers = pd.factorize(target[name])[0]
            differs[mine] |= answers[mine] != answers[theirs]
    return {
        "duplicates": int(repeated.sum()),
        "conflicts": int(differs.sum()),
        "shared": int(np.isin(test.hashes, known).sum()) if test is not None and test.columns == train.columns else 0,
    }
