"""Other tables that would give the answer away, or that only some of the rows have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..joins import Keys, distinct_keys
from ..records.problem import Relation

if TYPE_CHECKING:
    from ..interfaces import Array

    Series = pd.Series[Any]

FEWEST = 20  # rows, below which shares say nothing
COPY = 0.98  # share of the rows in which a column of the other table equals the target, or stands for it
HELD = 0.2  # share of the rows of one side that find their key, from which the other side is compared
FEW = 0.1  # of that share; less on the other side is no accident
EARLIER = 0.2  # share of the rows with a history that must have an earlier part of it
SAMPLE = 20_000  # rows compared
MOST_CLASSES = 50  # distinct values of a column that may stand for classes


@dataclass(frozen=True)
class Suspect:
    """A reason not to use a table."""

    why: str  # completes "not used: "


def only_some(
    train: pd.DataFrame, test: pd.DataFrame | None, other: pd.DataFrame, keys: Sequence[tuple[str, str]]
) -> Suspect | None:
    """A table that almost only training rows, or almost only the rows wanted, are found in."""
    if test is None or min(len(train), len(test)) < FEWEST:
        return None
    known, _ = Keys.of(other, [theirs for _, theirs in keys])
    shares = [float((known.find(t, [ours for ours, _ in keys]) >= 0).mean()) for t in (train, test)]
    if max(shares) < HELD or min(shares) >= FEW * max(shares):
        return None
    said = f"{shares[0]:.0%} of the training rows are found in it, but {shares[1]:.0%} of the rows wanted"
    return Suspect(f"{said}, so it may leak the answer, or cannot be had when it is needed")


def target_copy(
    train: pd.DataFrame, targets: Sequence[str], other: pd.DataFrame, keys: Sequence[tuple[str, str]]
) -> Suspect | None:
    """A table with a column that has the target's value, or one value for each of its values."""
    known, codes = Keys.of(train, [ours for ours, _ in keys])
    place = np.full(known.size + 1, -1)
    place[codes[codes >= 0]] = np.flatnonzero(codes >= 0)
    at = place[known.find(other, [theirs for _, theirs in keys])]
    rows = np.flatnonzero(at >= 0)
    rows = rows[:: max(1, len(rows) // SAMPLE)]
    if len(rows) < FEWEST:
        return None
    for target in (t for t in targets if t in train):
        answers = train[target].iloc[at[rows]].reset_index(drop=True)
        if answers.nunique() < 2:
            continue
        for name in other.columns:
            if name in (theirs for _, theirs in keys):
                continue
            if (how := _copies(other[name].iloc[rows].reset_index(drop=True), answers)) is not None:
                return Suspect(f"its column `{name}` {how} of `{target}`, the answer")
    return None


def _copies(values: "Series", answers: "Series") -> str | None:
    """How a column repeats the target; None where it does not."""
    filled = values.notna().to_numpy() & answers.notna().to_numpy()
    if filled.sum() < max(FEWEST, 0.5 * len(values)) or values[filled].nunique() < 2:
        return None
    values, answers = values[filled].reset_index(drop=True), answers[filled].reset_index(drop=True)
    same = _texts(values) == _texts(answers)
    if same.mean() >= COPY:
        return f"has the value in {same.mean():.0%} of the rows"
    if values.nunique() == answers.nunique() <= MOST_CLASSES:
        pairs = pd.DataFrame({"a": _texts(values), "b": _texts(answers)}).value_counts()
        one = pairs.groupby(level="a").max().sum() / pairs.sum(), pairs.groupby(level="b").max().sum() / pairs.sum()
        if min(one) >= COPY and pairs.groupby(level="b").sum().min() >= 3:
            return f"has one value for each value in {min(one):.0%} of the rows"
    return None


def _texts(values: "Series") -> "Array":
    codes, distinct = distinct_keys(values)
    return distinct.to_numpy()[codes]


def not_yet(rows: pd.DataFrame, other: pd.DataFrame, relation: Relation) -> Suspect | None:
    """A table whose rows are almost all later than the rows they belong to: the future, or no history of theirs."""
    from .tidy import read_times

    assert relation.time is not None
    keys, codes = Keys.of(other, [theirs for _, theirs in relation.keys])
    mine = keys.find(rows, [ours for ours, _ in relation.keys])
    times, own = other[relation.time[1]], read_times(rows[relation.time[0]], relation.row_format)
    first = times.groupby(codes).min().reindex(range(keys.size))
    begun = first.reset_index(drop=True).reindex(np.maximum(mine, 0)).reset_index(drop=True)
    there = (mine >= 0) & begun.notna().to_numpy() & own.notna().to_numpy()
    if there.sum() < FEWEST:
        return None
    earlier = float((begun[there].to_numpy() < own[there].to_numpy()).mean())
    if earlier >= EARLIER:
        return None
    return Suspect(
        f"only {earlier:.0%} of the rows have any row of it that is earlier (`{relation.time[1]}` before "
        f"`{relation.time[0]}`), so it would tell the future"
    )
