from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from modelwright.recipes.coder import FAR, MISSING, OTHER, Coder

ANY = arrays(np.float64, st.integers(1, 40), elements=st.floats(allow_nan=True, allow_infinity=True, width=64))
RANDOM = np.random.default_rng(0)
WORDS = np.array(["".join(RANDOM.choice(list("ABC"), 5)) for _ in range(400)], dtype=object)
LETTERED = Coder(pd.DataFrame({"code": WORDS}))


@settings(max_examples=30, deadline=None)
@given(ANY, ANY)
def test_any_numbers_are_encoded_as_finite_ones(fit: Any, new: Any) -> None:
    numbers, _ = Coder(pd.DataFrame({"x": fit})).encode(pd.DataFrame({"x": new}))
    assert np.isfinite(numbers).all()
    assert len(numbers) == len(new)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=1, max_size=30))
def test_any_texts_are_encoded_as_codes_there_is_room_for(texts: list[str | None]) -> None:
    _, codes = LETTERED.encode(pd.DataFrame({"code": np.array(texts, dtype=object)}))
    assert codes.shape[1] == len(LETTERED.sizes) >= 5
    assert ((codes >= 0) & (codes < np.array(LETTERED.sizes))).all()


def test_numbers_near_the_middle_keep_their_sums() -> None:
    x = np.random.default_rng(0).normal(10, 3, 2000)
    numbers, _ = Coder(pd.DataFrame({"x": x})).encode(pd.DataFrame({"x": [10.0, 13.0, 16.0]}))
    assert np.diff(numbers[:, 0])[0] == np.float32(np.diff(numbers[:, 0])[1]) or np.allclose(*np.diff(numbers[:, 0]))


def test_an_outlier_moves_neither_scale_nor_far_away() -> None:
    x = np.append(np.random.default_rng(0).normal(size=2000), 1e12)
    coder = Coder(pd.DataFrame({"x": x}))
    numbers, _ = coder.encode(pd.DataFrame({"x": [0.0, 1.0, 1e12]}))
    assert 0.8 < numbers[1, 0] - numbers[0, 0] < 1.2
    assert FAR < numbers[2, 0] < 40


def test_a_heavy_tail_is_mapped_to_a_normal_distribution() -> None:
    x = np.exp(np.random.default_rng(0).normal(0, 3, 5000))
    numbers, _ = Coder(pd.DataFrame({"x": x})).encode(pd.DataFrame({"x": x}))
    assert abs(numbers.mean()) < 0.05
    assert 0.9 < numbers.std() < 1.1


def test_a_gap_is_told_by_a_column_of_its_own() -> None:
    numbers, _ = Coder(pd.DataFrame({"x": [1.0, 2.0, np.nan]})).encode(pd.DataFrame({"x": [np.nan, 2.0]}))
    assert numbers[:, 1].tolist() == [1, 0]


def test_missing_and_unseen_levels_have_codes_of_their_own() -> None:
    fit = pd.DataFrame({"c": pd.Categorical(["a", "b"] * 10)})
    new = pd.DataFrame({"c": pd.Categorical(["a", None, "new"])})
    _, codes = Coder(fit).encode(new)
    assert codes[1:, 0].tolist() == [MISSING, OTHER]
    assert codes[0, 0] > OTHER


def test_a_million_levels_share_few_codes() -> None:
    names = np.array([f"user {k}" for k in range(20_000)], dtype=object)
    coder = Coder(pd.DataFrame({"c": pd.Categorical(names), "d": pd.Categorical(np.resize(names[:6000], 20_000))}))
    assert max(coder.sizes) < 5000


def test_characters_of_codes_are_told_place_by_place() -> None:
    rng = np.random.default_rng(0)
    fit = pd.DataFrame({"code": np.array(["".join(rng.choice(list("ABCDEFGH"), 6)) for _ in range(500)], dtype=object)})
    _, codes = Coder(fit).encode(pd.DataFrame({"code": np.array(["ABABAB", None, "A?", "ABABABAB"], dtype=object)}))
    assert codes[0, 0] == codes[0, 2] != codes[0, 1]
    assert codes[1].tolist() == [MISSING] * 6
    assert codes[2].tolist() == [codes[0, 0], *[OTHER] * 5]
    assert codes[3].tolist() == codes[0].tolist()


def test_prose_is_no_code() -> None:
    rng = np.random.default_rng(0)
    text = np.array(["x" * k for k in rng.integers(1, 200, 500)], dtype=object)
    assert Coder(pd.DataFrame({"text": text})).sizes == []
