"""A column counted once: its distinct values, how often each occurs, and a hash of each row's value.

Everything the profile says of a column follows from these counts or from a sample, so that a column of a million rows
is gone through once and not a dozen times.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from ..interfaces import Array

SAMPLE = 2_000  # values of text on which expensive tests run


@dataclass(frozen=True, eq=False)
class Counted:
    """One column of one table."""

    name: str
    values: "pd.Series[Any]"
    codes: "Array"  # position of each row's value in `known` (rows,); -1 where it is missing
    known: "Array"  # distinct values, in order of appearance

    @classmethod
    def of(cls, name: str, values: "pd.Series[Any]") -> "Counted":
        """Count a column with one of the plain dtypes (see `tables.plain`)."""
        codes, known = pd.factorize(values.to_numpy())
        return cls(name, values, codes, np.asarray(known))

    @property
    def kind(self) -> str:
        """The dtype's kind: i, u, f, b, M or O."""
        return str(self.values.dtype.kind)

    @property
    def rows(self) -> int:
        """Rows, those without a value included."""
        return len(self.codes)

    @property
    def distinct(self) -> int:
        """Distinct values that are there."""
        return len(self.known)

    @cached_property
    def counts(self) -> "Array":
        """How often each of `known` occurs."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.known))

    @property
    def filled(self) -> int:
        """Rows that have a value."""
        return int(self.counts.sum())

    @property
    def missing(self) -> int:
        """Rows that have none."""
        return self.rows - self.filled

    @cached_property
    def sample(self) -> "pd.Series[Any]":
        """Values as text, of rows spread over the table; missing ones left out."""
        there = np.flatnonzero(self.codes >= 0)
        rows = there[:: max(1, len(there) // SAMPLE)]
        return pd.Series([str(v) for v in self.known[self.codes[rows]]], dtype=object)

    @cached_property
    def texts(self) -> "pd.Series[Any]":
        """Distinct values as text, spread over those there are; what a column of few values is told by."""
        some = self.known[:: max(1, len(self.known) // SAMPLE)]
        return pd.Series([str(v) for v in some], dtype=object)

    @cached_property
    def floats(self) -> "Array":
        """The distinct values as floats; for columns of numbers and truth values."""
        return np.asarray(self.known, dtype=np.float64)

    def commonest(self, most: int) -> tuple[tuple[str, int], ...]:
        """The commonest values as text with their counts; of equals, the first to appear."""
        order = np.argsort(-self.counts, kind="stable")[:most]
        return tuple((str(self.known[k]), int(self.counts[k])) for k in order)

    def hashes(self) -> "Array":
        """A 64-bit hash of each row's value (rows,); alike for 3, 3.0 and for the same text in another table."""
        known = self.floats + 0.0 if self.kind in "iufb" else self.known  # + 0.0: -0.0 and 0.0 are one value
        hashed = pd.util.hash_array(known, categorize=False) if len(known) else np.empty(0, dtype=np.uint64)
        return np.append(hashed, np.uint64(0))[self.codes]


def unseen(train: Counted, test: Counted) -> float:
    """Share of the values of the second column, rows counted, that do not occur in the first."""
    if not test.filled:
        return 0.0
    known = ~pd.Index(test.known).isin(pd.Index(train.known))
    return float(test.counts[known].sum() / test.filled)
