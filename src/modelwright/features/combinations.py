"""A combination of number columns: a sum, product or ratio of two or three, as data, with its name and its values."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..interfaces import Array

LARGEST = 1e30  # beyond it float32 has no numbers
DIGITS = 3  # of the numbers in a formula


@dataclass(frozen=True)
class Part:
    """One column of a combination: `factor * (column - centre)`."""

    column: str
    factor: float = 1.0
    centre: float = 0.0

    def __str__(self) -> str:
        column = f"({self.column})" if any(sign in self.column for sign in "+-*/ ") else self.column
        return column if not self.centre else f"({column}{_signed(-self.centre)})"


@dataclass(frozen=True)
class Combination:
    """What a made column is made of; missing wherever one of its columns is, or where a divisor is zero.

    A sum adds the parts, a product multiplies them, a ratio divides the first by the last (of three: the product of
    the first two). With `cuts` it is -1 below the lower, 1 above the upper and 0 between. With a `gate`, a column and
    a value of it, the combination counts only in rows that have the value: elsewhere it is missing, or 0 with cuts.
    """

    operation: Literal["sum", "product", "ratio"]
    parts: tuple[Part, ...]
    cuts: tuple[float, float] | None = None
    gate: tuple[str, float] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it is made of, the gate not among them."""
        return tuple(part.column for part in self.parts)

    @property
    def name(self) -> str:
        """The formula, such as `a+b`, `a-2.5*b`, `a*b/c`, `sign(a+b;-1,2)`, `a+b if c=1`."""
        text = self._sum() if self.operation == "sum" else self._product()
        if self.cuts:
            text = f"sign({text};{self.cuts[0]:.{DIGITS}g},{self.cuts[1]:.{DIGITS}g})"
        return f"{text} if {self.gate[0]}={self.gate[1]:g}" if self.gate else text

    def _sum(self) -> str:
        terms = []
        for k, part in enumerate(self.parts):
            size = "" if abs(part.factor) == 1 else f"{abs(part.factor):.{DIGITS}g}*"
            sign = "-" if part.factor < 0 else "+" if k else ""
            terms.append(f"{sign}{size}{part}")
        return "".join(terms)

    def _product(self) -> str:
        signs = ["", *["*"] * (len(self.parts) - 1)]
        if self.operation == "ratio":
            signs[-1] = "/"
        return "".join(f"{sign}{part}" for sign, part in zip(signs, self.parts, strict=True))

    def values(self, columns: "Mapping[str, Array]") -> "Array":
        """The values (rows,) given those of the columns; NaN for missing ones, and never infinite."""
        with np.errstate(all="ignore"):
            made = self._values([columns[part.column] for part in self.parts])
        if self.cuts is not None:
            low, high = self.cuts
            made = np.where(np.isnan(made), np.nan, (made > high) * 1.0 - (made < low))
        if self.gate is not None:
            made = np.where(columns[self.gate[0]] == self.gate[1], made, np.nan if self.cuts is None else 0.0)
        return made

    def _values(self, given: "list[Array]") -> "Array":
        terms = [
            values if part.factor == 1 and not part.centre else part.factor * (values - part.centre)
            for part, values in zip(self.parts, given, strict=True)
        ]
        made = np.array(terms[0])
        for k, term in enumerate(terms[1:], 2):
            if self.operation == "sum":
                made += term
            elif self.operation == "ratio" and k == len(terms):
                made /= term
            else:
                made *= term
        made[~np.isfinite(made)] = np.nan
        return np.clip(made, -LARGEST, LARGEST, out=made)

    def with_cuts(self, low: float, high: float) -> "Combination":
        """The same, as -1, 0 or 1 by two cuts."""
        return replace(self, cuts=(low, high))


def _signed(value: float) -> str:
    return f"{value:+.{DIGITS}g}"


def rounded(value: float) -> float:
    """A number as it stands in a formula, so that a person who writes the formula down gets the same."""
    return float(f"{value:.{DIGITS}g}")


def numbers_of(table: pd.DataFrame, names: list[str]) -> "dict[str, Array]":
    """The columns as floats (rows,): missing and infinite values as NaN, True and False as 1 and 0."""
    made: dict[str, Array] = {}
    for name in names:
        column: pd.Series[Any] = table[name]
        values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        values[~np.isfinite(values)] = np.nan
        made[name] = values
    return made
