"""The order of classes: the positive one second, grades by a scale or the text."""

from typing import Any

import pandas as pd
import pytest

from modelwright.task.asked import Asked
from modelwright.task.classes import classes_of, grades_in_order
from modelwright.task.prose import parse


def ordered(values: list[Any], text: str = "", kind: str = "binary", **asked: Any) -> tuple[Any, ...]:
    series = pd.Series(values, name="answer")
    return classes_of(series, kind, Asked(**asked), parse(text), None, graded=kind != "binary")


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        ([0, 1], 1),
        ([-1, 1], 1),
        ([1, 2], 2),
        ([True, False], True),
        (["Y", "N"], "Y"),
        (["no", "yes"], "yes"),
        (["malignant", "benign"], "malignant"),
        (["healthy", "sick"], "sick"),
    ],
)
def test_the_positive_class_has_the_meaning_of_yes_or_the_larger_value(values: list[Any], positive: Any) -> None:
    assert ordered(values)[1] == positive


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        ("Give the probability that it is a square.", "squares"),
        ("Give the chance of it being a circle.", "circles"),
        ("The positive class is circles.", "circles"),
        ("Squares is the positive class.", "squares"),
        ("Predict a label (1 = circle, 0 = square).", "circles"),
        ("The label is 1 if the drawing is a circle.", "circles"),
        ("Code squares as 1 and circles as 0.", "squares"),
    ],
)
def test_the_text_may_name_it_in_the_singular_or_plural(text: str, positive: str) -> None:
    assert ordered(["circles", "squares", "squares"], text)[1] == positive


def test_the_header_may_name_it() -> None:
    found = ordered(["left", "right", "right"], targets=("side",), id="id", header=("id", "right"))
    assert found[1] == "right"


@pytest.mark.parametrize(
    ("text", "positive"),
    [
        ("The column risk is 1 = good, 2 = bad.", 2),
        ("1 means yes and 2 means no.", 1),
        ("Coded as 1: fraud, 2: normal.", 1),
        ("There are 2 numbers.", 2),
    ],
)
def test_the_text_may_give_numbers_a_meaning(text: str, positive: int) -> None:
    assert ordered([1, 2], text)[1] == positive


def test_without_any_hint_the_rarer_one_is_taken_and_the_other_is_its_runner_up() -> None:
    asked = Asked()
    values = pd.Series(["east", "west", "west"], name="side")
    assert classes_of(values, "binary", asked, parse(""), None, graded=False)[1] == "east"
    (evidence,) = asked.evidence
    assert (evidence.confidence, evidence.runner_up) == (0.5, "west")


def test_grades_follow_a_common_scale_or_the_sentence_that_names_them_all() -> None:
    assert ordered(["high", "low", "medium"], kind="multiclass") == ("low", "medium", "high")
    text = "Eggs are called sprout, stem, or oak as they grow."
    assert grades_in_order(["oak", "sprout", "stem"], parse(text)) == ["sprout", "stem", "oak"]
    assert grades_in_order(["oak", "sprout", "stem"], parse("")) is None
