import numpy as np
import pandas as pd
import pytest

from modelwright.features.texts import OTHER, TextComponents, TextStatistics
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


def texts(*values: str | None) -> pd.DataFrame:
    return pd.DataFrame({"text": pd.Series(values, dtype=object)})


@pytest.mark.parametrize("step", [TextStatistics, TextComponents])
def test_they_apply_where_there_is_text(step: type[TextStatistics]) -> None:
    assert step.applies(problem(), profile(Role.TEXT)) is None
    assert step.applies(problem(), profile(Role.CATEGORY)) == "no column holds text"


# --- statistics ------------------------------------------------------------------------------------------------------


def test_a_text_is_measured() -> None:
    made = TextStatistics().fit_transform(texts("Is it 10 or ÄB?", "nothing of the sort at all!!")).iloc[0]
    expected = {"characters": 15, "words": 5, "word_length": 11 / 5, "questions": 1, "exclamations": 0}
    shares = {"capitals": 3 / 15, "digits": 2 / 15, "punctuation": 1 / 15, "different_characters": 12}
    for statistic, value in (expected | shares).items():
        np.testing.assert_allclose(made[f"text.{statistic}"], value, err_msg=statistic)


def test_the_text_stays() -> None:
    table = texts("one long text here", "and another one")
    pd.testing.assert_series_equal(TextStatistics().fit_transform(table)["text"], table["text"])


def test_statistics_that_never_vary_are_left_out() -> None:
    made = TextStatistics().fit_transform(texts("no question here", "no question here either"))
    assert "text.questions" not in made
    assert "text.words" in made


def test_a_missing_text_is_missing_and_an_empty_one_is_not() -> None:
    step = TextStatistics().fit(texts("one long text here", "and another! one", None))
    made = step.transform(texts(None, ""))
    assert made.iloc[0].isna().all()
    assert made["text.characters"].iloc[1] == 0
    assert made["text.word_length"].iloc[1] == 0


def names(rows: int = 90) -> pd.DataFrame:
    titles = ["Mr.", "Mrs.", "Miss."]
    return texts(*(f"Name{k}, {titles[k % 3]} First{k}" for k in range(rows)), "Odd, Jonkheer. Someone", None)


def test_titles_become_a_category() -> None:
    made = TextStatistics().fit_transform(names())["text.abbreviation"]
    assert made.cat.categories.tolist() == ["Miss.", "Mr.", "Mrs.", OTHER]
    assert made.tolist()[:3] == ["Mr.", "Mrs.", "Miss."]
    assert made.iloc[-2] == OTHER
    assert made.isna().iloc[-1]


def test_common_words_of_short_texts_become_a_category() -> None:
    table = texts(*(f"{['red', 'blue'][k % 2]} bicycle {k}x{k}" for k in range(60)))
    made = TextStatistics().fit_transform(table)["text.token"]
    assert made.tolist()[:2] == ["red", "blue"]


def test_long_texts_have_no_tokens() -> None:
    table = texts(
        *(f"Mr. and Mrs. Jones went out on day {k} to see the sea and came back in the rain" for k in range(40))
    )
    assert not [c for c in TextStatistics().fit_transform(table) if c.endswith((".abbreviation", ".token"))]


def test_two_texts_are_compared() -> None:
    table = pd.DataFrame({"a": ["wind power plant", "Steel pipe joint"], "b": ["wind turbine", "cotton shirts"]})
    made = TextStatistics().fit_transform(table)
    np.testing.assert_allclose(made["a+b.shared_words"], [1 / 4, 0])
    np.testing.assert_allclose(made["a+b.first_in_second"], [1 / 3, 0])
    np.testing.assert_allclose(made["a+b.second_in_first"], [1 / 2, 0])
    assert made["a+b.same_start"].tolist() == [1, 0]
    assert made["a+b.shared_trigrams"].iloc[0] > made["a+b.shared_trigrams"].iloc[1]


def test_a_comparison_with_a_missing_text_is_missing() -> None:
    step = TextStatistics().fit(pd.DataFrame({"a": ["wind power plant"] * 2, "b": ["wind turbine", "cotton shirts"]}))
    made = step.transform(pd.DataFrame({"a": ["wind power"], "b": [None]}))
    assert made.filter(like="a+b").isna().all(axis=None)


