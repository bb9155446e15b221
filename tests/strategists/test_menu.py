import pytest

from modelwright.records.experiment import Step
from modelwright.records.problem import Modality
from modelwright.records.profile import Column, Profile, Role
from modelwright.strategists.menu import Menu, with_step
from modelwright.testing.records import problem


def test_what_reads_dates_stands_before_the_step_that_drops_them() -> None:
    dates, gaps, without = Step(name="dates"), Step(name="date-gaps"), Step(name="without", params={"columns": ["x"]})
    assert with_step((dates,), gaps) == (gaps, dates)
    assert with_step((without, dates), gaps) == (without, gaps, dates)


def test_other_steps_come_last() -> None:
    dates, ranks = Step(name="dates"), Step(name="ranks")
    assert with_step((dates,), ranks) == (dates, ranks)


def test_a_step_that_judges_columns_stays_the_last() -> None:
    dates, missing, select = Step(name="dates"), Step(name="missing"), Step(name="select")
    assert with_step((dates,), select) == (dates, select)
    assert with_step((dates, select), missing) == (dates, missing, select)


def test_models_of_texts_come_first_where_the_task_is_about_texts() -> None:
    text, number = Column(name="t", role=Role.TEXT, length=80.0), Column(name="n", role=Role.NUMBER)
    made = Profile(rows=100, test_rows=10, columns=(text, number))
    table = list(Menu(problem(), made).recipes)
    about = list(Menu(problem().model_copy(update={"modality": Modality.TEXT}), made).recipes)
    assert sorted(table) == sorted(about)
    assert table[:2] == ["dummy", "linear"]
    assert about[:3] == ["dummy", "tfidf-linear", "naive-bayes"]


def test_a_step_is_made_with_what_the_problem_gives_it() -> None:
    pytest.importorskip("transformers", reason="the extra text is not installed")
    made = Profile(rows=100, test_rows=10, columns=(Column(name="t", role=Role.TEXT, length=80.0),))
    without, given = (problem().model_copy(update={"options": o}) for o in ({}, {"checkpoints": ["/a/small"]}))
    assert "text-embeddings" not in [s.name for s in Menu(without, made).optional]
    (step,) = (s for s in Menu(given, made).optional if s.name == "text-embeddings")
    assert step.params == {"checkpoint": "/a/small"}
    assert step.title == "text-embeddings(small)"
