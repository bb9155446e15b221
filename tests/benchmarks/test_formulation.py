"""The benchmark of understanding: its folders are the same every time, it asks about fields that exist, it runs."""

import dataclasses
import hashlib
from pathlib import Path

import pytest
from formulation import lines, reached, run, totals
from tasks_made import rooted, suites
from tasks_made.case import Case, Expect
from tasks_made.marking import Answer, Mark, marks
from tasks_made.running import Result, run_case

from modelwright.records.plan import Scheme, ValidationPlan
from modelwright.records.problem import Output, Problem
from modelwright.records.profile import Profile, Role

EVERY = suites("all")
QUICK = ("churn-page", "heat-ticket", "stars-readme", "no-description")


def content(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def named(name: str) -> Case:
    return next(c for c in EVERY if c.name == name)


@pytest.mark.slow
@pytest.mark.parametrize("case", EVERY, ids=lambda c: c.name)
def test_a_case_writes_the_same_folder_every_time(case: Case, tmp_path: Path) -> None:
    case.make(tmp_path / "one")
    case.make(tmp_path / "two")
    assert content(tmp_path / "one") == content(tmp_path / "two") != {}


def test_no_two_cases_have_one_name() -> None:
    names = [c.name for c in EVERY]
    assert len(set(names)) == len(names)


def test_every_case_asks_something_and_says_what_it_tests() -> None:
    assert [c.name for c in EVERY if not c.about or c.expect == Expect()] == []


def test_what_is_expected_are_fields_and_values_of_records() -> None:
    asked = {f.name for f in dataclasses.fields(Expect)}
    of_records = {
        "kind",
        "modality",
        "targets",
        "id",
        "metric",
        "output",
        "header",
        "class_columns",
        "classes",
        "inputs",
    }
    assert of_records | {"series", "time", "dropped", "relations"} <= asked & set(Problem.model_fields)
    assert {"scheme", "group", "group_rule"} <= asked & set(ValidationPlan.model_fields)
    for case in EVERY:
        outputs = case.expect.output or ()
        assert ({outputs} if isinstance(outputs, str) else set(outputs)) <= set(Output), case.name
        for roles in case.expect.roles.values():
            assert ({roles} if isinstance(roles, str) else set(roles)) <= set(Role), case.name


@pytest.mark.parametrize("name", QUICK)
def test_quick_cases_are_understood(name: str) -> None:
    result = run_case(named(name))
    assert [m for m in result.marks if not m.right] == []


def test_a_refusal_counts_every_field_as_missed() -> None:
    expect = Expect(kind="binary", id=None, metric="auc")
    found = marks(expect, Answer(error="the table is empty", code=2))
    assert [(m.field, m.right) for m in found] == [
        ("kind", False),
        ("metric", False),
        ("higher_is_better", False),
        ("id", False),
    ]


def test_a_refusal_that_is_expected_needs_its_exit_code_one_line_and_its_words() -> None:
    expect = Expect(error=("train.csv", "line 7"))
    right = marks(expect, Answer(error="error: train.csv, line 7: ...", code=2))
    bug = marks(expect, Answer(error="internal error in train.csv, line 7", code=1))
    traceback = marks(expect, Answer(error="Traceback\ntrain.csv, line 7", code=2))
    assert [m.right for m in right] == [True, True]
    assert [m.right for m in bug] == [False, True]
    assert [m.right for m in traceback] == [True, False]


def test_the_direction_follows_the_metric_where_several_are_right() -> None:
    expect = Expect(metric=("error-rate", "accuracy"))
    assert [direction(expect, "accuracy", higher) for higher in (True, False)] == [True, False]
    assert [direction(expect, "error-rate", higher) for higher in (True, False)] == [False, True]
    assert [direction(expect, "auc", higher) for higher in (True, False)] == [False, True]  # as the best right one


def direction(expect: Expect, metric: str, higher: bool) -> bool:
    problem = Problem(name="t", root="", kind="binary", targets=("y",), metric=metric, higher_is_better=higher)
    profile = Profile(rows=1, test_rows=0, columns=())
    plan = ValidationPlan(scheme=Scheme.PLAIN, folds=5, holdout=0.2, why="")
    found = marks(expect, Answer(problem, profile, plan))
    return next(m.right for m in found if m.field == "higher_is_better")


def test_task_json_is_read_in_the_words_of_the_benchmark() -> None:
    said = {
        "kind": "text, 3 classes",
        "metric": "multiclass-logloss",
        "is_lower_better": True,
        "id_column": "id",
        "target": ["author"],
        "rows_test": 10,
    }
    expect = rooted.expected(said)
    assert (expect.kind, expect.metric, expect.lower_is_better) == (("multiclass",), ("log-loss",), True)
    assert (expect.id, expect.targets, expect.rows) == ("id", ("author",), 10)


def test_a_miss_is_a_line_with_what_was_expected_what_came_and_why() -> None:
    miss = Mark("metric", False, "auc", "rmse", "no word of it")
    result = Result("open", "x", "", (miss, Mark("kind", True, "binary", "binary")), 0.1)
    shown = list(lines(result))
    assert shown[1].strip() == "metric: expected auc, got rmse. because: no word of it"
    assert not reached([result])
    assert any(row.startswith("all fields") and "1/2" in row for row in totals([result]))


def test_workers_run_what_is_asked_for_only() -> None:
    results = list(run(suites("open"), None, ["heat-ticket"], None, 1))
    assert [r.name for r in results] == ["heat-ticket"]
