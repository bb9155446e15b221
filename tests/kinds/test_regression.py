import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.errors import SettingsError, TaskError
from modelwright.kinds.regression import Regression, backward, forward
from modelwright.metrics.catalogue import get
from modelwright.records.experiment import Rule
from modelwright.records.problem import Problem

KIND = Regression()


def problem(metric="rmse", targets=("y",), **fields):
    asked = {"name": "t", "root": "", "kind": "regression", "targets": targets, "id": "id", "metric": metric}
    return Problem(**(asked | {"higher_is_better": False} | fields))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.001, 1e9), min_size=1), st.sampled_from(["rmse", "rmsle", "rmse-log", "smape"]))
def test_the_link_goes_both_ways(values, metric):
    natural = np.array(values)
    assert np.allclose(backward(forward(natural, get(metric)), get(metric)), natural, rtol=1e-9)


def test_the_target_is_the_log_where_logs_are_compared():
    labels = pd.DataFrame({"y": [0, 9]})
    assert KIND.target(labels, problem(), get("rmsle")).tolist() == pytest.approx(np.log1p([0, 9]).tolist())
    assert KIND.target(labels, problem(), get("rmse")).tolist() == [0.0, 9.0]
    assert KIND.truth(labels, problem()).tolist() == [0.0, 9.0]


@pytest.mark.parametrize(("metric", "bad"), [("rmsle", -1.0), ("rmsle", -5.0), ("rmse-log", 0.0), ("rmse-log", -2.0)])
def test_a_target_without_a_log_is_named(metric, bad):
    with pytest.raises(TaskError, match=rf"'y' is {bad:g} in row 8"):
        KIND.target(pd.DataFrame({"y": [1.0, bad]}, index=[7, 8]), problem(metric), get(metric))


def test_relative_errors_take_negative_targets():
    labels = pd.DataFrame({"y": [-10.0, 10.0]})
    target = KIND.target(labels, problem("smape"), get("smape"))
    assert target[0] == -target[1]
    assert np.allclose(KIND.present(target, problem("smape"), get("smape"), Rule()), [-10.0, 10.0])


@pytest.mark.parametrize("bad", ["n/a", None, np.inf, np.nan])
def test_a_target_that_is_no_finite_number_is_named(bad):
    with pytest.raises(TaskError, match=r"'y' is .* in row 1"):
        KIND.target(pd.DataFrame({"y": pd.Series([1.0, bad], dtype=object)}), problem(), get("rmse"))


def test_numbers_written_as_text_are_read():
    assert KIND.truth(pd.DataFrame({"y": ["1", " 2.5"]}), problem()).tolist() == [1.0, 2.5]


def test_predictions_stay_within_what_the_metric_allows():
    far = np.array([-3.0, 800.0, -800.0])
    assert KIND.present(far, problem(), get("rmsle"), Rule())[0] == 0.0
    for metric in ("rmsle", "rmse-log", "smape"):
        assert np.isfinite(KIND.present(far, problem(), get(metric), Rule())).all()
    assert (KIND.present(far, problem(), get("rmse-log"), Rule()) > 0).all()
    assert (KIND.present(far, problem(), get("poisson-deviance"), Rule()) > 0).all()
    assert (KIND.present(far, problem(), get("rmse"), Rule()) == far).all()


def test_several_targets_are_columns_of_one_prediction():
    two = problem("mean-column-rmsle", ("a", "b"), header=("id", "b", "a"))
    metric = get("mean-column-rmsle")
    target = KIND.target(pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}), two, metric)
    assert target.shape == (2, 2)
    assert KIND.check(target, 2, two) is None
    assert "shape" in KIND.check(target[:, 0], 2, two)
    table = KIND.submission(target, pd.DataFrame({"id": [5, 6]}), two, metric, Rule())
    assert list(table.columns) == ["id", "b", "a"]
    assert np.allclose(table["a"], [1, 2])
    assert np.allclose(table["b"], [3, 4])


def test_a_single_column_is_taken_as_one_target():
    class Fitted:
        def predict(self, table):
            return np.ones((len(table), 1))

    assert KIND.predict(Fitted(), pd.DataFrame({"a": [1, 2]}), problem()).shape == (2,)


def test_mixing_happens_behind_the_link():
    mixed = KIND.mix([np.log1p([3.0]), np.log1p([15.0])], [0.5, 0.5], problem("rmsle"))
    assert KIND.present(mixed, problem("rmsle"), get("rmsle"), Rule()).tolist() == pytest.approx([7.0])


def test_numbers_are_kept_exactly(tmp_path):
    KIND.save(tmp_path / "p.npz", np.array([0.1, 1e300]))
    assert KIND.load(tmp_path / "p.npz").tolist() == [0.1, 1e300]


def test_a_metric_of_labels_is_refused():
    with pytest.raises(SettingsError, match="'f1'"):
        KIND.target(pd.DataFrame({"y": [1.0]}), problem(), get("f1"))
