"""Skewed numbers put on the scale of a normal distribution, by their ranks."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Column, Role
from .base import Step, number_names, put_together

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

FEWEST = 20  # distinct values; what takes fewer is a code or a count, and its steps are few enough as they are
HEAVY = 5.0  # quartile distances that a tail reaches beyond its quartile
LONG = 3.0  # the same of a tail on the side to which the quartiles lean
LEANING = 0.2  # Bowley's skewness of the quartiles: 0 when symmetric, 1 when the median is the first of them
KNOTS = 2_000  # of the map of a column


class Ranks(Step):
    """Number columns with a heavy or a long tail become their normal scores (van der Waerden, 1952), under their names.

    A value that stands in a share p of the rows below it becomes the p-quantile of the normal distribution; equal
    values share the mean of their ranks. Values between those of fit are interpolated, those outside are clipped, also
    infinite ones; missing ones stay missing. Trees do not care, but linear models, networks and distances do.
    100,000 rows of 10 columns take about a second.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when a number column has a heavy or a long tail."""
        columns = [profile.column(name) for name in profile.names(Role.NUMBER)]
        return None if any(_is_skewed(column) for column in columns) else "no number column is skewed"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn the ranks of the values of each skewed column."""
        self.maps_: dict[str, tuple[Array, Array]] = {}
        declined = []
        for name in number_names(table):
            values = _floats(table[name])
            values = np.sort(values[np.isfinite(values)])
            if not len(values):
                declined.append(f"ranks: {name} has no finite value.")
            elif _long_tailed(values):
                distinct, counts = np.unique(values, return_counts=True)
                if len(distinct) > FEWEST:
                    self.maps_[name] = _normal_map(distinct, counts)
                else:
                    declined.append(f"ranks: {name} is skewed, but takes {len(distinct)} values only.")
        self.declined_ = tuple(declined)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with normal scores in place of the numbers."""
        made = {name: np.interp(_floats(table[name]), *known) for name, known in self.maps_.items()}
        return put_together(table, made, drop=list(made))[list(table.columns)]


def _floats(column: "Series") -> "Array":
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _is_skewed(column: Column) -> bool:
    if column.low is None or column.high is None or column.quartiles is None or column.distinct <= FEWEST:
        return False
    return _skewed(column.low, *column.quartiles, column.high)


def _long_tailed(ordered: "Array") -> bool:
    """The same of sorted values."""
    return _skewed(*(float(ordered[int(share * (len(ordered) - 1))]) for share in (0, 0.25, 0.5, 0.75, 1)))


def _skewed(low: float, first: float, middle: float, third: float, high: float) -> bool:
    """Whether a tail is heavy, or long on the side to which the quartiles lean."""
    width = third - first
    left, right = first - low, high - third
    if max(left, right) > HEAVY * width:
        return True
    lean = (third - middle) - (middle - first)
    return abs(lean) > LEANING * width and (right if lean > 0 else left) > LONG * width


def _normal_map(distinct: "Array", counts: "Array") -> "tuple[Array, Array]":
    """Some of the distinct values, all of the frequent ones among them, and their normal scores."""
    from scipy.special import ndtri

    shares = (np.cumsum(counts) - counts / 2) / counts.sum()
    at = np.unique(np.searchsorted(shares, np.linspace(shares[0], shares[-1], KNOTS)))
    at = np.unique(np.append(at, np.flatnonzero(counts > counts.sum() / KNOTS)))
    return distinct[at], ndtri(shares[at])
