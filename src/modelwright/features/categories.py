"""Categories and codes as numbers, and numbers that are codes as categories."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..records.profile import Column, Role
from .base import Step, put_together
from .keys import MOST, REPEATS, Lookup, count, key_names, repeating_whole_names

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

PAIRED = 8  # columns whose pairs are counted, at most
CLASSES = 20  # classes that get a column each, the largest first
CV = 5
REST = -1  # the code of classes put together
BINS = 20  # of a target that is a number, by which its rows are spread over the parts
VALUES = ("binary", "multiclass", "ordinal", "regression", "forecast", "multilabel")


def _codes(column: Column, rows: int, more_than: int) -> bool:
    """Whether a column holds whole numbers that repeat."""
    return column.role is Role.NUMBER and column.integer and more_than < column.distinct <= min(rows / REPEATS, MOST)


def _has_keys(profile: "Profile", more_than: int) -> bool:
    columns = [profile.column(name) for name in profile.features]
    categories = (Role.CATEGORY, Role.ORDERED, Role.BOOLEAN, Role.COMPOSITE)
    return any((c.role in categories and c.distinct > 2) or _codes(c, profile.rows, more_than) for c in columns)


class IntegersAsCategories(Step):
    """Whole numbers that repeat become categories, written as text in the order of the numbers.

    A column is taken when it has more than two distinct values, at most 20,000, each in two rows or more on average.
    The category takes the number's place and name; with `keep` it stands beside it as `store.category`.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"

    def __init__(self, keep: bool = False) -> None:
        self.keep = keep

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there is a column of whole numbers that repeat."""
        if any(_codes(profile.column(name), profile.rows, 2) for name in profile.features):
            return None
        return "no column holds whole numbers that repeat"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Learn which values there are."""
        self.lookups_ = {name: Lookup.of(table[name]) for name in repeating_whole_names(table)}
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with categories for numbers; a number not seen in fit is missing."""
        made: dict[str, Any] = {}
        for name, lookup in self.lookups_.items():
            codes = lookup.codes(table[name])
            codes = np.where(codes == len(lookup), -1, codes)
            texts = pd.Index([str(int(value)) for value in lookup.known], dtype=object)
            made[name] = pd.Categorical.from_codes(codes.tolist(), categories=texts)
        if self.keep:
            return put_together(table, {f"{name}.category": values for name, values in made.items()})
        return put_together(table, made, drop=list(made))[list(table.columns)]


class Frequency(Step):
    """How often the row's value occurs in the rows of fit, as log(1 + count), named `city.count`.

    For categories, strings and whole numbers that repeat; a missing value is a value, a new one has the count 0.

    Args:
        pairs: count pairs of values too, of the (at most eight) columns with the most values.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "rows"
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ({"pairs": True},)

    def __init__(self, pairs: bool = False) -> None:
        self.pairs = pairs

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when there are categories or whole numbers that repeat."""
        return None if _has_keys(profile, 2) else "no column has values that repeat, such as categories"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:  # noqa: ARG002
        """Count."""
        self.lookups_ = {name: Lookup.of(table[name]) for name in key_names(table)}
        codes = {name: lookup.codes(table[name]) for name, lookup in self.lookups_.items()}
        self.counts_ = {name: np.log1p(count(codes[name], len(lookup))) for name, lookup in self.lookups_.items()}
        most = sorted(self.lookups_, key=lambda name: -len(self.lookups_[name]))[: PAIRED if self.pairs else 0]
        self.pair_counts_: dict[tuple[str, str], tuple[Array, Array]] = {}
        for first, second in combinations([name for name in self.lookups_ if name in most], 2):
            seen, counts = np.unique(self._pair(codes, first, second), return_counts=True)
            self.pair_counts_[first, second] = seen, np.log1p(counts)
        return self

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the counts beside it."""
        codes = {name: lookup.codes(table[name]) for name, lookup in self.lookups_.items()}
        added = {f"{name}.count": counts[codes[name]] for name, counts in self.counts_.items()}
        for (first, second), (seen, counts) in self.pair_counts_.items():
            pair = self._pair(codes, first, second)
            at = np.minimum(np.searchsorted(seen, pair), len(seen) - 1)
            added[f"{first}+{second}.count"] = np.where(seen[at] == pair, counts[at], 0.0)
        return put_together(table, added)

    def _pair(self, codes: "dict[str, Array]", first: str, second: str) -> "Array":
        """One number per pair of codes (rows,); pairs with a new value share a number that fit never gives."""
        a, b = codes[first].astype(np.int64), codes[second].astype(np.int64)
        return np.where((a < 0) | (b < 0), -1, a * (len(self.lookups_[second]) + 1) + b)


