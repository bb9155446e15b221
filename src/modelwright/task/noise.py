"""The first estimate of how many labels are wrong (see `wrong_labels`): from a small model, before the search."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .. import wrong_labels
from ..records.profile import LabelNoise

if TYPE_CHECKING:
    from ..interfaces import Array

MOST = 3_000  # rows that the quick model looks at
CLASSES = 20  # at most, for the quick model
PARTS = 3
ROUNDS = 60


def quick(table: pd.DataFrame, codes: "Array", classes: int, seed: int = 0) -> LabelNoise | None:
    """The estimate from a small LightGBM model, out of fold, on 3,000 rows at most; None where it cannot be made.

    Args:
        table: training rows as recipes get them.
        codes: class codes (rows,).
        classes: how many there are.
        seed: of the rows drawn and the parts they fall into.
    """
    if len(codes) < wrong_labels.LEAST or not 2 <= classes <= CLASSES:
        return None
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(len(codes))[:MOST])
    matrix, answers = _matrix(table.iloc[rows]), codes[rows].astype(np.int64)
    if not matrix.shape[1] or np.bincount(answers, minlength=classes).min() < PARTS:
        return None
    parts = rng.permutation(len(rows)) % PARTS
    chances = np.empty((len(rows), classes))
    for part in range(PARTS):
        chances[parts == part] = _predicted(matrix, answers, classes, parts != part, parts == part)
    return wrong_labels.estimate(chances, answers, f"out-of-fold predictions of a small model of {len(rows):,} rows")


def _predicted(matrix: "Array", codes: "Array", classes: int, fitted: "Array", asked: "Array") -> "Array":
    import lightgbm

    several = {"objective": "multiclass", "num_class": classes}
    params: dict[str, Any] = {
        **({"objective": "binary"} if classes == 2 else several),
        "learning_rate": 0.1,
        "num_leaves": 8,
        "lambda_l2": 5.0,
        "feature_fraction": 0.8,
        "num_threads": 1,  # so few rows are not worth the threads' waiting for each other
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    rounds = ROUNDS if classes <= 6 else ROUNDS // 2
    model = lightgbm.train(params, lightgbm.Dataset(matrix[fitted], codes[fitted]), rounds)
    found = np.asarray(model.predict(matrix[asked]))
    return np.column_stack([1 - found, found]) if classes == 2 else found


def _matrix(table: pd.DataFrame) -> "Array":
    """Numbers as they are, dates in days, categories and strings that repeat as codes (rows, columns)."""
    columns = []
    for name in table.columns:
        values = table[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            columns.append(values.cat.codes.to_numpy(dtype=np.float64))
        elif values.dtype.kind in "iufb":
            columns.append(values.to_numpy(dtype=np.float64, na_value=np.nan))
        elif values.dtype.kind == "M":
            stamps = values.to_numpy(dtype="datetime64[s]")
            columns.append(np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / 86_400))
        else:
            found, known = pd.factorize(values)
            if 4 * len(known) <= len(found):
                columns.append(found.astype(np.float64))
    return np.column_stack(columns) if columns else np.empty((len(table), 0))
