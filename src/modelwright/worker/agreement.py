"""Whether an estimator predicts after training what training saw: the same precision, padding and preprocessing.

An estimator that can go wrong in this way (a network, above all) says what training saw: `seen_`, places of some of its
fit rows with their raw predictions, and `again(X)`, which predicts rows anew in the same form. What is held against it
here: the rows at once, one by one, and in another order.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.experiment import DISAGREES

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-3  # of a raw prediction, unless the estimator computes in half precision and says so
ONE_BY_ONE = 3


def disagreement(estimator: Any, table: "pd.DataFrame") -> str:
    """What is wrong, in a sentence; "" for nothing, and for an estimator that does not say what training saw.

    Args:
        estimator: just fitted.
        table: the rows that it was fitted on.
    """
    seen = getattr(estimator, "seen_", None)
    if seen is None or not len(seen[0]):
        return ""
    places, told = seen
    rows = table.iloc[places]
    tolerance = float(getattr(estimator, "tolerance_", TOLERANCE))
    at_once = np.asarray(estimator.again(rows))
    if at_once.shape != np.shape(told):
        return f"{DISAGREES}: they have the shape {at_once.shape}, and had {np.shape(told)}"
    singly = np.concatenate([estimator.again(rows.iloc[[k]]) for k in range(min(ONE_BY_ONE, len(rows)))])
    backwards = np.asarray(estimator.again(rows.iloc[::-1]))[::-1]
    for found, expected, how in (
        (at_once, told, ""),
        (singly, at_once[: len(singly)], " when rows come one by one"),
        (backwards, at_once, " when rows come in another order"),
    ):
        far = float(np.abs(found - expected).max()) if np.isfinite(found).all() else np.inf
        if far > tolerance:
            return f"{DISAGREES}{how}: they are off by {far:.2g}, and {tolerance:g} is allowed"
    return ""
