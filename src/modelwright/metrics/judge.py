"""The judge: a predictions file and the truth in, a Score out. It alone has the truth, and it knows no kind of answer.

A rule that turns predictions into what the metric eats (a threshold, cut points) is learnt on the other folds than the
one it is used on; with one fold alone, on the other half of its rows. The standard error is a jackknife that leaves
out one block of rows at a time (Quenouille 1956, Tukey 1958; rules are held fixed while blocks are left out).

Where a metric is undefined (the AUC of rows of one class) it is not made up: a fold without a score does not count
towards the mean, and a fold that has no score without one of the blocks keeps that block. Only when no fold has a
score the experiment is invalid.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..interfaces import Kind, Metric
from ..records.experiment import Job, Outcome, Rule, Score, Status
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Problem
from . import blocks
from .catalogue import bound
from .predictions import PredictionError, asked_file, read, read_oof
from .promote import jackknife

if TYPE_CHECKING:
    from ..interfaces import Array

HALVES = 2


class UndefinedScoreError(ValueError):
    """The metric has no value on any of the folds."""


class Judge:
    """Scores predictions for the visible rows of one run.

    Args:
        problem: names the metric's parameters.
        kind: reads, checks and presents predictions.
        metric: the yardstick.
        truth: `kind.truth` of the visible rows.
        folds: fold of each visible row; -1 for rows that are never scored.
        plan: the validation plan; rows of a time scheme are left out in stretches.
        groups: a group per visible row; the jackknife leaves out whole groups.
        seed: of the jackknife's blocks.
        asked: number of holdout and test rows that each fold's model has to predict; 0: its file is not looked at.

    Raises:
        SettingsError: for a parameter that the metric does not have.
    """

    def __init__(
        self,
        problem: Problem,
        kind: Kind,
        metric: Metric,
        truth: "Array",
        folds: "Array",
        plan: ValidationPlan,
        groups: "Array | None" = None,
        seed: int = 0,
        asked: int = 0,
    ) -> None:
        self.problem, self.kind, self.metric, self.plan = problem, kind, metric, plan
        self.truth, self.folds, self.seed, self.asked = truth, np.asarray(folds), seed, asked
        self._call = bound(metric, problem.metric_params)
        in_order = plan.scheme is Scheme.ROLLING
        self._blocks = blocks.deal(self.folds, kind.strata(truth), groups, seed, in_order=in_order)

    def judge(self, outcome: Outcome, folder: Path) -> tuple[Outcome, Score | None]:
        """Score the predictions a job left; without a score, the outcome says why in `status` and `error`."""
        if outcome.status is not Status.DONE:
            return outcome, None
        try:
            job = Job.model_validate_json((Path(folder) / "job.json").read_text())
            if job.refit or not job.proposal.folds:
                return outcome, None
            which = job.proposal.folds
            prediction = read_oof(self.kind, folder, self.plan, self.folds, which, self.problem)
            for fold in which if self.asked else ():
                read(self.kind, asked_file(folder, fold), self.asked, self.problem)
            return outcome, self.score(prediction, which)
        except (PredictionError, UndefinedScoreError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:300]
            return outcome.model_copy(update={"status": Status.INVALID, "error": reason}), None

    def score(self, prediction: "Array", folds: Sequence[int]) -> Score:
        """The score of a prediction over all visible rows, on those folds alone.

        Raises:
            UndefinedScoreError: when the metric has no value on any of the folds.
        """
        rows = self._rows(folds)
        outputs = self._outputs(prediction, rows)
        scored = {k: (self.truth[rows[k]], outputs[k], self._blocks[rows[k]]) for k in rows}
        return self._summary(scored, self._rule(prediction, rows))

    def value(self, prediction: "Array", folds: Sequence[int]) -> float:
        """The value of `score` alone, for a search that needs many of them.

        Raises:
            UndefinedScoreError: when the metric has no value on any of the folds.
        """
        rows = self._rows(folds)
        outputs = self._outputs(prediction, rows)
        return _mean({k: self._measure(self.truth[rows[k]], outputs[k]) for k in rows}, self.metric)

    def final_rule(self, prediction: "Array", folds: Sequence[int]) -> Rule:
        """The rule learnt on all rows of those folds, for rows that are new."""
        return self._rule(prediction, self._rows(folds))

    def sealed(self, truth: "Array", prediction: "Array", rule: Rule, groups: "Array | None" = None) -> Score:
        """The score of the sealed rows, under a rule learnt elsewhere; they count as one fold, 0.

        Raises:
            UndefinedScoreError: when the metric has no value on these rows.
        """
        output = self.kind.present(prediction, self.problem, self.metric, rule)
        block = blocks.deal(np.zeros(len(truth), dtype=np.int64), self.kind.strata(truth), groups, self.seed)
        return self._summary({0: (truth, output, block)}, rule)

    def _rows(self, folds: Sequence[int]) -> "dict[int, Array]":
        found = {k: np.flatnonzero(self.folds == k) for k in folds}
        return {k: rows for k, rows in found.items() if len(rows)}

    def _rule(self, prediction: "Array", rows: "Mapping[int, Array]", but: int | None = None) -> Rule:
        own = [rows[k] for k in rows if k != but]
        learnt = np.sort(np.concatenate(own)) if own else np.empty(0, dtype=np.int64)
        return self.kind.rule(self.truth[learnt], prediction[learnt], self.problem, self.metric)

    def _outputs(self, prediction: "Array", rows: "Mapping[int, Array]") -> "dict[int, Array]":
        """What the metric eats, fold by fold, each under a rule learnt on other rows."""
        if len(rows) == 1:
            return {k: self._by_halves(prediction, own) for k, own in rows.items()}
        return {k: self._present(prediction[own], self._rule(prediction, rows, but=k)) for k, own in rows.items()}

    def _by_halves(self, prediction: "Array", rows: "Array") -> "Array":
        """One fold alone: each half of the blocks under the rule that the other half taught."""
        half = self._blocks[rows] % HALVES
        pieces = {}
        for h in range(HALVES):
            taught, used = rows[half != h], rows[half == h]
            rule = self.kind.rule(self.truth[taught], prediction[taught], self.problem, self.metric)
            pieces[h] = self._present(prediction[used], rule)
        whole = np.empty((len(rows), *pieces[0].shape[1:]), dtype=pieces[0].dtype)
        for h, piece in pieces.items():
            whole[half == h] = piece
        return whole

    def _present(self, prediction: "Array", rule: Rule) -> "Array":
        return self.kind.present(prediction, self.problem, self.metric, rule)

    def _measure(self, truth: "Array", output: "Array") -> float:
        """The metric, NaN where it is undefined."""
        try:
            with np.errstate(all="ignore"):
                value = float(self._call(truth, output))
        except (ValueError, ZeroDivisionError):
            return math.nan
        return value if math.isfinite(value) else math.nan

    def _summary(self, scored: "Mapping[int, tuple[Array, Array, Array]]", rule: Rule) -> Score:
        """Fold scores, their mean and its jackknife error, from truth, output and block of the rows of each fold."""
        folds = {k: self._measure(truth, output) for k, (truth, output, _) in scored.items()}
        value = _mean(folds, self.metric)
        defined = {k: v for k, v in folds.items() if math.isfinite(v)}
        count = int(max(block.max() for _, _, block in scored.values())) + 1
        replicates = np.array([self._left_out(*scored[k], count, defined[k]) for k in defined]).mean(axis=0)
        return Score(
            value=value,
            error=jackknife(replicates.tolist()),
            folds=defined,
            replicates=tuple(replicates.tolist()),
            rule=rule,
        )

    def _left_out(self, truth: "Array", output: "Array", block: "Array", count: int, whole: float) -> "Array":
        """The score of one fold without each block (count,); with all its rows where it has no score without one."""
        values = np.full(count, whole)
        for b in np.unique(block):
            kept = np.flatnonzero(block != b)
            found = self._measure(truth[kept], output[kept]) if len(kept) else math.nan
            values[b] = found if math.isfinite(found) else whole
        return values


def _mean(folds: Mapping[int, float], metric: Metric) -> float:
    defined = [v for v in folds.values() if math.isfinite(v)]
    if not defined:
        raise UndefinedScoreError(
            f"{metric.name} is undefined on every fold: too few rows, one class, or extreme values"
        )
    return sum(defined) / len(defined)
