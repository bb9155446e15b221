"""Choosing between ways of blending, and what the choice is worth."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from modelwright import plugins
from modelwright.ensemble.candidates import Candidate
from modelwright.ensemble.ways import BY_LOSS, PLAIN, Way, Yardstick, nested, ways, with_choice
from modelwright.interfaces import Kind
from modelwright.kinds import mixing
from modelwright.metrics import catalogue
from modelwright.metrics.judge import Judge
from modelwright.testing.records import plan as scripted_plan
from modelwright.testing.records import problem, score

if TYPE_CHECKING:
    from modelwright.interfaces import Array

ASKED = problem(kind="regression", metric="rmse", higher_is_better=False)


class Averaging:
    """A kind that can only mix."""

    def mix(self, predictions: Sequence["Array"], weights: Sequence[float], _problem: Any) -> "Array":
        return cast("Array", sum(w * p for w, p in zip(weights, predictions, strict=True)))


def stick(truth: "Array", rows: "dict[int, Array]", others: Any = None) -> Yardstick:
    """The root mean squared error, of a kind that can only mix; several repeats are several rounds of the truth."""

    def by_fold(prediction: "Array", folds: Sequence[int]) -> dict[int, float]:
        return {k: float(np.sqrt(np.mean((prediction[rows[k]] - truth[rows[k] % len(truth)]) ** 2))) for k in folds}

    def value(prediction: "Array", folds: Sequence[int]) -> float:
        return float(np.mean(list(by_fold(prediction, folds).values())))

    kind, metric = cast(Kind, Averaging()), catalogue.get("rmse")
    return Yardstick(kind, ASKED, metric, truth, rows, value, by_fold, others=others)


def test_the_honest_prediction_does_not_count_luck_as_skill() -> None:
    small = np.arange(120)
    by = stick(np.random.default_rng(1).normal(size=120), {k: np.flatnonzero(small % 4 == k) for k in range(4)})

    def model(number: int) -> Candidate:
        prediction = np.random.default_rng(1000 + number).normal(size=120)
        return Candidate(number, prediction, 0.0, "luck", by.by_fold(prediction, list(by.rows)))

    found = nested([model(k) for k in range(200)], by)
    luck = by.value(found.plain, list(by.rows))
    assert luck < 0.93 * by.value(np.zeros(120), list(by.rows))
    assert by.value(found.honest, list(by.rows)) > luck + 0.05


def test_with_repeats_no_weights_are_chosen_on_a_row_they_are_used_on() -> None:
    """The row lies in other folds of the other repeats; models are the same guess in all, so a leak would show."""
    plan = scripted_plan(4, repeats=3)
    folds = [np.random.default_rng(r).permutation(np.arange(120) % 4) + 4 * r for r in range(3)]
    rows = {k: np.flatnonzero(np.concatenate(folds) == k) for k in plan.all_folds}
    truth = np.random.default_rng(1).normal(size=120)
    by = stick(truth, rows, others=lambda k: plan.others(k, rows))

    def model(number: int) -> Candidate:
        prediction = np.tile(np.random.default_rng(1000 + number).normal(size=120), 3)
        return Candidate(number, prediction, 0.0, "luck", by.by_fold(prediction, list(rows)))

    models = [model(k) for k in range(200)]
    found = nested(models, by)
    leaky = nested(models, stick(truth, rows)).honest  # as if all other folds held other rows
    promised, said, believed = (by.value(p, list(rows)) for p in (found.plain, found.honest, leaky))
    assert said > promised + 0.05
    assert believed < said - 0.03


# Classes -------------------------------------------------------------------------------------------------------------


def yardstick(truth: "Array", metric: str, folds: int = 5, classes: int = 2) -> Yardstick:
    """Rows in turn to the folds, judged as a run is judged."""
    higher = catalogue.get(metric).higher_is_better
    asked = problem(metric=metric, higher_is_better=higher, classes=tuple(range(classes)))
    kind, measure, plan = plugins.load("kinds", "binary"), catalogue.get(metric), scripted_plan(folds)
    dealt = np.arange(len(truth)) % folds
    judge = Judge(asked, kind, measure, truth, dealt, plan)
    rows = {k: np.flatnonzero(dealt == k) for k in range(folds)}
    return Yardstick(kind, asked, measure, truth, rows, judge.value, judge.by_fold)


def candidate(number: int, logits: "Array", by: Yardstick, family: str = "any") -> Candidate:
    """A model of two classes by its log odds."""
    chance = 1 / (1 + np.exp(-logits))
    prediction = np.column_stack([1 - chance, chance])
    return Candidate(number, prediction, 0.0, family, by.by_fold(prediction, list(by.rows)))


def simulated(rows: int, seed: int) -> "tuple[Array, Array]":
    rng = np.random.default_rng(seed)
    signal = 2 * rng.normal(size=rows)
    return signal, (rng.random(rows) < 1 / (1 + np.exp(-signal))).astype(np.int64)


def test_overconfident_models_are_scaled_back_for_log_loss() -> None:
    signal, truth = simulated(3000, 0)
    by, rng = yardstick(truth, "log-loss"), np.random.default_rng(1)
    models = [candidate(k, 3 * (signal + rng.normal(size=3000)), by) for k in range(3)]
    found = nested(models, by)
    assert found.way.method in ("scaled", "fitted")
    assert 0.2 < found.choice.mixing.scale < 0.8
    every = list(by.rows)
    assert by.value(found.honest, every) < by.value(nested(models, by, among=[PLAIN]).honest, every) - 0.02


def test_ranks_are_mixed_where_models_speak_on_different_scales() -> None:
    signal, truth = simulated(3000, 0)
    by, rng = yardstick(truth, "auc"), np.random.default_rng(1)
    noisy = [signal + 1.5 * rng.normal(size=3000) for _ in range(2)]
    models = [candidate(1, noisy[0], by), candidate(2, np.clip(np.sinh(noisy[1] / 2) * 10 - 8, -30, 30), by)]
    found = nested(models, by, among=[PLAIN, Way("greedy", "rank")])
    assert found.way.space == "rank"
    again = mixing.mix(by.kind, [m.prediction[:1] for m in models], [0.5, 0.5], by.problem, found.choice.mixing, [1, 2])
    assert by.kind.check(again, 1, by.problem) is None


def test_ways_that_are_no_better_give_way_to_the_plain_one() -> None:
    signal, truth = simulated(600, 0)
    by, rng = yardstick(truth, "log-loss"), np.random.default_rng(1)
    found = [nested([candidate(1, signal + 0.1 * rng.normal(size=600), by)], by).way for _ in range(5)]
    assert found.count(PLAIN) >= 4


def test_labels_are_blended_by_what_their_chances_lose() -> None:
    by = yardstick(simulated(200, 0)[1], "accuracy")
    assert ways(by.kind, by.problem, by.metric)[0] == BY_LOSS


def test_predictions_that_are_no_numbers_have_one_way() -> None:
    kind = plugins.load("kinds", "segmentation")
    assert ways(kind, problem(kind="segmentation", metric="dice"), catalogue.get("dice")) == [PLAIN]


def noise(seed: int, rows: int = 300, count: int = 30) -> tuple[Yardstick, list[Candidate]]:
    rng = np.random.default_rng(seed)
    by = yardstick(rng.permutation(np.arange(rows) % 2), "auc")
    return by, [candidate(k, rng.normal(size=rows), by, family=str(k % 6)) for k in range(count)]


@pytest.mark.slow
def test_of_pure_noise_the_estimate_is_no_better_than_chance() -> None:
    """Whatever is chosen, of weights, spaces and ways; errors count what the choice itself moves.

    Five folds tell an error roughly, so that tails are heavier than a normal one's: of 80 seeds, five lay beyond two.
    """
    off, in_errors = [], []
    seeds = 12
    for seed in range(seeds):
        by, models = noise(seed)
        found = nested(models, by)
        judge = Judge(by.problem, by.kind, by.metric, by.target, np.arange(300) % 5, scripted_plan(5))
        score = judge.score(found.honest, list(by.rows))
        error = with_choice(score, by.value(found.plain, list(by.rows))).error
        off.append(score.value - 0.5)
        in_errors.append(off[-1] / error)
    assert np.mean(off) < 2 * np.std(off) / np.sqrt(seeds)
    assert np.std(in_errors) < 1.2
    assert np.mean(np.array(in_errors) > 2) <= 0.1


def test_the_error_of_an_estimate_grows_with_the_luck_that_was_taken_out() -> None:
    plain = score(0.8, noise=0.003)
    assert with_choice(plain, 0.8).error == 0.003
    assert with_choice(plain, 0.81).error == pytest.approx(0.005)
    assert with_choice(plain, 0.79).error == pytest.approx(0.005)


def test_time_ends_the_choosing_and_there_is_a_blend() -> None:
    by, models = noise(0)
    found = nested(models, by, seconds=0.0)
    assert sum(found.choice.weights.values()) == pytest.approx(1)
    assert found.way == PLAIN


def test_a_sample_of_the_rows_chooses_and_all_rows_are_scored() -> None:
    signal, truth = simulated(2000, 0)
    by, rng = yardstick(truth, "auc"), np.random.default_rng(1)
    models = [candidate(k, signal + rng.normal(size=2000), by) for k in range(3)]
    judge = Judge(by.problem, by.kind, by.metric, truth, np.arange(2000) % 5, scripted_plan(5))
    thin, sample = judge.thinned(np.arange(0, 2000, 3))
    assert len(sample) == 667
    some = replace(by, value=thin.value, sample=sample)
    found = nested(models, some, among=[PLAIN])
    assert found.honest.shape == (2000, 2)
    assert by.value(found.honest, list(by.rows)) > max(np.mean(list(m.scores.values())) for m in models)


# Several targets ----------------------------------------------------------------------------------------------------


def test_each_target_is_answered_by_the_models_that_are_good_at_it() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(600, 2))
    asked = problem(kind="regression", metric="rmse", higher_is_better=False, targets=("a", "b"))
    kind, measure, plan = plugins.load("kinds", "regression"), catalogue.get("rmse"), scripted_plan(5)
    dealt = np.arange(600) % 5
    judge = Judge(asked, kind, measure, truth, dealt, plan)
    rows = {k: np.flatnonzero(dealt == k) for k in range(5)}
    by = Yardstick(kind, asked, measure, truth, rows, judge.value, judge.by_fold)

    def model(number: int, noise: tuple[float, float]) -> Candidate:
        prediction = truth + rng.normal(size=truth.shape) * noise
        return Candidate(number, prediction, 0.0, "any", by.by_fold(prediction, list(rows)))

    models = [model(1, (0.1, 1.0)), model(2, (1.0, 0.1)), model(3, (0.6, 0.6))]
    found = nested(models, by)
    assert str(found.way) == "greedy selection for each target by itself"
    assert by.value(found.honest, list(rows)) < 0.12
    assert by.value(nested(models, by, among=[PLAIN]).honest, list(rows)) > 0.3
    predictions = {m.number: m.prediction for m in models}
    weights = list(found.choice.weights.values())
    chosen = [predictions[n] for n in found.choice.weights]
    again = mixing.mix(kind, chosen, weights, asked, found.choice.mixing, list(found.choice.weights))
    assert np.allclose(again, found.plain)
    assert sum(weights) == pytest.approx(1.0)
