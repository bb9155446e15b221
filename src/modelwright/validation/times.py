"""Time as a plan sees it: test rows that lie later than the training rows, or among them in whole stretches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from . import clock
from .structure import EVIDENCE, NEARER, Notes, Structure, words

if TYPE_CHECKING:
    import pandas as pd

    from ..records.problem import Problem

    Column = pd.Series[Any]
    Times = np.ndarray[Any, np.dtype[np.float64]]

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
    "season",
    "round",
    "wave",
    "step",
    "tick",
}
ENDS = 0.995  # quantile of the training times taken for their end: a few wrong dates do not move it
SEALED = 0.1  # share of the time that is sealed, and the horizon where no test rows tell one
SEALED_TIMES = 8  # distinct times that must be left
SEALED_GROUPS = 20  # stretches below which nothing is sealed
SOME_LATER = 0.05  # share of test rows after the end of train that is worth a remark


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

    @property
    def asked(self) -> "Times":
        """The times of test rows that have one."""
        return self.test[~np.isnan(self.test)]

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

    def ranges(self) -> str:
        """The line of evidence: from when to when train and test run."""
        known, asked = self.known, self.asked
        line = f"`{self.name}` runs from {self.moment(known[0])} to {self.moment(known[-1])} in train"
        if not len(asked):
            return f"{line}."
        late = np.mean(asked > known[-1])
        return (
            f"{line} and from {self.moment(asked.min())} to {self.moment(asked.max())} in test; "
            f"{late:.0%} of the test rows lie after the last training row."
        )


def axes_of(
    problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame", names: list[str], notes: Notes
) -> list[Axis]:
    """The columns that order rows in time, the problem's own first, the others as they stand."""
    found = [axis_of(name, train[name], test[name]) for name in names if _is_time(problem, name, train[name])]
    found = [axis for axis in found if len(axis.known)]
    found.sort(key=lambda axis: axis.name != problem.time)
    telling = [axis for axis in found if axis.unit or axis.name == problem.time or (axis.asked > axis.known[-1]).any()]
    notes.evidence += [axis.ranges() for axis in telling[:3]]
    return found


def _is_time(problem: "Problem", name: object, column: "Column") -> bool:
    """The problem's time column, a date, or a number that is named like a time and repeats."""
    if name == problem.time or clock.is_date(column):
        return True
    return column.dtype.kind in "iuf" and bool(TIME_WORDS & words(name)) and not column.is_unique


def axis_of(name: object, train: "Column", test: "Column") -> Axis:
    """Times of training and test rows, read together so that they are read alike."""
    import pandas as pd

    if train.dtype == test.dtype or len(test) == 0:
        both = pd.concat([train, test], ignore_index=True) if len(test) else train
    else:
        both = pd.concat([train.astype(object), test.astype(object)], ignore_index=True).infer_objects()
    times = clock.read(both)
    return Axis(str(name), clock.unit(both), times[: len(train)], times[len(train) :])


def later(problem: "Problem", axes: list[Axis], notes: Notes) -> Structure | None:
    """Time by the first column after whose training values most test rows lie; a remark where only some do."""
    for axis in axes:
        known, asked = axis.known, axis.asked
        least = 1 if axis.name == problem.time else EVIDENCE
        if len(np.unique(known)) < 3 or len(asked) < least:
            continue
        if np.sum(asked >= known[-1]) >= 0.99 * len(axis.test) and asked.max() > known[-1]:
            why = (
                f"The test rows lie later than the training rows: `{axis.name}` ends at {axis.moment(known[-1])} in "
                f"train and runs from {axis.moment(asked.min())} to {axis.moment(asked.max())} in test, so folds lie "
                "later than the rows they are fitted on."
            )
            return by_time(axis, float(asked.max() - known[-1]), why)
        end = float(np.quantile(known, ENDS))
        after = float(np.mean(axis.test > end))  # where the last time is a common one, none of it counts
        if after >= NEARER and np.sum(asked > end) >= EVIDENCE:
            why = (
                f"Most test rows ({after:.0%}) lie later than the training rows, which by `{axis.name}` end at "
                f"{axis.moment(end)} but for a few, so folds lie later than the rows they are fitted on; for the other "
                f"{1 - after:.0%} of the test rows the estimate is rather too modest."
            )
            return by_time(axis, float(asked.max() - end), why, end)
        if after >= SOME_LATER + 2 * (1 - ENDS):
            notes.remarks.append(
                f"{after:.0%} of the test rows lie later by `{axis.name}` than the training rows; most do not, so "
                "folds are not made by time, and the estimate may be too good for the later ones."
            )
    return None


def without_test(problem: "Problem", train: "pd.DataFrame", notes: Notes) -> Structure | None:
    """Folds by the problem's own time column, where there is no test table to tell."""
    if problem.time is None or problem.time not in train.columns:
        return None
    axis = axis_of(problem.time, train[problem.time], train[problem.time].iloc[:0])
    if len(np.unique(axis.known)) < 3:
        notes.remarks.append(f"`{problem.time}` has fewer than three values.")
        return None
    notes.evidence.append(axis.ranges())
    why = f"There is no test table; `{problem.time}` orders the rows, and what is asked for is taken to lie later."
    return by_time(axis, SEALED * float(np.ptp(axis.known)), why)


def by_time(axis: Axis, horizon: float, why: str, end: float = np.inf) -> Structure:
    """Folds as long as what is asked for, where three fit, and no shorter than a twenty-fifth of the time there is.

    Times after `end` are taken for mistakes.
    """
    known = axis.known
    span = float(np.ptp(known[known <= end]))
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


def blocks(axes: list[Axis], notes: Notes) -> Structure | None:
    """Groups by stretches of time, where test rows come in runs far longer than a random split would give."""
    for axis in axes:
        runs, expected, length = _runs(axis)
        if expected < 2 * EVIDENCE:
            continue
        if axis.unit or runs < 0.9 * expected:
            notes.evidence.append(
                f"Ordered by `{axis.name}` the test rows form {runs} runs; a random split would give {expected:.0f}."
            )
        if runs > 0.3 * expected:
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
