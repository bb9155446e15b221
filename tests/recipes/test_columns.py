import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import issparse
from sklearn.preprocessing import OneHotEncoder

from modelwright.recipes.columns import LinearColumns, OneHot

CODES = st.integers(-1, 5).map(float)
SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 4))


@given(SHAPES.flatmap(lambda shape: arrays(float, shape, elements=CODES)), st.integers(1, 4), st.data())
def test_one_hot_columns_are_those_of_scikit_learn(fitted: np.ndarray, rare: int, data: st.DataObject) -> None:
    shown = data.draw(arrays(float, (5, fitted.shape[1]), elements=st.integers(-1, 9).map(float)))
    known = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=rare).fit(fitted)
    ours = OneHot(rare).fit(fitted)
    for codes in (fitted, shown):
        assert (ours.transform(codes).toarray() == known.transform(codes).toarray()).all()


def test_one_hot_of_no_column_has_no_column() -> None:
    assert OneHot().fit(np.empty((3, 0))).transform(np.empty((2, 0))).shape == (2, 0)


def test_little_filled_matrices_are_sparse_and_say_the_same_as_dense_ones() -> None:
    rng = np.random.default_rng(0)
    names = pd.Categorical.from_codes(rng.integers(0, 20, 400), [f"n{k}" for k in range(20)])
    table = pd.DataFrame({"name": names, "x": rng.normal(size=400)})
    sparse = LinearColumns(splines=False).fit(table)
    dense = LinearColumns(splines=False).fit(table[["x"]])
    matrix = sparse.transform(table)
    assert issparse(matrix)
    assert matrix.shape == (400, 21)
    assert np.allclose(matrix[:, 0].toarray(), dense.transform(table))
    assert (matrix.toarray()[np.arange(400), 1 + names.codes] == 1).all()


def test_a_table_of_no_column_becomes_a_matrix_of_none() -> None:
    table = pd.DataFrame(index=range(4))
    assert LinearColumns().fit(table).transform(table).shape == (4, 0)
