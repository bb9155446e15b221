"""Columns that carry no weight left out: those whose true gain is no more than the gain that noise has by chance."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from .base import Step, category_names

if TYPE_CHECKING:
    import pandas as pd

    from ..interfaces import Array
    from ..records.problem import Problem
    from ..records.profile import Profile
    from .evidence import Target

ROWS = 20_000  # rows that are looked at
FEWEST_ROWS = 200
FEWEST = 12  # columns
KEPT = 8  # columns that stay at least, the strongest
SHUFFLES = 5
QUANTILE = 0.9  # of the gains of shuffled targets
NAMED = 5  # columns in the note
KINDS = ("binary", "multiclass", "ordinal", "regression", "forecast", "multilabel")


class Select(Step):
    """The table without columns that carry no weight, by null importance (Altmann et al. 2010).

    A small model is fitted on the target and on the target shuffled five times. A column stays if the gain of its
    splits exceeds the gain that it has by chance: the mean of its five null gains times the 90 % quantile of what all
    columns' null gains are of their means. With several targets (or labels, the largest four) one is enough. Numbers,
    truth values and categories of at most 100 values are judged; other columns stay, and so do the eight strongest.
    At most 20,000 rows are looked at: 60 columns of them take about 2 seconds on one core, as do 300 columns of 2,000
    rows; twice that for several classes.

    Args:
        strict: how many times the gain by chance a column has to exceed.
    """

    needs: ClassVar[Literal["row", "rows", "labels"]] = "labels"
    effort: ClassVar[float] = 1.5
    same_rows: ClassVar[bool] = True
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ({"strict": 2.0}, {"strict": 0.5})

    def __init__(self, strict: float = 1.0) -> None:
        self.strict = strict

    @classmethod
    def applies(cls, problem: "Problem", profile: "Profile") -> str | None:
        """None when there are twelve columns or more, and an answer per row that they could tell."""
        if problem.kind not in KINDS:
            return f"nothing of a row tells a target of the kind {problem.kind}"
        count = len(profile.features)
        return None if count >= FEWEST else f"{count} columns are too few to leave some of them out"

    def fit(self, table: "pd.DataFrame", y: "Array | None" = None) -> Self:
        """Judge the columns; y (rows,) or (rows, targets): integers are class codes, floats values."""
        if y is None:
            raise ValueError("Select learns from labels: fit needs y.")
        rows = np.arange(len(table))
        if len(rows) > ROWS:
            rows = np.sort(np.random.default_rng(0).permutation(len(table))[:ROWS])
        self.dropped_: tuple[str, ...] = self._judge(table.iloc[rows], y[rows])
        self.notes_ = (_note(self.dropped_, table.shape[1]),) if self.dropped_ else ()
        return self

    def transform(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """The table without the columns."""
        return table.drop(columns=list(self.dropped_))

    def _judge(self, table: "pd.DataFrame", y: "Array") -> tuple[str, ...]:
        from .evidence import targets_of
        from .gains import LEVELS, Gains, matrix_of

        large = [name for name in category_names(table) if table[name].nunique() > LEVELS]
        names, matrix, categorical = matrix_of(table.drop(columns=large))
        targets = targets_of(y) if len(table) >= FEWEST_ROWS and len(names) > KEPT else []
        if not targets:
            return ()
        gains = Gains(matrix, categorical)
        weights = np.max([_weights(gains, target) for target in targets], axis=0)  # (columns,)
        strongest = np.argsort(-weights, kind="stable")[:KEPT]
        leaves = weights <= self.strict
        leaves[strongest] = False
        gone = {name for name, leave in zip(names, leaves, strict=True) if leave}
        return tuple(name for name in table.columns if name in gone)


def _weights(gains: Any, target: "Target") -> "Array":
    """How many times the gain it has by chance the gain of each column is (columns,)."""
    true = gains.of(target)
    rng = np.random.default_rng(0)
    null = np.array([gains.of(target, rng.permutation(target.values), seed) for seed in range(SHUFFLES)])
    usual = null.mean(axis=0)
    if not usual.any():
        return np.asarray(np.where(true > 0, np.inf, 0.0))
    prior = usual[usual > 0].mean() / SHUFFLES  # a column seldom split on is not taken for one of no noise
    chance = (usual * SHUFFLES + prior) / (SHUFFLES + 1)
    spread = np.quantile((null / chance)[:, usual > 0], QUANTILE)
    return np.asarray(true / (chance * spread))


def _note(dropped: tuple[str, ...], columns: int) -> str:
    named = ", ".join(dropped[:NAMED])
    more = f" and {len(dropped) - NAMED} more" if len(dropped) > NAMED else ""
    return f"select: {len(dropped)} of {columns} columns carry no weight and were dropped: {named}{more}."
