import numpy as np
import pandas as pd
import pytest

from modelwright.errors import SettingsError, TaskError
from modelwright.kinds.multilabel import Multilabel, decide
from modelwright.metrics.catalogue import get
from modelwright.records.experiment import Rule
from modelwright.records.problem import Output, Problem

KIND = Multilabel()


def problem(**fields):
    usual = {"name": "t", "root": "", "kind": "multilabel", "targets": ("a", "b", "c"), "id": "id"}
    usual |= {"metric": "f1-macro", "higher_is_better": True, "classes": ("a", "b", "c"), "output": Output.LABELS}
    return Problem(**(usual | fields))


SETS = {"targets": ("tags",), "options": {"sets": {"form": "text", "separator": " "}}, "output": Output.SETS}


def noisy(rows=500, seed=0):
    """Three labels of different frequency, and probabilities that are all too low but in the right order."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((rows, 3)) < [0.5, 0.2, 0.05]).astype(np.int64)
    return truth, np.clip(0.1 + 0.25 * truth + 0.05 * rng.normal(size=truth.shape), 0, 1)


def test_columns_of_any_two_values_become_0_and_1():
    labels = pd.DataFrame({"a": ["yes", "no"], "b": ["no", "no"], "c": ["yes", "yes"]})
    asked = problem(options={"values": [["no", "yes"]] * 3})
    assert KIND.target(labels, asked, get("f1-macro")).tolist() == [[1, 0, 1], [0, 0, 1]]


def test_a_third_value_is_refused_with_column_and_row():
    with pytest.raises(TaskError, match=r"'b' is 2 in row 1|'b' is np.int64\(2\) in row 1"):
        KIND.truth(pd.DataFrame({"a": [0, 1], "b": [0, 2], "c": [1, 1]}), problem())


def test_a_metric_of_one_answer_per_row_is_refused():
    with pytest.raises(SettingsError, match=r"qwk.*f1-macro"):
        KIND.target(pd.DataFrame({"a": [0], "b": [0], "c": [1]}), problem(), get("qwk"))


def test_rows_are_stratified_by_their_rarest_label():
    target = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [0, 0, 0], [1, 1, 0]])
    assert KIND.strata(target).tolist() == [2, 1, 3, 0, 2]


@pytest.mark.parametrize("metric", ["f1-macro", "f1-micro", "f1-weighted", "f1-samples", "jaccard-samples"])
def test_the_rule_finds_thresholds_that_are_better_than_one_half(metric):
    truth, prediction = noisy()
    rule = KIND.rule(truth, prediction, problem(), get(metric))
    score = get(metric).call
    assert score(truth, decide(prediction, rule)) > score(truth, decide(prediction, Rule())) + 0.3


def test_labels_have_thresholds_of_their_own_for_a_mean_over_labels():
    truth, prediction = noisy()
    shifted = prediction + np.array([0.0, 0.3, 0.6])
    rule = KIND.rule(truth, shifted, problem(), get("f1-macro"))
    assert np.all(np.diff(rule.params["thresholds"]) > 0.2)


@pytest.mark.parametrize("metric", ["hamming-loss", "auc-macro", "log-loss"])
def test_nothing_is_learnt_where_one_half_is_right(metric):
    assert KIND.rule(*noisy(), problem(), get(metric)) == Rule()


def test_a_row_gets_its_likeliest_label_where_every_row_has_one():
    rule = Rule(name="thresholds", params={"thresholds": [0.5], "least": 1})
    assert decide(np.array([[0.1, 0.3, 0.2], [0.6, 0.7, 0.1]]), rule).tolist() == [[0, 1, 0], [1, 1, 0]]


def test_a_label_without_a_row_does_no_harm():
    truth, prediction = noisy()
    truth[:, 2] = 0
    rule = KIND.rule(truth, prediction, problem(), get("f1-macro"))
    assert rule.params["thresholds"][2] == 0.5


def test_sets_are_handed_in_as_the_sample_writes_them():
    asked = problem(**SETS, header=("id", "tags"))
    table = KIND.submission(
        np.array([[0.9, 0.1, 0.8], [0.2, 0.2, 0.2]]), pd.DataFrame({"id": [1, 2]}), asked, get("f1-micro"), Rule()
    )
    assert table["tags"].tolist() == ["a c", ""]
    listed = asked.model_copy(update={"options": {**asked.options, "answer": {"form": "json"}}})
    table = KIND.submission(np.array([[0.9, 0.1, 0.8]]), pd.DataFrame({"id": [1]}), listed, get("f1-micro"), Rule())
    assert table["tags"].tolist() == ['["a", "c"]']


def test_decisions_are_handed_in_in_the_words_of_the_training_table():
    asked = problem(options={"values": [["no", "yes"]] * 3}, header=("id", "a", "b", "c"))
    table = KIND.submission(np.array([[0.9, 0.1, 0.8]]), pd.DataFrame({"id": [1]}), asked, get("f1-macro"), Rule())
    assert table.iloc[0].tolist() == [1, "yes", "no", "yes"]


def test_probabilities_have_a_column_for_each_label_in_the_order_of_the_header():
    asked = problem(
        **{**SETS, "output": Output.PROBABILITIES}, class_columns=("a", "b", "c"), header=("id", "c", "b", "a")
    )
    table = KIND.submission(np.array([[0.9, 0.1, 0.8]]), pd.DataFrame({"id": [1]}), asked, get("auc-macro"), Rule())
    assert list(table) == ["id", "c", "b", "a"]
    assert table.iloc[0].tolist() == [1, 0.8, 0.1, 0.9]


def test_predictions_and_targets_come_back_from_disk(tmp_path):
    truth, prediction = noisy(20)
    KIND.save(tmp_path / "p.npz", prediction)
    KIND.save(tmp_path / "t.npz", truth)
    np.testing.assert_allclose(KIND.load(tmp_path / "p.npz"), prediction, atol=1e-6)
    assert KIND.load(tmp_path / "t.npz").tolist() == truth.tolist()
    assert KIND.load(tmp_path / "t.npz").dtype.kind == "i"


@pytest.mark.parametrize(
    ("prediction", "flaw"),
    [(np.zeros((3, 2)), "shape"), (np.full((3, 3), 1.5), "within 0 and 1"), (np.full((3, 3), np.nan), "not finite")],
)
def test_what_is_no_prediction_is_told(prediction, flaw):
    assert flaw in (KIND.check(prediction, 3, problem()) or "")
    assert KIND.check(np.full((3, 3), 0.7), 3, problem()) is None
