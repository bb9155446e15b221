"""What predictions lose, row by row: finer than a metric that only counts labels.

Labels do not change when all chances are made surer or less sure, so that what counts for them is what chances lose at
their best temperature (Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017).
"""

import math
from typing import TYPE_CHECKING

import numpy as np

from ..interfaces import Kind
from . import mixing

if TYPE_CHECKING:
    from ..interfaces import Array

STEPS = 30  # of Newton's method at most; five do mostly
BOLD = 3.0  # times that the factor grows or shrinks in one of them at most
MOST = 100.0
CLOSE = 1e-4
FLAT = 1e-12


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


def tempered(kind: Kind, prediction: "Array", target: "Array") -> "Array":
    """Chances as sure as these rows bear out: their logits times the one number under which they lose least.

    Values, and rows that no number makes better, are left as they are. Arguments as for `losses`.
    """
    form = mixing.form_of(kind)
    if form not in ("chances", "shares") or not len(target):
        return prediction
    logits = mixing.numbers(kind, prediction)
    chances = logits.reshape(-1, 1) if form == "chances" or logits.shape[1] == 1 else logits
    factor = _factor(chances, target.ravel().astype(np.int64))
    return prediction if factor == 1.0 else mixing.from_numbers(kind, logits * factor, prediction)


def _factor(logits: "Array", codes: "Array") -> float:
    """What logits (n, classes), or log odds (n, 1), are best multiplied with, by Newton's method; 1 where flat."""
    from scipy.special import softmax

    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    true = logits[np.arange(len(codes)), codes]
    factor = 1.0
    for _ in range(STEPS):
        shares = softmax(factor * logits, axis=1)
        expected = (shares * logits).sum(axis=1)
        slope = float((expected - true).mean())
        bend = float(((shares * logits**2).sum(axis=1) - expected**2).mean())
        if not bend > FLAT or not math.isfinite(slope):
            break
        moved = float(np.clip(factor - slope / bend, factor / BOLD, factor * BOLD))
        moved = min(max(moved, 1 / MOST), MOST)
        if abs(moved - factor) <= CLOSE * factor:
            return moved
        factor = moved
    return factor
