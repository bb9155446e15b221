from collections.abc import Callable
from pathlib import Path

import pandas as pd

from modelwright.records.problem import Evidence, Option, Problem, Question
from modelwright.task import questions, taskfile
from modelwright.task.interpret import Understanding

Write = Callable[..., Path]
Understand = Callable[..., Understanding]


def problem(**fields: object) -> Problem:
    base = {"name": "t", "root": "", "kind": "binary", "targets": ("y",), "metric": "auc", "higher_is_better": True}
    return Problem.model_validate(base | fields)


def halves(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {"train": table[:40], "test": table[40:].drop(columns="closed")}


def test_a_runner_up_that_is_close_is_a_question_and_one_that_is_not_is_none() -> None:
    close = Evidence(field="time", because="dates", confidence=0.6, runner_up="seen")
    clear = Evidence(field="targets", because="in train only", confidence=0.95, runner_up="other")
    (found,) = questions.find_questions(problem(time="made", evidence=(close, clear)), ())
    assert (found.field, [o.value for o in found.options]) == ("time", ["made", "seen", ""])


def test_the_positive_class_is_asked_by_its_name() -> None:
    doubt = Evidence(field="classes", because="the rarer one", confidence=0.5, runner_up="left")
    (found,) = questions.find_questions(problem(classes=("left", "right"), evidence=(doubt,)), ())
    assert [questions.shown(found, o) for o in found.options] == ["right", "left"]
    assert questions.line(found, found.options[1]) == 'classes = ["right", "left"]'


def test_the_most_doubtful_question_comes_first() -> None:
    sure, unsure = (
        Question(field=f, text="?", options=(Option(value="a", means="", confidence=c), Option(value="b", means="")))
        for f, c in (("kind", 0.7), ("metric", 0.4))
    )
    assert [q.field for q in questions.find_questions(problem(), (sure, unsure))] == ["metric", "kind"]


def test_a_description_that_names_two_metrics_leads_to_a_question_that_quotes_both(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    text = "Predict `closed`. We judge by the F1 score. We judge by the log loss."
    found = understand(write(text, **halves(table)))
    (question,) = (q for q in found.problem.questions if q.field == "metric")
    assert {o.value for o in question.options} == {"f1", "log-loss"}
    assert any("F1 score" in d and "log loss" in d for d in found.doubts[:1])


def test_the_section_on_evaluation_wins_over_what_stands_elsewhere(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    text = "# About\n\nWe look at accuracy.\n\n# Evaluation\n\nSubmissions are scored by log loss.\n"
    found = understand(write(text, **halves(table)), target="closed")
    assert found.problem.metric == "log-loss"


def test_the_form_of_the_sample_decides_between_equal_statements(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    parts = halves(table)
    sample = pd.DataFrame({"client": parts["test"]["client"], "closed": 0.31})
    text = "Predict `closed`. We judge by the AUC. We judge by accuracy."
    found = understand(write(text, **parts, sample_submission=sample))
    assert found.problem.metric == "auc"


def test_a_metric_that_is_not_in_the_catalogue_is_told_with_the_nearest_one(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    text = "Predict the `balance`. Forecasts are evaluated by the MASE."
    parts = {"train": table[:40], "test": table[40:].drop(columns="balance")}
    found = understand(write(text, **parts))
    assert found.problem.metric == "mae"
    assert "mean absolute scaled error" in found.doubts[0]


def test_a_metric_that_cannot_judge_the_target_is_told(write: Write, understand: Understand) -> None:
    table = pd.DataFrame({"x": range(60), "kind": ["a", "b", "c"] * 20})
    found = understand(write("Predict `kind`. Scored by RMSE.", train=table))
    assert any("rmse" in d and "does not fit" in d for d in found.doubts)


def test_the_direction_that_is_stated_is_checked(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    against = understand(write("Predict `closed`. We judge by the AUC, lower is better.", **halves(table)))
    assert against.problem.higher_is_better
    assert any("lower is better" in d for d in against.doubts)
    turned = understand(write("Predict `closed`. We report the negated log loss, higher is better.", **halves(table)))
    assert (turned.problem.metric, turned.problem.higher_is_better) == ("log-loss", False)
    assert any("turns the score round" in d for d in turned.doubts)


def test_a_stated_direction_that_agrees_is_no_doubt(write: Write, understand: Understand, table: pd.DataFrame) -> None:
    found = understand(write("Predict `closed`. Scored by log loss; the lower the better.", **halves(table)))
    assert found.doubts == ()


def test_a_metric_the_user_names_keeps_the_parameters_that_the_text_gives_it(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    text = "Predict `closed`. Judged by F-beta with beta = 3, or by accuracy."
    found = understand(write(text, **halves(table)), metric="fbeta")
    assert (found.problem.metric, found.problem.metric_params) == ("fbeta", {"beta": 3.0})


def test_prices_of_classes_stand_in_the_order_of_the_classes(write: Write, understand: Understand) -> None:
    table = pd.DataFrame({"x": range(60), "kind": ["low", "mid", "high"] * 20})
    text = """Predict `kind`. What a mistake costs, truth in rows:

| truth | low | mid | high |
|---|---|---|---|
| low | 0 | 1 | 2 |
| mid | 3 | 0 | 4 |
| high | 5 | 6 | 0 |
"""
    found = understand(write(text, train=table)).problem
    assert (found.metric, found.classes) == ("cost", ("high", "low", "mid"))
    assert found.metric_params == {"matrix": [[0, 5, 6], [2, 0, 1], [4, 3, 0]]}


def test_questions_stand_in_the_task_file_as_comments_that_can_be_put_in_place(
    write: Write, understand: Understand, table: pd.DataFrame, tmp_path: Path
) -> None:
    text = "Predict `closed`. We judge by the F1 score. We judge by the log loss."
    found = understand(write(text, **halves(table)))
    path = tmp_path / "task.toml"
    taskfile.write(path, found.problem)
    rival = found.problem.questions[0].options[1].value
    assert f'# or metric = "{rival}"' in path.read_text()
    path.write_text(path.read_text().replace(f'metric = "{found.problem.metric}"', f'metric = "{rival}"', 1))
    again = understand(tmp_path, overrides=taskfile.read(path))
    assert again.problem.metric == rival
    assert not any(q.field == "metric" for q in again.problem.questions)
