import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright import plugins
from modelwright.errors import SettingsError
from modelwright.kinds import losses
from modelwright.kinds.arrays import objects
from modelwright.metrics.catalogue import get
from modelwright.metrics.judge import Judge, UndefinedScoreError
from modelwright.metrics.predictions import asked_file, fold_file
from modelwright.metrics.promote import compare, jackknife
from modelwright.records.experiment import Job, Outcome, Proposal, Rule, Status
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Problem

from ..pace import takes_less_than

ALL_FOLDS = (0, 1, 2, 3, 4)
DONE = Outcome(number=1, status=Status.DONE)


def judge_of(kind, metric, truth, folds=None, *, classes=(0, 1), scheme=Scheme.PLAIN, params=None, **fields):
    asked = get(metric)
    problem = Problem(
        name="t", root="", kind=kind, targets=("y",), metric=metric, higher_is_better=asked.higher_is_better,
        classes=classes, metric_params=params or {},
    )  # fmt: skip
    plan = ValidationPlan(scheme=scheme, folds=5, holdout=0.1, why="a test")
    folds = np.arange(len(truth)) % 5 if folds is None else folds
    return Judge(problem, plugins.load("kinds", kind), asked, truth, folds, plan, **fields)


def binary(rows, seed, signal=1.5):
    generator = np.random.default_rng(seed)
    logit = signal * generator.normal(size=rows) - 1
    positive = 1 / (1 + np.exp(-logit))
    return (generator.random(rows) < positive).astype(np.int64), np.column_stack([1 - positive, positive])


# --- the value ---


def test_the_value_is_the_mean_over_the_folds_given_and_only_those():
    truth, prediction = binary(500, 0)
    judge = judge_of("binary", "auc", truth)
    prediction[np.arange(500) % 5 == 3] = np.nan
    score = judge.score(prediction, (0, 1))
    expected = {k: get("auc").call(truth[k::5], prediction[k::5, 1]) for k in (0, 1)}
    assert score.folds == expected
    assert score.value == pytest.approx(np.mean(list(expected.values())))
    assert judge.value(prediction, (0, 1)) == score.value


def test_rows_that_are_never_scored_do_not_count():
    truth, prediction = binary(300, 0)
    folds = np.arange(300) % 5
    folds[:100] = -1
    judge = judge_of("binary", "log-loss", truth, folds)
    prediction[:100] = np.nan
    assert np.isfinite(judge.score(prediction, ALL_FOLDS).value)


def test_each_fold_is_judged_under_a_rule_learnt_on_the_others():
    truth, prediction = binary(1000, 1)
    judge = judge_of("binary", "f1", truth)
    score = judge.score(prediction, ALL_FOLDS)
    others = np.arange(1000) % 5 != 2
    rule = judge.kind.rule(truth[others], prediction[others], judge.problem, judge.metric)
    assert score.folds[2] == get("f1").call(truth[2::5], (prediction[2::5, 1] >= rule.params["threshold"]).astype(int))
    assert score.rule == judge.final_rule(prediction, ALL_FOLDS)


@pytest.mark.parametrize("folds", [(0,), ALL_FOLDS])
def test_noise_scores_no_better_than_its_rule_does_on_new_rows(folds):
    """A threshold and cut points learnt on the rows they are used on would look better than they are."""
    gaps = []
    for seed in range(40):
        generator = np.random.default_rng(seed)
        truth, value = generator.integers(0, 5, 150), 2 + 0.3 * generator.normal(size=150)
        judge = judge_of("ordinal", "qwk", truth, classes=(0, 1, 2, 3, 4))
        gaps.append(judge.value(value, folds))  # on new rows kappa is 0, whatever the rule
    assert np.mean(gaps) < 2 * np.std(gaps) / np.sqrt(len(gaps))


def test_a_tuned_f1_is_what_new_rows_give():
    new_truth, new = binary(20_000, 99, signal=0.0)
    gaps = []
    for seed in range(30):
        truth, prediction = binary(200, seed, signal=0.0)
        prediction = np.clip(prediction + 0.1 * np.random.default_rng(seed).normal(size=(200, 1)), 0, 1)
        judge = judge_of("binary", "f1", truth)
        score = judge.score(prediction, ALL_FOLDS)
        noise = np.clip(new + 0.1 * np.random.default_rng(1).normal(size=(len(new), 1)), 0, 1)
        gaps.append(score.value - judge.sealed(new_truth, noise, score.rule).value)
    assert np.mean(gaps) < 2 * np.std(gaps) / np.sqrt(len(gaps)) + 0.005


# --- the error ---


