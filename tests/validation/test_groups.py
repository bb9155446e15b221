import re

import pandas as pd
import pytest

from modelwright.errors import SettingsError, TaskError
from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.validation import groups


def codes(values, rule):
    return groups.codes(groups.keys(pd.Series(values), rule)).tolist()


def test_equal_values_are_a_group():
    assert codes(["b", "a", "b"], "value") == [0, 1, 0]


def test_the_leading_parts_are_a_group():
    values = ["s1_p1_1", "s1_p2_1", "s1_p1_2", "s2_p1_1"]
    assert codes(values, "prefix:_") == [0, 0, 0, 1]
    assert codes(values, "prefix:_:2") == [0, 1, 0, 2]


def test_a_colon_may_separate_too():
    assert codes(["a:b:1", "a:c:1", "a:b:2"], "prefix:::2") == [0, 1, 0]


def test_a_row_without_a_value_belongs_with_no_other():
    assert codes(["a", None, None, "a"], "value") == [0, 1, 2, 0]
    assert codes(["a_1", "a", None, "a_2"], "prefix:_") == [0, 1, 2, 0]


def test_stretches_of_days_are_a_group_whatever_rows_are_there():
    days = pd.Series(pd.date_range("2020-01-01", periods=9, freq="12h"))
    whole = groups.keys(days, "block:2D")
    assert whole.nunique() in (3, 4)
    assert whole.iloc[3:].tolist() == groups.keys(days.iloc[3:], "block:2D").tolist()


def test_stretches_of_numbers_are_a_group():
    assert codes([0, 49, 50, 99, 100], "block:50") == [0, 0, 1, 1, 2]


@pytest.mark.parametrize("rule", ["prefix:", "prefix:__", "block:week", "block:-3D", "block:", "month"])
def test_an_unknown_rule_is_named(rule):
    with pytest.raises(SettingsError, match=re.escape(repr(rule.removeprefix("block:")))):
        groups.keys(pd.Series([1, 2]), rule)


def test_a_table_without_the_column_is_named():
    plan = ValidationPlan(scheme=Scheme.GROUP, folds=2, holdout=0, group="patient", group_rule="value", why="")
    with pytest.raises(TaskError, match="'patient'"):
        groups.of(plan, pd.DataFrame({"a": [1]}))


def test_a_plan_without_groups_has_none():
    plan = ValidationPlan(scheme=Scheme.PLAIN, folds=2, holdout=0, why="")
    assert groups.of(plan, pd.DataFrame({"a": [1]})) is None
