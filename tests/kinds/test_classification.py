import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.errors import SettingsError, TaskError
from modelwright.kinds.classification import Classification, codes, decide
from modelwright.metrics.catalogue import get
from modelwright.records.experiment import Rule
from modelwright.records.problem import Output, Problem

KIND = Classification()
IDS = pd.DataFrame({"id": [10, 11, 12]})
TWO = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
THREE = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])


def problem(classes=(0, 1), metric="auc", **fields):
    asked = {"name": "t", "root": "", "kind": "binary", "targets": ("y",), "id": "id", "metric": metric}
    return Problem(**(asked | {"higher_is_better": True, "classes": classes} | fields))


@pytest.mark.parametrize(
    ("values", "classes", "expected"),
    [
        ([True, False], (False, True), [1, 0]),
        (["True", "False"], (False, True), [1, 0]),
        ([1, 0], (False, True), [1, 0]),
        ([1.0, 0.0], (0, 1), [1, 0]),
        (["1", "0.0"], (0, 1), [1, 0]),
        ([3, 5.0], (3, 5), [0, 1]),
        (["very good", " bad "], ("bad", "very good"), [1, 0]),
        (["Yes", "no"], ("No", "yes"), [1, 0]),
        ([0.5, 1.5], (0.5, 1.5), [0, 1]),
        (["01", "1"], ("1", "01"), [1, 0]),
        (["a", "A"], ("A", "a"), [1, 0]),
    ],
)
def test_values_find_their_class_however_they_are_spelt(values, classes, expected):
    assert codes(pd.Series(values, dtype=object), classes).tolist() == expected


def test_categories_and_other_dtypes_are_read_too():
    column = pd.Series(["b", "a", "b"], dtype="category")
    assert codes(column, ("a", "b")).tolist() == [1, 0, 1]
    assert codes(pd.Series([1, 0, 1], dtype="Int64"), (0, 1)).tolist() == [1, 0, 1]
    assert codes(pd.Series([True, False], dtype="boolean"), (False, True)).tolist() == [1, 0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([" x", "x", "X", "2", "02", "true"]), min_size=1))
def test_values_that_are_classes_exactly_are_never_taken_for_another(values):
    classes = (" x", "x", "X", "2", "02", "true")
    assert [classes[c] for c in codes(pd.Series(values), classes)] == values


@pytest.mark.parametrize("bad", ["maybe", None, np.nan, 2])
def test_a_value_that_is_none_of_the_classes_is_named_with_its_row(bad):
    column = pd.Series([0, bad], dtype=object, name="y", index=[7, 8])
    with pytest.raises(TaskError, match=r"'y' is .* in row 8"):
        codes(column, (0, 1))


def test_a_class_that_the_fit_rows_lacked_gets_probability_zero():
    class Fitted:
        classes_ = np.array([0, 2])

        def predict_proba(self, table):
            return np.tile([0.25, 0.75], (len(table), 1))

    found = KIND.predict(Fitted(), pd.DataFrame({"a": [1, 2]}), problem(("a", "b", "c")))
    assert found.tolist() == [[0.25, 0.0, 0.75]] * 2


def test_an_estimator_without_probabilities_is_sure_of_its_label():
    class Fitted:
        def predict(self, table):
            return np.array([1.0, 0.0])

    assert KIND.predict(Fitted(), pd.DataFrame({"a": [1, 2]}), problem()).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("prediction", "word"),
    [
        (np.array([0.1, 0.9]), "shape"),
        (np.array([[0.1, 0.2, 0.7]] * 2), "shape"),
        (np.array([[0.1, 0.9]] * 3), "2 rows"),
        (np.array([[0.1, 0.1], [0.5, 0.5]]), "sum"),
        (np.array([[-0.5, 1.5], [0.5, 0.5]]), "0 and 1"),
        (np.array([[np.nan, 1.0], [0.5, 0.5]]), "finite"),
    ],
)
def test_a_malformed_prediction_is_named(prediction, word):
    assert word in KIND.check(prediction, 2, problem())


def test_probabilities_are_kept_as_float32_and_codes_exactly(tmp_path):
    KIND.save(tmp_path / "p.npz", TWO)
    KIND.save(tmp_path / "t.npz", np.array([0, 1, 5]))
    found = KIND.load(tmp_path / "p.npz")
    assert found.dtype == np.float64
    assert np.allclose(found, TWO, atol=1e-7)
    assert KIND.check(found, 3, problem()) is None
    assert KIND.load(tmp_path / "t.npz").tolist() == [0, 1, 5]


def test_mixing_is_the_weighted_mean():
    assert np.allclose(KIND.mix([TWO, TWO[::-1]], [0.75, 0.25], problem()), 0.75 * TWO + 0.25 * TWO[::-1])


