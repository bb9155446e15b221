"""Columns that tell the answer too well on their own, and what speaks for them: a strong honest column has it all.

It is there in the rows asked for, with more than one value, distributed as in training rows, going together with the
other columns as it does there; and it is not far ahead of all other columns. Which of these hold is said. A column
that fails in the rows asked for cannot help there, whatever the folds say.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.finding import Finding, Severity
from . import binned, trees
from .adversarial import auc, error_of
from .structure import spread, words
from .times import TIME_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from .truth import Truth

    Column = pd.Series[Any]
    Array = np.ndarray[Any, np.dtype[Any]]

COPY = {True: 0.995, False: 0.998}  # share of a class, of a number, that a near-copy tells: rank correlation 0.999
GOOD = {True: 0.9, False: 0.97}  # the share from which a column is too good to go without a sentence
STRONG = 0.4  # the share from which a column is looked at in the rows asked for
FOLLOWED = 0.5  # the share that its gaps tell, from which they are said to follow the answer
MOST = 3  # columns looked at, the strongest
CLIFF = 0.5  # of its share, that the next column has to have for there to be no cliff
FEW_ASKED = 50  # rows asked for below which their distribution says nothing
UNLIKE = 0.6  # AUC with which the column alone tells rows asked for from training rows, to be called unlike
ROWS = 4_000
OTHERS = 60  # columns by which another is foretold, spread evenly
GAP = 0.1  # difference in how often there is a value
STAYS = "It stays in; the run tries without it and says what that makes of the score."
LEFT_OUT = "No model of the answer sees it; the run tries with it and says what that would have made of the score."


@dataclass(frozen=True)
class Look:
    """What the rows asked for say of a column: what speaks for it and what against."""

    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    broken: bool = False  # it cannot be in the rows asked for what it is in the training rows

    def words(self) -> str:
        """Both as a sentence."""
        parts = []
        if self.bad:
            parts.append(f"against it: {'; '.join(self.bad)}")
        if self.good:
            parts.append(f"for it: {'; '.join(self.good)}")
        return f" ({'. '.join(parts)})".replace(". for", "; for") if parts else ""


def find(
    columns: "Mapping[str, Column]",
    asked: "pd.DataFrame | None",
    target: str,
    truth: "Truth",
    told: "Mapping[str, tuple[float, str]]",
    *,
    timed: bool,
) -> "Iterator[Finding]":
    """A finding for each column that is a near-copy of the target, too good, or strong and broken where it is needed.

    Args:
        columns: features of training rows.
        asked: the same features of the rows asked for; None where there are none.
        target: its name.
        truth: its values.
        told: how much of it each column tells, and how.
        timed: rows asked for are later, so that they may be distributed otherwise for honest reasons.
    """
    gaps = {name: truth.told_by_gaps(column) for name, column in columns.items()}
    ranked = sorted(told, key=lambda name: -told[name][0])
    strong = [name for name in ranked if told[name][0] >= STRONG][:MOST]
    rounded = [name for name, column in columns.items() if truth.rounded(column)]
    for name in dict.fromkeys([*ranked, *rounded]):
        share, how = told[name]
        followed, where = gaps[name]
        copy = share >= COPY[truth.classes] or name in rounded
        if not copy and share < GOOD[truth.classes] and followed < FOLLOWED and name not in strong:
            continue
        good = copy or share >= GOOD[truth.classes]
        honest = [other for other in columns if other != name and told[other][0] < STRONG]
        look = _look(name, columns, asked, honest, unlike=good and not timed, gaps=followed >= FOLLOWED)
        if followed >= FOLLOWED and followed >= 0.9 * share:
            yield _finding("future", name, f"Where `{name}` is missing follows `{target}`: {where}.", look, copy=copy)
        elif copy:
            way = "in the same order, rounded or rescaled" if share < COPY[truth.classes] else how
            yield _finding(
                "near-copy", name, f"`{name}` alone tells `{target}` almost perfectly ({way}).", look, copy=True
            )
        elif share >= GOOD[truth.classes]:
            rest = max((told[other][0] for other in told if other != name), default=0.0)
            yield _too_good(name, target, share, how, rest, look)
        elif look.broken:
            evidence = f"`{name}` alone tells {share:.0%} of `{target}` in training rows ({how})."
            yield _finding("too-good", name, evidence, look, copy=False)


def _finding(sort: str, name: str, evidence: str, look: Look, *, copy: bool) -> Finding:
    """A doubtful column: left out where it is broken in the rows asked for, else compared."""
    return Finding(
        sort=sort,
        columns=(name,),
        evidence=f"{evidence[:-1]}{look.words()}.",
        severity=Severity.SERIOUS if copy or look.broken else Severity.WARNING,
        done=LEFT_OUT if look.broken else f"Make sure that it is known when a prediction is asked for. {STAYS}",
        compare=True,
        left_out=look.broken,
    )


def _too_good(name: str, target: str, share: float, how: str, rest: float, look: Look) -> Finding:
    """A column too good to go without a sentence, which may be honest."""
    evidence = f"`{name}` alone tells {share:.0%} of what there is to know about `{target}` ({how})."
    if rest < CLIFF * share:
        look = Look(look.good, (*look.bad, f"the next column alone tells {max(rest, 0):.0%}"), look.broken)
    else:
        look = Look((*look.good, f"the next column alone tells {rest:.0%}"), look.bad, look.broken)
    if look.bad or not look.good[:-1]:
        return _finding("too-good", name, evidence, look, copy=False)
    return Finding(
        sort="too-good",
        columns=(name,),
        evidence=f"{evidence[:-1]}{look.words()}.",
        severity=Severity.NOTE,
        done="It looks like a strong honest column, and is used.",
    )


def _look(
    name: str,
    columns: "Mapping[str, Column]",
    asked: "pd.DataFrame | None",
    others: list[str],
    *,
    unlike: bool,
    gaps: bool,
) -> Look:
    """Hold the column in the rows asked for against the training rows.

    Another distribution breaks it where `unlike` says so, and more or fewer gaps where `gaps` does; so does another
    relation to `others`, among which no suspect may be, or one that is broken would break the rest.
    """
    if asked is None or name not in asked or len(asked) < FEW_ASKED:
        return Look()
    column, wanted = columns[name], asked[name]
    if TIME_WORDS & words(name):
        return Look(("it is a time",))
    if wanted.isna().all() and column.notna().any():
        return Look(bad=("it is empty in every row asked for",), broken=True)
    if wanted.nunique() == 1 and column.nunique() > 1 and not wanted.isna().any():
        return Look(bad=("it has one value in all rows asked for",), broken=True)
    good, bad, broken = ["it has different values in the rows asked for"], [], False
    filled, there = float(column.notna().mean()), float(wanted.notna().mean())
    if abs(filled - there) > GAP:
        bad.append(f"it has a value in {filled:.0%} of the training rows and in {there:.0%} of those asked for")
        broken = gaps
    alone, noise = _apart(column, wanted)
    if alone > UNLIKE and alone > 0.5 + 4 * noise:
        bad.append(f"it alone tells rows asked for from training rows with an AUC of {alone:.2f}")
        broken = broken or unlike
    else:
        good.append("it is distributed there as in training rows")
    before, after, error = _explained(name, columns, asked, others)
    if before - after > 4 * error and after - 0.5 < 0.5 * (before - 0.5):
        bad.append(
            f"other columns foretell it with an AUC of {before:.2f} in training rows and of {after:.2f} in those asked "
            "for"
        )
        broken = True
    elif before > 0.5 + 4 * error:
        good.append("it goes together with the other columns there as in training rows")
    return Look(tuple(good), tuple(bad), broken)


def _apart(column: "Column", wanted: "Column") -> tuple[float, float]:
    """AUC with which the column alone tells rows asked for from training rows, and what it is off by chance."""
    both, is_asked = _both(column, wanted)
    noise = error_of(0.5, is_asked)
    found = 0.5
    for _, bins in binned.of(both):
        shares = np.bincount(bins, is_asked, binned.BINS) / np.maximum(1, np.bincount(bins, minlength=binned.BINS))
        found = max(found, auc(shares[bins], is_asked))
    return found, noise


def _explained(
    name: str, columns: "Mapping[str, Column]", asked: "pd.DataFrame", others: list[str]
) -> tuple[float, float, float]:
    """AUC with which other columns foretell whether the column is high, in new training rows and in rows asked for.

    Also the error of their difference. High means above the median of a number, or the commonest value.
    """
    others = [other for other in others if other in asked]
    others = others[:: -(-len(others) // OTHERS)] if others else []
    both, is_asked = _both(columns[name], asked[name])
    high = _high(both)
    sides = [high[is_asked], high[~is_asked]]
    if not others or min(side.mean() for side in sides) < 0.02 or max(side.mean() for side in sides) > 0.98:
        return 0.5, 0.5, 1.0
    views = [view for other in others for view in binned.of(_both(columns[other], asked[other])[0])]
    bins = np.stack([view[1] for view in views], axis=1)
    ordered = np.array([view[0] for view in views])
    known = np.flatnonzero(~is_asked)
    fit, new = known[::2], known[1::2]
    score = trees.boost(bins[fit].astype(np.int64), bins, ordered, high[fit].astype(float))
    areas = [auc(score[rows], high[rows]) for rows in (new, np.flatnonzero(is_asked))]
    return areas[0], areas[1], math.hypot(error_of(areas[0], high[new]), error_of(areas[1], high[is_asked]))


def _high(values: "Column") -> "Array":
    if values.dtype.kind in "iufbM":
        numbers = values.astype("int64").to_numpy() if values.dtype.kind == "M" else values.to_numpy("float64")
        middle = np.nanmedian(numbers)
        above = numbers > middle
        return above if above.mean() > 0.02 else numbers >= middle
    common = values.value_counts()
    return np.asarray(values == common.index[0]) if len(common) else np.zeros(len(values), bool)


def _both(column: "Column", wanted: "Column") -> "tuple[Column, Array]":
    """Some rows of both, one below the other, and which are asked for."""
    import pandas as pd

    parts = [values.iloc[spread(len(values), ROWS)] for values in (column, wanted)]
    both = pd.concat([p.astype(object) if isinstance(p.dtype, pd.CategoricalDtype) else p for p in parts])
    return both.reset_index(drop=True), np.arange(len(both)) >= len(parts[0])
