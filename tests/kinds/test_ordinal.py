import numpy as np
import pandas as pd
import pytest

from modelwright.errors import SettingsError, TaskError
from modelwright.kinds.ordinal import Ordinal
from modelwright.metrics.catalogue import get
from modelwright.records.experiment import Rule
from modelwright.records.problem import Output, Problem

KIND = Ordinal()


def problem(classes=(3, 4, 5, 8), **fields):
    asked = {"name": "t", "root": "", "kind": "ordinal", "targets": ("grade",), "id": "id", "metric": "qwk"}
    return Problem(**(asked | {"higher_is_better": True, "classes": classes, "output": Output.LABELS} | fields))


def test_estimators_learn_the_grade_and_the_judge_sees_its_place():
    labels = pd.DataFrame({"grade": [8, 3, 5.0]})
    assert KIND.target(labels, problem(), get("qwk")).tolist() == [8.0, 3.0, 5.0]
    assert KIND.truth(labels, problem()).tolist() == [3, 0, 2]


def test_a_classifier_gives_the_expected_grade():
    class Fitted:
        classes_ = np.array([3.0, 8.0])

        def predict_proba(self, table):
            return np.tile([0.8, 0.2], (len(table), 1))

    assert KIND.predict(Fitted(), pd.DataFrame({"a": [1]}), problem()).tolist() == pytest.approx([4.0])


def test_without_a_rule_a_prediction_goes_to_the_nearest_grade():
    prediction = np.array([-9.0, 3.4, 4.6, 6.4, 6.6, 99.0])
    assert KIND.present(prediction, problem(), get("qwk"), Rule()).tolist() == [0, 0, 2, 2, 3, 3]


def test_cuts_turn_predictions_into_grades():
    rule = Rule(name="cuts", params={"cuts": [1.0, 2.0, 3.0]})
    assert KIND.present(np.array([0.5, 1.0, 2.5, 7.0]), problem(), get("qwk"), rule).tolist() == [0, 1, 2, 3]


def test_the_rule_learns_cuts_for_kappa_and_none_for_errors_of_values():
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 4, size=400)
    shrunk = 4.5 + 0.3 * (np.array([3, 4, 5, 8])[truth] - 4.5) + 0.1 * generator.normal(size=400)
    rule = KIND.rule(truth, shrunk, problem(), get("qwk"))
    assert rule.name == "cuts"
    assert (KIND.present(shrunk, problem(), get("qwk"), rule) == truth).mean() > 0.9
    assert KIND.rule(truth, shrunk, problem(), get("mae")) == Rule()


def test_values_metrics_see_places_between_places():
    assert KIND.present(np.array([3.5, 6.5, 20.0]), problem(), get("mae"), Rule()).tolist() == [0.5, 2.5, 3.0]


def test_grades_are_handed_in_as_they_stand_in_the_training_table():
    table = KIND.submission(np.array([3.2, 7.9]), pd.DataFrame({"id": [1, 2]}), problem(), get("qwk"), Rule())
    assert table.to_dict("list") == {"id": [1, 2], "grade": [3, 8]}


@pytest.mark.parametrize("classes", [("low", 2), (1.5, 2.5), (3, 2, 1)])
def test_classes_that_are_no_ascending_whole_numbers_are_refused(classes):
    with pytest.raises(TaskError, match="ascending"):
        KIND.target(pd.DataFrame({"grade": [classes[0]]}), problem(classes), get("qwk"))


def test_a_metric_of_probabilities_is_refused():
    with pytest.raises(SettingsError, match="multiclass"):
        KIND.target(pd.DataFrame({"grade": [3]}), problem(), get("log-loss"))


def test_predictions_are_checked_and_kept(tmp_path):
    prediction = np.array([3.25, 4.5])
    KIND.save(tmp_path / "p.npz", prediction)
    assert (KIND.load(tmp_path / "p.npz") == prediction).all()
    assert KIND.check(prediction, 2, problem()) is None
    assert KIND.check(prediction[:, None], 2, problem()) is not None
    assert KIND.check(np.array([np.nan, 1.0]), 2, problem()) is not None


def test_words_in_order_are_grades_that_count_from_0():
    asked = problem(("mild", "moderate", "severe"))
    labels = pd.DataFrame({"grade": ["severe", "mild"]})
    assert KIND.target(labels, asked, get("qwk")).tolist() == [2.0, 0.0]
    table = KIND.submission(np.array([1.2, -3.0]), pd.DataFrame({"id": [1, 2]}), asked, get("qwk"), Rule())
    assert table["grade"].tolist() == ["moderate", "mild"]
