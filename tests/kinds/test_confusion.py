import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from modelwright.kinds.confusion import ConfusionScore, MaskScore, confusion, mask_counts

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_counts_are_those_of_scikit_learn(found):
    truth, output = np.array(found).T
    size = max(2, truth.max() + 1, output.max() + 1)
    assert (confusion(truth, output) == confusion_matrix(truth, output, labels=range(size))).all()


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="shape"):
        confusion(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="shape"):
        mask_counts(np.zeros((2, 2)), np.zeros((2, 3)))


def test_a_score_is_its_formula_on_the_counts():
    score = ConfusionScore(lambda counts, price=1.0: price * counts[..., 0, 1])
    assert score(np.array([0, 0, 1]), np.array([1, 1, 1]), price=3.0) == 6.0


def test_masks_count_together_or_one_by_one():
    def share(counts):
        return counts[..., 1, 1] / counts[..., 1, :].sum(axis=-1)

    truth = [np.ones((1, 4)), np.ones((1, 1))]
    output = [np.zeros((1, 4)), np.ones((1, 1))]
    assert MaskScore(share, each=False)(truth, output) == pytest.approx(0.2)
    assert MaskScore(share, each=True)(truth, output) == pytest.approx(0.5)
