"""Which rows to score on which others: measured from how the test rows relate to the training rows.

Labels are never looked at. What is measured is compared with what a random split of the same values would give, so
that a column whose rare values are new in test by chance is not taken for a group.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..records.plan import Scheme, ValidationPlan
from . import clock, groups

if TYPE_CHECKING:
    import pandas as pd

    from ..records.problem import Problem

    Column = pd.Series[Any]
    Times = np.ndarray[Any, np.dtype[np.float64]]

STRATIFIED = ("binary", "multiclass", "multilabel", "ordinal")  # kinds whose target has classes
SCENES = ("segmentation", "detection")  # kinds where one row is a whole picture
MANY = 200_000  # rows from which three folds are enough
FEW = 1_500  # rows up to which ten folds cost little
SEALED = 0.1  # share of rows in the holdout
SEALED_ROWS = 20_000  # the most rows that are worth sealing
SEALED_LEAST = {True: 60, False: 300}  # rows below which nothing is sealed: scenes, other rows
SEALED_GROUPS = 20  # groups below which nothing is sealed
SEALED_TIMES = 8  # distinct times that must be left
EVIDENCE = 8  # test rows that a random split would tie to training rows, below which nothing can be told
RARE = 0.1  # of what a random split gives: so much less is no chance
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")  # the words of user_id, userId, USER_ID
TIME_WORDS = {
    "year",
    "yr",
    "quarter",
    "month",
    "week",
    "wk",
    "day",
    "date",
    "time",
    "timestamp",
    "ts",
    "period",
    "epoch",
}
KEY_WORDS = {"id", "key", "code", "group", "user", "customer", "client", "patient", "subject", "session", "household"}
SEPARATORS = "_-/.:|#"


@dataclass(frozen=True)
class Structure:
    """How test rows relate to training rows beyond a random split, in words and as fields of the plan."""

    why: str
    group: str | None = None
    rule: str = ""
    time: str | None = None
    units: int | None = None  # groups, or times that can begin a fold, in train: no more folds than that
    folds: int | None = None  # the number of folds, where the structure says it
    sealable: bool = True  # whether enough is left when some is set aside


@dataclass(frozen=True)
class Axis:
    """A column that orders rows in time, as numbers: days where the unit is `D`."""

    name: str
    unit: str
    train: "Times"
    test: "Times"

    @property
    def known(self) -> "Times":
        """The times of training rows that have one, ascending."""
        return np.sort(self.train[~np.isnan(self.train)])

    def length(self, value: float) -> str:
        """A length of time in words."""
        if not self.unit:
            return f"{value:.4g}"
        return f"{value:.3g} days" if value >= 1.5 else f"{value * 24:.3g} hours"

    def moment(self, value: float) -> str:
        """A time in words."""
        import pandas as pd

        if not self.unit:
            return f"{value:g}"
        date = pd.Timestamp(0) + pd.Timedelta(round(value * 86400), "s")
        return str(date.date() if date == date.normalize() else date)


def choose(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame | None") -> ValidationPlan:
    """The plan for these tables as read.

    In this order: test rows later than all training rows, rows of other groups than the training rows, stretches of
    time taken out of the training rows, and otherwise a random split; stratified where the target has classes. Under
    rolling origin the rule `horizon:14D` gives the length of a fold.

    Args:
        problem: what is asked.
        train: the training table; its target columns are not looked at.
        test: the rows asked for; None where there are none, in which case only the problem's own time column counts.
    """
    structure = _structure(problem, train, test) if test is not None and len(test) else _without_test(problem, train)
    folds, number = _folds(problem, len(train), structure)
    holdout, sealing = _holdout(problem, len(train), structure)
    return ValidationPlan(
        scheme=_scheme(problem, structure),
        folds=folds,
        holdout=holdout,
        group=structure.group,
        group_rule=structure.rule,
        time=structure.time,
        why=f"{structure.why} {number} {sealing}",
    )


def _structure(problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame") -> Structure:
    """What ties or separates the rows."""
    shared = [name for name in train.columns if name in test.columns and name not in problem.targets]
    shared = [name for name in shared if groups.countable(train[name])]
    axes = [_axis(name, train[name], test[name]) for name in shared if _is_time(problem, name, train[name])]
    axes.sort(key=lambda axis: axis.name != problem.time)  # the problem's own first, the others as they stand
    timed = {axis.name for axis in axes if axis.unit}  # whole numbers that count time may be keys too
    remarks: list[str] = []
    keys = [name for name in shared if name not in timed]
    found = _later(problem, axes) or _grouped(problem, train, test, keys, remarks) or _blocks(axes)
    if found is not None:
        return found
    plain = "No column separates the test rows from the training rows more than a random split would"
    mixed = [f"ordered by `{axis.name}` they lie mixed" for axis in axes if axis.unit or axis.name == problem.time]
    return Structure(why=" ".join([f"{'; '.join([plain, *mixed])}.", *remarks[:2]]))


def _without_test(problem: "Problem", train: "pd.DataFrame") -> Structure:
    if problem.time is None or problem.time not in train.columns:
        return Structure(why="There is no test table to compare with, so rows are taken as independent of each other.")
    axis = _axis(problem.time, train[problem.time], train[problem.time].iloc[:0])
    if len(np.unique(axis.known)) < 3:
        return Structure(why=f"There is no test table, and `{problem.time}` has fewer than three values.")
    why = f"There is no test table; `{problem.time}` orders the rows, and what is asked for is taken to lie later."
    return _by_time(axis, SEALED * float(np.ptp(axis.known)), why)


# Time


def _is_time(problem: "Problem", name: object, column: "Column") -> bool:
    """The problem's time column, a date, or a number that is named like a time and repeats."""
    if name == problem.time or clock.is_date(column):
        return True
    return column.dtype.kind in "iuf" and bool(TIME_WORDS & _words(name)) and not column.is_unique


