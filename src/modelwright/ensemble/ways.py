"""Which way of blending is taken, and what the blend is worth when none of the choosing counts as skill.

The ways: greedy selection in one space or another, for all columns of an answer together or for each by itself, a
fitted linear model, and greedy selection whose result is scaled (see greedy.py and fitted.py). Each fold is predicted
under weights that each way chose on the others. The plain way is taken unless another one is better on these
predictions by more than noise. The honest prediction of a fold is that of the way that would have been taken had the
fold not been there.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..interfaces import Kind, Metric
from ..kinds import mixing
from ..records.answer import Mixing, Space
from ..records.experiment import Score
from ..records.problem import Problem
from . import fitted
from .candidates import Candidate, affordable, shortlist
from .greedy import Goodness, greedy

if TYPE_CHECKING:
    from ..interfaces import Array

ERRORS = 1.0  # a way must be better than the plain one by more than so many standard errors

LUCK = 0.4  # see `with_choice`; simulated in docs/log.md

Method = Literal["greedy", "fitted", "scaled", "by column"]


@dataclass(frozen=True)
class Way:
    """One way of choosing weights."""

    method: Method
    space: Space
    by: Literal["metric", "loss"] = "metric"  # what greedy selection goes by

    def __str__(self) -> str:
        where = {"plain": "", "logit": " of logits", "rank": " of ranks"}[self.space]
        if self.method == "fitted":
            return f"a linear model{where} without negative weights"
        what = f"greedy selection{' by loss' if self.by == 'loss' else ''}{where}"
        return what + {"scaled": ", then scaled", "by column": " for each target by itself"}.get(self.method, "")


PLAIN = Way("greedy", "plain")
BY_LOSS = Way("greedy", "plain", "loss")  # labels turn over one by one, so that a metric of them is a rough guide


@dataclass(frozen=True)
class Choice:
    """Weights by experiment, the largest first, which sum to one; and how the members are mixed."""

    weights: dict[int, float]
    mixing: Mixing


@dataclass(frozen=True)
class Blend:
    """What is taken, and what it predicts."""

    way: Way
    choice: Choice
    plain: "Array"  # the out-of-fold prediction under the choice, which was made on these very rows
    honest: "Array"  # each fold under what would have been chosen on the others


@dataclass(frozen=True)
class Yardstick:
    """What a blend is measured with."""

    kind: Kind
    problem: Problem
    metric: Metric
    target: "Array"  # of each place, what estimators fit
    rows: "Mapping[int, Array]"  # the places of each fold
    value: Callable[["Array", Sequence[int]], float]  # the score of a prediction on some folds (of the sample's places)
    by_fold: Callable[["Array", Sequence[int]], Mapping[int, float]]  # the scores of each fold, of all places
    others: Callable[[int], Sequence[int]] | None = None  # folds that hold none of a fold's rows; None: all others
    sample: "Array | None" = None  # the places that greedy selection looks at, where there are very many


def ways(kind: Kind, problem: Problem, metric: Metric) -> list[Way]:
    """The ways worth trying for such predictions, the simplest first."""
    form = mixing.form_of(kind)
    if form is None:
        return [PLAIN]
    first = BY_LOSS if metric.eats == "labels" else PLAIN
    each = [Way("by column", "plain", first.by)] if len(problem.targets) > 1 else []
    if form == "values":
        return [first, Way("fitted", "plain"), *each]
    found = [first, Way("greedy", "logit", first.by)]
    if form == "chances":
        found += each
    if form == "shares":
        if metric.eats == "scores" and len(problem.classes) == 2:
            found.append(Way("greedy", "rank"))
        if metric.eats == "probabilities":
            found += [Way("scaled", "plain"), Way("scaled", "logit")]
        found.append(Way("fitted", "logit"))
    return found


def nested(
    candidates: Sequence[Candidate],
    by: Yardstick,
    *,
    afford: float = math.inf,
    seconds: float = math.inf,
    among: Sequence[Way] | None = None,
) -> Blend:
    """The blend of these candidates, and an honest prediction of it: see the module.

    With tens of experiments and few rows, the best of them and the best weights are partly luck of the very rows they
    are chosen on. The score of the honest prediction does not count that luck as skill; that of the plain one does.

    Args:
        candidates: with `scores` for all folds in the yardstick's rows.
        by: measures, mixes, and knows the folds. A fold with no others keeps what was chosen on all.
        afford: seconds that fitting all members on all rows may take.
        seconds: of wall time for all of it.
        among: ways to choose from, the simplest first; those worth trying by default.
    """
    folds = sorted(by.rows)
    asked = {k: [f for f in folds if f != k] if by.others is None else list(by.others(k)) for k in folds}
    tried = list(among or ways(by.kind, by.problem, by.metric))
    if len(candidates) == 1:
        tried = [way for way in tried if way == tried[0] or way.method == "scaled"]
    chooser = _Chooser(candidates, by, afford)
    begun, each = time.monotonic(), seconds / (len(folds) + sum(map(len, asked.values())))
    choices: dict[Way, dict[int | None, Choice]] = {}
    predicted: dict[Way, Array] = {}
    for count, way in enumerate(tried, start=1):
        if choices and time.monotonic() - begun > seconds / 2:
            break  # the plain way may take all of the time, the others what it leaves

        def choose(
            on: Sequence[int], way: Way = way, share: float = each / (1 if count == 1 else len(tried))
        ) -> Choice:
            return chooser.choose(way, on, until=time.monotonic() + share * len(on))

        whole = choose(folds)
        choices[way] = {None: whole, **{k: choose(on) if on else whole for k, on in asked.items()}}
        predicted[way] = chooser.across(choices[way])
    scores = {way: chooser.scores(p, tried[0]) for way, p in predicted.items()} if len(predicted) > 1 else {}
    repeated = min(len(on) + 1 for on in asked.values())  # folds of one repeat

    def taken(on: Sequence[int]) -> Way:
        return _best_way(list(predicted), scores, on, repeated)

    honest = predicted[tried[0]].copy()
    for k, on in asked.items():
        honest[by.rows[k]] = predicted[taken(on)][by.rows[k]]
    way = taken(folds)
    choice = choices[way][None]
    return Blend(way, choice, chooser.apply(choice), honest)


def with_choice(score: Score, promised: float) -> Score:
    """The score of an honest prediction, its error counting that the choice might have fallen otherwise.

    `promised` is the value on the rows that the choice was made on. What it is better by was luck; of that, LUCK comes
    on top as a standard error of its own. Next to nothing where models differ little, a third of the error where thirty
    models are pure noise.
    """
    return score.model_copy(update={"error": math.hypot(score.error, LUCK * (score.value - promised))})


def _with_column(table: "Array", other: "Array", k: int) -> "Array":
    """A table (rows, columns) with column k of another one."""
    changed = table.copy()
    changed[:, k] = other[:, k]
    return changed


def _best_way(
    tried: Sequence[Way], scores: Mapping[Way, Mapping[int, float]], on: Sequence[int], independent: int
) -> Way:
    """The way that is best on those folds among those that beat the first one by more than noise; else the first."""
    first, best, gain = tried[0], tried[0], 0.0
    for way in tried[1:]:
        gains = [scores[way][k] - scores[first][k] for k in on if k in scores[way] and k in scores[first]]
        if len(gains) < 2:
            continue
        error = stdev(gains) / math.sqrt(min(len(gains), independent))  # repeats hold the same rows
        if mean(gains) > max(gain, ERRORS * error):
            best, gain = way, mean(gains)
    return best


class _Chooser:
    """Chooses weights on some folds; what takes long is done once for all of them."""

    def __init__(self, candidates: Sequence[Candidate], by: Yardstick, afford: float) -> None:
        self.by, self.afford = by, afford
        self.all = {c.number: c for c in candidates}
        self.thin = self.all if by.sample is None else {c.number: c.on(by.sample) for c in candidates}
        self.order = list(candidates)
        self._chosen: dict[tuple[Way, tuple[int, ...]], dict[int, float]] = {}
        self._sampled = np.arange(len(by.target)) if by.sample is None else by.sample

    def choose(self, way: Way, on: Sequence[int], until: float) -> Choice:
        """What this way chooses on those folds, looking at no others."""
        pool = shortlist(self.order, on, self.by.problem.higher_is_better)
        if way.method == "fitted":
            members = affordable(pool, self.afford)
            found = self._fit([c.prediction for c in members], on)
            weights = {c.number: w for c, w in zip(members, found.weights, strict=True) if w > 0}
            ordered = dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
            return Choice(ordered, Mixing(space=way.space, scale=found.scale, shift=found.shift))
        ranks = self._ranks(pool, on) if way.space == "rank" else {}
        weights = self._greedy(Way("greedy", way.space, way.by), pool, on, ranks, until)
        kept = Mixing(space=way.space, ranks={n: ranks[n] for n in weights if n in ranks})
        if way.method == "by column":
            return self._by_column(way, weights, pool, on, until)
        if way.method == "greedy":
            return Choice(weights, kept)
        found = self._fit([self.apply(Choice(weights, kept))], on)
        return Choice(weights, kept.model_copy(update={"scale": found.scale, "shift": found.shift}))

    def _greedy(
        self,
        way: Way,
        pool: Sequence[Candidate],
        on: Sequence[int],
        ranks: Mapping[int, Sequence[float]],
        until: float,
    ) -> dict[int, float]:
        key = way, tuple(on)
        if key not in self._chosen:
            self._chosen[key] = greedy(
                [self.thin[c.number] for c in pool],
                self.by.kind,
                self.by.problem,
                self._goodness(way, on),
                space=way.space,
                ranks=ranks,
                afford=self.afford,
                until=until,
            )
        return self._chosen[key]

    def _by_column(
        self, way: Way, joint: Mapping[int, float], pool: Sequence[Candidate], on: Sequence[int], until: float
    ) -> Choice:
        """Greedy selection for one column after the other, the others being as they are in the joint blend."""
        start = self.apply(Choice(dict(joint), Mixing()), self._sampled)
        members = affordable(sorted(pool, key=lambda c: -joint.get(c.number, 0.0)), self.afford)
        width, chosen = start.shape[1], []
        for k in range(width):
            alike = [replace(c, prediction=_with_column(start, self.thin[c.number].prediction, k)) for c in members]
            end = time.monotonic() + (until - time.monotonic()) / (width - k)
            goodness = self._goodness(way, on)
            chosen.append(greedy(alike, self.by.kind, self.by.problem, goodness, afford=self.afford, until=end))
        shares = {n: tuple(column.get(n, 0.0) for column in chosen) for n in sorted(set().union(*chosen))}
        weights = {n: mean(each) for n, each in sorted(shares.items(), key=lambda item: (-mean(item[1]), item[0]))}
        return Choice(weights, Mixing(shares=shares))

    def _goodness(self, way: Way, on: Sequence[int]) -> Goodness:
        """What greedy selection goes by, looking at these folds alone."""
        if way.by == "metric":
            sign = 1.0 if self.by.problem.higher_is_better else -1.0
            return lambda prediction: sign * self.by.value(prediction, on)
        inside = np.isin(self._sampled, self._places(on))
        target = self.by.target[self._sampled[inside]]
        return lambda prediction: -fitted.loss(self.by.kind, prediction[inside], target)

    def scores(self, prediction: "Array", first: Way) -> dict[int, float]:
        """How good a prediction is on each fold, higher is better: by what the first way goes by."""
        by = self.by
        if first.by == "loss":
            return {k: -fitted.loss(by.kind, prediction[r], by.target[r]) for k, r in by.rows.items()}
        sign = 1.0 if by.problem.higher_is_better else -1.0
        return {k: sign * value for k, value in by.by_fold(prediction, sorted(by.rows)).items()}

    def _places(self, on: Sequence[int]) -> "Array":
        return np.concatenate([self.by.rows[k] for k in on])

    def _ranks(self, pool: Sequence[Candidate], on: Sequence[int]) -> dict[int, tuple[float, ...]]:
        places = self._places(on)
        return {c.number: mixing.quantiles(c.prediction[places, 1]) for c in pool}

    def _fit(self, predictions: "Sequence[Array]", on: Sequence[int]) -> fitted.Fit:
        places = self._places(on)
        return fitted.fit(self.by.kind, [p[places] for p in predictions], self.by.target[places])

    def apply(self, choice: Choice, places: "Array | None" = None) -> "Array":
        """The blend's prediction for all places, or for those."""
        predictions = [self.all[n].prediction for n in choice.weights]
        if places is not None:
            predictions = [p[places] for p in predictions]
        weights = list(choice.weights.values())
        return mixing.mix(self.by.kind, predictions, weights, self.by.problem, choice.mixing, list(choice.weights))

    def across(self, choices: Mapping[int | None, Choice]) -> "Array":
        """Each fold's rows under what was chosen for it."""
        whole = self.apply(choices[None]).copy()
        for k, choice in choices.items():
            if k is not None:
                whole[self.by.rows[k]] = self.apply(choice, self.by.rows[k])
        return whole
