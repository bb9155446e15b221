import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.metrics.blocks import deal

seeds = st.integers(0, 1000)


@settings(max_examples=50, deadline=None)
@given(st.integers(20, 400), st.integers(2, 5), seeds)
def test_blocks_are_even_within_every_fold(rows, folds, seed):
    fold = np.arange(rows) % folds
    block = deal(fold, None, None, seed)
    for k in range(folds):
        sizes = np.bincount(block[fold == k], minlength=block.max() + 1)
        assert sizes.max() - sizes.min() <= 1


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 6), seeds)
def test_no_block_takes_the_last_row_of_a_class_that_a_fold_has_twice(rare, seed):
    fold = np.arange(200) % 2
    stratum = np.zeros(200, dtype=int)
    stratum[: 2 * rare] = 1
    block = deal(fold, stratum, None, seed)
    for k in (0, 1):
        assert len(np.unique(block[(fold == k) & (stratum == 1)])) >= 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=200), seeds)
def test_groups_stay_whole_and_no_block_is_empty(groups, seed):
    found = np.array(groups)
    block = deal(np.zeros(len(found), dtype=int), None, found, seed)
    assert (np.bincount(block) > 0).all()
    if len(np.unique(found)) > 1:
        assert all(len(np.unique(block[found == g])) == 1 for g in np.unique(found))


def test_a_seed_always_deals_the_same_and_another_one_differently():
    fold = np.arange(500) % 5
    assert (deal(fold, None, None, 1) == deal(fold, None, None, 1)).all()
    assert (deal(fold, None, None, 1) != deal(fold, None, None, 2)).any()


def test_rows_in_order_are_cut_into_stretches():
    fold = np.repeat([0, 1], 100)
    block = deal(fold, None, None, 0, in_order=True)
    assert (np.diff(block[:100]) >= 0).all()
    assert (np.diff(block[100:]) >= 0).all()
    assert len(np.unique(block)) == 20


def test_a_fold_of_a_single_group_has_blocks_too() -> None:
    folds = np.repeat([0, 1, 2], [130, 43, 27])
    dealt = deal(folds, None, folds, seed=0)
    for fold in range(3):
        own = dealt[folds == fold]
        assert len(np.unique(own)) > 1
        assert (np.diff(own) >= 0).all()  # stretches of neighbours