def _axis(name: object, train: "Column", test: "Column") -> Axis:
    """Times of training and test rows, read together so that they are read alike."""
    import pandas as pd

    if train.dtype == test.dtype or len(test) == 0:
        both = pd.concat([train, test], ignore_index=True) if len(test) else train
    else:
        both = pd.concat([train.astype(object), test.astype(object)], ignore_index=True).infer_objects()
    times = clock.read(both)
    return Axis(str(name), clock.unit(both), times[: len(train)], times[len(train) :])


def _later(problem: "Problem", axes: list[Axis]) -> Structure | None:
    """Time by the first column after whose training values nearly all test rows lie."""
    for axis in axes:
        known, asked = axis.known, axis.test[~np.isnan(axis.test)]
        least = 1 if axis.name == problem.time else EVIDENCE
        if len(np.unique(known)) < 3 or len(asked) < least or asked.max() <= known[-1]:
            continue
        if np.sum(asked >= known[-1]) < 0.99 * len(axis.test):
            continue
        why = (
            f"The test rows lie later than the training rows: `{axis.name}` ends at {axis.moment(known[-1])} in train "
            f"and runs from {axis.moment(asked.min())} to {axis.moment(asked.max())} in test, so folds lie later than "
            "the rows they are fitted on."
        )
        return _by_time(axis, float(asked.max() - known[-1]), why)
    return None


def _by_time(axis: Axis, horizon: float, why: str) -> Structure:
    """Folds as long as what is asked for, where three fit, and no shorter than a twenty-fifth of the time there is."""
    known = axis.known
    span = float(np.ptp(known))
    visible = span * (1 - SEALED)
    folds = int(np.clip(round(visible / horizon) - 1, 3, 5))
    length = float(np.clip(horizon, span / 25, visible / (folds + 1)))
    left = np.unique(known[: int((1 - SEALED) * len(known))])
    return Structure(
        why=f"{why} A fold spans {axis.length(length)}, the test rows {axis.length(horizon)}.",
        rule=f"horizon:{length:.6g}{axis.unit}",
        time=axis.name,
        units=len(np.unique(known)) - 1,
        folds=folds,
        sealable=len(left) >= SEALED_TIMES,
    )


