import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from modelwright.recipes.ngrams import Grams, TextClassifier, TextRegressor
from modelwright.recipes.text import TfidfLinear
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile

GOOD, BAD, PLAIN = "fine lovely grand", "awful dreadful poor", "the house by the river had a door and a window"


def reviews(rows: int = 300, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    texts = []
    for good in y:
        words = [*rng.choice(PLAIN.split(), 8), rng.choice((BAD, GOOD)[good].split())]
        texts.append(" ".join(rng.permutation(words)))
    return pd.DataFrame({"review": texts}), y


def test_a_table_without_text_is_declined() -> None:
    assert TfidfLinear().applies(problem(), profile(Role.NUMBER)) == "the table has no column of text"
    assert TfidfLinear().applies(problem(), profile(Role.TEXT)) is None


@pytest.mark.parametrize("ratios", [True, False])
def test_words_that_tell_the_class_are_found(ratios: bool) -> None:
    X, y = reviews()
    unseen, truth = reviews(seed=1)
    found = TextClassifier(ratios=ratios).fit(X, y).predict(unseen)
    assert (found == truth).mean() > 0.95


def test_strength_and_smoothing_are_chosen_and_told() -> None:
    X, y = reviews()
    assert set(TextClassifier().fit(X, y).learned_) == {"strength", "smoothing"}
    given = TextClassifier(strength=2.0, smoothing=0.5).fit(X, y)
    assert given.learned_ == {"strength": 2.0, "smoothing": 0.5}


def test_other_columns_count_beside_the_text() -> None:
    X, _ = reviews()
    number = np.random.default_rng(2).normal(size=len(X))
    y = (number > 0).astype(int)
    found = TextClassifier(strength=8.0, smoothing=1.0).fit(X.assign(number=number), y)
    assert (found.predict(X.assign(number=number)) == y).mean() > 0.9


def test_values_are_predicted_from_words() -> None:
    X, y = reviews()
    unseen, truth = reviews(seed=1)
    assert np.corrcoef(TextRegressor().fit(X, y.astype(float)).predict(unseen), truth)[0, 1] > 0.9


def test_each_column_of_text_has_words_of_its_own() -> None:
    X = pd.DataFrame({"a": ["red moon", "blue sun", "old sea"] * 3, "b": [f"green hill {k}" for k in range(9)]})
    X["a"] += [f" x{k}" for k in range(9)]
    grams = Grams(longest=1).fit(X)
    assert [name for name, _ in grams.blocks_] == ["a", "b"]
    assert grams.transform(X.assign(a="green hill"))[:, : len(grams.blocks_[0][1].kept)].nnz == 0


def test_a_column_without_words_is_left_out() -> None:
    X = pd.DataFrame({"a": [" " * k for k in range(1, 30)]})
    assert Grams().fit_transform(X).shape == (29, 0)


def test_case_is_told_apart_when_wanted() -> None:
    X = pd.DataFrame({"a": [f"Word {k} WORD" for k in range(20)]})
    kept, folded = (Grams(keep_case=k, words=0, across=True).fit(X) for k in (True, False))
    shouted = pd.DataFrame({"a": ["wOrD"]})
    assert kept.transform(shouted).nnz < folded.transform(shouted).nnz


def test_few_rows_and_many_read_the_same_vocabulary() -> None:
    X, _ = reviews()
    grams = Grams().fit(X)
    at_once = grams.transform(X)
    one_by_one = scipy.sparse.vstack([grams.transform(X.iloc[[k]]) for k in range(len(X))])
    assert abs(at_once - one_by_one).max() < 1e-6


def test_the_weights_are_those_of_scikit_learn() -> None:
    X, _ = reviews()
    ours = Grams(longest=1).fit_transform(X)
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+").fit_transform(X["review"])
    assert ours.shape == theirs.shape
    np.testing.assert_allclose((ours @ ours.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-5)


def test_of_very_much_text_words_alone_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _ = reviews()
    monkeypatch.setattr("modelwright.recipes.ngrams.LENGTHS", 100)
    assert [v.sort.unit for _, v in Grams().fit(X).blocks_] == ["words"]