def test_the_error_is_the_jackknife_of_the_replicates():
    truth, prediction = binary(400, 2)
    score = judge_of("binary", "auc", truth).score(prediction, ALL_FOLDS)
    assert len(score.replicates) == 20
    assert score.error == pytest.approx(jackknife(score.replicates))


@pytest.mark.parametrize("metric", ["auc", "accuracy", "log-loss", "f1"])
def test_the_error_agrees_with_the_spread_over_new_data(metric):
    found = []
    for seed in range(60):
        truth, prediction = binary(400, seed)
        score = judge_of("binary", metric, truth).score(prediction, ALL_FOLDS)
        found.append((score.value, score.error))
    values, errors = np.array(found).T
    assert 0.6 < errors.mean() / values.std() < 1.6


def test_the_error_of_numbers_agrees_with_a_bootstrap():
    generator = np.random.default_rng(3)
    truth = generator.normal(size=600)
    prediction = truth + generator.standard_t(5, size=600)
    score = judge_of("regression", "rmse", truth, np.zeros(600, dtype=int)).score(prediction, (0,))
    picks = (generator.integers(0, 600, 600) for _ in range(200))
    bootstrap = np.std([get("rmse").call(truth[p], prediction[p]) for p in picks])
    assert 0.6 < score.error / bootstrap < 1.6


def test_a_comparison_in_pairs_is_sharper_than_two_errors():
    truth, prediction = binary(1000, 4)
    judge = judge_of("binary", "log-loss", truth)
    first = judge.score(prediction, ALL_FOLDS)
    second = judge.score(0.98 * prediction + 0.01, ALL_FOLDS)
    paired = jackknife([a - b for a, b in zip(first.replicates, second.replicates, strict=True)])
    assert paired < 0.3 * np.hypot(first.error, second.error)


def test_whole_groups_are_left_out_which_shows_that_rows_depend_on_each_other():
    generator = np.random.default_rng(5)
    groups = np.repeat(np.arange(60), 10)
    shared = generator.normal(size=60)[groups]
    judge = judge_of("regression", "mae", shared, groups % 5, groups=groups)
    alone = judge_of("regression", "mae", shared, groups % 5)
    assert judge.score(np.zeros(600), ALL_FOLDS).error > 1.5 * alone.score(np.zeros(600), ALL_FOLDS).error


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_a_time_scheme_and_few_rows_have_an_error_too(seed):
    truth = np.random.default_rng(seed).normal(size=23)
    score = judge_of("regression", "mae", truth, scheme=Scheme.ROLLING).score(np.zeros(23), ALL_FOLDS)
    assert np.isfinite(score.error)
    assert score.error > 0


# --- what is undefined ---


def test_a_fold_of_one_class_does_not_count():
    truth, prediction = binary(200, 6)
    truth[np.arange(200) % 5 == 4] = 0
    score = judge_of("binary", "auc", truth).score(prediction, ALL_FOLDS)
    assert set(score.folds) == {0, 1, 2, 3}
    assert np.isfinite(score.replicates).all()


def test_a_block_that_holds_the_only_positive_row_stays_in():
    truth = np.zeros(100, dtype=np.int64)
    truth[:5] = 1  # one in each fold
    score = judge_of("binary", "auc", truth).score(binary(100, 7)[1], ALL_FOLDS)
    assert np.isfinite(score.replicates).all()
    assert len(score.folds) == 5


def test_a_metric_undefined_everywhere_is_an_error_with_its_name():
    judge = judge_of("binary", "auc", np.zeros(50, dtype=np.int64))
    with pytest.raises(UndefinedScoreError, match="auc"):
        judge.score(binary(50, 8)[1], ALL_FOLDS)


def test_a_parameter_that_the_metric_does_not_have_is_refused_at_once():
    with pytest.raises(SettingsError, match="'prize'"):
        judge_of("binary", "cost", np.array([0, 1] * 5), params={"prize": 3})


def test_parameters_reach_the_metric():
    truth, prediction = binary(300, 9)
    params = {"false_negative": 100.0, "false_positive": 1.0}
    dear = judge_of("binary", "cost", truth, params=params).score(prediction, ALL_FOLDS)
    assert dear.rule.params["threshold"] < 0.2


# --- every kind goes the same way ---


def worlds():
    generator = np.random.default_rng(10)
    masks = objects([(generator.random((8, 8)) < 0.2).astype(np.uint8) for _ in range(40)])
    maps = objects([(0.3 * m + 0.2 * generator.random((8, 8))).astype(np.float32) for m in masks])
    value = generator.normal(size=120)
    grade = np.clip(np.round(value + 2), 0, 4).astype(np.int64)
    three = generator.dirichlet(np.ones(3), size=120)
    return [
        ("binary", "mcc", *binary(120, 10), (0, 1)),
        ("multiclass", "f1-macro", three.argmax(axis=1), three, ("a", "b", "c")),
        ("ordinal", "qwk", grade, value + 2, (1, 2, 3, 4, 5)),
        ("regression", "rmse", value, value + 1, ()),
        ("segmentation", "dice-global", masks, maps, ()),
    ]


