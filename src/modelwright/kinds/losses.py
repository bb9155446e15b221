"""What predictions lose, row by row: finer than a metric that only counts labels."""

from typing import TYPE_CHECKING

import numpy as np

from ..interfaces import Kind
from . import mixing

if TYPE_CHECKING:
    from ..interfaces import Array


def name(kind: Kind) -> str:
    """What `losses` is called for predictions of this kind; "" where it has none."""
    return {"values": "squared error", "chances": "log loss", "shares": "log loss"}.get(mixing.form_of(kind) or "", "")


def losses(kind: Kind, prediction: "Array", target: "Array") -> "Array":
    """Minus the log of what each row (n,) gives to its truth, or the squared error of its values; means over columns.

    Args:
        kind: says what numbers a prediction is made of.
        prediction: as the kind has it, (n,) or (n, columns).
        target: what estimators fit: codes of classes (n,), 0 and 1 for each label (n, labels), or values as predicted.
    """
    form = mixing.form_of(kind)
    if form == "values":
        lost = (prediction - target) ** 2
    elif form == "chances":
        lost = -np.log(np.maximum(np.where(target == 1, prediction, 1.0 - prediction), mixing.SMALL))
    else:
        lost = -np.log(np.maximum(prediction[np.arange(len(target)), target.astype(np.int64)], mixing.SMALL))
    return np.asarray(lost.reshape(len(lost), -1).mean(axis=1))
