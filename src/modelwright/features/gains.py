"""How much each column tells a small model about a target: the gain of its splits, and the columns as one matrix."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .base import category_names, is_category
from .combinations import numbers_of

if TYPE_CHECKING:
    from ..interfaces import Array
    from .evidence import Target

LEVELS = 100  # of a category; the rest of a larger one is put together
LEAVES = 15
ROUNDS = 100
LEAST = 40  # rounds of trees for each of several classes


def matrix_of(table: pd.DataFrame) -> "tuple[list[str], Array, list[int]]":
    """Names of columns that are numbers, truth values or categories, their values (rows, columns), and which are codes.

    Missing and infinite values are NaN; a category in an order is the place in it, another has codes by count.
    """
    names = [n for n in table.columns if not is_category(table[n]) and table[n].dtype.kind in "iufb"]
    columns, codes = list(numbers_of(table, names).values()), []
    for name in category_names(table):
        column = table[name]
        if column.cat.ordered:
            columns.append(np.where(column.cat.codes < 0, np.nan, column.cat.codes))
        else:
            codes.append(len(columns))
            columns.append(_by_count(column))
        names.append(name)
    return names, np.column_stack(columns) if columns else np.empty((len(table), 0)), codes


def _by_count(column: "pd.Series[str]") -> "Array":
    """Codes of a category (rows,), the commonest value 0; values beyond the hundredth share a code, missing is NaN."""
    codes = column.cat.codes.to_numpy()
    counts = np.bincount(codes[codes >= 0], minlength=len(column.cat.categories))
    rank = np.empty(len(counts) + 1)
    rank[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(counts)), LEVELS)
    rank[-1] = np.nan  # of code -1
    return rank[codes]


class Gains:
    """Gains of the splits of a small model (LightGBM), for one target after another on the same columns.

    Each tree sees half of the columns, so that what is weak has a say beside what is strong.

    Args:
        matrix: (rows, columns) floats, NaN for missing.
        categorical: which of the columns are codes.
    """

    def __init__(self, matrix: "Array", categorical: list[int]) -> None:
        self._matrix, self._categorical = matrix, categorical
        self._data: Any = None

    def of(self, target: "Target", values: "Array | None" = None, seed: int = 0) -> "Array":
        """The gain of each column (columns,), for a target or for other values (rows,) of its kind."""
        import lightgbm

        rows = len(self._matrix)
        params: dict[str, Any] = {
            "objective": "regression" if not target.classes else "binary" if target.classes == 2 else "multiclass",
            **({"num_class": target.classes} if target.classes > 2 else {}),
            "learning_rate": 0.1,
            "num_leaves": int(np.clip(rows // 50, 3, LEAVES)),
            "min_data_in_leaf": int(np.clip(rows // 100, 5, 50)),
            "max_bin": 63,
            "cat_smooth": 20.0,
            "feature_fraction": 0.5,
            "num_threads": 0,  # as many as OMP_NUM_THREADS allows
            "deterministic": True,
            "force_row_wise": True,
            "seed": seed,
            "verbosity": -1,
        }
        wanted = target.values if values is None else values
        if self._data is None:  # binned once
            self._data = lightgbm.Dataset(
                self._matrix, wanted, params=params, categorical_feature=self._categorical, free_raw_data=False
            )
        self._data.set_label(wanted)
        rounds = max(LEAST, ROUNDS // target.classes) if target.classes > 2 else ROUNDS
        return np.asarray(lightgbm.train(params, self._data, rounds).feature_importance("gain"))
