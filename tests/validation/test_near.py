import numpy as np
import pandas as pd
import pytest

from modelwright.validation.near import clusters, normal

from ..pace import takes_less_than

TEXT = "the quick brown fox jumps over the lazy dog while the cat looks on from the garden wall"


def together(first, second):
    found = clusters(pd.Series([first, "something else that has nothing to do with it at all", second]), 0.5)
    return found[0] == found[2] and found[0] != found[1]


@pytest.mark.parametrize(
    "other",
    [
        TEXT.upper(),
        TEXT.replace(" ", "  \n") + "!!",
        TEXT.replace("quick", "slow"),
        TEXT.replace("quick", "slow").replace("dog", "hound"),
        "RT " + TEXT,
    ],
    ids=["case", "blanks", "a word", "two words", "a word in front"],
)
def test_small_edits_do_not_part_texts(other):
    assert together(TEXT, other)


def test_other_texts_of_the_same_words_are_apart():
    words = TEXT.split()
    assert not together(TEXT, " ".join(np.random.default_rng(0).permutation(words)[:8]))


def test_texts_linked_by_others_are_one_cluster():
    words = TEXT.split()
    chain = [" ".join([*["other"] * k, *words[k:]]) for k in range(0, 12, 2)]
    assert len(set(clusters(pd.Series(chain), 0.5))) == 1


def test_missing_and_empty_texts_are_clusters_of_their_own():
    found = clusters(pd.Series([None, "", "", TEXT, np.nan, TEXT, "?!"]), 0.5)
    assert found[3] == found[5]
    assert len(set(found)) == 6


def test_numbers_and_short_texts_do_no_harm():
    assert len(set(clusters(pd.Series([1, 2, 1, "a", "b"], dtype=object), 0.5))) == 4
    assert list(clusters(pd.Series([], dtype=object), 0.5)) == []


def test_order_of_rows_does_not_matter():
    texts = pd.Series([f"{TEXT} {k // 2}" if k % 3 else f"{k} is another matter altogether {k}" for k in range(60)])
    order = np.random.default_rng(0).permutation(60)
    first, second = clusters(texts, 0.5), clusters(texts.iloc[order], 0.5)
    pairs = (first[order][:, None] == first[order]) == (second[:, None] == second)
    assert pairs.all()


def test_normal_form_keeps_letters_of_all_alphabets():
    assert list(normal(pd.Series(["Grün,  ЁЛКА!", None]))) == ["grün ёлка", None] or pd.isna(
        normal(pd.Series([None]))[0]
    )


def test_a_hundred_thousand_texts_take_seconds():
    random = np.random.default_rng(0)
    words = np.array([f"{n:05d}w" for n in random.permutation(20_000)])
    texts = pd.Series([" ".join(row) for row in random.choice(words, (100_000, 12))])
    assert takes_less_than(15, lambda: clusters(texts, 0.5))
