"""The holdout: rows put away before anything looks at them, and related to the others as the test rows are."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.plan import Scheme
from . import folds

if TYPE_CHECKING:
    import pandas as pd

    from ..records.plan import ValidationPlan

    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Bools = np.ndarray[Any, np.dtype[np.bool_]]


def seal(
    plan: "ValidationPlan", table: "pd.DataFrame", strata: "Ints | None", members: "Ints | None" = None
) -> "Bools":
    """True for the rows that go into the holdout: about `plan.holdout` of them, the same for the same plan and rows.

    Whole groups go together, classes keep their shares, and under rolling origin it is the latest rows, all of one
    time together.

    Args:
        plan: the plan.
        table: all training rows, with the columns that the plan names.
        strata: a class per row for stratified schemes, None for none.
        members: the group of each row as `folds.groups_of` gives it; None: read from the table.
    """
    rows = len(table)
    if plan.holdout <= 0 or rows == 0:
        return np.zeros(rows, bool)
    if plan.scheme is Scheme.ROLLING:
        return _latest(folds.times_of(plan, table), plan.holdout)
    hands = max(2, round(1 / plan.holdout))
    dealt = folds.deal(plan, table, strata, hands, "seal", members)
    sizes = np.bincount(dealt, minlength=hands)
    return np.asarray(dealt == np.abs(sizes - plan.holdout * rows).argmin())


def _latest(times: "np.ndarray[Any, np.dtype[np.float64]]", share: float) -> "Bools":
    """Rows from a time on, with the number of rows nearest to the share, but some on either side of the cut."""
    distinct, counts = np.unique(times[~np.isnan(times)], return_counts=True)
    if len(distinct) < 2:
        return np.zeros(len(times), bool)
    later = np.cumsum(counts[::-1])[:-1]  # rows from the last, the last but one, ... time on
    return np.asarray(times >= distinct[::-1][np.abs(later - share * len(times)).argmin()])
