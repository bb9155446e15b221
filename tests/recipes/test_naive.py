import numpy as np
import pandas as pd
import pytest

from modelwright.recipes.bayes import NaiveBayes
from modelwright.recipes.naive import NaiveClassifier, NaiveLabels
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile

PLAIN = [
    "the",
    "house",
    "by",
    "the",
    "river",
    "had",
    "a",
    "door",
    "and",
    "a",
    "window",
    "in",
    "the",
    "wall",
    "of",
    "it",
]


def letters(rows: int, classes: int = 3, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Texts of which each class has words of its own, and half of the rows hold one of another class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, rows)
    texts = []
    for k in y:
        other = rng.integers(0, classes) if rng.random() < 0.5 else k
        words = [*rng.choice(PLAIN, rng.integers(3, 40)), f"mark{k}", f"mark{other}"]
        texts.append(" ".join(rng.permutation(words)))
    return pd.DataFrame({"letter": texts}), y


def loss(found: np.ndarray, truth: np.ndarray) -> float:
    return float(-np.log(np.clip(found[np.arange(len(truth)), truth], 1e-15, None)).mean())


def test_a_problem_of_values_is_declined() -> None:
    values = problem().model_copy(update={"kind": "regression"})
    assert "classes apart" in str(NaiveBayes().applies(values, profile(Role.TEXT)))
    assert NaiveBayes().applies(problem(), profile(Role.NUMBER)) == "the table has no column of text"
    assert NaiveBayes().applies(problem(), profile(Role.TEXT)) is None


@pytest.mark.parametrize("complement", [True, False])
@pytest.mark.parametrize("classes", [2, 3, 15])
def test_its_probabilities_can_be_believed(classes: int, complement: bool) -> None:
    X, y = letters(3000, classes)
    unseen, truth = letters(1000, classes, seed=1)
    found = NaiveClassifier(complement=complement).fit(X, y).predict_proba(unseen)
    right = found.argmax(axis=1) == truth
    alone = 0.5 + 0.5 / classes  # rows with one mark are all told, of those with two half
    assert right.mean() > alone + 0.5 * (1 - alone) - 0.1
    assert found.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.1)
    assert loss(found, truth) < 0.7 * np.log(classes)


def test_labels_are_told_each_by_itself() -> None:
    X, y = letters(1200)
    marks = np.column_stack([y == 0, y != 1, np.zeros(len(y))]).astype(int)
    unseen, truth = letters(600, seed=1)
    found = NaiveLabels().fit(X, marks).predict_proba(unseen)
    assert ((found[:, 0] > 0.5) == (truth == 0)).mean() > 0.8
    assert ((found[:, 1] > 0.5) == (truth != 1)).mean() > 0.8
    assert (found[:, 2] == 0).all()


def test_other_columns_count_beside_the_text() -> None:
    X, _ = letters(600)
    number = np.random.default_rng(2).normal(size=len(X))
    y = (number > 0).astype(int)
    found = NaiveClassifier().fit(X.assign(number=number), y)
    assert (found.predict(X.assign(number=number)) == y).mean() > 0.9
