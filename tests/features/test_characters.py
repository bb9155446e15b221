import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.features.characters import Characters
from modelwright.records.profile import Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem, profile


def codes(*texts: str | None) -> pd.DataFrame:
    return pd.DataFrame({"code": pd.Series(texts, dtype=object)})


FIT = codes("ABBA1", "BBBB2", "CABA3", "CCBA1", None)


class TestCharacters(FeatureContract):
    def step(self) -> Characters:
        return Characters()


def test_it_applies_where_there_is_a_code() -> None:
    assert Characters.applies(problem(), profile(Role.CODE)) is None
    assert Characters.applies(problem(), profile(Role.TEXT)) == "no column holds codes of one length"


def test_each_position_becomes_a_category_in_the_order_of_its_characters() -> None:
    made = Characters(counts=False).fit_transform(FIT)
    assert "code" not in made
    assert made["code.1"].tolist()[:4] == ["A", "B", "C", "C"]
    assert made["code.1"].cat.categories.tolist() == ["A", "B", "C"]
    assert made["code.1"].cat.ordered
    assert made["code.5"].tolist()[:4] == ["1", "2", "3", "1"]


def test_a_position_that_is_the_same_in_all_rows_is_declined() -> None:
    step = Characters().fit(FIT)
    assert "code.3" not in step.transform(FIT)
    assert step.declined_ == ("characters: position 3 of code is the same in all rows.",)


def test_what_is_counted_over_a_code() -> None:
    made = Characters().fit_transform(codes("ABBA1", "BBBB2", "12345", "ABCDE"))
    assert made["code.different"].tolist() == [3, 2, 5, 5]
    assert made["code.most"].tolist() == [2, 4, 1, 1]
    assert made["code.run"].tolist() == [2, 4, 1, 1]
    assert made["code.digits"].tolist() == [1, 1, 5, 0]
    assert made["code.count.B"].tolist() == [2, 4, 0, 1]


def test_what_does_not_vary_is_not_counted() -> None:
    made = Characters().fit_transform(codes("AB", "BA", "AB"))
    assert list(made.columns) == ["code.1", "code.2"]


def test_a_large_alphabet_has_no_counts() -> None:
    table = codes(*(chr(0x4E00 + 2 * k) + chr(0x4E00 + k) for k in range(40)))
    assert not [name for name in Characters().fit_transform(table) if "count" in name]


@pytest.mark.parametrize("strange", [None, "", "ABB", "ABBA1X"])
def test_a_value_of_another_length_is_missing_everywhere(strange: str | None) -> None:
    assert Characters().fit(FIT).transform(codes(strange)).isna().all(axis=None)


def test_a_character_not_seen_at_its_position_is_missing_there_and_counted_elsewhere() -> None:
    made = Characters().fit(FIT).transform(codes("XABA1")).iloc[0]
    assert made.isna()["code.1"]
    assert made["code.2"] == "A"
    assert made["code.different"] == 4


def test_a_code_that_repeats_stays_as_a_category() -> None:
    made = Characters().fit(codes(*["ABC", "BCA", "CAB"] * 4)).transform(codes("BCA", "XYZ"))
    assert made["code"].cat.categories.tolist() == ["ABC", "BCA", "CAB"]
    assert made["code"].isna().tolist() == [False, True]


def test_words_of_different_lengths_stay() -> None:
    table = codes("red", "green", "blue", "violet")
    pd.testing.assert_frame_equal(Characters().fit_transform(table), table)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(alphabet="ABC01xé", min_size=4, max_size=4), min_size=2, max_size=30),
    st.lists(st.none() | st.text(max_size=6), max_size=10),
)
def test_any_value_gives_the_columns_of_fit(known: list[str], new: list[str | None]) -> None:
    step = Characters()
    made = step.fit_transform(codes(*known))
    again = step.transform(codes(*new))
    assert list(again.columns) == list(made.columns)
    assert len(again) == len(new)
    numbers = again.select_dtypes("number").to_numpy(dtype=np.float64)
    assert not np.isinf(numbers).any()
    for k, text in enumerate(known):
        for position in range(4):
            if f"code.{position + 1}" in made:
                assert made[f"code.{position + 1}"].iloc[k] == text[position]
