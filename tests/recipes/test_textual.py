import numpy as np
import pandas as pd
import pytest

from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile

pytest.importorskip("torch", reason="the extra neural is not installed")
import torch

from modelwright.recipes.text_network import TextNetwork, sizes
from modelwright.recipes.textnets import BagRows, SequenceRows
from modelwright.recipes.textual import LONGEST, TextNetworkClassifier, TextNetworkRegressor

STYLES = ("bag", "convolutions", "recurrent")
WORDS = ["river", "house", "door", "window", "wall", "garden", "stone"]


def letters(rows: int = 500, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """What tells the class is the order of two words, or of which there is one more."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    texts = [" ".join([*rng.choice(WORDS, 5), ("fine day", "day fine")[k], *rng.choice(WORDS, 3)]) for k in y]
    return pd.DataFrame({"letter": texts}), y


def test_it_asks_for_text() -> None:
    assert TextNetwork().applies(problem(), profile(Role.NUMBER)) == "the table has no column of text"
    assert TextNetwork().applies(problem(), profile(Role.TEXT)) is None


@pytest.mark.parametrize("style", STYLES)
def test_words_in_their_order_tell_the_class(style: str) -> None:
    X, y = letters()
    new, truth = letters(200, seed=1)
    model = TextNetworkClassifier(style, cycle=12, width=16, learning_rate=0.01).fit(X, y)
    assert (model.predict(new) == truth).mean() > 0.9


@pytest.mark.parametrize("style", STYLES)
def test_the_columns_beside_the_text_count(style: str) -> None:
    X, _ = letters(300)
    X["number"] = np.random.default_rng(2).normal(size=300)
    y = X["number"].to_numpy()
    model = TextNetworkRegressor(style, cycle=10, width=8, learning_rate=0.02, dropout=0.0).fit(X, y)
    assert np.corrcoef(model.predict(X), y)[0, 1] > 0.8


@pytest.mark.parametrize("style", ["convolutions", "recurrent"])
def test_a_text_is_read_alike_among_longer_ones(style: str) -> None:
    X, y = letters(120)
    model = TextNetworkClassifier(style, cycle=1, width=8).fit(X, y)
    long = pd.DataFrame({"letter": [X["letter"][0], " ".join(WORDS * 30)]})
    np.testing.assert_allclose(model.predict_proba(long)[0], model.predict_proba(X.iloc[[0]])[0], atol=1e-5)


def test_two_columns_of_text_are_kept_apart() -> None:
    X, y = letters(120)
    both = X.assign(answer=[f"{text} once more" for text in X["letter"][::-1]])
    model = TextNetworkClassifier("convolutions", cycle=1, width=8).fit(both, y)
    assert model.texts_ == ["letter", "answer"]
    swapped = both.rename(columns={"letter": "answer", "answer": "letter"})[["letter", "answer"]]
    assert (model.predict_proba(both) != model.predict_proba(swapped)).any()


def test_an_endless_text_is_cut() -> None:
    X, y = letters(60)
    X.loc[0, "letter"] = "stone " * 100_000
    model = TextNetworkClassifier("convolutions", cycle=1, width=8).fit(X, y)
    words, bounds = model._coded(model._split(X.iloc[[0]]))
    assert len(words) == bounds[-1] <= LONGEST


def test_few_rows_have_more_epochs_and_smaller_batches_than_many() -> None:
    few, many = (sizes("bag", rows, {}) for rows in (1000, 200_000))
    assert few.epochs > many.epochs
    assert few.batch < many.batch
    assert sizes("bag", 1000, {"cycle": 2, "width": 5}).epochs == 2
    assert sizes("bag", 1000, {"cycle": 2, "width": 5}).width == 5


def test_rows_of_a_bag_are_those_chosen() -> None:
    import scipy.sparse

    matrix = scipy.sparse.csr_matrix(np.array([[1, 0, 2], [0, 0, 0], [0, 3, 0]], dtype=np.float32))
    none = np.zeros((3, 0), dtype=np.float32)
    rows = BagRows.of(matrix, none, none.astype(np.int64), "cpu")[torch.tensor([2, 1, 0, 2])]
    grams, weights, starts, *_ = rows.inputs
    assert grams.tolist() == [1, 0, 2, 1]
    assert weights.tolist() == [3.0, 1.0, 2.0, 3.0]
    assert starts.tolist() == [0, 1, 1, 3]


def test_rows_of_words_are_padded_with_nothing() -> None:
    parts = (torch.tensor([5, 6, 7]), torch.tensor([0, 2, 2]), torch.tensor([2, 2, 3]))
    rows = SequenceRows(*parts, torch.zeros(3, 0), torch.zeros(3, 0))
    assert rows.inputs[0].tolist() == [[5, 6], [0, 0], [7, 0]]
    assert rows[torch.tensor([1])].inputs[0].tolist() == [[0]]
