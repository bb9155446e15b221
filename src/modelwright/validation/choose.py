"""Which rows to score on which others: measured from how the test rows relate to the training rows.

Labels are never looked at. What is measured is compared with what a random split of the same values would give, so
that a column whose rare values are new in test by chance is not taken for a group.
"""

from typing import TYPE_CHECKING

from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Modality
from . import entities as ties
from . import times
from .structure import Notes, Structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..records.problem import Problem
    from ..records.profile import Drift, Entity

STRATIFIED = ("binary", "multiclass", "multilabel", "ordinal")  # kinds whose target has classes
SCENES = ("segmentation", "detection")  # kinds where one row is a whole picture
MANY = 200_000  # rows from which three folds are enough
HASTE = 1_000  # rows for each second of the budget, from which three folds have to do
CROWDED = 5_000  # cells of the table for each second, from which they have to do as well
FEW = 1_500  # rows up to which ten folds cost little,
LEISURE = 5  # and so many rows for each second of the budget, where rows are of a table
REPEATS = ((500, 3), (1_000, 2))  # below so many rows, so many repeats; more bring little (benchmarks/repeats.py)
DIFFERENT = 2  # groups for each fold, below which they would fall alike each time
PATIENT = 120.0  # seconds of budget from which there is time for repeats
SEALED = 0.1  # share of rows in the holdout
SEALED_ROWS = 20_000  # the most rows that are worth sealing
SEALED_LEAST = {True: 60, False: 300}  # rows below which nothing is sealed: scenes, other rows
DRIFTING = 0.6  # an adversarial score from which test rows are said to differ
TOLD = 4  # columns that give test rows away, named in the plan


def choose(
    problem: "Problem",
    train: "pd.DataFrame",
    test: "pd.DataFrame | None",
    *,
    budget: float | None = None,
    drift: "Drift | None" = None,
    entities: "Sequence[Entity] | None" = None,
) -> ValidationPlan:
    """The plan for these tables as read.

    In this order: test rows later than the training rows, rows of other groups than the training rows, stretches of
    time taken out of the training rows, and otherwise a random split; stratified where the target has classes. Where
    there is a mixture (half the entities of test are new), the nearer scheme is taken and the paragraph says for which
    rows the estimate is too good or too modest. Under rolling origin the rule `horizon:14D` gives the length of a fold.

    Args:
        problem: what is asked.
        train: the training table; its target columns are not looked at.
        test: the rows asked for; None where there are none, in which case the problem's own time column counts, and
            keys that name people, of which several rows each are taken to be new in what is asked for.
        budget: seconds the run may take; None: as many as its experiments need, in which case none is repeated.
        drift: how well a model tells test rows from training rows, where that was measured.
        entities: what `entities.find` gives for these tables, where it was called already.
    """
    notes = Notes()
    if entities is None:
        entities = ties.find(problem, train, test)
    if test is None or not len(test):
        structure = _without_test(problem, train, entities, notes)
    else:
        structure = _structure(problem, train, test, entities, notes)
    shift = _shift(structure, drift, notes)
    folds, number = _folds(problem, train.shape, structure, budget)
    repeats, again = _repeats(problem, len(train), structure, folds, budget)
    holdout, sealing = _holdout(problem, len(train), structure)
    return ValidationPlan(
        scheme=_scheme(problem, structure),
        folds=folds,
        repeats=repeats,
        holdout=holdout,
        group=structure.group,
        group_rule=structure.rule,
        columns=structure.columns,
        time=structure.time,
        why=" ".join(filter(None, [structure.why, shift, number, again, sealing, _modest(structure, folds, holdout)])),
        evidence=tuple(notes.evidence),
    )


def _structure(
    problem: "Problem", train: "pd.DataFrame", test: "pd.DataFrame", entities: "Sequence[Entity]", notes: Notes
) -> Structure:
    """What ties or separates the rows."""
    axes = times.axes_of(problem, train, test, ties.shared(problem, train, test), notes)
    found = times.later(problem, axes, notes)
    found = found or ties.grouped(entities, len(test), notes) or times.blocks(axes, notes) or ties.copied(entities)
    if found is not None:
        return found
    plain = "No column separates the test rows from the training rows more than a random split would"
    mixed = [f"ordered by `{axis.name}` they lie mixed" for axis in axes if axis.unit or axis.name == problem.time]
    return Structure(why=" ".join([f"{'; '.join([plain, *mixed])}.", *notes.remarks[:2]]))