def test_codes_of_one_length_are_left_to_another_step() -> None:
    table = texts(*(f"A{'BC'[k % 2]}{'DEF'[k % 3]}QQQQQQQ" for k in range(30)))
    pd.testing.assert_frame_equal(TextStatistics().fit_transform(table), table)


def test_codes_with_separators_are_left_to_another_step() -> None:
    made = TextStatistics().fit_transform(texts(*(f"{k:04d}_{k % 7:02d}" for k in range(30))))
    assert list(made.columns) == ["text"]


# --- components ------------------------------------------------------------------------------------------------------

SEA = "the harbour boats sail waves anchor storm"
BREAD = "the oven flour dough baker crust yeast"


def two_subjects(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return texts(*(" ".join(rng.permutation((SEA if k % 2 else BREAD).split())[:5]) for k in range(rows)))


def test_subjects_are_told_apart() -> None:
    made = TextComponents(components=4).fit_transform(two_subjects())
    correlations = made.drop(columns="text").corrwith(pd.Series(np.arange(60) % 2, dtype=float)).abs()
    assert correlations.max() > 0.9


def test_components_are_float32_and_as_many_as_asked() -> None:
    made = TextComponents(components=3).fit_transform(two_subjects())
    assert list(made.columns) == ["text", "text.topic1", "text.topic2", "text.topic3"]
    assert (made.dtypes.iloc[1:] == np.float32).all()


def test_no_more_components_than_words() -> None:
    made = TextComponents().fit_transform(texts("apples pears", "apples plums", "pears plums", "apples grapes"))
    assert [c for c in made if c != "text"] == ["text.topic1", "text.topic2"]


def test_missing_and_empty_texts_are_zero() -> None:
    made = TextComponents(components=2).fit(two_subjects()).transform(texts(None, "", "words never seen"))
    assert (made.drop(columns="text") == 0).all(axis=None)


@pytest.mark.parametrize(
    "values", [["alone", "nobody", "different"], ["?!?!?!?!?!", "!!!!!!!!!!"], ["a a a a a", "b b b b b"]]
)
def test_texts_without_common_words_are_declined(values: list[str]) -> None:
    table = texts(*(f"{v:>10}" for v in values))
    step = TextComponents()
    pd.testing.assert_frame_equal(step.fit_transform(table), table)
    assert step.declined_ == ("text-components: no word of text stands in two rows.",)


def test_the_same_texts_always_give_the_same_components() -> None:
    one, other = (TextComponents(components=4).fit_transform(two_subjects()) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_easy_texts_are_easier_to_read_than_hard_ones() -> None:
    easy = "The cat sat on the mat. It was a big cat. The dog ran."
    hard = "Notwithstanding considerable terminological disagreement, interdisciplinary investigations accumulate."
    made = TextStatistics().fit_transform(texts(easy, hard))
    assert made["text.reading_ease"][0] > 90
    assert made["text.reading_ease"][1] < 0
    assert made["text.words_per_sentence"][0] == pytest.approx(14 / 3)
    assert made["text.long_words"][0] == 0


def test_pieces_of_words_have_components_of_their_own() -> None:
    rng = np.random.default_rng(0)
    table = texts(*(" ".join(rng.choice(["red", "Moon", "sea", "boat", "drift"], 6)) for _ in range(60)))
    words, both = (TextComponents(4, pieces).fit(table) for pieces in (False, True))
    assert [c for c in words.transform(table) if c != "text"] == [f"text.topic{k}" for k in range(1, 5)]
    assert {f"text.style{k}" for k in range(1, 5)} <= set(both.transform(table))
    for step, pieces in ((words, False), (both, True)):
        width = TextComponents.width_for(profile(Role.TEXT), {"components": 4, "pieces": pieces})
        assert width == len(step.transform(table).columns) - 1
    np.testing.assert_allclose(
        both.transform(table.iloc[[7]]).drop(columns="text").to_numpy(dtype=float),
        both.transform(table).drop(columns="text").iloc[[7]].to_numpy(dtype=float),
        atol=1e-5,
    )