class TargetEncode(Step):
    """The mean of the target among rows with the same value, shrunk towards the mean of all rows: `city.mean`.

    The rows of fit get means of other rows (scikit-learn's TargetEncoder, cross-fitted in five stratified parts, with
    the empirical Bayes shrinkage of Micci-Barreca, 2001): so `fit_transform` differs from `transform` on the same rows,
    and is what a model has to be fitted on. More than two classes, or several targets, get a column each, `city.mean.0`
    and so on by code or position; classes of fewer than five rows, and those after the largest twenty, share
    `city.mean.rest`.

    Args:
        integers: encode whole numbers of more than ten values that repeat, too.
        keep: keep the encoded columns.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ({"keep": False}, {"integers": False})

    def __init__(self, integers: bool = True, keep: bool = True) -> None:
        self.integers = integers
        self.keep = keep

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when there are categories or whole numbers that repeat, and the target is a class or a number."""
        if problem.kind not in VALUES:
            return f"the target of the kind {problem.kind} has no mean"
        return None if _has_keys(profile, 10) else "no column has values that repeat, such as categories"

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:
        """Learn the means of all rows given; y (rows,) or (rows, targets): integers are class codes, floats values."""
        names = key_names(table, integers=self.integers, more_than=10)
        self.lookups_ = {name: Lookup.of(table[name]) for name in names}
        targets = targets_of(y) if names else []
        self.declined_ = tuple(
            "target-encode: the target has too few rows or values to take means of." for t in targets if t.flat
        )
        codes = self._codes(table)
        self.encoders_ = [(t.endings, t.encoder(codes)) for t in targets if not t.flat]
        return self

    def fit_transform(self, table: pd.DataFrame, y: "Array | None" = None) -> pd.DataFrame:
        """Fit, and encode each row given by the means of others."""
        codes = self.fit(table, y)._codes(table)
        targets = targets_of(y) if self.encoders_ else []
        return self._with(table, [t.cross_fitted(codes) for t in targets if not t.flat])

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the means of the rows of fit; a value not seen in fit has the mean of all rows."""
        codes = self._codes(table)
        return self._with(table, [means_of(encoder, codes) for _, encoder in self.encoders_])

    def _codes(self, table: pd.DataFrame) -> "Array":
        """Codes (rows, columns) of the columns that are encoded."""
        codes = np.empty((len(table), len(self.lookups_)), dtype=np.int64)
        for k, (name, lookup) in enumerate(self.lookups_.items()):
            codes[:, k] = lookup.codes(table[name])
        return codes

    def _with(self, table: pd.DataFrame, means: "list[Array]") -> pd.DataFrame:
        added: dict[str, Array] = {}
        for (endings, _), matrix in zip(self.encoders_, means, strict=True):
            names = [f"{name}.mean{ending}" for name in self.lookups_ for ending in endings]
            added.update(zip(names, matrix.T, strict=True))
        return put_together(table, added, drop=() if self.keep or not added else list(self.lookups_))


def means_of(encoder: Any, codes: "Array") -> "Array":
    """What a fitted TargetEncoder makes of codes (rows, columns): as its `transform`, but quickly for a row."""
    each = len(encoder.encodings_) // max(1, codes.shape[1])  # one, or one for each class
    means = np.empty((len(codes), codes.shape[1] * each))
    rest = np.broadcast_to(encoder.target_mean_, (each,))
    for j, known in enumerate(encoder.categories_):
        at = np.minimum(np.searchsorted(known, codes[:, j]), len(known) - 1)
        seen = known[at] == codes[:, j]
        for k in range(each):
            means[:, j * each + k] = np.where(seen, encoder.encodings_[j * each + k][at], rest[k])
    return means


@dataclass(frozen=True, eq=False)
class _Target:
    """One target to take means of."""

    how: Literal["binary", "multiclass", "continuous"]
    values: "Array"  # (rows,)
    endings: tuple[str, ...]  # of the names of the columns it makes

    @property
    def flat(self) -> bool:
        """Whether there is nothing to take means of."""
        return len(self.values) < 2 * CV or bool((self.values == self.values[0]).all())

    def encoder(self, codes: "Array") -> Any:
        """An encoder of codes (rows, columns) fitted on all rows."""
        return self._fit(codes, slice(None))

    def cross_fitted(self, codes: "Array") -> "Array":
        """The codes, encoded in five parts by encoders fitted on the other parts: (rows, columns * endings)."""
        from sklearn.model_selection import StratifiedKFold

        encoded = np.empty((len(codes), codes.shape[1] * len(self.endings)))
        parts = StratifiedKFold(CV, shuffle=True, random_state=0).split(codes, self._strata())
        for others, part in parts:
            encoded[part] = self._fit(codes, others).transform(codes[part])
        return encoded

    def _fit(self, codes: "Array", rows: Any) -> Any:
        from sklearn.preprocessing import TargetEncoder

        return TargetEncoder(target_type=self.how).fit(codes[rows], self.values[rows])

    def _strata(self) -> "Array":
        """Classes, or quantiles of a number, by which rows are spread (rows,).

        Were the means of the parts to differ, then the mean of the other parts, which stands for values too rare to
        have one of their own, would tell something of the row's target.
        """
        if self.how != "continuous":
            return self.values
        rank = np.empty(len(self.values), dtype=np.int64)
        rank[np.argsort(self.values, kind="stable")] = np.arange(len(rank))
        return rank * max(1, min(BINS, len(rank) // (2 * CV))) // len(rank)


def targets_of(y: "Array | None") -> list[_Target]:
    """The targets in the columns of y, or in y."""
    if y is None:
        raise ValueError("TargetEncode learns from labels: fit needs y.")
    if y.ndim == 1:
        return [_target(y, "")]
    return [_target(column, f".{k}") for k, column in enumerate(y.T)]


def _target(values: "Array", ending: str) -> _Target:
    if values.dtype.kind == "f":
        return _Target("continuous", values, (ending,))
    values = _merged(values.astype(np.int64))
    classes = np.unique(values)
    if len(classes) <= 2:
        return _Target("binary", values, (ending,))
    return _Target("multiclass", values, tuple(f"{ending}.rest" if c == REST else f"{ending}.{c}" for c in classes))


def _merged(codes: "Array") -> "Array":
    """Class codes (rows,) where classes too small to be spread over all parts, and those after the largest, are one.

    If even that is too small, its rows count as rows of the largest class.
    """
    classes, counts = np.unique(codes, return_counts=True)
    largest = np.argsort(-counts, kind="stable")[:CLASSES]
    own = [classes[k] for k in largest if counts[k] >= CV]
    rest = ~np.isin(codes, own)
    return np.where(rest, REST if rest.sum() >= CV else classes[largest[0]], codes)