def _without_test(problem: "Problem", train: "pd.DataFrame", entities: "Sequence[Entity]", notes: Notes) -> Structure:
    found = times.without_test(problem, train, notes) or ties.cautious(problem, train, entities)
    if found is not None:
        return found
    why = "There is no test table to compare with, so rows are taken as independent of each other."
    return Structure(why=" ".join([why, *notes.remarks[:1]]))


def _shift(structure: Structure, drift: "Drift | None", notes: Notes) -> str:
    """What the adversarial score says of the estimate: something where rows differ and the folds do not mirror it."""
    if drift is None:
        return ""
    notes.evidence.append(
        f"A model tells test rows from training rows with an AUC of {drift.auc:.3f} ± {drift.error:.3f}."
    )
    if drift.auc - 2 * drift.error < DRIFTING or structure.rule:
        return ""
    named = ", ".join(f"`{name}` ({auc:.2f})" for name, auc in drift.columns[:TOLD])
    return (
        f"Test rows differ from training rows all the same: a model tells them apart with an AUC of {drift.auc:.2f} "
        f"(0.5 would be not at all), by {named or 'columns taken together'}. Folds are a random draw of the training "
        "rows, so estimates may be off for the test rows."
    )


# The other fields of the plan


def _scheme(problem: "Problem", structure: Structure) -> Scheme:
    if structure.time is not None:
        return Scheme.ROLLING
    classes = problem.kind in STRATIFIED
    if structure.rule.startswith("block:"):
        return Scheme.BLOCKS
    if structure.rule:
        return Scheme.STRATIFIED_GROUP if classes else Scheme.GROUP
    return Scheme.STRATIFIED if classes else Scheme.PLAIN


def _folds(problem: "Problem", shape: tuple[int, int], structure: Structure, budget: float | None) -> tuple[int, str]:
    """How many folds, and why, for a table of that many rows and columns."""
    rows, columns = shape
    if structure.folds is not None:
        folds, why = structure.folds, "as many as the time there is has room for, three at least and five at most"
    elif rows > MANY:
        folds, why = 3, f"enough with {rows:,} rows, since each costs time"
    elif budget is not None and (rows > HASTE * budget or rows * columns > CROWDED * budget):
        folds, why = 3, f"since {rows:,} rows of {columns:,} columns are many for the time there is"
    elif problem.modality is Modality.IMAGE:
        folds, why = 4, "since a model of pictures takes long, and two or four of them can be trained at a time"
    elif rows < FEW and problem.kind not in SCENES:
        folds, why = 10, f"since with {rows:,} rows every row to fit on counts, and fits are cheap"
    elif budget is not None and problem.modality is Modality.TABLE and rows < LEISURE * budget:
        folds, why = 10, f"since there is time for it with {rows:,} rows, and the final model learns from all of them"
    else:
        folds, why = 5, "the usual balance of cost and noise"
    room = rows // 2 if structure.units is None else min(rows // 2, structure.units)
    if room < folds:
        folds, why = max(2, room), "since there is not more to divide"
    return folds, f"{folds} folds, {why}."


def _repeats(problem: "Problem", rows: int, structure: Structure, folds: int, budget: float | None) -> tuple[int, str]:
    """How often the rows are folded anew, and why: where they are few, how they fall moves the score.

    Groups must be dealt anew as well: hardly more of them than folds fall alike each time.
    """
    if structure.time is not None or problem.kind in SCENES or budget is None or budget < PATIENT:
        return 1, ""
    if structure.units is not None and structure.units < DIFFERENT * folds:
        return 1, ""
    repeats = next((times for least, times in REPEATS if rows < least), 1)
    why = f"They are dealt {repeats} times anew, since with so few rows how they fall moves the score."
    return repeats, why if repeats > 1 else ""


def _modest(structure: Structure, folds: int, holdout: float) -> str:
    """That the final model learns from more rows than those which the estimate is made of."""
    if structure.time is not None:  # the models of the folds come about as the final one does: on all that is earlier
        return ""
    share = (1 - holdout) * (1 - 1 / folds)
    return (
        f"Each fold's model learns from {share:.0%} of the rows that the final one does, so where more rows help, "
        "expect the answer to be somewhat better than its estimate."
    )


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
