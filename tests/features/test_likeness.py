import numpy as np
import pandas as pd
import pytest

from modelwright.features.likeness import TextLikeness
from modelwright.records.profile import Column, Profile, Role
from modelwright.testing.contracts import FeatureContract
from modelwright.testing.records import problem, profile


class TestContract(FeatureContract):
    def step(self) -> TextLikeness:
        return TextLikeness()


def pairs() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    common, rare = ["the", "of", "and", "with"], [f"word{k}" for k in range(60)]
    first = [" ".join([*rng.choice(common, 3), *rng.choice(rare, 2)]) for _ in range(120)]
    second = [" ".join([*rng.choice(common, 3), *rng.choice(rare, 2)]) for _ in range(120)]
    return pd.DataFrame({"a": first, "b": second})


def test_two_texts_are_asked_for() -> None:
    assert TextLikeness.applies(problem(), profile(Role.TEXT)) == "there are no two columns of text to compare"
    two = Profile(rows=9, test_rows=0, columns=tuple(Column(name=n, role=Role.TEXT) for n in "ab"))
    assert TextLikeness.applies(problem(), two) is None


def test_equal_texts_are_as_alike_as_can_be_and_strangers_are_not() -> None:
    table = pairs()
    table.loc[5, "b"] = table.loc[5, "a"]
    table.loc[6, ["a", "b"]] = ["zebra", "quince"]
    made = TextLikeness().fit_transform(table)
    for how in ("words", "phrases", "pieces", "stems", "words_of_first", "letters"):
        assert made[f"a~b.{how}"][5] == pytest.approx(1.0, abs=1e-5)
        assert made[f"a~b.{how}"][6] < 0.3
    assert made["a~b.same_last"][5] == 1
    assert made["a~b.same_last"][6] == 0


def test_a_rare_word_in_common_says_more_than_a_common_one() -> None:
    step = TextLikeness().fit(pairs())
    table = pd.DataFrame({"a": ["the word1 x", "the word1 x"], "b": ["the word2 y", "with word1 y"]})
    found = step.transform(table)["a~b.words"]
    assert found[1] > 2 * found[0] > 0


def test_the_share_of_one_is_not_the_share_of_the_other() -> None:
    step = TextLikeness().fit(pairs())
    made = step.transform(pd.DataFrame({"a": ["word1"], "b": ["word1 word2 word3 word4"]}))
    assert made["a~b.words_of_first"][0] == pytest.approx(1.0)
    assert made["a~b.words_of_second"][0] < 0.5


def test_what_is_missing_has_no_likeness() -> None:
    step = TextLikeness().fit(pairs())
    made = step.transform(pd.DataFrame({"a": ["word1", None, ""], "b": [None, None, "word1"]}, dtype=object))
    assert made.filter(like="~").iloc[:2].isna().all(axis=None)
    assert np.isfinite(made.filter(like="~").iloc[2]).all()


def test_a_row_alone_is_measured_as_among_others() -> None:
    table = pairs()
    step = TextLikeness()
    made = step.fit_transform(table).filter(like="~")
    pd.testing.assert_frame_equal(step.transform(table.iloc[[17]]).filter(like="~"), made.iloc[[17]])