def test_each_metric_gets_what_it_eats():
    rule = Rule(name="threshold", params={"threshold": 0.2})
    assert KIND.present(TWO, problem(), get("f1"), rule).tolist() == [0, 1, 1]
    assert KIND.present(TWO, problem(), get("f1"), Rule()).tolist() == [0, 1, 0]
    assert KIND.present(TWO, problem(), get("auc"), Rule()).tolist() == [0.1, 0.6, 0.3]
    assert KIND.present(TWO, problem(), get("log-loss"), Rule()).shape == (3, 2)
    assert KIND.present(THREE, problem((1, 2, 3)), get("auc"), Rule()).shape == (3, 3)
    weights = Rule(name="weights", params={"weights": [1.0, 1.0, 2.0]})
    assert KIND.present(THREE, problem((1, 2, 3)), get("f1-macro"), weights).tolist() == [2, 2, 0]


def test_a_metric_that_classes_cannot_feed_is_refused_before_anything_runs():
    with pytest.raises(SettingsError, match="'rmse'"):
        KIND.target(pd.DataFrame({"y": [1, 2, 3]}), problem((1, 2, 3)), get("rmse"))


def test_prices_move_the_threshold_to_where_they_are_level():
    generator = np.random.default_rng(0)
    positive = generator.random(2000)
    truth = (generator.random(2000) < positive).astype(np.int64)
    asked = problem(metric="cost", metric_params={"false_negative": 9.0, "false_positive": 1.0})
    rule = KIND.rule(truth, np.column_stack([1 - positive, positive]), asked, get("cost"))
    assert rule.params["threshold"] == pytest.approx(0.1, abs=0.03)


def test_prices_of_several_classes_choose_the_label_that_is_cheapest_to_expect():
    prices = [[0.0, 1.0, 1.0], [20.0, 0.0, 20.0], [1.0, 1.0, 0.0]]
    asked = problem((0, 1, 2), metric="cost", metric_params={"matrix": prices}, kind="multiclass")
    truth = np.array([0, 1, 2] * 20)
    rule = KIND.rule(truth, np.tile(THREE, (20, 1)), asked, get("cost"))
    # a missed 1 is dear: it is called from a chance of about 5 % on
    assert decide(np.array([[0.9, 0.02, 0.08], [0.8, 0.1, 0.1]]), rule).tolist() == [0, 1]


@pytest.mark.parametrize(("metric", "classes"), [("accuracy", 2), ("accuracy", 3), ("auc", 2), ("log-loss", 3)])
def test_the_rule_is_plain_where_nothing_is_to_be_gained(metric, classes):
    generator = np.random.default_rng(1)
    probabilities = generator.dirichlet(np.ones(classes), size=500)
    truth = (probabilities.cumsum(axis=1) > generator.random((500, 1))).argmax(axis=1)
    assert KIND.rule(truth, probabilities, problem(tuple(range(classes))), get(metric)) == Rule()


def test_the_rule_of_one_class_or_no_row_is_plain():
    for rows in (0, 3):
        assert KIND.rule(np.zeros(rows, dtype=int), TWO[:rows], problem(), get("f1")) == Rule()


@pytest.mark.parametrize("classes", [(False, True), (0, 1), ("no", "yes please"), (0.5, 1.5)])
def test_labels_are_handed_in_as_they_stand_in_the_training_table(classes):
    asked = problem(classes, "accuracy", output=Output.LABELS, header=("id", "answer"))
    table = KIND.submission(TWO, IDS, asked, get("accuracy"), Rule())
    assert list(table.columns) == ["id", "answer"]
    assert table["answer"].tolist() == [classes[0], classes[1], classes[0]]
    assert {type(v) for v in table["answer"].tolist()} == {type(classes[0])}


def test_two_classes_are_handed_in_as_one_probability_or_two_columns():
    asked = problem(output=Output.PROBABILITIES, header=("id", "y"))
    assert KIND.submission(TWO, IDS, asked, get("auc"), Rule())["y"].tolist() == [0.1, 0.6, 0.3]
    both = problem(("n", "p"), output=Output.PROBABILITIES, class_columns=("n", "p"), header=("id", "p", "n"))
    table = KIND.submission(TWO, IDS, both, get("auc"), Rule())
    assert list(table.columns) == ["id", "p", "n"]
    assert np.allclose(table["n"], TWO[:, 0])


def test_printed_probabilities_of_a_row_sum_to_one(tmp_path):
    generator = np.random.default_rng(2)
    rough = generator.dirichlet(np.ones(3), size=3).astype(np.float32).astype(np.float64)
    columns = ("c_a", "c_b", "c_c")
    asked = problem(("a", "b", "c"), output=Output.PROBABILITIES, class_columns=columns, header=("id", *columns))
    KIND.submission(rough, IDS, asked, get("log-loss"), Rule()).to_csv(tmp_path / "s.csv", index=False)
    assert np.abs(pd.read_csv(tmp_path / "s.csv")[list(columns)].sum(axis=1) - 1).max() < 1e-9


def test_the_default_metric_follows_what_is_handed_in():
    assert KIND.default_metric(problem(output=Output.LABELS)) == "accuracy"
    assert KIND.default_metric(problem(output=Output.PROBABILITIES)) == "auc"
    assert KIND.default_metric(problem((1, 2, 3), output=Output.PROBABILITIES)) == "log-loss"
