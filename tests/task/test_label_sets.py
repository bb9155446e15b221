"""Multilabel targets, told from names of several words, and answered in the form that is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from modelwright.records.problem import Output
from modelwright.task import taskfile
from modelwright.task.interpret import Understanding
from modelwright.task.label_sets import find_sets, yes_or_no
from modelwright.task.prose import parse

Write = Callable[..., Path]
Understand = Callable[..., Understanding]
LABELS = ("jazz", "rock", "folk", "soul", "punk")
SILENT = parse("Predict the column.")


def songs(rows: int = 200) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["beat", "pitch", "noise"])
    table.insert(0, "song", np.arange(rows))
    return table, (rng.random((rows, 5)) < 0.35).astype(int)


def tasks(
    table: pd.DataFrame, answers: dict[str, Any], sample: dict[str, Any] | None = None
) -> dict[str, pd.DataFrame]:
    whole = table.assign(**answers)
    tables = {"train": whole[:150], "test": table[150:]}
    if sample is not None:
        tables["sample_submission"] = table[150:][["song"]].assign(**sample)
    return tables


def joined(marks: np.ndarray[Any, Any], separator: str) -> list[str]:
    return [separator.join(np.array(LABELS)[row > 0]) for row in marks]


@pytest.mark.parametrize("separator", ["|", ";", ", ", ","])
def test_cells_of_sets_are_read_without_a_word_in_the_text(separator: str) -> None:
    found = find_sets(pd.Series(joined(songs()[1], separator), name="genre"), SILENT)
    assert found is not None
    assert found.labels == tuple(sorted(LABELS))
    assert found.how == {"form": "text", "separator": separator}


def test_blanks_separate_labels_where_there_are_many_combinations_or_the_text_says_so() -> None:
    cells = pd.Series(joined(songs()[1], " "), name="genre")
    assert find_sets(cells, SILENT) is not None
    few = pd.Series([c for c in cells if c.count(" ") < 2][:60], name="genre")
    assert find_sets(few, parse("A song has one or more genres.")) is not None


@pytest.mark.parametrize(
    "names",
    [
        ["New York", "New Jersey", "Los Angeles", "San Diego", "San Jose"],
        ["very good", "good", "bad", "very bad"],
        ["Iris-setosa", "Iris-virginica", "Iris-versicolor"],
        ["a/b", "a/c", "d/e"],
        ["Smith, John", "Smith, Mary", "Jones, John"],
    ],
)
def test_names_of_several_words_are_classes(names: list[str]) -> None:
    cells = pd.Series(np.random.default_rng(0).choice(names, 200), name="place")
    assert find_sets(cells, SILENT) is None


def test_free_text_is_no_set() -> None:
    rng = np.random.default_rng(0)
    words = [f"w{k}" for k in range(400)]
    assert find_sets(pd.Series([" ".join(rng.choice(words, 12)) for _ in range(300)], name="t"), SILENT) is None


def test_sets_are_answered_in_one_cell_as_the_sample_writes_them(write: Write, understand: Understand) -> None:
    table, marks = songs()
    tables = tasks(table, {"genre": joined(marks, ", ")}, {"genre": "jazz|rock"})
    problem = understand(write("Judged by micro F1.", **tables)).problem
    assert (problem.kind, problem.metric, problem.output) == ("multilabel", "f1-micro", Output.SETS)
    assert problem.classes == tuple(sorted(LABELS))
    assert problem.options == {
        "sets": {"form": "text", "separator": ", "},
        "answer": {"form": "text", "separator": "|"},
    }


def test_answer_columns_may_be_the_labels_of_sets(write: Write, understand: Understand) -> None:
    table, marks = songs()
    sample = {f"is_{label}": 0.5 for label in LABELS}
    problem = understand(
        write("Mean column-wise ROC AUC.", **tasks(table, {"genre": joined(marks, ";")}, sample))
    ).problem
    assert (problem.kind, problem.targets, problem.metric) == ("multilabel", ("genre",), "auc-macro")
    assert problem.classes == LABELS
    assert problem.class_columns == tuple(sample)
    assert problem.output is Output.PROBABILITIES


def test_what_was_understood_is_understood_again_from_its_task_file(
    write: Write, understand: Understand, tmp_path: Path
) -> None:
    table, marks = songs()
    path = write("Judged by micro F1.", **tasks(table, {"genre": joined(marks, ", ")}, {"genre": "jazz|rock"}))
    first = understand(path).problem
    taskfile.write(tmp_path / "task.toml", first)
    again = understand(path, overrides=taskfile.read(tmp_path / "task.toml")).problem
    assert again.model_copy(update={"evidence": first.evidence}) == first


def test_several_columns_of_yes_and_no_are_labels(write: Write, understand: Understand) -> None:
    table, marks = songs()
    words = {label: np.where(marks[:, k], "Y", "N") for k, label in enumerate(LABELS)}
    problem = understand(write("The Hamming loss counts.", **tasks(table, words))).problem
    assert (problem.kind, problem.targets, problem.metric) == ("multilabel", LABELS, "hamming-loss")
    assert not problem.higher_is_better
    assert problem.options == {"values": [["N", "Y"]] * 5}
    assert problem.header == ("song", *LABELS)


def test_a_label_that_no_training_row_has_is_no_error(write: Write, understand: Understand) -> None:
    table, marks = songs()
    marks[:, 2] = 0
    answers = {label: marks[:, k] for k, label in enumerate(LABELS)}
    tables = tasks(table, answers, dict.fromkeys(LABELS, 0))
    assert understand(write("Macro F1.", **tables)).problem.kind == "multilabel"


def test_several_columns_judged_by_squared_errors_stay_numbers(write: Write, understand: Understand) -> None:
    table, marks = songs()
    answers = {label: marks[:, k] for k, label in enumerate(LABELS)}
    tables = tasks(table, answers, dict.fromkeys(LABELS, 0))
    assert understand(write("Root mean squared error over the columns.", **tables)).problem.kind == "regression"


@pytest.mark.parametrize(
    ("words", "metric"),
    [("F1 score", "f1-macro"), ("accuracy", "subset-accuracy"), ("area under the ROC curve", "auc-macro")],
)
def test_names_of_metrics_mean_what_they_mean_for_sets(
    write: Write, understand: Understand, words: str, metric: str
) -> None:
    table, marks = songs()
    answers = {label: marks[:, k] for k, label in enumerate(LABELS)}
    path = write(f"Submissions are judged by {words}.", **tasks(table, answers, dict.fromkeys(LABELS, 0)))
    assert understand(path).problem.metric == metric


def test_a_training_row_without_a_label_has_none(write: Write, understand: Understand) -> None:
    table, marks = songs()
    understood = understand(write("Judged by micro F1.", **tasks(table, {"genre": joined(marks, ", ")})))
    assert len(understood.train) == 150
    assert any("without a label" in doubt for doubt in understood.doubts)


@pytest.mark.parametrize(
    ("values", "pair"),
    [
        ([0, 1, 1], (0, 1)),
        (["no", "yes"], ("no", "yes")),
        ([-1, 1], (-1, 1)),
        ([True, False], (False, True)),
        ([0, 0], (0, 1)),
    ],
)
def test_two_values_are_told_as_no_and_yes(values: list[Any], pair: tuple[Any, Any]) -> None:
    assert yes_or_no(pd.Series(values)) == pair


@pytest.mark.parametrize("values", [[0, 1, 2], ["red", "blue"], [3, 4]])
def test_other_values_are_not(values: list[Any]) -> None:
    assert yes_or_no(pd.Series(values)) is None
