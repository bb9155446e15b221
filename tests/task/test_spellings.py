from typing import Any

import numpy as np
import pandas as pd

from modelwright.records.profile import Role
from modelwright.task.counted import Counted
from modelwright.task.spellings import spellings

RNG = np.random.default_rng(0)


def found(values: Any, name: str = "x", role: Role = Role.NUMBER, **noted: int) -> dict[str, int]:
    column = Counted.of(name, pd.Series(values))
    return dict(spellings(column, None, role, noted))


def test_words_for_missing_are_counted_in_both_tables() -> None:
    train, test = (Counted.of("x", pd.Series(v)) for v in (["a", "?", "Unknown"], ["?", "b", "b"]))
    assert dict(spellings(train, test, Role.CATEGORY)) == {"?": 2, "Unknown": 1}


def test_ordinary_words_are_none() -> None:
    assert found(["yes", "no", "x-ray", "nan bread"], role=Role.CATEGORY) == {}


def test_what_the_reader_noted_is_told_too() -> None:
    assert found(["a", "b"], role=Role.CATEGORY, NULL=7) == {"NULL": 7}


def test_a_number_far_from_all_others_that_comes_often_is_a_sentinel() -> None:
    ages = RNG.integers(0, 90, 1000)
    assert found(np.where(np.arange(1000) % 10 == 0, -999, ages)) == {"-999": 100}
    assert found(np.where(np.arange(1000) % 10 == 0, 9999, ages)) == {"9999": 100}
    assert found(np.where(np.arange(1000) % 10 == 0, -1, ages)) == {"-1": 100}


def test_numbers_that_belong_to_a_range_are_no_sentinels() -> None:
    assert found(RNG.normal(0, 50, 1000).round()) == {}
    assert found(RNG.integers(0, 120, 1000)) == {}
    assert found(RNG.integers(-1, 3, 1000)) == {}
    assert found(np.append(RNG.integers(0, 90, 999), -999)) == {}


def test_zero_is_told_only_where_the_name_and_the_gap_speak_for_it() -> None:
    sugar = np.where(np.arange(1000) % 20 == 0, 0.0, RNG.normal(120, 15, 1000))
    assert found(sugar, "glucose") == {"0": 50}
    assert found(sugar, "score") == {}
    assert found(np.where(sugar > 0, sugar - sugar.min(initial=200, where=sugar > 0) + 1, 0), "glucose") == {}
