"""Rows to folds, as the plan says: same plan and rows, same folds.

A plan with repeats deals the rows anew each time. Fold k of repeat r has the number r * folds + k, and a row has a
place in each repeat: row i of n is at place r * n + i. With one repeat a place is a row.

Everything is dealt like cards, not drawn: classes are then even within one row whatever their number, a class rarer
than there are folds is no special case, and fifty thousand groups take a fraction of a second. (scikit-learn's
splitters warn or refuse there, need seconds with many groups, and cost the parent process two seconds of import.)
"""

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import TaskError
from ..records.plan import Scheme
from . import clock, groups

if TYPE_CHECKING:
    import pandas as pd

    from ..records.plan import ValidationPlan

    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]

LOOSE = 0.5  # of a group's size, by which the order of dealing may be off when rows are dealt again
THIN = 0.2  # of the rows that a stretch of time would hold if rows were spread evenly

groups_of = groups.of


def assign(
    plan: "ValidationPlan", table: "pd.DataFrame", strata: "Ints | None", members: "Ints | None" = None
) -> "Ints":
    """The fold of each place (repeats * rows,); under rolling origin later folds have higher numbers.

    Places with -1 are never scored: under rolling origin, rows before the first fold, and those without a time.

    Args:
        plan: the plan.
        table: the rows, with the columns that the plan names.
        strata: a class per row, which stratified schemes spread evenly; None for none.
        members: the group of each row as `groups_of` gives it for the whole table; None: read from these rows.

    Raises:
        TaskError: there are too few rows, groups or times for so many folds.
    """
    dealt = [_assign_once(plan, table, strata, members, repeat) for repeat in range(plan.repeats)]
    return np.concatenate([np.where(found < 0, found, found + r * plan.folds) for r, found in enumerate(dealt)])


def _assign_once(
    plan: "ValidationPlan", table: "pd.DataFrame", strata: "Ints | None", members: "Ints | None", repeat: int
) -> "Ints":
    """The fold of each row in one repeat, 0 .. folds - 1."""
    if plan.scheme is Scheme.ROLLING:
        found = _later(times_of(plan, table), plan.folds, _horizon(plan))
    else:
        found = deal(plan, table, strata, plan.folds, "folds", members, repeat)
    if len(np.unique(found[found >= 0])) < plan.folds:
        what = "times" if plan.scheme is Scheme.ROLLING else "groups" if plan.group_rule else "rows"
        raise TaskError(f"{len(table)} rows have too few {what} for {plan.folds} folds: ask for fewer folds.")
    return found


