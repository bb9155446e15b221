"""What feature steps share: parameters as scikit-learn has them, which columns are what, and tables put together once.

scikit-learn is not imported here: the process that plans a run asks steps whether they apply, and has no seconds to
give away.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from ..parameters import Parameters

if TYPE_CHECKING:
    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile

    Series = pd.Series[Any]

SEPARATORS = "/_|:;@-.#"
PART = 12  # characters that a part of a composite has at most
LIKE = 0.95  # share of the values that have to look alike for a column to be called composite
TEXT_LENGTH = 8  # characters; shorter strings are codes rather than text
FEW = 12  # columns that are added one by one
SAMPLE = 5_000  # distinct strings looked at to tell what a column holds


class Step(Parameters):
    """Base of feature steps: `get_params` and `set_params` (so `sklearn.base.clone` works), and `fit_transform`."""

    needs: ClassVar[Literal["row", "rows", "labels"]] = "row"
    same_rows: ClassVar[bool] = False  # with labels: whether fit_transform gives what fit and then transform give
    effort: ClassVar[float] = 0.3  # seconds that it takes for 10,000 rows, about
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ()  # other parameters worth a try once the step has helped
    declined_: tuple[str, ...] = ()
    notes_: tuple[str, ...] = ()

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:  # noqa: ARG003
        """None when the step could be of use, else the reason why not."""
        return None

    @classmethod
    def given(cls, problem: "Problem", profile: "Profile") -> Mapping[str, Any]:  # noqa: ARG003
        """Parameters that depend on the problem, where the step has such."""
        return {}

    def fit(self, table: pd.DataFrame, y: "Array | None" = None) -> Self:
        """Learn from the rows given."""
        raise NotImplementedError

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with columns added, changed or dropped; same rows, same order, same index."""
        raise NotImplementedError

    def fit_transform(self, table: pd.DataFrame, y: "Array | None" = None) -> pd.DataFrame:
        """Fit, then transform the same rows."""
        return self.fit(table, y).transform(table)


def put_together(table: pd.DataFrame, added: "Mapping[str, Any]", drop: Sequence[str] = ()) -> pd.DataFrame:
    """The table without the columns in `drop`, followed by those added, in one go; the table itself stays as it is.

    A new column whose name is taken gets an underscore, the same each time for tables with the same columns.
    """
    kept = table.drop(columns=list(drop)) if drop else table.copy(deep=False)
    if not added:
        return kept
    taken, columns = set(kept.columns), {}
    for name, values in added.items():
        free = name
        while free in taken:
            free += "_"
        taken.add(free)
        columns[free] = values
    if len(columns) > FEW:
        return pd.concat([kept, pd.DataFrame(columns, index=table.index)], axis=1)
    for name, values in columns.items():  # a third of the time of that, which counts where one row is answered
        kept[name] = values
    return kept


def finite_numbers(table: pd.DataFrame, names: Sequence[str]) -> "Array":
    """Columns of numbers as floats (rows, names); what is infinite is missing."""
    values = [table[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names]
    made = np.column_stack(values) if values else np.empty((len(table), 0))
    return np.where(np.isfinite(made), made, np.nan)


def varies(values: "Array") -> bool:
    """Whether numbers (rows,) take two values or more, gaps aside."""
    filled = values[~np.isnan(values)]
    return bool(len(filled)) and bool((filled != filled[0]).any())


# --- what a column is -------------------------------------------------------------------------------------------------


def is_category(column: "Series") -> bool:
    """Whether the column's dtype is category."""
    return isinstance(column.dtype, pd.CategoricalDtype)


def category_names(table: pd.DataFrame) -> list[str]:
    """Columns of dtype category."""
    return [name for name in table.columns if is_category(table[name])]


def number_names(table: pd.DataFrame) -> list[str]:
    """Columns of integers or floats, truth values not among them."""
    return [name for name in table.columns if not is_category(table[name]) and table[name].dtype.kind in "iuf"]


def date_names(table: pd.DataFrame) -> list[str]:
    """Columns of dates."""
    return [name for name in table.columns if not is_category(table[name]) and table[name].dtype.kind == "M"]


def string_names(table: pd.DataFrame) -> list[str]:
    """Columns of strings that are no absolute paths: texts and composites."""
    names = [name for name in table.columns if not is_category(table[name]) and table[name].dtype.kind in "OTSU"]
    return [name for name in names if not _paths(distinct_strings(table[name]))]


def text_names(table: pd.DataFrame) -> list[str]:
    """Columns of strings that are text rather than codes of some parts."""
    names = []
    for name in string_names(table):
        values = distinct_strings(table[name])
        if len(values) and np.mean([len(v) for v in values]) > TEXT_LENGTH and not separator_of(values)[0]:
            names.append(name)
    return names


def whole_names(table: pd.DataFrame) -> list[str]:
    """Number columns whose values are whole, and not all missing."""
    return [name for name in number_names(table) if _whole(table[name])]


def _whole(column: "Series") -> bool:
    if column.dtype.kind in "iu":
        return len(column) > 0
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = values[~np.isnan(values)]
    return bool(len(values)) and bool((np.isfinite(values) & (values == np.rint(values)) & (abs(values) < 2**53)).all())


def _paths(values: Sequence[str]) -> bool:
    return bool(values) and all(v.startswith("/") or v[1:3] == ":\\" for v in values[:20])


def distinct_strings(column: "Series") -> list[str]:
    """Distinct values that are there, as text: a sample spread over the column where there are many."""
    values = pd.unique(column.dropna())
    return [str(v) for v in values[:: max(1, len(values) // SAMPLE)]]


def separator_of(values: Sequence[str]) -> tuple[str, int]:
    """Separator and number of parts of strings that are codes of the same number of short parts; ("", 0) for others."""
    if not values:
        return "", 0
    for separator in SEPARATORS:
        counts = np.array([v.count(separator) for v in values])
        common = int(np.bincount(counts).argmax())
        if common and (counts == common).mean() >= LIKE and _short(values, separator, common + 1):
            return separator, common + 1
    return "", 0


def _short(values: Sequence[str], separator: str, parts: int) -> bool:
    fitting = sum(parts_of(v, separator, parts) is not None for v in values)
    return fitting >= LIKE * len(values)


def parts_of(value: str, separator: str, parts: int) -> list[str] | None:
    """The parts of a string, or None when it does not have that many short ones without blanks."""
    found = value.split(separator)
    if len(found) != parts or any(not p or len(p) > PART or len(p.split()) != 1 or p != p.strip() for p in found):
        return None
    return found