def _blocks(axes: list[Axis]) -> Structure | None:
    """Groups by stretches of time, where test rows come in runs far longer than a random split would give."""
    for axis in axes:
        runs, expected, length = _runs(axis)
        if expected < 2 * EVIDENCE or runs > 0.3 * expected:
            continue
        units = len(np.unique(np.floor(axis.known / length)))
        if units < 4:
            continue
        why = (
            f"The test rows lie among the training rows in stretches of time: ordered by `{axis.name}` they form "
            f"{runs} runs of about {axis.length(length)}, where a random split would give {expected:.0f}; so each "
            f"stretch of that length ({units} in train) stays in one fold."
        )
        rule = f"block:{length:.6g}{axis.unit}"
        return Structure(why=why, group=axis.name, rule=rule, units=units, sealable=units >= SEALED_GROUPS)
    return None


def _runs(axis: Axis) -> tuple[int, float, float]:
    """Runs of test rows in the order of time, how many a random split gives, and their usual length in time.

    Rows of the same time are put in random order, so that days shared by train and test count as mixed.
    """
    times = np.concatenate([axis.train, axis.test])
    asked = np.arange(len(times)) >= len(axis.train)
    order = np.random.default_rng(0).permutation(np.flatnonzero(~np.isnan(times)))
    order = order[np.argsort(times[order], kind="stable")]
    times, asked = times[order], asked[order]
    if not asked.any() or asked.all():
        return 0, 0.0, 0.0
    edges = np.flatnonzero(np.diff(asked.astype(int), prepend=0, append=0))
    first, last = edges[::2], edges[1::2] - 1
    step = clock.step(times)
    length = float(np.median(np.repeat(times[last] - times[first] + step, last - first + 1)))  # as a test row sees it
    whole = max(1, round(length))
    share = asked.mean()
    return len(first), float(len(asked) * share * (1 - share)), whole if abs(length - whole) < step else length


# Groups


def _grouped(
    problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame", names: list[str], remarks: list[str]
) -> Structure | None:
    """Groups by the coarsest key that separates the test rows; on keys that do not, a remark is added."""
    found: list[Structure] = []
    for name in names:
        for rule in _rules(problem, name, train[name], test[name]):
            keys, asked = groups.keys(train[name], rule).dropna(), groups.keys(test[name], rule).dropna()
            seen, chance = _ties(keys, asked)
            if len(asked) * chance < EVIDENCE:
                continue
            part = "" if rule == "value" else f" up to separator {rule[7]!r} number {rule[9:] or 1}"
            told = f"{seen:.0%} of the test rows share their `{name}`{part} with a training row"
            units = int(keys.nunique())
            if seen <= RARE * chance and units >= 3:
                why = (
                    f"The test rows are of other groups than the training rows: {told}, where a random split would "
                    f"give {chance:.0%}; so rows that share it ({units} groups in train) stay in one fold."
                )
                sealable = units >= SEALED_GROUPS
                found.append(Structure(why=why, group=name, rule=rule, units=units, sealable=sealable))
            elif rule != "value" or _is_key(problem, name, train[name]):
                remarks.append(f"{told} (a random split would give {chance:.0%}), so rows are not grouped by it.")
    return min(found, key=lambda structure: structure.units or 0, default=None)


