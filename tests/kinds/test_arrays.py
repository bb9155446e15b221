import numpy as np
import pandas as pd
import pytest

from modelwright.kinds import arrays
from modelwright.records.problem import Problem


def problem(**fields):
    asked = {"name": "t", "root": "", "kind": "regression", "targets": ("y",), "metric": "rmse"}
    return Problem(**(asked | {"higher_is_better": False} | fields))


def test_what_was_saved_is_loaded(tmp_path):
    arrays.save(tmp_path / "a.npz", first=np.arange(3), second=np.eye(2))
    found = arrays.load(tmp_path / "a.npz")
    assert found["first"].tolist() == [0, 1, 2]
    assert (found["second"] == np.eye(2)).all()


def test_saving_the_same_twice_gives_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        arrays.save(tmp_path / name, compress=True, value=np.arange(100.0))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_objects_are_refused_and_leave_the_old_file_and_no_rest(tmp_path):
    arrays.save(tmp_path / "a.npz", value=np.arange(3))
    with pytest.raises(ValueError, match=r"[Oo]bject"):
        arrays.save(tmp_path / "a.npz", value=np.array([{}], dtype=object))
    assert arrays.load(tmp_path / "a.npz")["value"].tolist() == [0, 1, 2]
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_pickled_arrays_are_not_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", value=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        arrays.load(tmp_path / "a.npz")


def test_objects_of_one_shape_stay_one_per_row():
    assert arrays.objects([np.ones((2, 2)), np.zeros((2, 2))]).shape == (2,)


@pytest.mark.parametrize(
    ("prediction", "word"),
    [
        ([1.0, 2.0], "list"),
        (np.array(["a", "b"]), "dtype"),
        (np.array([None, None]), "dtype"),
        (np.array([1j, 2j]), "dtype"),
        (np.array(1.0), "shape"),
        (np.zeros(3), "2 rows"),
        (np.array([1.0, np.nan]), "finite"),
        (np.array([1.0, np.inf]), "finite"),
    ],
)
def test_what_is_no_array_of_finite_numbers_is_named(prediction, word):
    assert word in arrays.flaw_of_numbers(prediction, 2)


def test_columns_take_their_names_from_the_header_where_the_number_fits():
    ids = pd.DataFrame({"key": [1]})
    assert arrays.answer_columns(problem(header=("key", "answer"), id="key"), ids, ["y"]) == ["answer"]
    assert arrays.answer_columns(problem(header=("key", "b", "a"), id="key"), ids, ["a", "b"]) == ["a", "b"]
    assert arrays.answer_columns(problem(header=("key", "a", "b"), id="key"), ids, ["y"]) == ["y"]


def test_the_table_has_the_order_of_the_header_and_works_without_ids():
    asked = problem(header=("y", "key"))
    assert list(arrays.assemble(asked, pd.DataFrame({"key": [7]}, index=[3]), {"y": [1.5]}).columns) == ["y", "key"]
    assert arrays.assemble(problem(), pd.DataFrame(index=[4, 5]), {"y": [1.0, 2.0]})["y"].tolist() == [1.0, 2.0]
