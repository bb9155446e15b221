"""How many labels are wrong: an estimate from the rows that a model, fitted on other rows, is surest of.

Of the rows whose class out-of-fold predictions are surest of, the share labelled otherwise is the share of wrong labels
as far as those rows are not in doubt for another reason. (Rows of which the class is certain are the anchor points of
Liu and Tao, 2016.) Confident learning (Northcutt et al., 2021), which counts the rows above a mean probability, was
compared on tables of 3,000 rows and ten columns with 0, 10 and 20 % of the labels flipped:

    table                              confident learning    the surest rows
    classes apart, 2                      0   11   20            0   11   20
    classes apart, 5                      0   11   20            0   12   20
    a curved border, 2                    5   15   26            0   10   22
    classes that overlap, 2 (error 20)   17   26   33            4   14   25
    classes that overlap, 5 (error 13)    6   14   25            1   12   20
    columns that tell little, 2          36   41   43           25   31   35

So confident learning takes overlap for wrong labels, and the surest rows do so a little where classes overlap. Where
the columns tell little, no row is sure and the estimate is an upper bound, far too high. Rows that are alike in every
column and labelled differently give a lower bound.
"""

from typing import TYPE_CHECKING

import numpy as np

from .records.profile import LabelNoise

if TYPE_CHECKING:
    from .interfaces import Array

SUREST = 0.15  # share of the rows predicted as a class that count as sure
FEWEST = 20  # of them, for a class to count
LEAST = 200  # rows
KINDS = ("binary", "multiclass")  # an ordinal answer differs from its neighbours too little to be called wrong


def estimate(chances: "Array", codes: "Array", how: str) -> LabelNoise | None:
    """The share of wrong labels with its standard error; None where too few rows are predicted as any class.

    Args:
        chances: out-of-fold probabilities (rows, classes); rows with NaN are left out.
        codes: the class of each row by its label (rows,).
        how: where the probabilities come from, in words.
    """
    fine = np.isfinite(chances).all(axis=1)
    chances, codes = chances[fine], codes[fine]
    if len(codes) < LEAST or chances.shape[1] < 2:
        return None
    taken, sureness = chances.argmax(axis=1), chances.max(axis=1)
    weights, shares, variances, looked = [], [], [], 0
    for code in range(chances.shape[1]):
        rows = np.flatnonzero(taken == code)
        if len(rows) < FEWEST:
            continue
        surest = rows[np.argsort(-sureness[rows], kind="stable")][: max(FEWEST, int(SUREST * len(rows)))]
        wrong, count = float((codes[surest] != code).mean()), len(surest)
        guarded = (wrong * count + 1) / (count + 2)  # no error of 0 where no label is wrong
        weights.append(len(rows))
        shares.append(wrong)
        variances.append(guarded * (1 - guarded) / count)
        looked += count
    if not weights:
        return None
    part = np.array(weights) / sum(weights)
    return LabelNoise(
        share=float(part @ shares),
        error=float(np.sqrt(part**2 @ variances)),
        rows=looked,
        how=f"labels that differ among the rows of which {how} are surest; too high where the columns tell little",
    )
