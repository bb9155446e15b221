"""Categories and codes as numbers, and numbers that are codes as categories."""

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
BINS = 20  # of a target that is a number, by which its rows are spread over the parts
VALUES = ("binary", "multiclass", "ordinal", "regression", "multilabel")


def _codes(column: Column, rows: int, more_than: int) -> bool:
    """Whether a column holds whole numbers that repeat."""
    return column.role is Role.NUMBER and column.integer and more_than < column.distinct <= min(rows / REPEATS, MOST)


def _has_keys(profile: "Profile", more_than: int) -> bool:
    columns = [profile.column(name) for name in profile.features]
    categories = (Role.CATEGORY, Role.BOOLEAN, Role.COMPOSITE)
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
    the empirical Bayes shrinkage of Micci-Barreca, 2001): so `fit_transform` differs from `transform` on the same rows, and
    is what a model has to be fitted on. More than two classes, or several targets, get a column each,
    `city.mean.0` and so on by code or position; classes of fewer than five rows, and classes after the largest
    twenty, get none.

    Args:
        integers: encode whole numbers of more than ten values that repeat, too.
        keep: keep the encoded columns.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"

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
        self._learn(table, y)
        return self

    def fit_transform(self, table: pd.DataFrame, y: "Array | None" = None) -> pd.DataFrame:
        """Fit, and encode each row given by the means of others."""
        return self._with(table, self._learn(table, y))

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the means of the rows of fit; a value not seen in fit has the mean of all rows."""
        codes = self._codes(table)
        return self._with(table, [encoder.transform(codes) for encoder, _ in self.encoders_])

    def _learn(self, table: pd.DataFrame, y: "Array | None") -> "list[Array]":
        """Fit one encoder per target; the encoded rows of fit."""
        if y is None:
            raise ValueError("TargetEncode learns from labels: fit needs y.")
        names = key_names(table, integers=self.integers, more_than=10)
        self.lookups_ = {name: Lookup.of(table[name]) for name in names}
        self.encoders_: list[tuple[Any, list[str]]] = []  # each with the endings of the columns it makes
        self.declined_ = ()
        made: list[Array] = []
        codes = self._codes(table)
        targets = y.T if y.ndim == 2 else [y]
        for k, target in enumerate(targets if names else []):
            ending = f".{k}" if len(targets) > 1 else ""
            how, values, classes = _prepared(target)
            if len(values) < 2 * CV or len(np.unique(values)) < 2:
                self.declined_ += ("target-encode: the target has too few rows or values to take means of.",)
                continue
            encoder, encoded = _cross_fitted(how, codes, values)
            made.append(encoded)
            self.encoders_.append((encoder, [f"{ending}.{c}" for c in classes] if how == "multiclass" else [ending]))
        return made

    def _codes(self, table: pd.DataFrame) -> "Array":
        """Codes (rows, columns) of the columns that are encoded."""
        codes = np.empty((len(table), len(self.lookups_)), dtype=np.int64)
        for k, (name, lookup) in enumerate(self.lookups_.items()):
            codes[:, k] = lookup.codes(table[name])
        return codes

    def _with(self, table: pd.DataFrame, means: "list[Array]") -> pd.DataFrame:
        added: dict[str, Array] = {}
        for (_, endings), matrix in zip(self.encoders_, means, strict=True):
            names = [f"{name}.mean{ending}" for name in self.lookups_ for ending in endings]
            added.update(zip(names, matrix.T, strict=True))
        return put_together(table, added, drop=() if self.keep or not added else list(self.lookups_))


def _prepared(target: "Array") -> "tuple[str, Array, list[int]]":
    """The sort of target, its values, and the classes: those too small to be spread over all parts become one."""
    if target.dtype.kind == "f":
        return "continuous", target, []
    classes, counts = np.unique(target, return_counts=True)
    own = classes[np.argsort(-counts, kind="stable")][:CLASSES]
    own = np.sort(own[np.isin(own, classes[counts >= CV])])
    others = ~np.isin(target, own)
    values = target.astype(np.int64)
    if others.any() and len(own):
        # fewer rows than parts cannot be a class of their own: they count as rows of the largest
        values[others] = int(classes.max()) + 1 if others.sum() >= CV else classes[counts.argmax()]
    found = [int(c) for c in np.unique(values)]
    return "binary" if len(found) == 2 else "multiclass", values, found


def _cross_fitted(how: str, codes: "Array", values: "Array") -> "tuple[Any, Array]":
    """An encoder fitted on all rows, and the rows encoded by encoders fitted on the other four of five parts.

    The parts are stratified, by quantiles where the target is a number: else the mean of the other parts, which values
    too rare to have a mean of their own get, would tell the mean of this one.
    """
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import TargetEncoder

    strata = values
    if how == "continuous":
        order = np.empty(len(values), dtype=np.int64)
        order[np.argsort(values, kind="stable")] = np.arange(len(values))
        strata = order * max(1, min(BINS, len(values) // (2 * CV))) // len(values)
    encoded = None
    for others, part in StratifiedKFold(CV, shuffle=True, random_state=0).split(codes, strata):
        found = TargetEncoder(target_type=how).fit(codes[others], values[others]).transform(codes[part])
        if encoded is None:
            encoded = np.empty((len(codes), found.shape[1]))
        encoded[part] = found
    return TargetEncoder(target_type=how).fit(codes, values), encoded
