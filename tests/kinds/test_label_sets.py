import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.errors import TaskError
from modelwright.kinds import label_sets

WAYS = [
    {"form": "text", "separator": " "},
    {"form": "text", "separator": ", "},
    {"form": "text", "separator": "|"},
    {"form": "json"},
    {"form": "list"},
]


@pytest.mark.parametrize("how", WAYS, ids=str)
@given(labels=st.lists(st.text("abcxyz_0189", min_size=1, max_size=5), unique=True, max_size=6))
def test_what_was_written_is_read_back(how, labels):
    assert label_sets.read(label_sets.write(labels, how), how) == labels


@pytest.mark.parametrize("how", WAYS, ids=str)
@pytest.mark.parametrize("cell", [None, float("nan"), "", "  "])
def test_a_missing_cell_is_the_empty_set(how, cell):
    assert label_sets.read(cell, how) == []


@pytest.mark.parametrize("cell", ['["a", "b"]', "['a', 'b']", "[a, b]", "[a,b]"])
def test_lists_are_read_whoever_wrote_them(cell):
    assert label_sets.read(cell, {"form": "json"}) == ["a", "b"]


def test_a_label_that_is_not_known_is_named_with_its_row():
    cells = pd.Series(["a b", "c"], name="tags", index=[7, 8])
    with pytest.raises(TaskError, match=r"'tags' holds the label 'c' in row 8.*a, b"):
        label_sets.matrix(cells, ("a", "b"), WAYS[0])


def test_a_matrix_has_a_column_for_each_label():
    found = label_sets.matrix(pd.Series(["b a", "", "b"], name="tags"), ("a", "b"), WAYS[0])
    assert found.tolist() == [[1, 1], [0, 0], [0, 1]]