def split(plan: "ValidationPlan", folds: "Ints", k: int) -> "tuple[Ints, Ints]":
    """The rows that fold k is fitted on and the rows it is scored on, as ascending positions.

    Args:
        plan: the plan.
        folds: the fold of each place, as `assign` gives it.
        k: one of `plan.all_folds`.
    """
    mine = folds.reshape(plan.repeats, -1)[k // plan.folds]  # the repeat that fold k belongs to
    fit = mine < k if plan.scheme is Scheme.ROLLING else mine != k
    return np.flatnonzero(fit), np.flatnonzero(mine == k)


def times_of(plan: "ValidationPlan", table: "pd.DataFrame") -> "Floats":
    """The time of each row of a plan by time. Raises TaskError where the table lacks the column."""
    assert plan.time is not None, "a plan by time names its column"
    return clock.read(groups.column(table, plan.time))


def deal(
    plan: "ValidationPlan",
    table: "pd.DataFrame",
    strata: "Ints | None",
    hands: int,
    purpose: str,
    members: "Ints | None" = None,
    repeat: int = 0,
) -> "Ints":
    """Deal the rows evenly to so many hands, by class and by group as the plan says.

    `purpose` and `repeat` go into the seed, so that the seal, the folds and the folds of another repeat are dealt
    independently.
    """
    random = np.random.default_rng([plan.seed, zlib.crc32(purpose.encode()), *([repeat] if repeat else [])])
    classes = np.zeros(len(table), "int64")
    if strata is not None and plan.scheme in (Scheme.STRATIFIED, Scheme.STRATIFIED_GROUP, Scheme.BLOCKS):
        classes = np.unique(strata, return_inverse=True)[1]
    if plan.scheme not in (Scheme.GROUP, Scheme.STRATIFIED_GROUP, Scheme.BLOCKS):
        members = None
    elif members is None:
        members = groups.of(plan, table)
    if members is None:
        return _deal_rows(classes, hands, random)
    return _deal_groups(members, classes, hands, random, loose=LOOSE if repeat else 0.0)


def _deal_rows(classes: "Ints", hands: int, random: np.random.Generator) -> "Ints":
    """Shuffle, sort by class, deal: every class and the whole are even within one row."""
    shuffled = random.permutation(len(classes))
    order = shuffled[np.argsort(classes[shuffled], kind="stable")]
    found = np.empty(len(classes), "int64")
    found[order] = random.permutation(hands)[np.arange(len(classes)) % hands]
    return found


def _deal_groups(members: "Ints", classes: "Ints", hands: int, random: np.random.Generator, *, loose: float) -> "Ints":
    """Deal whole groups, largest first, each to the hand that has least of the classes it brings.

    Groups of different sizes would come in the same order each time and give the same hands, so sizes count up to a
    random share `loose` less.

    Greedy descent on the sum over hands and classes of (rows held)^2 / rows in all, where all rows together count as
    one more class: the increase by a group is, up to a constant, the dot product of what a hand holds and what the
    group brings. On simulated groups the hands came out more even than those of StratifiedGroupKFold.
    """
    groups_found, members = np.unique(members, return_inverse=True)
    counts = np.zeros((len(groups_found), classes.max(initial=0) + 1))
    np.add.at(counts, (members, classes), 1)
    shares = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
    shares /= np.sqrt(np.maximum(shares.sum(axis=0), 1))
    shuffled = random.permutation(len(shares))
    sizes = shares[shuffled, -1] * (1 - loose * random.random(len(shares)) if loose else 1)
    order = shuffled[np.argsort(-sizes, kind="stable")]
    held = np.zeros((hands, shares.shape[1]))
    hand = np.empty(len(shares), "int64")
    for group in order:
        hand[group] = chosen = (held @ shares[group]).argmin()
        held[chosen] += shares[group]
    return random.permutation(hands)[hand[members]]


def _later(times: "Floats", folds: int, horizon: float) -> "Ints":
    """Stretches of time counted back from the last row, each as long as the horizon where so many fit.

    A stretch at least as long is kept in front, for the first fold to be fitted on. Where one would be thin (gaps,
    or nearly all rows at a few times), stretches hold about the same number of rows instead.
    """
    known = times[~np.isnan(times)]
    if len(np.unique(known)) <= folds:
        return np.full(len(times), -1)
    span = np.ptp(known)
    length = min(horizon, span / (folds + 1))
    ends = known.max() - length * np.arange(folds, 0, -1)  # of the stretch in front of each fold
    rows = np.bincount(np.searchsorted(ends, known, side="left"), minlength=folds + 1)
    if rows.min() < max(1, THIN * len(known) * length / span):
        ends = _even(known, folds)
    found = np.searchsorted(ends, times, side="left") - 1
    return np.where(np.isnan(times), -1, found)


def _even(known: "Floats", folds: int) -> "Floats":
    """Times at which stretches of about the same number of rows end; rows of one time stay together."""
    distinct, counts = np.unique(known, return_counts=True)
    ranks = np.arange(folds)
    ends = np.searchsorted(np.cumsum(counts), len(known) * (ranks + 1) / (folds + 1))
    ends = np.maximum.accumulate(ends - ranks) + ranks  # no two at one time
    return distinct[np.minimum(ends, len(distinct) - 1 - folds + ranks)]  # and a time behind the last


def _horizon(plan: "ValidationPlan") -> float:
    """The length of a fold from the plan's rule, as in `horizon:14D`; no limit where the rule says nothing."""
    kind, _, detail = plan.group_rule.partition(":")
    return groups.amount(detail) if kind == "horizon" else np.inf
