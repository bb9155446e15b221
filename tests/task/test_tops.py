"""Lists of likely classes in one cell, told from single labels, and handed in as they are judged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.deliver import submission
from modelwright.kinds import label_sets
from modelwright.kinds.classification import Classification, likeliest
from modelwright.metrics import catalogue
from modelwright.metrics.tops import map_at_k
from modelwright.records.experiment import Rule
from modelwright.records.problem import Output, Problem
from modelwright.task.interpret import Understanding
from modelwright.task.prose import parse
from modelwright.task.tops import find_top

Write = Callable[..., Path]
Understand = Callable[..., Understanding]
NAMES = ("ash", "box", "elm", "fir", "oak")
SILENT = parse("Say which tree it is.")
SPACES = parse("Predict up to 3 trees per picture, separated by spaces.")


def table_of(rows: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["girth", "height", "noise"])
    return table.assign(row=np.arange(rows), tree=[NAMES[k % 5] for k in range(rows)])


def tasks(cell: object) -> dict[str, pd.DataFrame]:
    table = table_of()
    asked = table[150:].drop(columns="tree")
    return {"train": table[:150], "test": asked, "sample_submission": asked[["row"]].assign(tree=cell)}


def read(cells: list[Any], metric: str = "map-at-k", places: int = 0, prose: Any = SILENT) -> dict[str, Any] | None:
    found = find_top(pd.Series(cells), NAMES, metric, places, prose)
    return found[0] if found else None


@pytest.mark.parametrize("separator", [" ", ",", ", ", ";", "|"])
def test_the_sample_shows_how_lists_are_written(separator: str) -> None:
    cells = [separator.join(("elm", "oak", "ash")), separator.join(("box", "fir"))]
    assert read(cells, "accuracy") == {"form": "text", "separator": separator, "k": 3}


def test_a_class_that_stands_more_than_once_in_a_sample_counts_as_often() -> None:
    assert read(["ash ash ash ash"] * 3) == {"form": "text", "separator": " ", "k": 4}


def test_the_metric_says_how_many_where_the_sample_has_one_label_a_row() -> None:
    assert read(["ash"] * 3, places=3) == {"form": "text", "separator": " ", "k": 3}
    commas = parse("Hand in up to 3 trees, delimited by commas.")
    assert read(["ash"] * 3, places=3, prose=commas) == {"form": "text", "separator": ",", "k": 3}


@pytest.mark.parametrize(
    ("cells", "metric", "places"),
    [(["ash"], "accuracy", 0), (["ash"], "map-at-k", 1), ([0.2], "map-at-k", 3), (["ash and oak"], "map-at-k", 3)],
)
def test_other_answers_are_no_lists(cells: list[Any], metric: str, places: int) -> None:
    assert read(cells, metric, places, SPACES) is None


def test_without_a_sample_only_the_text_can_ask_for_lists() -> None:
    assert find_top(None, NAMES, "map-at-k", 3, SILENT) is None
    found = find_top(None, NAMES, "map-at-k", 3, SPACES)
    assert found is not None
    assert found[0] == {"form": "text", "separator": " ", "k": 3}


def test_names_with_blanks_are_kept_apart_by_something_else() -> None:
    found = find_top(pd.Series(["red oak"]), ("red oak", "white oak", "elm"), "map-at-k", 2, SILENT)
    assert found is not None
    assert found[0]["separator"] == "|"


def test_a_folder_whose_sample_lists_classes_is_answered_with_lists(write: Write, understand: Understand) -> None:
    text = "Say which tree it is. Submissions are judged by MAP@3: up to 3 trees, separated by spaces."
    problem = understand(write(text, **tasks("ash box elm"))).problem
    assert (problem.kind, problem.metric, problem.output) == ("multiclass", "map-at-k", Output.TOP)
    assert problem.header == ("row", "tree")
    sure = np.random.default_rng(1).dirichlet(np.ones(5), 50)
    metric = catalogue.get("map-at-k")
    handed = Classification().submission(sure, tasks("")["test"][["row"]], problem, metric, Rule())
    submission.check(handed, problem, tasks("")["test"][["row"]], tasks("ash box elm")["sample_submission"])
    assert handed.tree.iloc[0].split() == [NAMES[k] for k in np.argsort(-sure[0])[:3]]


@given(
    st.lists(st.lists(st.integers(0, 4), min_size=4, max_size=4), min_size=1, max_size=20), st.integers(0, 5), st.data()
)
def test_the_list_handed_in_earns_what_the_metric_says(levels: list[list[int]], k: int, data: st.DataObject) -> None:
    score = np.array(levels) / 4
    truth = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(score), max_size=len(score))))
    how: Any = {"form": "text", "separator": ",", "k": k}
    problem = Problem(
        name="", root="", kind="multiclass", targets=("t",), metric="map-at-k", higher_is_better=True,
        classes=(1, 2.0, "c", "d"), output=Output.TOP, options={"top": how},
    )  # fmt: skip
    lists = [label_sets.read(cell, how) for cell in likeliest(score, problem)]
    assert {len(each) for each in lists} == {min(k or 4, 4)}
    names = ["1", "2", "c", "d"]
    earned = [1 / (each.index(names[t]) + 1) if names[t] in each else 0.0 for each, t in zip(lists, truth, strict=True)]
    assert np.mean(earned) == pytest.approx(map_at_k(truth, score, k=k))
