"""How many labels are wrong: an estimate from out-of-fold predictions.

A label is the true class of its row, or, as often as labels are wrong, another one; what the true class may be, the
predictions say, once they are as sure as they have a right to be. How often labels are wrong, which class they name
then, and how sure predictions may be are fitted together, by the likelihood of the labels: expectation and
maximisation over the true classes, as Dawid and Skene (1979) do it for observers who err, with a temperature (Guo et
al., 2017). Which class a wrong label names is pulled towards all being as likely, so that many classes need no more
rows than few. A part of the errors from one class to one other is taken for classes that look alike, and missed.

The standard error counts that rates of errors and temperature are fitted together, so it is large where predictions
tell little: what is wrong there, nobody can say. `benchmarks/wrong_labels.py` compares the estimate with confident
learning (Northcutt et al., 2021), which takes classes that overlap for wrong labels, and with the share of other labels
among the rows that predictions are surest of; figures are in docs/log.md.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .records.profile import LabelNoise

if TYPE_CHECKING:
    from .interfaces import Array

LEAST = 200  # rows
KINDS = ("binary", "multiclass")  # an ordinal answer differs from its neighbours too little to be called wrong
UNTOLD = 0.07  # standard error from which nothing is told: with 0.1, a third was said to be wrong where nothing was

MOST = 2_000  # rows that are looked at, fewer where there are many classes:
NUMBERS = 100_000
# share of wrong labels and factor to begin with; from little noise on it ends there where classes overlap
BEGIN = 0.2, 2.0
ROUNDS = 100
ENOUGH = 1e-6  # gain of log likelihood per row below which it ends
PULL = 30.0  # labels of each class that speak for all errors being as likely
SMALL = 1e-6
SHARPEST = 20.0


def estimate(chances: "Array", codes: "Array", how: str) -> LabelNoise | None:
    """The share of wrong labels with its standard error; None where it cannot be told, or of too few rows.

    Args:
        chances: out-of-fold probabilities (rows, classes); rows with NaN are left out.
        codes: the class of each row by its label (rows,).
        how: where the probabilities come from, in words.
    """
    fine = np.flatnonzero(np.isfinite(chances).all(axis=1))
    classes = chances.shape[1]
    if len(fine) < LEAST or classes < 2:
        return None
    most = min(MOST, max(LEAST, NUMBERS // classes))
    if len(fine) > most:
        fine = fine[np.linspace(0, len(fine) - 1, most).astype(np.int64)]
    logs = np.log(np.clip(chances[fine], SMALL, 1.0))
    logs, codes = logs - logs.mean(axis=1, keepdims=True), codes[fine].astype(np.int64)
    found = _fitted(logs, codes, *BEGIN)
    error = _error(found, logs, codes)
    if error > UNTOLD:
        return None
    said = (
        f"how often their labels contradict {how}, and how sure those have a right to be; of errors between classes "
        "that look alike a part is missed"
    )
    return LabelNoise(share=found.share, error=error, rows=len(codes), how=said)


@dataclass(frozen=True)
class _Fit:
    share: float  # of wrong labels
    labels: "Array"  # (classes, classes) how often a row of each true class has each label
    factor: float  # of the logits
    shift: "Array"  # (classes,) of the logits

    def true(self, logs: "Array") -> "Array":
        """Chances of the true classes (rows, classes)."""
        from scipy.special import softmax

        return np.asarray(softmax(self.factor * logs + self.shift, axis=1))


def _fitted(logs: "Array", codes: "Array", share: float, factor: float) -> _Fit:
    """The likeliest rates of errors, factor and shift, from these on."""
    from scipy.special import softmax

    rows, classes = logs.shape
    named = np.eye(classes)[codes]
    labels, shift, before = _even(share, classes), np.zeros(classes), -np.inf
    for _ in range(ROUNDS):
        true = softmax(factor * logs + shift, axis=1)
        together = true * labels[:, codes].T
        each = together.sum(axis=1, keepdims=True)
        owned = together / each  # how likely each class is the true one, now that the label is known
        likelihood = float(np.log(each).mean())
        counts = owned.T @ named  # (true class, label)
        share = max(0.0, float(1.0 - np.trace(counts) / rows))
        labels = counts + PULL * _even(share, classes)
        labels /= labels.sum(axis=1, keepdims=True)
        expected = (true * logs).sum(axis=1)
        slope = float((expected - (owned * logs).sum(axis=1)).sum())
        bend = float(((true * logs**2).sum(axis=1) - expected**2).sum())
        if bend > 0:
            factor = float(np.clip(factor - slope / bend, max(factor / 2, 1 / SHARPEST), min(factor * 2, SHARPEST)))
        shift = shift + 0.5 * np.log((owned.sum(axis=0) + 1) / (true.sum(axis=0) + 1))
        if likelihood - before < ENOUGH:
            break
        before = likelihood
    wrong = 1.0 - float(np.average(np.diag(labels), weights=counts.sum(axis=1)))
    return _Fit(max(0.0, wrong), labels, factor, shift)


def _even(share: float, classes: int) -> "Array":
    """Labels (true class, label) of which so many are wrong, whichever class they name."""
    table = np.full((classes, classes), share / (classes - 1))
    np.fill_diagonal(table, 1.0 - share)
    return table


def _error(found: _Fit, logs: "Array", codes: "Array") -> float:
    """The standard error of the share, by the information that the rows hold on it and on the factor together."""
    errors = found.labels - np.diag(np.diag(found.labels))
    errors += SMALL * _even(1.0, len(errors))
    errors /= errors.sum(axis=1, keepdims=True)
    true, rows = found.true(logs), np.arange(len(codes))
    right, wrong = true[rows, codes], (true @ errors)[rows, codes]
    by_share = (wrong - right) / np.maximum((1 - found.share) * right + found.share * wrong, SMALL)
    owned = true * found.labels[:, codes].T
    owned /= owned.sum(axis=1, keepdims=True)
    by_factor = ((owned - true) * logs).sum(axis=1)
    both = np.stack([by_share, by_factor])
    information = both @ both.T + SMALL * np.eye(2)
    return float(np.sqrt(np.linalg.inv(information)[0, 0]))
