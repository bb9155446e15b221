"""The judge: a predictions file and the truth in, a Score out. It alone has the truth, and it knows no kind of answer.

A rule that turns predictions into what the metric eats (a threshold, cut points) is learnt on the other folds than the
one it is used on; with one fold alone, on the other half of its rows. The standard error is a jackknife that leaves
out one block of rows at a time (Quenouille 1956, Tukey 1958; rules are held fixed while blocks are left out).

With repeats, a row has a place in each (place r * n + i for row i of n). Each repeat is a cross-validation of its own,
so a rule for a fold is learnt on the other folds of its repeat, which hold none of its rows; and a block leaves out all
places of its rows, or the error would be too small by the number of repeats.

Where a metric is undefined (the AUC of rows of one class) it is not made up: a fold without a score does not count
towards the mean, and a fold that has no score without one of the blocks keeps that block. Only when no fold has a
score the experiment is invalid.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import wrong_labels
from ..interfaces import Kind, Metric, Parted
from ..kinds import losses
from ..records.experiment import Job, Outcome, Rule, Score, Status
from ..records.plan import Scheme, ValidationPlan
from ..records.problem import Problem
from ..records.profile import LabelNoise
from . import blocks
from .catalogue import bound
from .predictions import PredictionError, asked_file, read, read_oof
from .promote import jackknife

if TYPE_CHECKING:
    from ..interfaces import Array

Measure = Callable[["Array", "Array"], float]  # of truth and output of some rows; NaN where it is undefined

HALVES = 2
MANY = 50_000  # rows, of more of which no wrong labels are counted after each experiment


class UndefinedScoreError(ValueError):
    """The metric has no value on any of the folds."""


class Judge:
    """Scores predictions for the visible rows of one run.

    Args:
        problem: names the metric's parameters.
        kind: reads, checks and presents predictions.
        metric: the yardstick.
        truth: `kind.truth` of the visible rows.
        folds: fold of each place (repeats * rows,); -1 where a row is never scored.
        plan: the validation plan; rows of a time scheme are left out in stretches.
        groups: a group per visible row; the jackknife leaves out whole groups.
        seed: of the jackknife's blocks.
        asked: number of holdout and test rows that each fold's model has to predict; 0: its file is not looked at.
        target: what estimators fit, of the visible rows: given, and the metric one of labels, each score has a guide.

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
        target: "Array | None" = None,
    ) -> None:
        self.problem, self.kind, self.metric, self.plan = problem, kind, metric, plan
        self.truth, self.folds, self.seed, self.asked = truth, np.asarray(folds), seed, asked
        self._call = bound(metric, problem.metric_params)
        self._target = target
        in_order = plan.scheme is Scheme.ROLLING
        once = self.folds[: len(truth)]
        self._blocks = blocks.deal(once, kind.strata(truth), groups, seed, in_order=in_order)
        self._places = {int(k): np.flatnonzero(self.folds == k) for k in np.unique(self.folds) if k >= 0}
        self._taught: dict[tuple[int, ...], Array] = {}  # places that a rule is learnt on, by folds

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
            score = self.score(prediction, which)
            return outcome, score.model_copy(update={"noise": self._noise(prediction, which)})
        except (PredictionError, UndefinedScoreError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:300]
            return outcome.model_copy(update={"status": Status.INVALID, "error": reason}), None

    def _noise(self, prediction: "Array", folds: Sequence[int]) -> LabelNoise | None:
        """How many labels seem wrong by predictions of all rows; None of a part of them, and of very many."""
        rows = len(self.truth)
        if (
            self.problem.kind not in wrong_labels.KINDS
            or rows > MANY
            or not set(folds).issuperset(self.plan.first_folds)
        ):
            return None
        if prediction.ndim != 2:
            return None
        return wrong_labels.estimate(prediction[:rows], self.truth, "out-of-fold predictions")

    def score(self, prediction: "Array", folds: Sequence[int]) -> Score:
        """The score of a prediction over all places, on those folds alone.

        Raises:
            UndefinedScoreError: when the metric has no value on any of the folds.
        """
        rows = self._rows(folds)
        outputs = self._outputs(prediction, rows)
        scored = {k: (self._true(rows[k]), outputs[k], self._block(rows[k])) for k in rows}
        found = self._summary(scored, self._rule(prediction, rows), self._measure)
        return found.model_copy(update={"guide": self._guide(prediction, rows)})

    def _guide(self, prediction: "Array", rows: "Mapping[int, Array]") -> Score | None:
        """What the predictions lose, where the metric counts labels.

        Labels turn over one by one: of two models the better one is told from far fewer rows by what its chances say of
        them. How sure they are changes no label, so each fold's are tempered on its own rows. Lower losses are better;
        where the metric is better when higher, they count as negative.
        """
        if self._target is None or self.metric.eats != "labels" or not losses.name(self.kind):
            return None
        sign = -1.0 if self.metric.higher_is_better else 1.0
        scored = {}
        for k, places in rows.items():
            target = self._target[places % len(self._target)]
            chances = losses.tempered(self.kind, prediction[places], target)
            scored[k] = (target, sign * losses.losses(self.kind, chances, target), self._block(places))
        found = self._summary(scored, Rule(), lambda _, lost: float(lost.mean()) if len(lost) else math.nan)
        return found.model_copy(update={"of": losses.name(self.kind)})

    def value(self, prediction: "Array", folds: Sequence[int]) -> float:
        """The value of `score` alone, for a search that needs many of them.

        Raises:
            UndefinedScoreError: when the metric has no value on any of the folds.
        """
        return _mean(self._fold_values(prediction, folds), self.metric)

    def by_fold(self, prediction: "Array", folds: Sequence[int]) -> dict[int, float]:
        """The value on each of those folds, as far as the metric has one."""
        return {k: v for k, v in self._fold_values(prediction, folds).items() if math.isfinite(v)}

    def thinned(self, rows: "Array") -> "tuple[Judge, Array]":
        """A judge that knows only some of the visible rows, and their places: for many looks at very many rows."""
        repeats = len(self.folds) // len(self.truth)
        places = np.concatenate([rows + r * len(self.truth) for r in range(repeats)])
        truth, folds = self.truth[rows], self.folds[places]
        return Judge(self.problem, self.kind, self.metric, truth, folds, self.plan, seed=self.seed), places

    def _fold_values(self, prediction: "Array", folds: Sequence[int]) -> dict[int, float]:
        rows = self._rows(folds)
        outputs = self._outputs(prediction, rows)
        return {k: self._measure(self._true(rows[k]), outputs[k]) for k in rows}

    def final_rule(self, prediction: "Array", folds: Sequence[int]) -> Rule:
        """The rule learnt on all rows of those folds, each at its first place, for rows that are new."""
        return self._rule(prediction, self._rows(folds))

    def sealed(self, truth: "Array", prediction: "Array", rule: Rule, groups: "Array | None" = None) -> Score:
        """The score of the sealed rows, under a rule learnt elsewhere; they count as one fold, 0.

        Raises:
            UndefinedScoreError: when the metric has no value on these rows.
        """
        output = self.kind.present(prediction, self.problem, self.metric, rule)
        block = blocks.deal(np.zeros(len(truth), dtype=np.int64), self.kind.strata(truth), groups, self.seed)
        return self._summary({0: (truth, output, block)}, rule, self._measure)

    def _true(self, places: "Array") -> "Array":
        return np.asarray(self.truth[places % len(self.truth)])

    def _block(self, places: "Array") -> "Array":
        return np.asarray(self._blocks[places % len(self.truth)])

    def _rows(self, folds: Sequence[int]) -> "dict[int, Array]":
        """The places of each fold that has any."""
        return {k: self._places[k] for k in folds if k in self._places}

    def _rule(self, prediction: "Array", rows: "Mapping[int, Array]") -> Rule:
        """Learnt on each row once: rules weigh gains against noise, and one row seen thrice is no three rows."""
        if (key := tuple(rows)) not in self._taught:
            places = np.sort(np.concatenate(list(rows.values()))) if rows else np.empty(0, dtype=np.int64)
            if len(self.folds) > len(self.truth):
                places = places[np.unique(places % len(self.truth), return_index=True)[1]]
            self._taught[key] = places
        places = self._taught[key]
        return self.kind.rule(self._true(places), prediction[places], self.problem, self.metric)

    def _outputs(self, prediction: "Array", rows: "Mapping[int, Array]") -> "dict[int, Array]":
        """What the metric eats, fold by fold, each under a rule learnt on other rows."""
        outputs = {}
        for k, own in rows.items():
            others = {f: rows[f] for f in self.plan.others(k, rows)}
            if others:
                outputs[k] = self._present(prediction[own], self._rule(prediction, others))
            else:
                outputs[k] = self._by_halves(prediction, own)
        return outputs

    def _by_halves(self, prediction: "Array", rows: "Array") -> "Array":
        """One fold alone: each half of the blocks under the rule that the other half taught."""
        half = self._block(rows) % HALVES
        pieces = {}
        for h in range(HALVES):
            taught, used = rows[half != h], rows[half == h]
            rule = self.kind.rule(self._true(taught), prediction[taught], self.problem, self.metric)
            pieces[h] = self._present(prediction[used], rule)
        whole = np.empty((len(rows), *pieces[0].shape[1:]), dtype=pieces[0].dtype)
        for h, piece in pieces.items():
            whole[half == h] = piece
        return whole

    def _present(self, prediction: "Array", rule: Rule) -> "Array":
        return self.kind.present(prediction, self.problem, self.metric, rule)

    def _measure(self, truth: "Array", output: "Array") -> float:
        """The metric, NaN where it is undefined."""
        return _defined(lambda: self._call(truth, output))

    def _summary(self, scored: "Mapping[int, tuple[Array, Array, Array]]", rule: Rule, measure: Measure) -> Score:
        """Fold scores, their mean and its jackknife error, from truth, output and block of the rows of each fold."""
        parts = {k: self._parts(truth, output, measure) for k, (truth, output, _) in scored.items()}
        folds = {
            k: measure(truth, output) if (said := parts[k]) is None else self._whole(said)
            for k, (truth, output, _) in scored.items()
        }
        value = _mean(folds, self.metric)
        defined = {k: v for k, v in folds.items() if math.isfinite(v)}
        count = int(max(block.max() for _, _, block in scored.values())) + 1
        left_out = {k: self._left_out(*scored[k], parts[k], count, defined[k], measure) for k in defined}
        first = {k: left_out[k] for k in self.plan.first_folds if k in defined}
        whole = _put_together(value, defined, left_out, rule)
        if not 0 < len(first) < len(defined):
            return whole
        ran = {k: defined[k] for k in first}
        return whole.model_copy(update={"first": _put_together(_mean(ran, self.metric), ran, first, rule)})

    def _parts(self, truth: "Array", output: "Array", measure: Measure) -> "Array | None":
        """What each row says to the metric; None where that is no metric of such parts, or has no value here."""
        if measure != self._measure or not isinstance(self.metric.call, Parted):
            return None
        try:
            return self.metric.call.parts(truth, output, **self.problem.metric_params)
        except ValueError:
            return None  # as `measure` will find too

    def _whole(self, parts: "Array") -> float:
        """The metric of rows with these parts, NaN where it is undefined."""
        assert isinstance(self.metric.call, Parted)
        return _defined(partial(self.metric.call.whole, parts, **self.problem.metric_params))

    def _left_out(
        self,
        truth: "Array",
        output: "Array",
        block: "Array",
        parts: "Array | None",
        count: int,
        whole: float,
        measure: Measure,
    ) -> "Array":
        """The score of one fold without each block (count,); with all its rows where it has no score without one."""
        if self.metric.eats == "scores" and output.ndim == 1:  # sorted once, and not again for each block
            order = np.argsort(output, kind="stable")
            truth, output, block = truth[order], output[order], block[order]
        values = np.full(count, whole)
        for b in np.unique(block):
            kept = np.flatnonzero(block != b)
            if not len(kept):
                continue
            found = measure(truth[kept], output[kept]) if parts is None else self._whole(parts[kept])
            values[b] = found if math.isfinite(found) else whole
        return values


def _defined(compute: Callable[[], float]) -> float:
    """A value, NaN where it is undefined."""
    try:
        with np.errstate(all="ignore"):
            value = float(compute())
    except (ValueError, ZeroDivisionError):
        return math.nan
    return value if math.isfinite(value) else math.nan


def _put_together(value: float, folds: dict[int, float], left_out: "Mapping[int, Array]", rule: Rule) -> Score:
    """The score of some folds, given the values (blocks,) of each with one block left out."""
    replicates = np.array(list(left_out.values())).mean(axis=0).tolist()
    return Score(value=value, error=jackknife(replicates), folds=folds, replicates=tuple(replicates), rule=rule)


def _mean(folds: Mapping[int, float], metric: Metric) -> float:
    defined = [v for v in folds.values() if math.isfinite(v)]
    if not defined:
        raise UndefinedScoreError(
            f"{metric.name} is undefined on every fold: too few rows, one class, or extreme values"
        )
    return sum(defined) / len(defined)