def _rules(problem: "Problem", name: object, train: "Column", test: "Column") -> Iterator[str]:
    """Rules by which the column could be a key; none for measurements and for columns of common values."""
    if {train.dtype.kind, test.dtype.kind} & set("bMmc"):
        return
    some = test.dropna().iloc[:: max(1, len(test) // 200)]
    if some.empty or (some.dtype.kind == "f" and (some % 1 != 0).any()):
        return
    common = some.isin(train.iloc[:: max(1, len(train) // 4000)]).mean() > 0.5
    if common and not _is_key(problem, name, train):
        return
    if not train.is_unique:
        yield "value"
    elif train.dtype.kind not in "iuf":
        yield from _prefixes(train)


def _prefixes(column: "Column") -> Iterator[str]:
    """Rules for the leading parts of short composite names, as the first two of `site_patient_scan`."""
    some = column.dropna().iloc[:: max(1, len(column) // 200)].astype(str)
    if some.empty or some.str.len().max() > 100 or some.str.contains(r"\s").mean() > 0.05:
        return
    for separator in SEPARATORS:
        parts = some.str.count(re.escape(separator))
        if (parts > 0).mean() > 0.95:
            for count in range(1, int(parts.median()) + 1):
                yield f"prefix:{separator}" + (f":{count}" if count > 1 else "")


def _ties(train: "Column", test: "Column") -> tuple[float, float]:
    """Share of test rows whose key is in train too, and the share expected if rows had been split at random.

    A test row whose key occurs c times in all n rows, t of them test rows, has no other in train with a probability
    of about ((t - 1) / (n - 1)) ** (c - 1).
    """
    import pandas as pd

    if not len(train) or not len(test):
        return 1.0, 0.0
    codes, _ = pd.factorize(pd.concat([train, test], ignore_index=True))
    counts = np.bincount(codes)
    in_train = np.bincount(codes[: len(train)], minlength=len(counts))
    seen = float((in_train[codes[len(train) :]] > 0).mean())
    alone = ((len(test) - 1) / (len(codes) - 1)) ** (counts - 1.0)
    return seen, float(1 - (counts * alone).sum() / len(codes))


def _is_key(problem: "Problem", name: object, column: "Column") -> bool:
    """The id, or named like a key with many values: worth a full count, and a remark where it is no group."""
    return name == problem.id or (bool(KEY_WORDS & _words(name)) and column.nunique() > 20)


def _words(name: object) -> set[str]:
    return {word.lower() for word in WORD.findall(str(name))}


# The other fields of the plan


def _scheme(problem: "Problem", structure: Structure) -> Scheme:
    if structure.time is not None:
        return Scheme.ROLLING
    classes = problem.kind in STRATIFIED
    if structure.rule.startswith("block:"):
        return Scheme.BLOCKS
    if structure.group is not None:
        return Scheme.STRATIFIED_GROUP if classes else Scheme.GROUP
    return Scheme.STRATIFIED if classes else Scheme.PLAIN


def _folds(problem: "Problem", rows: int, structure: Structure) -> tuple[int, str]:
    """How many folds, and why."""
    if structure.folds is not None:
        folds, why = structure.folds, "as many as the time there is has room for, three at least and five at most"
    elif rows > MANY:
        folds, why = 3, f"enough with {rows:,} rows, since each costs time"
    elif rows < FEW and problem.kind not in SCENES:
        folds, why = 10, f"since with {rows:,} rows every row to fit on counts, and fits are cheap"
    else:
        folds, why = 5, "the usual balance of cost and noise"
    room = rows // 2 if structure.units is None else min(rows // 2, structure.units)
    if room < folds:
        folds, why = max(2, room), "since there is not more to divide"
    return folds, f"{folds} folds, {why}."


def _holdout(problem: "Problem", rows: int, structure: Structure) -> tuple[float, str]:
    """The share to seal, and why."""
    least = SEALED_LEAST[problem.kind in SCENES]
    if rows < least:
        return 0.0, f"Nothing is sealed: {rows} rows are fewer than {least}, and all are needed."
    if not structure.sealable:
        what = "times" if structure.time else "groups"
        return 0.0, f"Nothing is sealed: there are too few {what} to set some aside."
    share = round(min(SEALED, SEALED_ROWS / rows), 6)
    which = "The latest rows" if structure.time else "Some rows"
    return share, f"{which} (about {rows * share:,.0f}) are sealed and looked at once, at the end."
