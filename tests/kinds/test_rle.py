import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from modelwright.kinds import rle

masks = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 1))
orders = st.sampled_from(["columns", "rows"])


@settings(max_examples=50, deadline=None)
@given(masks, orders, st.integers(0, 1), st.sampled_from(["-", "", "none"]))
def test_decoding_gives_back_what_was_encoded(mask, order, start, empty):
    text = rle.encode(mask, order=order, start=start, empty=empty)
    assert (rle.decode(text, mask.shape, order=order, start=start, empty=empty) == mask).all()


@settings(max_examples=50, deadline=None)
@given(masks, orders)
def test_runs_are_ascending_and_do_not_touch(mask, order):
    text = rle.encode(mask, order=order)
    runs = [] if text == "-" else [int(w) for w in text.split()]
    ends = [start + length for start, length in zip(runs[::2], runs[1::2], strict=True)]
    assert all(start > end for start, end in zip(runs[2::2], ends, strict=False))
    assert sum(runs[1::2]) == mask.sum()


def test_a_small_mask_by_hand():
    mask = np.array([[0, 1, 1], [0, 1, 0]])
    assert rle.encode(mask, order="columns") == "3 3"
    assert rle.encode(mask, order="rows") == "2 2 5 1"
    assert rle.encode(mask, order="rows", start=0) == "1 2 4 1"
    assert rle.encode(np.zeros((2, 2))) == "-"


@pytest.mark.parametrize("text", ["1", "1 2 3", "0 1", "3 9", "1 0", "1 -2", "a 1", "1.5 2"])
def test_what_is_no_mask_of_that_size_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        rle.decode(text, (2, 3))


@settings(max_examples=50, deadline=None)
@given(masks, orders, st.data())
def test_runs_of_two_masks_together_mark_what_either_marks(mask, order, data):
    other = data.draw(arrays(np.uint8, mask.shape, elements=st.integers(0, 1)))
    both = " ".join(rle.encode(m, order=order, empty="") for m in (mask, other))
    assert (rle.decode(both, mask.shape, order=order) == (mask | other)).all()