@pytest.mark.parametrize("world", worlds(), ids=lambda w: w[0])
@pytest.mark.parametrize("folds", [(1,), ALL_FOLDS])
def test_files_of_every_kind_are_judged(tmp_path, world, folds):
    kind, metric, truth, prediction, classes = world
    judge = judge_of(kind, metric, truth, classes=classes, asked=3)
    outcome, score = judge.judge(DONE, written(tmp_path, judge, prediction, folds))
    assert outcome == DONE
    assert set(score.folds) == set(folds)
    assert score.error >= 0
    sealed = judge.sealed(truth[:30], prediction[:30], score.rule)
    assert set(sealed.folds) == {0}
    assert sealed.rule == score.rule


def written(folder, judge, prediction, folds=(0,)):
    """The folder that a worker leaves."""
    job = Job(number=1, proposal=Proposal(recipe="linear", folds=folds))
    (folder / "job.json").write_text(job.model_dump_json())
    for k in folds:
        judge.kind.save(fold_file(folder, k), prediction[k::5])
        judge.kind.save(asked_file(folder, k), prediction[: judge.asked])
    return folder


# --- predictions that are none ---


def spoil_missing(path):
    path.unlink()


def spoil_truncated(path):
    path.write_bytes(path.read_bytes()[:-40])


def spoil_empty(path):
    path.write_bytes(b"")


def spoil_text(path):
    path.write_text("0.5\n0.7\n")


def spoil_flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(bytes(content))


def spoil_pickled(path):
    np.savez(path, prediction=np.array([[{}, {}]] * 20, dtype=object))


def spoil_strings(path):
    np.savez(path, prediction=np.array([["a", "b"]] * 20))


def spoil_name(path):
    np.savez(path, other=np.full((20, 2), 0.5))


def spoil_nan(path):
    np.savez(path, prediction=np.full((20, 2), np.nan))


def spoil_rows(path):
    np.savez(path, prediction=np.full((19, 2), 0.5))


def spoil_columns(path):
    np.savez(path, prediction=np.full((20, 3), 1 / 3))


def spoil_scalar(path):
    np.savez(path, prediction=np.array(0.5))


def spoil_bare(path):
    with path.open("wb") as file:
        np.save(file, np.full((20, 2), 0.5))


SPOILERS = [
    spoil_missing, spoil_truncated, spoil_empty, spoil_text, spoil_flipped, spoil_pickled, spoil_strings, spoil_name,
    spoil_nan, spoil_rows, spoil_columns, spoil_scalar, spoil_bare,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILERS)
@pytest.mark.parametrize("name", ["fold_2.npz", "asked_2.npz"])
def test_a_spoilt_file_makes_the_experiment_invalid_with_one_line(tmp_path, spoil, name):
    truth, prediction = binary(100, 11)
    judge = judge_of("binary", "auc", truth, asked=20)
    folder = written(tmp_path, judge, prediction, (0, 2))
    spoil(folder / name)
    outcome, score = judge.judge(DONE, folder)
    assert score is None
    assert outcome.status is Status.INVALID
    assert name in outcome.error
    assert "\n" not in outcome.error


@pytest.mark.parametrize("content", [None, "", "{}", "not json"])
def test_a_job_that_cannot_be_read_makes_the_experiment_invalid(tmp_path, content):
    truth, prediction = binary(100, 12)
    judge = judge_of("binary", "auc", truth)
    folder = written(tmp_path, judge, prediction)
    if content is None:
        (folder / "job.json").unlink()
    else:
        (folder / "job.json").write_text(content)
    assert judge.judge(DONE, folder)[0].status is Status.INVALID


def test_maps_of_another_size_than_the_masks_are_invalid(tmp_path):
    masks = objects([np.eye(4, dtype=np.uint8)] * 10)
    judge = judge_of("segmentation", "dice-global", masks, classes=())
    maps = objects([np.full((3, 3), 0.5, np.float32)] * 10)
    outcome, score = judge.judge(DONE, written(tmp_path, judge, maps, ALL_FOLDS))
    assert (outcome.status, score) == (Status.INVALID, None)
    assert "shape" in outcome.error


