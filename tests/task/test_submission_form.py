import pytest

from modelwright.task.prose import parse
from modelwright.task.submission_form import read_form

ROWS = ["plot", "soil", "rain"]


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Upload this:\n\n    plot,yield\n    7,3.2\n", ("plot", "yield")),
        ("```\nplot;yield\n7;3.2\n```", ("plot", "yield")),
        ("Hand in `plot,yield` as csv.", ("plot", "yield")),
        ("We expect two columns, `plot` and `yield`.", ("plot", "yield")),
        ("The file has the columns plot and yield.", ("plot", "yield")),
        ("Columns of the answer: `plot`, then `crop_wheat`, `crop_rye` and `crop_oats`.",
         ("plot", "crop_wheat", "crop_rye", "crop_oats")),
        ("Give `plot` and the probabilities `grade_1` to `grade_3`.", ("plot", "grade_1", "grade_2", "grade_3")),
        ("Columns: `plot`, `soil`, `rain` and, for training, `yield`.\n\nSend `plot` and `prediction` in a csv file.",
         ("plot", "prediction")),
    ],
)  # fmt: skip
def test_the_form_is_read_out_of_blocks_and_sentences(text: str, header: tuple[str, ...]) -> None:
    form = read_form(parse(text), ROWS, ["yield", "crop", "grade"], ["wheat", "rye", "oats", "1", "2", "3"])
    assert form is not None
    assert form.header == header


@pytest.mark.parametrize(
    "text", ["", "Predict the yield.", "We know `soil`, `rain` of each `plot`.", "Some `code,x` here"]
)
def test_other_lists_are_no_form(text: str) -> None:
    assert read_form(parse(text), ROWS, ["yield"], []) is None


def test_example_lines_come_with_the_form() -> None:
    form = read_form(parse("Like so:\n\n    plot,yield\n    7,3.2\n    9,1.1\n"), ROWS, ["yield"], [])
    assert form is not None
    assert form.examples == (("7", "3.2"), ("9", "1.1"))
