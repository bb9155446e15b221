import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.errors import SettingsError
from modelwright.interfaces import Metric
from modelwright.metrics.catalogue import ALL, METRICS, _plain, bound, get

NAMES = sorted(ALL)
UNBOUNDED = {"lift": 2.0, "profit": 0.5, "recall-at-top": 0.2}  # best scores that depend on the share of positives


def sample(metric: Metric, rows: int, seed: int, perfect: bool):
    """Truth and output of the form that a metric eats; the output is the truth itself, or has nothing to do with it."""
    generator = np.random.default_rng(seed)
    if metric.eats == "masks":
        truth = [generator.integers(0, 2, (5, 4)) for _ in range(rows)]
        wrong = [generator.integers(0, 2, (5, 4)) for _ in range(rows)]
        return truth, truth if perfect else wrong
    if metric.eats == "boxes":
        return drawn(generator, rows, perfect)
    if metric.sets == "only" or metric.eats == "values":
        sets = (np.eye(4, dtype=int)[generator.integers(0, 4, rows)] for _ in range(2))
        truth, wrong = sets if metric.sets == "only" else generator.gamma(2.0, size=(2, rows)) + 0.1
        return truth, truth.copy() if perfect else wrong
    classes = 5 if metric.name.startswith("top") else 2
    truth, wrong = generator.permutation(np.arange(rows) % classes), generator.integers(0, classes, rows)
    if metric.eats == "labels":
        return truth, truth.copy() if perfect else wrong
    if metric.eats == "scores":
        return truth, truth.astype(float) if perfect else generator.random(rows)
    return truth, np.eye(classes)[truth] if perfect else generator.dirichlet(np.ones(classes), size=rows)


def drawn(generator: np.random.Generator, rows: int, perfect: bool):
    """Two boxes of different classes in each picture, found, or looked for elsewhere."""
    corners = generator.integers(0, 20, (rows, 2, 2)) + 0.0
    truth = [np.array([[k, *low, *(low + 9)] for k, low in enumerate(pair)]) for pair in corners]
    found = truth if perfect else [boxes + np.array([0, 30, 30, 30, 30]) for boxes in truth]
    return truth, [np.insert(boxes, 1, 0.9, axis=1) for boxes in found]


@pytest.mark.parametrize("name", NAMES)
def test_the_truth_itself_gets_the_best_score_and_a_guess_a_worse_one(name):
    metric = ALL[name]
    best = metric.call(*sample(metric, 60, 0, perfect=True))
    guess = metric.call(*sample(metric, 60, 0, perfect=False))
    assert best == pytest.approx(UNBOUNDED.get(name, 1.0 if metric.higher_is_better else 0.0), abs=1e-9)
    assert (guess < best) if metric.higher_is_better else (guess > best)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(NAMES))
def test_the_order_of_rows_does_not_matter(seed, name):
    metric = ALL[name]
    truth, output = sample(metric, 30, seed, perfect=False)
    order = np.random.default_rng(seed).permutation(30)
    if metric.eats in ("masks", "boxes"):
        shuffled = [truth[k] for k in order], [output[k] for k in order]
    else:
        shuffled = truth[order], output[order]
    assert metric.call(*shuffled) == pytest.approx(metric.call(truth, output), rel=1e-9)


@pytest.mark.parametrize("name", [m.name for m in METRICS if m.additive])
def test_an_additive_metric_is_the_mean_over_parts_of_the_rows(name):
    metric = ALL[name]
    truth, output = sample(metric, 40, 3, perfect=False)
    parts = [metric.call(truth[k : k + 10], output[k : k + 10]) for k in range(0, 40, 10)]
    assert metric.call(truth, output) == pytest.approx(np.mean(parts))


def test_half_way_to_the_truth_is_better_than_a_guess_for_every_metric_of_values():
    for metric in METRICS:
        if metric.eats == "values":
            truth, guess = sample(metric, 200, 5, perfect=False)
            near, far = (metric.call(truth, w * truth + (1 - w) * guess) for w in (0.8, 0.0))
            assert (near > far) == metric.higher_is_better, metric.name


def test_there_are_at_least_25_metrics_and_names_are_kebab_case():
    assert len(ALL) >= 25
    assert all(name == name.lower() and " " not in name and "_" not in name for name in ALL)


def test_no_alias_means_two_metrics():
    owners: dict[str, set[str]] = {}
    for metric in METRICS:
        for alias in (metric.name, *metric.aliases):
            assert alias == alias.lower()
            owners.setdefault(_plain(alias), set()).add(metric.name)
    assert {alias: found for alias, found in owners.items() if len(found) > 1} == {}


def test_every_metric_says_what_it_is_in_one_sentence():
    assert all(m.summary.endswith(".") and len(m.summary) < 100 for m in METRICS)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("AUC", "auc"),
        ("roc_auc", "auc"),
        ("Area under the ROC curve", "auc"),
        ("F1-Score", "f1"),
        ("macro F1", "f1-macro"),
        ("Quadratic Weighted Kappa", "qwk"),
        ("logloss", "log-loss"),
        ("neg_root_mean_squared_error", "rmse"),
        ("neg_log_loss", "log-loss"),
        ("RMSLE", "rmsle"),
        ("R²", "r2"),
        ("mean accuracy", "accuracy"),
        ("dice", "dice-global"),
    ],
)
def test_metrics_are_found_as_people_write_them(written, name):
    assert get(written).name == name


def test_an_unknown_metric_is_refused_with_names_that_come_near():
    with pytest.raises(SettingsError, match=r"'acuracy'.*accuracy"):
        get("acuracy")
    with pytest.raises(SettingsError, match=r"choose one of .*rmse"):
        get("xyzzy")


def test_an_unknown_parameter_is_refused_with_those_there_are():
    with pytest.raises(SettingsError, match=r"'gamma'.*beta"):
        bound(get("fbeta"), {"gamma": 2})
    with pytest.raises(SettingsError, match="has none"):
        bound(get("rmse"), {"beta": 2})
    truth, output = np.array([0.0, 2.0]), np.array([1.0, 1.0])
    assert bound(get("quantile-loss"), {"alpha": 0.9})(truth, output) == pytest.approx(0.5)


def test_the_catalogue_does_not_import_scikit_learn():
    code = "import sys, modelwright.metrics.catalogue; sys.exit('sklearn' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