def test_an_undefined_metric_is_invalid_with_its_name(tmp_path):
    judge = judge_of("binary", "auc", np.zeros(50, dtype=np.int64))
    outcome, score = judge.judge(DONE, written(tmp_path, judge, binary(50, 13)[1], ALL_FOLDS))
    assert (outcome.status, score) == (Status.INVALID, None)
    assert "auc" in outcome.error


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMEOUT, Status.STOPPED])
def test_what_did_not_finish_is_not_judged(tmp_path, status):
    outcome = Outcome(number=1, status=status, error="before")
    assert judge_of("binary", "auc", np.array([0, 1] * 5)).judge(outcome, tmp_path) == (outcome, None)


def test_a_refit_has_nothing_to_judge(tmp_path):
    job = Job(number=1, proposal=Proposal(recipe="linear", folds=(), move="refit"), refit=True)
    (tmp_path / "job.json").write_text(job.model_dump_json())
    assert judge_of("binary", "auc", np.array([0, 1] * 5)).judge(DONE, tmp_path) == (DONE, None)


def test_the_sealed_rows_are_judged_under_the_rule_given():
    truth, prediction = binary(300, 14)
    judge = judge_of("binary", "f1", truth)
    strict = judge.sealed(truth, prediction, Rule(name="threshold", params={"threshold": 0.95}))
    assert strict.value < judge.sealed(truth, prediction, Rule()).value


@pytest.mark.parametrize("metric", ["auc", "log-loss", "accuracy", "f1"])
def test_judging_ten_thousand_rows_is_quick(metric):
    truth, prediction = binary(10_000, 15)
    judge = judge_of("binary", metric, truth)
    assert takes_less_than(0.1, lambda: judge.score(prediction, ALL_FOLDS))


# --- the guide ---


def test_models_that_give_the_same_labels_are_told_apart_by_their_chances():
    truth, good = binary(1000, 0, signal=3)
    blunt = np.where(good > 0.5, 0.8, 0.2)  # the same labels, and no telling of what they are sure of
    judge = judge_of("binary", "accuracy", truth, target=truth)
    first, second = judge.score(good, ALL_FOLDS), judge.score(blunt, ALL_FOLDS)
    assert compare(first, second, higher_is_better=True).verdict == "better"
    assert first.guide.of == "log loss"
    kind = plugins.load("kinds", "binary")
    tempered = [losses.tempered(kind, good[k::5], truth[k::5]) for k in ALL_FOLDS]
    expected = [-get("log-loss").call(truth[k::5], tempered[k]) for k in ALL_FOLDS]
    assert first.guide.value == pytest.approx(np.mean(expected))
    assert first.guide.error == pytest.approx(jackknife(first.guide.replicates))


def test_how_sure_a_model_is_of_its_labels_is_no_reason_to_prefer_another():
    truth, good = binary(1000, 0, signal=3)
    sharp = good**2 / (good**2).sum(axis=1, keepdims=True)
    judge = judge_of("binary", "accuracy", truth, target=truth)
    first, second = judge.score(good, ALL_FOLDS), judge.score(sharp, ALL_FOLDS)
    assert first.guide.value == pytest.approx(second.guide.value, abs=1e-4)
    assert losses.losses(plugins.load("kinds", "binary"), sharp, truth).mean() > -first.guide.value + 0.05


def test_a_guide_is_better_in_the_direction_of_its_metric():
    truth, good = binary(500, 0)
    judge = judge_of("binary", "error-rate", truth, target=truth)
    assert judge.score(good, ALL_FOLDS).guide.value > 0
    assert compare(judge.score(good, ALL_FOLDS), judge.score(good[::-1], ALL_FOLDS), False).verdict == "better"


def test_metrics_that_are_no_counts_of_labels_need_no_guide():
    truth, good = binary(500, 0)
    assert judge_of("binary", "auc", truth, target=truth).score(good, ALL_FOLDS).guide is None
    assert judge_of("binary", "accuracy", truth).score(good, ALL_FOLDS).guide is None


@pytest.mark.parametrize(("folds", "known"), [(ALL_FOLDS, True), ((0, 1, 2), False)])
def test_wrong_labels_are_counted_by_predictions_of_all_rows(tmp_path, folds, known):
    rng = np.random.default_rng(0)
    clean = rng.integers(0, 2, 2000)
    truth = np.where(rng.random(2000) < 0.15, 1 - clean, clean)
    sure = np.where(clean == 1, 0.8, 0.2) + 0.1 * rng.random(2000)
    judge = judge_of("binary", "auc", truth)
    outcome, score = judge.judge(DONE, written(tmp_path, judge, np.column_stack([1 - sure, sure]), folds))
    assert outcome.status is Status.DONE
    assert (score.noise is not None) is known
    if known:
        assert abs(score.noise.share - 0.15) < 3 * score.noise.error
        assert score.noise.likely
